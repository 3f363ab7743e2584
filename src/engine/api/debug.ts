/**
 * What a debugger may ask of a machine, and its answers: plain data. Numbers wider than 32 bits are
 * lower-case hex digits without a prefix ("Hex"), as many as the register or address has; addresses have 16.
 *
 * Reading changes nothing in the guest. Registers and storage are written only while the machine is paused.
 */
import type { ApAction, GuestApView } from "./apView.ts";
import type { FlicView } from "./flicView.ts";
import type { LanesView } from "./lanes.ts";
import type { Why } from "./ledger.ts";
import type { LedgerBlock, LedgerEntry } from "./ledgerBlock.ts";
import type { Watchpoint, WatchHit } from "./watch.ts";
import type { Outcome } from "./workbench.ts";

export type Hex = string;

/** How an address is meant: absolute, real (prefixed), or virtual by the CPU's PSW and control registers. */
export type AddressSpace = "absolute" | "real" | "virtual";

/** When an answer was true: instructions executed by all CPUs, and virtual nanoseconds. */
export interface Moment {
  readonly instructions: number;
  readonly virtualNs: number;
}

export interface RegisterFile extends Moment {
  readonly cpu: number;
  /** "operating", "stopped", "check-stop" or "load". */
  readonly state: string;
  readonly waiting: boolean;
  /** By name (see `registerNames`); each with all the digits it has. */
  readonly values: Readonly<Record<string, Hex>>;
}

const numbered = (letter: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${letter}${n}`);

/** Digits of every register, by name: PSW, general, control, access, vector, and those without a number. */
export const registerDigits: Readonly<Record<string, number>> = {
  pswMask: 16,
  pswAddress: 16,
  ...Object.fromEntries(numbered("r", 16).map((name) => [name, 16])),
  ...Object.fromEntries(numbered("c", 16).map((name) => [name, 16])),
  ...Object.fromEntries(numbered("a", 16).map((name) => [name, 8])),
  ...Object.fromEntries(numbered("v", 32).map((name) => [name, 32])),
  fpc: 8,
  prefix: 8,
  cpuTimer: 16,
  clockComparator: 16,
  tod: 16,
  todProgrammable: 8,
};
export const registerNames: readonly string[] = Object.keys(registerDigits);

/** A run of bytes that lies in one page: its absolute address and bytes, or why there are none. */
export type StoragePart =
  | { readonly address: Hex; readonly length: number; readonly absolute: Hex; readonly bytes: Uint8Array }
  | { readonly address: Hex; readonly length: number; readonly problem: string };

export interface DisassembledLine {
  readonly address: Hex;
  /** The instruction's bytes. */
  readonly text: Hex;
  readonly source: string;
  /** Where a relative operand points. */
  readonly target?: Hex;
}

/** Why a machine that ran is paused. */
export interface Halt {
  readonly why: "breakpoint" | "step" | "run-to" | "watchpoint";
  readonly cpu: number;
  /** Of the instruction that is next. */
  readonly address: Hex;
  readonly hit?: WatchHit;
}

interface At {
  readonly cpu: number;
  readonly address: Hex;
}
interface InSpace extends At {
  readonly space: AddressSpace;
}

/** As the ledger's own answer, with lines of plain numbers. */
export interface WhyAnswer extends Omit<Why, "trail"> {
  readonly trail: readonly LedgerEntry[];
}

/** Every question with its answer. A refusal is a sentence. */
export interface DebugCalls {
  registers(call: { readonly cpu: number }): RegisterFile;
  setRegister(call: { readonly cpu: number; readonly register: string; readonly value: Hex }): RegisterFile;
  /** Up to `debugLimits.readBytesMax` bytes. */
  storage(call: InSpace & { readonly length: number }): readonly StoragePart[];
  /** All bytes, or none where one cannot be written. */
  setStorage(call: InSpace & { readonly bytes: Uint8Array }): null;
  /** The first place at or behind `address` that holds `bytes`; `end` is where the search stopped. */
  find(call: InSpace & { readonly bytes: Uint8Array }): { readonly found?: Hex; readonly end: Hex };
  /** `count` instructions from `address` on, fewer where storage ends. */
  disassemble(call: At & { readonly count: number }): readonly DisassembledLine[];
  /** All breakpoints, in place of those before. */
  setBreakpoints(call: { readonly addresses: readonly Hex[] }): null;
  /** All watchpoints, in place of those before. */
  setWatchpoints(call: { readonly watchpoints: readonly Watchpoint[] }): null;
  /** The interrupt controller as it is now. */
  flic(call: object): FlicView;
  /**
   * Lines of the interrupt ledger with a number above `after` and, where it is given, below `before`: the
   * newest `max` of those that are still kept.
   */
  ledger(call: { readonly after: number; readonly before?: number; readonly max: number }): LedgerBlock;
  /** What became of an interrupt and why; null for one that is neither pending nor remembered. */
  why(call: { readonly id: number }): WhyAnswer | null;
  /** The threads of all vCPUs, with the newest `max` (LANE_EVENTS) of their events behind number `after`. */
  lanes(call: { readonly after: number; readonly max?: number }): LanesView;
  /** AP queues that are passed through to the guest; null for a machine that was given none. */
  ap(call: object): GuestApView | null;
  /** Several looks at one moment, each with its own answer: at most `debugLimits.looksMax`. */
  together(call: { readonly looks: readonly LookCall[] }): readonly LookAnswer[];
  /**
   * KVM_SET_DEVICE_ATTR on the controller, at any time: `bytes` are what `addr` points to. Answers 0 or the
   * negative errno; only an attribute that was accepted changes anything.
   */
  flicAttribute(call: {
    readonly group: number;
    readonly attr: Hex;
    readonly bytes: Uint8Array;
  }): { readonly result: number; readonly errno: string };
  /**
   * The host resets a queue (ZAPQ), or the adapter is taken out of the machine or put back into it, at any
   * time: 0 or the negative errno of the passthrough driver.
   */
  apAction(call: { readonly action: ApAction; readonly adapter: number; readonly domain: number }): {
    readonly result: number;
    readonly errno: string;
  };
  /**
   * KVM_GET_DEVICE_ATTR with a buffer of `length` bytes: 0 or a count, or the negative errno. GET_ALL_IRQS
   * takes the GISA's pending bits out of the machine, as KVM's own does.
   */
  readFlicAttribute(call: { readonly group: number; readonly attr: Hex; readonly length: number }): {
    readonly result: number;
    readonly errno: string;
    readonly bytes: Uint8Array;
  };
  /** One instruction of this CPU; others run as their turns come. */
  step(call: { readonly cpu: number }): null;
  /** As `step`, but a call is one step. */
  stepOver(call: { readonly cpu: number }): null;
  /** Runs until any CPU is about to execute there. */
  runTo(call: { readonly address: Hex }): null;
}
/** Questions that only read, at any time. */
export const lookNames = [
  "registers", "storage", "disassemble", "flic", "ledger", "why", "lanes", "ap",
] as const;
type LookName = (typeof lookNames)[number];
export type LookCall = {
  [Name in LookName]: { readonly name: Name } & Parameters<DebugCalls[Name]>[0];
}[LookName];
export type LookAnswer = Outcome<ReturnType<DebugCalls[LookName]>>;

export type DebugName = keyof DebugCalls;
export type DebugCall = {
  [Name in DebugName]: { readonly name: Name } & Parameters<DebugCalls[Name]>[0];
}[DebugName];
export type DebugAnswer = ReturnType<DebugCalls[DebugName]>;

export const debugLimits = {
  readBytesMax: 64 * 1024,
  writeBytesMax: 4096,
  patternBytesMax: 256,
  /** One search looks at so many bytes at most, and says where it stopped. */
  searchBytesMax: 32 * 2 ** 20,
  linesMax: 512,
  looksMax: 16,
  breakpointsMax: 256,
} as const;
