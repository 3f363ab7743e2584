/**
 * What crosses the thread between a host and one engine worker: plain data only.
 * A host starts a worker, sends `start`, then requests; the worker answers with events.
 */
import type { LedgerCounts } from "./ledger.ts";
import type { LedgerBlock } from "./ledgerBlock.ts";
import type { HistoryEvent, HistoryRequest, OutsideEvent, RecordedPast } from "./history.ts";
import type { SavedMachine, SnapshotRequest } from "./snapshot.ts";

import type { DebugAnswer, DebugCall, Halt } from "./debug.ts";

/** What an engine worker is started with. */
export interface EngineThreadData {
  /** The interpreter as the build made it; without it the worker makes it. */
  readonly interpreter?: WebAssembly.Module;
}

/** How a machine is made. Sizes in bytes; `cpus` is 1 to 4. */
export interface MachineConfig {
  readonly board: "s390-ccw";
  readonly memoryBytes: number;
  readonly cpus: number;
  /** Seeds everything that is chance in the machine (host-independent). */
  readonly seed: number;
  /** Kernel image (raw s390x Linux image) or ELF64 big-endian s390 ET_EXEC. */
  readonly kernel: Uint8Array;
  readonly initrd?: Uint8Array;
  readonly commandLine: string;
  /** Raw block image behind a virtio-ccw block device, if any. */
  readonly disk?: Uint8Array;
  /** Interpreter only: never compile. */
  readonly interpreterOnly: boolean;
  /** `wall`: idle time passes as on the wall, for people; `skip`: idle time is skipped at once, for tests. */
  readonly pace: "wall" | "skip";
  /** IPL load parameter, up to 8 printable ASCII characters. */
  readonly loadParameter?: string;
  /**
   * Demonstration adapters (DIAGNOSE 0x5a0); with any there is adapter-interruption suppression, facility 72.
   */
  readonly demoAdapters?: readonly DemoAdapter[];
  /** AP queues passed through from a host that has a mock of them; with any there are the AP facilities. */
  readonly ap?: ApMatrix;
  /** Input recorded from `outside` events: repeats a run exactly. */
  readonly input?: readonly RecordedInput[];
  /** The machine pauses behind the instruction with which the guest has printed this text; not empty. */
  readonly until?: string;
  /** Emit a `trace` event per interruption and a rolling hash. */
  readonly trace: boolean;
}

/** A matrix of AP queues: each domain of each adapter; numbers from 0 to 255, each once. */
export interface ApMatrix {
  readonly adapters: readonly number[];
  readonly domains: readonly number[];
}

/** One adapter that a guest rings by itself; `isc` is its interruption subclass, 0 to 7. */
export interface DemoAdapter {
  readonly isc: number;
  readonly suppressible: boolean;
}

/**
 * What a person typed, and when: virtual nanoseconds since the start, which name an instruction or a moment
 * of waiting.
 */
export interface RecordedInput {
  readonly atNs: number;
  readonly bytes: Uint8Array;
}

export type MachineState = "running" | "paused" | "stopped" | "crashed";

/** Why a machine is no longer running. */
export type StopReason =
  | { readonly kind: "powered-off" }
  | { readonly kind: "all-stopped" }
  | {
      readonly kind: "crashed";
      readonly sentence: string;
      readonly pswMask: string;
      readonly pswAddress: string;
    }
  | { readonly kind: "engine-fault"; readonly sentence: string; readonly record: CrashRecord };

/** What an engine fault leaves: enough to reproduce it. */
export interface CrashRecord {
  readonly seed: number;
  readonly instructions: number;
  readonly stack: string;
  readonly state: string;
  readonly lastInstructions: readonly string[];
}

export interface MachineStats {
  readonly instructions: number;
  readonly interpretedInstructions: number;
  /** Wall seconds the engine was executing (not paused, not idle-waiting). */
  readonly wallSeconds: number;
  /** Millions of instructions in a second of execution, over the whole run. */
  readonly mips: number;
  /** Millions of instructions in the last second on the wall, waiting included. */
  readonly recentMips: number;
  readonly regionsCompiled: number;
  readonly compileSeconds: number;
  /** Wall seconds inside device models and interruption handling. */
  readonly deviceSeconds: number;
  readonly idleSeconds: number;
  /** 16 hex digits over interruptions, their instruction numbers and the console output. */
  readonly traceHash: string;
  /** Guest virtual time since start. */
  readonly virtualSeconds: number;
  readonly memoryBytes: number;
  /** Ends of the interrupts since the machine was started. */
  readonly interrupts: LedgerCounts;
}

export type MachineRequest =
  /**
   * `saved`: goes on where a machine of this configuration was saved, in place of a boot. `repeat`: gets
   * again what came to a run from outside, one event at least, and goes on behind that. `past`: repeats
   * that machine's run and stands in it; nothing can be changed there. `checkpoints`: keeps some of its
   * run, so that a past need not begin at the start; without it neither their time nor their memory is taken.
   */
  | {
      readonly type: "start";
      readonly config: MachineConfig;
      readonly saved?: SavedMachine;
      readonly repeat?: readonly OutsideEvent[];
      readonly past?: RecordedPast;
      readonly checkpoints?: boolean;
    }
  /**
   * Another machine takes the place of the present one, which goes on where that cannot be. `isOver`: of its
   * memory `saved` has what differs from the present machine's, which is held.
   */
  | {
      readonly type: "restore";
      readonly config: MachineConfig;
      readonly saved: SavedMachine;
      readonly isOver?: boolean;
    }
  | { readonly type: "resume" }
  | { readonly type: "pause" }
  | { readonly type: "reset" }
  | { readonly type: "power-off" }
  | { readonly type: "console-input"; readonly bytes: Uint8Array }
  | { readonly type: "stats"; readonly id: number }
  | { readonly type: "debug"; readonly id: number; readonly call: DebugCall }
  | SnapshotRequest
  | HistoryRequest;

export type MachineEvent =
  | {
      readonly type: "state";
      readonly state: MachineState;
      readonly reason?: StopReason;
      readonly halt?: Halt;
      /** Of a machine that has ended: the newest lines of its interrupt ledger. */
      readonly ledger?: LedgerBlock;
    }
  | { readonly type: "console"; readonly bytes: Uint8Array }
  | { readonly type: "progress"; readonly stats: MachineStats }
  | { readonly type: "stats"; readonly id: number; readonly stats: MachineStats }
  | {
      readonly type: "debug";
      readonly id: number;
      readonly answer:
        | { readonly ok: true; readonly value: DebugAnswer }
        | { readonly ok: false; readonly error: string };
    }
  | { readonly type: "trace"; readonly lines: readonly string[] }
  | { readonly type: "refused"; readonly sentence: string }
  /**
   * Answers `hold`: pages of memory that changed since the last save that was kept, or since the machine was
   * restored, ascending; null where there was neither.
   */
  | { readonly type: "held"; readonly changed: Uint32Array<ArrayBuffer> | null }
  /** Answers `restore`: what follows comes from the other machine, unless a sentence says why not. */
  | { readonly type: "restored"; readonly refusal?: string }
  | HistoryEvent;
