/** What the board itself leaves in a snapshot, beside its CPUs and devices. */
import { apMatrixLimits } from "../api/apMatrix.ts";
import { finalSteps, type FinalStep } from "../api/ledger.ts";
import type { ApMatrix } from "../api/machine.ts";
import { apWarnings, type QueueWarning } from "../devices/ap/queue.ts";
import type { ResetKind } from "../devices/diag/cpuPort.ts";
import type { LedgerSnapshot } from "../ledger/ledger.ts";
import { defineState, field, type Fields, type StateSchema } from "../snapshot/schema.ts";
import { KEPT, type LoggedInterruption } from "./interruptionLog.ts";
import type { TypedInput } from "./inputQueue.ts";
import type { ConsoleName } from "./terminal.ts";

const safe = field.between(0, Number.MAX_SAFE_INTEGER);
/** More than the interrupt controller has room for. */
const PENDING_MAX = 0x8_0000;
const INPUTS_MAX = 0x1_0000;
const INPUT_BYTES_MAX = 0x10_0000;

/** What a target must be built with. Sizes in bytes; 0 where there is none. */
export interface ShapeState {
  memoryBytes: number;
  cpus: number;
  diskBytes: number;
  kernelBytes: number;
  initrdBytes: number;
  demoAdapters: number;
}
export const shapeState = defineState<ShapeState>({
  name: "machine.shape",
  version: 1,
  fields: {
    memoryBytes: safe, cpus: field.u8(), diskBytes: safe, kernelBytes: safe, initrdBytes: safe,
    demoAdapters: field.u8(),
  },
});

export interface TimeState {
  /** Instructions of all CPUs. */
  executed: bigint;
  /** Virtual nanoseconds in which all CPUs waited. */
  skippedNs: bigint;
  /** What the TOD clock showed at virtual time 0, modulo 2^64. */
  todOffset: bigint;
}
export const timeState = defineState<TimeState>({
  name: "machine.time",
  version: 1,
  fields: { executed: field.u64(), skippedNs: field.u64(), todOffset: field.u64() },
});

export interface SchedulerState {
  /** The CPU whose turn it is, and the instruction number at which that is over. */
  turn: number;
  turnEnd: bigint;
  /** The CPU whose place in the order that turn has. */
  place: number;
  /** Input that waits for its time. */
  input: TypedInput[];
}
export const schedulerState = defineState<SchedulerState>({
  name: "machine.scheduler",
  version: 2,
  fields: {
    turn: field.u8(),
    turnEnd: field.u64(),
    place: field.u8(),
    input: field.list(
      field.object<TypedInput>({ atNs: field.u64(), bytes: field.bytes(INPUT_BYTES_MAX, 0) }),
      { max: INPUTS_MAX }),
  },
  upgrade: { 1: (old) => ({ ...old, place: old.turn! }) },
});

const logged = field.object<LoggedInterruption>({
  at: field.u64(), cpu: field.u8(), kind: field.oneOf("program", "interrupt", "reset"), code: field.u32(),
  pc: field.u64(),
});
export interface LogState {
  /** Both lanes of the trace hash. */
  hash: number[];
  /** The last interruptions, oldest first. */
  recent: LoggedInterruption[];
  /** The last program interruption, and how often it repeated the one before. */
  last: LoggedInterruption | null;
  repeats: number;
}
export const logState = defineState<LogState>({
  name: "machine.log",
  version: 1,
  fields: {
    hash: field.list(field.u32(), { max: 2, min: 2 }), recent: field.list(logged, { max: KEPT }),
    last: field.nullable(logged), repeats: field.u32(),
  },
});

const ended = Object.fromEntries(finalSteps.map((step) => [step, safe])) as Fields<Record<FinalStep, number>>;
export const ledgerState = defineState<LedgerSnapshot>({
  name: "machine.ledger",
  version: 1,
  fields: {
    raised: safe, ended: field.object<Record<FinalStep, number>>(ended),
    pending: field.list(safe, { max: PENDING_MAX }),
  },
});

export interface ResetWanted {
  readonly kind: ResetKind;
  readonly cpu: number;
}
export interface BoardState {
  /** The CPU whose registers are in the engine. */
  current: number;
  resetWanted: ResetWanted | null;
  inputGoesTo: ConsoleName;
  /** Of the next event of virtual time. */
  nextHandle: number;
  prng: number[];
}
export const boardState = defineState<BoardState>({
  name: "machine.board",
  version: 1,
  fields: {
    current: field.u8(),
    resetWanted: field.nullable(field.object<ResetWanted>({
      kind: field.oneOf("modified-clear", "load-normal", "re-ipl-clear", "re-ipl-dump"), cpu: field.u8(),
    })),
    inputGoesTo: field.oneOf("sclp", "virtio"),
    nextHandle: field.between(1, Number.MAX_SAFE_INTEGER),
    prng: field.list(field.u32(), { max: 4, min: 4 }),
  },
});

/** Kept of what the kernel's log would have said. */
export const AP_WARNINGS_MAX = 100;
/** The matrix is the machine's shape: it is built with it, whatever its configuration says. */
export interface ApBoardState extends ApMatrix {
  readonly warnings: readonly QueueWarning[];
}
const apIds = field.list(field.between(0, apMatrixLimits.idMax), { min: 1, max: apMatrixLimits.queuesMax });
export const apBoardState = defineState<ApBoardState>({
  name: "machine.ap",
  version: 1,
  fields: {
    adapters: apIds, domains: apIds,
    warnings: field.list(
      field.object<QueueWarning>({ warning: field.oneOf(...apWarnings), apqn: field.u16() }),
      { max: AP_WARNINGS_MAX }),
  },
});

export interface KeysState {
  /** Storage key of each 4 KiB frame: access-control bits, fetch protection, reference, change, zero. */
  keys: Uint8Array;
}
/** Keys of a storage of so many frames. */
export const keysState = (frames: number): StateSchema<KeysState> =>
  defineState<KeysState>({
    name: "storage.keys",
    version: 1,
    fields: { keys: field.bytes(frames) },
    objection: ({ keys }) => (keys.some((key) => key & 1) ? "a storage key has eight bits" : undefined),
  });
