/**
 * The vocabulary in which instruction meanings are written.
 *
 * One meaning, several readers: the interpreter generator calls it with fields that are read from the
 * predecoded entry at run time, the region compiler with constant fields, the region scanner to learn where
 * control goes. So a meaning must not look at a field's value with JavaScript operators; it asks the builder.
 *
 * Order inside a meaning: read operands, reach memory (which may end the instruction), then write results. A
 * register value that is used after a register write must have been pinned with `let`; the builder refuses it
 * otherwise.
 */
import type { Val } from "../../wasm/value.ts";
import type { FieldName } from "./format.ts";

/** A field: its constant value, or an i32 expression that reads it. Opaque to meanings. */
export type Field = number | Val;
export type Fields = { readonly [name in FieldName]: Field };

/** How the condition code follows from two operands; evaluated only when somebody asks. */
export const Cc = {
  /** a is the condition code itself. */
  value: 0,
  /** Signed comparison of a and b: 0 equal, 1 low, 2 high. */
  signed: 1,
  /** Unsigned comparison. */
  unsigned: 2,
  /** 0 if a is zero, else 1. */
  nonZero: 3,
  /** Signed 64-bit sum a + b: sign of the result, 3 on overflow. */
  add64: 4,
  /** Signed 64-bit difference a - b. */
  sub64: 5,
  /** Signed 32-bit sum of the low words of a and b. */
  add32: 6,
  sub32: 7,
  /** Unsigned sum: bit 0 of the code (value 2) is carry, bit 1 (value 1) is not-zero. */
  addLogical64: 8,
  addLogical32: 9,
  /** Unsigned difference: value 2 is no-borrow, value 1 not-zero. */
  subLogical64: 10,
  subLogical32: 11,
  /**
   * TEST UNDER MASK: a is the selected bits, b the mask (16 bits or fewer). 0 zeros, 1 mixed leftmost 0, 2
   * mixed leftmost 1, 3 ones.
   */
  testMask: 12,
  /** Sign of a as 64 bits: 0 zero, 1 negative, 2 positive. */
  sign64: 13,
  /** TEST UNDER MASK (storage form): 0 zeros, 1 mixed, 3 ones. */
  testMaskStorage: 14,
} as const;
export type CcKind = (typeof Cc)[keyof typeof Cc];

/** An operand address together with the base register that names its space in access-register mode. */
export interface Address {
  readonly value: Val;
  readonly base: Field;
}

export interface Builder {
  // ---- values of fields
  /** Field as i32. */
  i32(f: Field): Val;
  /** Field as i64, sign-extended from 32 bits. */
  s64(f: Field): Val;
  /** Field as i64, zero-extended from 32 bits. */
  u64(f: Field): Val;
  /**
   * 64-bit selection mask of RISBG-like instructions from their i3, i4 fields (bits i3..i4 with wrap, MSB0).
   */
  rotateMask(f: Fields): Val;

  // ---- general registers (i64), their low and high words (i32)
  gpr(r: Field): Val;
  setGpr(r: Field, v: Val): void;
  low(r: Field): Val;
  setLow(r: Field, v: Val): void;
  high(r: Field): Val;
  setHigh(r: Field, v: Val): void;
  /** The odd register of the even-odd pair that `r` belongs to: `r` itself if it is odd. */
  odd(r: Field): Field;
  /** `body` for every register r1, r1+1, … r3 (modulo 16) with the index of its turn as an i32 value. */
  forRegisters(r1: Field, r3: Field, body: (r: Field, turn: Val) => void): void;
  /** Number of turns of forRegisters as i32. */
  registerCount(r1: Field, r3: Field): Val;
  /**
   * Access register (i32), control register low word / whole, floating-point register bits (i64), vector
   * register (v128).
   */
  ar(r: Field): Val;
  setAr(r: Field, v: Val): void;
  cr(r: Field): Val;
  fpr(r: Field): Val;
  setFpr(r: Field, v: Val): void;
  /** Bits 0-31 of the floating-point register (short format); a write leaves bits 32-63 unchanged. */
  fprShort(r: Field): Val;
  setFprShort(r: Field, v: Val): void;
  vr(r: Field): Val;
  setVr(r: Field, v: Val): void;

  // ---- addresses
  /** b + x + d in the current addressing mode. `x` may be left out. */
  address(b: Field, d: Field, x?: Field): Address;
  /**
   * Address in a register, truncated to the addressing mode; the register also names the space in AR mode.
   */
  addressIn(r: Field): Address;
  /** The same space, `offset` (i64) bytes on, wrapped to the addressing mode. */
  plus(a: Address, offset: Val): Address;
  /** Truncates to the addressing mode. */
  wrapAddress(v: Val): Val;
  /** LOAD ADDRESS-like: sets r to the address: 64 bits, or only the low word in 24/31-bit mode. */
  setAddress(r: Field, v: Val): void;
  /** Virtual address of a relative field: this instruction + 2 × field. */
  relative(ri: Field): Val;
  /** Address of the next sequential instruction. */
  nextAddress(): Val;
  /** Link information as BASR/BRAS store it in a register (addressing-mode dependent, PoP 5-11). */
  setLink(r: Field): void;

  // ---- storage; an access exception ends the instruction
  /** Zero-extended big-endian load of 1, 2, 4 or 8 bytes as i64. Result is pinned. */
  load(size: 1 | 2 | 4 | 8, a: Address): Val;
  /** Sign-extended as i64. */
  loadSigned(size: 1 | 2 | 4, a: Address): Val;
  /** Zero-extended load of up to 4 bytes as i32; `loadSigned32` sign-extends 1 or 2 bytes. */
  load32(size: 1 | 2 | 4, a: Address): Val;
  loadSigned32(size: 1 | 2, a: Address): Val;
  load128(a: Address): Val;
  /** Stores the low bytes of v (i64, or i32 when size ≤ 4). */
  store(size: 1 | 2 | 4 | 8, a: Address, v: Val): void;
  store128(a: Address, v: Val): void;
  /** Address of relative-long operands (LRL, STRL): primary/instruction space, no access register. */
  relativeAddress(ri: Field): Address;
  /** Specification exception unless the address is a multiple of `size`. */
  requireAligned(a: Address, size: 2 | 4 | 8 | 16): void;
  /**
   * Checks access to `length` (i32, 1 … 256) bytes before anything is stored, so that what follows cannot end
   * half-way; inside one page it then costs one translation for all of it.
   */
  probe(a: Address, length: Val, kind: "read" | "write"): void;
  /**
   * Interlocked update: compares `size` bytes with `expected`; if equal stores `replacement`. Returns the old
   * value (i64).
   */
  compareAndSwap(size: 4 | 8, a: Address, expected: Val, replacement: Val): Val;

  // ---- condition code
  setCc(kind: CcKind, a: Val, b?: Val): void;
  /** Sets the code itself, i32 0..3. */
  setCcValue(cc: Val): void;
  cc(): Val;
  /** i32 0/1: does the mask field (bit 8 for cc 0 … 1 for cc 3) select the current code? */
  ccSelected(mask: Field): Val;
  /** COMPARE AND BRANCH masks: i32 0/1 whether the mask selects equal (8), low (4) or high (2). */
  compareSelected(mask: Field, signed: boolean, a: Val, b: Val): Val;
  /** Carry (0/1, i64) of a previous logical operation: bit 0 of the two-bit condition code. */
  carry(): Val;

  // ---- control
  /** Continues at the virtual address (i64); `cond` undefined: always. */
  branch(cond: Val | undefined, target: Val): void;
  /** Continues at this instruction + 2 × field. */
  branchRelative(cond: Val | undefined, ri: Field): void;
  if(cond: Val, then: () => void, otherwise?: () => void): void;
  /** `then` only if the register field is not 0 (BCR, BASR with r2 = 0 do not branch). */
  ifField(f: Field, then: () => void, otherwise?: () => void): void;
  /** `body` gets `again` to call at its end for another turn, with an i32 condition. */
  loop(body: (again: (cond: Val) => void) => void): void;
  /** A mutable variable. */
  variable(init: Val): { get(): Val; set(v: Val): void };
  /** Evaluates now, once. */
  let(v: Val): Val;
  /**
   * Program interruption with this code if cond holds (or always). The instruction must not have written
   * anything unless the interruption completes it.
   */
  program(code: number, cond?: Val): void;
  /**
   * Fixed-point overflow (code 8) after completion if cond holds and the program mask allows. Must be the
   * last thing.
   */
  overflow(cond: Val): void;
  /** PSW fields: program mask bits etc. as i32: address-space control 0..3, program mask 0..15, key 0..15. */
  programMask(): Val;
  /** Reads a 64-bit or 32-bit word of the CPU state by its name. */
  state(name: "fpc" | "prefix" | "cpuAddress" | "pswMaskHigh"): Val;
  setState(name: "fpc" | "pswMaskHigh", v: Val): void;
  /**
   * Runs the instruction's slow implementation (`Options.slow`) instead; nothing may have been written
   * before.
   */
  exact(): void;
  /**
   * After results are written: ends the run here if an interruption waits for the mask that was opened. Last
   * thing.
   */
  recheckInterruptions(): void;
  /**
   * Runs a routine of the runtime module (see cpu/routines): result i64. It may end the instruction with an
   * access exception.
   */
  routine(name: string, ...args: Val[]): Val;
  /** An event that serialises (BCR 15,0): a place where other CPUs' stores are seen. */
  serialize(): void;
}

export type Meaning = (s: Builder, f: Fields) => void;
