/** What the channel subsystem leaves in a snapshot: one entry per subchannel, in order of their numbers. */
import type { PendingEvent } from "../../base/schedule.ts";
import { defineState, field } from "../../snapshot/schema.ts";
import { pendingTimer } from "../pendingTimer.ts";
import { SENSE_BYTES, type Pmcw, type Scsw } from "./channelLayouts.ts";
import type { ProgramState } from "./channelProgram.ts";

export const REPORT_WORDS_MAX = 64;
/** Subchannels of one board. */
export const SUBCHANNELS_MAX = 256;

export interface SubchannelState {
  pmcw: Pmcw;
  scsw: Scsw;
  measurementBlock: bigint;
  /** As pending for BASIC SENSE or concurrent sense. */
  sense: Uint8Array;
  /** The channel program that is suspended or still running. */
  program: ProgramState | null;
  /** Its next slice; null while `program` waits for RESUME SUBCHANNEL or there is none. */
  slice: PendingEvent | null;
}

export interface CssState {
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

const pmcw = field.object<Pmcw>({
  interruptionParameter: field.u32(), flags: field.u16(), deviceNumber: field.u16(),
  logicalPaths: field.u8(), lastPathUsed: field.u8(), measurementIndex: field.u16(),
  operationalPaths: field.u8(), characteristics: field.u32(),
});
const scsw = field.object<Scsw>({
  flags: field.u16(), control: field.u16(), ccwAddress: field.u32(), deviceStatus: field.u8(),
  subchannelStatus: field.u8(), count: field.u16(),
});
const program = field.object<ProgramState>({
  orbFlags: field.u16(), orbControl: field.u8(), next: field.u32(), transferForbidden: field.bool(),
  programControlled: field.bool(),
});
const subchannel = field.object<SubchannelState>({
  pmcw, scsw, measurementBlock: field.u64(), sense: field.bytes(SENSE_BYTES),
  program: field.nullable(program), slice: field.nullable(pendingTimer),
});

export const cssState = defineState<CssState>({
  name: "s390.css",
  version: 1,
  fields: {
    subchannels: field.list(subchannel, { max: SUBCHANNELS_MAX }),
    multipleSubchannelSets: field.bool(),
    multipleImages: field.bool(),
    reportWords: field.list(field.u32(), { max: REPORT_WORDS_MAX }),
    announceReports: field.bool(),
    reportsLost: field.bool(),
    measurementArea: field.u64(),
    measuring: field.bool(),
  },
  objection: ({ subchannels }) =>
    subchannels.some(({ program: started, slice }) => slice && !started)
      ? "a subchannel runs a program that it does not have"
      : undefined,
});
