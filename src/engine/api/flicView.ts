/** What of a machine's floating interrupt controller a window shows: plain data, as of one moment. */
import type { Hex, Moment } from "./debug.ts";

/** `closed` is SINGLE after its one interrupt: nothing comes through until the mode is set again. */
export type IscMode = "all" | "single" | "closed";

export interface IscView {
  readonly isc: number;
  readonly mode: IscMode;
  readonly simm: boolean;
  readonly nimm: boolean;
  /** Interrupts on the subclass's list. */
  readonly listed: number;
  /** The subclass's bit in the GISA's interruption-pending mask. */
  readonly gisa: boolean;
  /** CPUs whose PSW and control register 6 let it in, and those of them that wait. */
  readonly open: readonly number[];
  readonly idle: readonly number[];
}

export interface AdapterView {
  readonly id: number;
  readonly isc: number;
  readonly maskable: boolean;
  readonly masked: boolean;
  readonly swap: boolean;
  readonly suppressible: boolean;
  /** GSIs with their indicator and summary addresses and bit offsets. */
  readonly routes: readonly {
    readonly gsi: number;
    readonly indicator: Hex;
    readonly indicatorBit: string;
    readonly summary: Hex;
    readonly summaryBit: number;
  }[];
}

/** One pending interrupt with every field of its structure. */
export interface PendingView {
  readonly id: number;
  /** The list or slot that holds it. */
  readonly place: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface DecisionView {
  /** Counts the controller's decisions from the machine's start. */
  readonly number: number;
  readonly at: number;
  readonly id: number;
  readonly step: string;
  readonly bit: string;
  readonly type: Hex;
  readonly cpu: number;
  readonly into: number;
}

export interface FlicView extends Moment {
  readonly profile: string;
  /** Adapter-interruption suppression is offered to the guest (facility 72). */
  readonly suppression: boolean;
  readonly hasGisa: boolean;
  readonly iscs: readonly IscView[];
  readonly adapters: readonly AdapterView[];
  readonly pending: readonly PendingView[];
  /** Pending in all; `pending` holds the first of them. */
  readonly pendingCount: number;
  /** Newest last, behind the number that was asked for. */
  readonly decisions: readonly DecisionView[];
}

export const flicViewLimits = { pendingMax: 200, decisionsMax: 1000, attributeBytesMax: 4096 } as const;
