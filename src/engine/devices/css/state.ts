/**
 * What the channel subsystem leaves in a snapshot: plain data, one entry per subchannel in subchannel-number
 * order.
 */
import type { Pmcw, Scsw } from "./channelLayouts.ts";
import type { ProgramState } from "./channelProgram.ts";

export const CSS_STATE_VERSION = 1;

export interface SubchannelState {
  pmcw: Pmcw;
  scsw: Scsw;
  measurementBlock: bigint;
  /** 32 sense bytes, as pending for BASIC SENSE or concurrent sense. */
  sense: number[];
  /** The channel program that is suspended or still running. */
  program: ProgramState | null;
  /** True while `program` waits for its next slice rather than for RESUME SUBCHANNEL. */
  running: boolean;
}

export interface CssState {
  version: number;
  subchannels: SubchannelState[];
  multipleSubchannelSets: boolean;
  multipleImages: boolean;
  /** Channel-report words not yet stored, oldest first. */
  reportWords: number[];
  /** The next queued report word raises a machine check. */
  announceReports: boolean;
  /** Report words were dropped since the last one stored. */
  reportsLost: boolean;
  measurementArea: bigint;
  measuring: boolean;
}
