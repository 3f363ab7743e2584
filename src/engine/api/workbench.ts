/**
 * What a page and a host say to each other: plain data and the two lists of calls.
 * The host checks every call against the schemas in `src/main/contract.ts`; both hosts serve exactly this.
 * Refusals are sentences a person can act on; only a broken transport rejects a call.
 */
import type { DebugAnswer, DebugCall, Halt, Hex } from "./debug.ts";
import type { DeviceAnswer, DeviceCall, DeviceReport } from "./deviceSession.ts";
import type { PastGoal, PastReport, RecordPart } from "./history.ts";
import type { ApMatrix, MachineState, MachineStats, StopReason } from "./machine.ts";
import type { Grant, ScriptEnd, ScriptOutput, ScriptShelf } from "./script.ts";
import type { SnapshotSummary } from "./snapshot.ts";
import type { SnapshotAnswer, SnapshotCall, SnapshotTask } from "./snapshotCalls.ts";
import type { Watchpoint } from "./watch.ts";

export interface GuestSummary {
  readonly id: string;
  readonly title: string;
  /**
   * `snapshot`: a machine of its own that goes on from a snapshot. `past`: one that
   * stands in the past of another.
   */
  readonly kind: "builtin" | "debian" | "user" | "snapshot" | "past";
  readonly description: string;
  /** Everything that a start needs is on this machine. */
  readonly ready: boolean;
  readonly memoryBytes: number;
  readonly cpus: number;
  /** Why it is not ready, as a sentence. */
  readonly missing?: string;
}

export interface FetchProgress {
  /** What is being done now, in words. */
  readonly step: string;
  readonly doneBytes: number;
  /** 0 where the size is not known. */
  readonly totalBytes: number;
}

export type FetchState =
  | { readonly kind: "fetching"; readonly progress: FetchProgress }
  | { readonly kind: "cancelled" }
  | { readonly kind: "failed"; readonly sentence: string };

/** `starting` lasts until the worker reports its first state. */
export type MachinePhase = "starting" | MachineState;

/** One machine the host has started since it began; its id is its guest's id. */
export interface MachineSummary {
  readonly id: string;
  readonly title: string;
  readonly phase: MachinePhase;
  readonly reason?: StopReason;
  readonly memoryBytes: number;
  readonly cpus: number;
  /** Counts the starts of this guest; a console belongs to one run. */
  readonly run: number;
  readonly stats?: MachineStats;
  /** Where it stopped, if a debugger stopped it. */
  readonly halt?: Halt;
  /** Where it is to stop; kept over power-off for as long as the host lives. */
  readonly breakpoints: readonly Hex[];
  readonly watchpoints: readonly Watchpoint[];
  /** Of one that stands in the past of the machine `of`. */
  readonly past?: PastReport & { readonly of: string };
}

/** A machine that was on when its host ended. */
export interface LeftMachine {
  readonly id: string;
  readonly title: string;
  /** When it was started. Milliseconds since 1970. */
  readonly beganMs: number;
  /** The last that holds its state; what it did afterwards is lost, and without one all of it. */
  readonly snapshot?: { readonly id: number; readonly note: string; readonly createdMs: number };
}

/** Console output of one machine; offsets count bytes since the first run in this host. */
export interface ConsoleChunk {
  readonly id: string;
  readonly run: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface HostInfo {
  readonly host: "electron" | "serve";
  readonly version: string;
  readonly uploadBytesMax: number;
  /** Largest `bytes` of one `writeUpload`. */
  readonly uploadChunkBytes: number;
  /** Largest `bytes` of one `sendConsole`. */
  readonly consoleInputBytes: number;
}

export interface NewGuest {
  readonly title: string;
  /** Ids of finished uploads. */
  readonly kernel: string;
  readonly initrd?: string;
  readonly commandLine: string;
  readonly memoryBytes: number;
  readonly cpus: number;
}

/** A value, or the sentence that says why not. */
export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };
type Answer<T> = Promise<Outcome<T>>;
type ById = { readonly id: string };
export type SettingChange = { readonly key: string; readonly value?: string };

/** What a page may ask. */
export interface HostCalls {
  /** The page's first call: from here on events follow. */
  hello(): Promise<{
    readonly info: HostInfo;
    readonly guests: readonly GuestSummary[];
    readonly machines: readonly MachineSummary[];
    readonly fetches: readonly (ById & { readonly state: FetchState })[];
    readonly settings: Readonly<Record<string, string>>;
    readonly devices: DeviceReport;
    readonly left: readonly LeftMachine[];
  }>;
  fetchGuest(call: ById): Answer<GuestSummary>;
  cancelFetch(call: ById): Answer<void>;
  openUpload(call: { readonly name: string; readonly sizeBytes: number }): Answer<ById>;
  writeUpload(call: ById & { readonly offset: number; readonly bytes: Uint8Array }): Answer<void>;
  dropUpload(call: ById): Answer<void>;
  addGuest(call: NewGuest): Answer<GuestSummary>;
  removeGuest(call: ById): Answer<void>;
  /** With `ap` the machine is given these AP queues in place of those that the guest comes with. */
  startMachine(call: ById & { readonly ap?: ApMatrix }): Answer<MachineSummary>;
  /** Goes on with a machine that was on when its host ended, from its last snapshot or afresh. */
  takeUpMachine(call: ById): Answer<MachineSummary>;
  /** What was left of a machine is offered no more. */
  forgetLeft(call: ById): Answer<void>;
  resumeMachine(call: ById): Answer<void>;
  pauseMachine(call: ById): Answer<void>;
  resetMachine(call: ById): Answer<void>;
  powerOffMachine(call: ById): Answer<void>;
  sendConsole(call: ById & { readonly bytes: Uint8Array }): Answer<void>;
  /** Output from `fromOffset` on, or from the oldest byte still kept; the answer says where it begins. */
  attachConsole(
    call: ById & { readonly fromOffset: number },
  ): Answer<{ readonly run: number; readonly offset: number }>;
  /** Everything before `offset` has been shown: the host may send more. */
  ackConsole(call: ById & { readonly offset: number }): Promise<void>;
  detachConsole(call: ById): Promise<void>;
  /** Asks the machine's debugger; the answer is the one of the call's name. */
  debugMachine(call: ById & { readonly call: DebugCall }): Answer<DebugAnswer>;
  /**
   * Opens the past of a machine, on or ended, or sends one that is there elsewhere; answers once it is on its
   * way. The goal is seen from where the named machine stands.
   */
  goToPast(call: ById & { readonly goal: PastGoal }): Answer<MachineSummary>;
  /**
   * The text of a file from which `latchwork run --replay` repeats the machine's run up to now, or how it
   * goes on behind the part that had `rest`.
   */
  recordOf(call: ById & { readonly rest?: number }): Answer<RecordPart>;
  /** Asks the machine of devices alone; the answer is the one of the call's name. */
  deviceMachine(call: { readonly call: DeviceCall }): Answer<DeviceAnswer>;
  /** Saved machines: keeps, lists, takes up; the answer is the one of the call's name. */
  snapshots(call: { readonly call: SnapshotCall }): Answer<SnapshotAnswer>;
  /** What the script editor begins with. */
  scripts(call: object): Answer<ScriptShelf>;
  readScript(call: { readonly name: string }): Answer<string>;
  /** The names of all own scripts afterwards. */
  writeScript(call: { readonly name: string; readonly text: string }): Answer<readonly string[]>;
  removeScript(call: { readonly name: string }): Answer<readonly string[]>;
  /** Runs a script with these grants; its output follows, then its end. */
  runScript(call: {
    readonly source: string;
    readonly file: string;
    readonly grants: readonly Grant[];
    readonly seconds: number;
    /** Of the script itself; without it the host's own limit. */
    readonly memoryBytes?: number | undefined;
  }): Answer<{ readonly run: number }>;
  stopScript(call: { readonly run: number }): Answer<void>;
  /** Everything before `offset` has been shown: the host may send more. */
  ackScript(call: { readonly run: number; readonly offset: number }): Promise<void>;
  /** Keeps a text of the page's own under a key, or forgets the key where no value is given. */
  saveSetting(call: SettingChange): Answer<void>;
}

/** What a host tells a page unasked. */
export interface PageCalls {
  guestsChanged(guests: readonly GuestSummary[]): void;
  machineChanged(machine: MachineSummary): void;
  /** What earlier hosts have left is less. */
  leftChanged(left: readonly LeftMachine[]): void;
  consoleOutput(chunk: ConsoleChunk): void;
  /** The engine refused a request that had been passed on to it. */
  machineRefused(refusal: ById & { readonly sentence: string }): void;
  /** No state: the fetch is over and nothing is left to say. */
  fetchChanged(change: ById & { readonly state?: FetchState }): void;
  /** The machine of devices alone is another, or stands elsewhere. */
  devicesChanged(report: DeviceReport): void;
  /** The tree of snapshots, after every change. */
  snapshotsChanged(tree: readonly SnapshotSummary[]): void;
  /** How far a piece of this page's work on snapshots is. */
  snapshotTask(task: SnapshotTask): void;
  scriptOutput(output: ScriptOutput): void;
  /** Comes after the run's last output. */
  scriptEnded(told: { readonly run: number; readonly end: ScriptEnd }): void;
  /** Some page changed a setting; this one may be the same. */
  settingChanged(change: SettingChange): void;
}
