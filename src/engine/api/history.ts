/**
 * What makes a run repeatable, and how one looks back into it: plain data. A machine is a function of its
 * start, its seed and what comes from outside; whoever has those can stand at any instruction of the run.
 */
import type { DebugCall, Hex, Moment } from "./debug.ts";
import type { SavedMachine } from "./snapshot.ts";
import type { Watchpoint } from "./watch.ts";

/** Calls of the debugger that change something in the guest. */
export type DebugWrite = Extract<
  DebugCall,
  { readonly name: "setRegister" | "setStorage" | "flicAttribute" | "readFlicAttribute" | "apAction" }
>;
const writes: ReadonlySet<string> = new Set<DebugWrite["name"]>([
  "setRegister", "setStorage", "flicAttribute", "readFlicAttribute", "apAction",
]);
export const isDebugWrite = (call: DebugCall): call is DebugWrite => writes.has(call.name);

/** What is done to a machine from outside; a mark does nothing and says what the trace hash is there. */
export type OutsideAction =
  | { readonly kind: "console"; readonly bytes: Uint8Array }
  | { readonly kind: "debug"; readonly call: DebugWrite }
  /** The guest is asked to power off. */
  | { readonly kind: "quiesce" }
  | { readonly kind: "reset" }
  | { readonly kind: "mark"; readonly traceHash: string };

/**
 * An action and its moment: so many instructions were executed, all that happens behind them had happened,
 * and virtual time stood there. Two numbers, because time passes while all CPUs wait.
 */
export interface OutsideEvent extends Moment {
  readonly action: OutsideAction;
}

/**
 * A place in the past. `at`: the last moment with so many instructions executed. `back`: one instruction
 * before the present place. `stop`: the last breakpoint or watchpoint met before it. `write`: behind the
 * last instruction, or device, that wrote what is watched.
 */
export type PastGoal =
  | { readonly kind: "at"; readonly instructions: number }
  | { readonly kind: "back" }
  | { readonly kind: "stop" }
  | { readonly kind: "write"; readonly watch: Watchpoint };

/** A machine that stands in the past, or is on its way there. */
export interface PastReport extends Moment {
  /** Console bytes that the run had printed there, since its record begins. */
  readonly printed: number;
  /** First and last moment that can be reached. */
  readonly first: Moment;
  readonly last: Moment;
  /** How much of its way is done, of 1; absent once it stands. */
  readonly done?: number;
  /** How often it was set back: the lines of its ledger began anew. */
  readonly rewinds: number;
  /** Trace hashes that were compared with those of the run. */
  readonly checked: number;
  /** The first difference from the run: behind it nothing shown is sure to have been so. */
  readonly difference?: string;
  /** What came of the last search, or why it stands elsewhere than it was told to. */
  readonly sentence?: string;
}

/** A machine between two instructions of a run, to begin a repetition with that goes beyond it. */
export interface NearCheckpoint extends Moment {
  /** How many events of the run lie before it, and how many console bytes it had printed. */
  readonly index: number;
  readonly printed: number;
  readonly saved: SavedMachine;
}

/** Everything that a repetition needs beside the machine's configuration. */
export interface RecordedPast {
  /** Where it begins; undefined: with the initial program load. */
  readonly saved?: SavedMachine;
  /** A place on the way to the goal, where the run kept one; its `index` counts events of `journal`. */
  readonly near?: NearCheckpoint;
  /** In the order of their moments; the last is a mark. */
  readonly journal: readonly OutsideEvent[];
  /** Seen from the last moment. */
  readonly goal: PastGoal;
  readonly stops: Stops;
}

/** Where a run ends of itself. */
export interface Stops {
  readonly addresses: readonly Hex[];
  readonly watchpoints: readonly Watchpoint[];
}

/** A piece of a record's text; `rest` asks for the next one, and is not there in the last. */
export interface RecordPart {
  readonly text: string;
  readonly rest?: number;
}

export type HistoryRequest =
  /**
   * Asks for the machine's present moment, which comes as an `outside` event first, and for the last
   * checkpoint that it keeps with at most so many instructions.
   */
  | { readonly type: "mark"; readonly id: number; readonly before: number }
  /** Of a machine in the past: goes elsewhere. A goal on the way to another replaces it. */
  | { readonly type: "seek"; readonly goal: PastGoal };
export type HistoryEvent =
  /** Something came from outside, or a mark was set. Numbered from 1. */
  | { readonly type: "outside"; readonly number: number; readonly event: OutsideEvent }
  /** `near`: with the number of the last event before it as its `index`. */
  | { readonly type: "marked"; readonly id: number; readonly near?: NearCheckpoint }
  | { readonly type: "past"; readonly report: PastReport }
  /**
   * A machine has repeated what it was started with: so many events, of which so many trace hashes agreed.
   * With a difference it did something else than the run, and goes on from there.
   */
  | {
      readonly type: "repeated";
      readonly given: number;
      readonly checked: number;
      readonly difference?: string;
    };
