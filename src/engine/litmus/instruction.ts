/**
 * The vocabulary of litmus programs: what one thread does to shared words, to interrupts and to the guest.
 *
 * One instruction is one step of an interleaving, but for `jump`, which takes none. Words hold small unsigned
 * numbers; masks and values are plain numbers without bit numbering of their own.
 */
export type Word = string;
export type Register = string;
/** A constant, or what a register holds. */
export type Operand = number | Register;

/** True if the masked value of a register (or word) equals, or with `negated` does not equal, `equals`. */
export interface Condition {
  readonly mask: number;
  readonly equals: number;
  readonly negated: boolean;
}

/**
 * What is counted beside the program when an instruction's effect is in memory. No thread can read a ghost.
 * `exchanged` restricts the note to a compare-exchange that stored.
 */
export interface Note {
  readonly ghost: string;
  readonly change: { readonly to: Operand } | { readonly add: number };
  readonly exchanged?: true;
}

export type Access =
  | { readonly kind: "load"; readonly word: Word; readonly into: Register }
  /** `release`: not before any older access of the thread, on every machine. */
  | { readonly kind: "store"; readonly word: Word; readonly value: Operand; readonly release?: true }
  /** Atomic OR and AND-NOT, without a result. */
  | { readonly kind: "set" | "clear"; readonly word: Word; readonly value: Operand }
  /** Atomic; `into` gets the old value. */
  | {
    readonly kind: "compareExchange"; readonly word: Word; readonly expected: number;
    readonly value: number; readonly into: Register;
  };

export type Instruction = { readonly notes?: readonly Note[] } & (
  | Access
  /** Waits until the word meets the condition: a spin loop whose rounds are not told apart. */
  | { readonly kind: "await"; readonly word: Word; readonly until: Condition }
  /** `id`: the name under which the barrier can be taken out. */
  | { readonly kind: "barrier"; readonly orders: "all" | "stores" | "loads"; readonly id?: string }
  | { readonly kind: "branch"; readonly register: Register; readonly when: Condition; readonly to: string }
  | { readonly kind: "jump"; readonly to: string }
  /** Goes on, or jumps: both are explored. */
  | { readonly kind: "choose"; readonly to: string }
  | { readonly kind: "interrupts"; readonly on: boolean }
  /**
   * Runs guest code until something forces an exit: an IPI to the thread's CPU, or a bit in a word.
   * `leavesByItself` adds exits for the guest's own reasons.
   */
  | {
    readonly kind: "enter"; readonly forcedBy: "ipi" | { readonly word: Word; readonly mask: number };
    readonly leavesByItself?: true;
  }
  /** Goes to a host CPU; `call`: number of the caller whose acknowledgement is awaited, from 1. */
  | { readonly kind: "sendIpi"; readonly cpu: Operand; readonly call?: number }
  | { readonly kind: "awaitAcknowledgement"; readonly cpu: Operand; readonly call: number }
  /** The thread goes on on another host CPU. */
  | { readonly kind: "migrate"; readonly cpu: number }
);

export interface Label {
  readonly kind: "label";
  readonly name: string;
}

// ---- how programs are written down
export const label = (name: string): Label => ({ kind: "label", name });
export const load = (word: Word, into: Register): Instruction => ({ kind: "load", word, into });
export const store = (word: Word, value: Operand, notes: readonly Note[] = []): Instruction =>
  ({ kind: "store", word, value, notes });
export const storeRelease = (word: Word, value: Operand, notes: readonly Note[] = []): Instruction =>
  ({ kind: "store", word, value, release: true, notes });
export const set = (word: Word, value: Operand, notes: readonly Note[] = []): Instruction =>
  ({ kind: "set", word, value, notes });
export const clear = (word: Word, value: Operand, notes: readonly Note[] = []): Instruction =>
  ({ kind: "clear", word, value, notes });
export const compareExchange = (
  word: Word, expected: number, value: number, into: Register, notes: readonly Note[] = [],
): Instruction => ({ kind: "compareExchange", word, expected, value, into, notes });
export const barrier = (id: string, orders: "all" | "stores" | "loads" = "all"): Instruction =>
  ({ kind: "barrier", orders, id });
export const jump = (to: string): Instruction => ({ kind: "jump", to });
export const choose = (to: string): Instruction => ({ kind: "choose", to });
export const interruptsOff: Instruction = { kind: "interrupts", on: false };
export const interruptsOn: Instruction = { kind: "interrupts", on: true };

const ALL_BITS = 0xffff;
export const equals = (value: number): Condition => ({ mask: ALL_BITS, equals: value, negated: false });
export const differs = (value: number): Condition => ({ mask: ALL_BITS, equals: value, negated: true });
export const hasAny = (mask: number): Condition => ({ mask, equals: 0, negated: true });
export const hasNone = (mask: number): Condition => ({ mask, equals: 0, negated: false });
export const meets = (value: number, { mask, equals: wanted, negated }: Condition): boolean =>
  ((value & mask) === wanted) !== negated;

export const branch = (register: Register, when: Condition, to: string): Instruction =>
  ({ kind: "branch", register, when, to });
export const awaitWord = (word: Word, until: Condition): Instruction => ({ kind: "await", word, until });
