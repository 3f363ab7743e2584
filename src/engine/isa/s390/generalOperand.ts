/**
 * Second operands and pieces of meanings that the general-instruction tables share
 * (Principles of Operation, chapter 7, "General instructions").
 *
 * Invariant: a source only reads; it may end the instruction with an access exception, so it runs before any
 * register write.
 */
import * as E from "../../wasm/value.ts";
import { I64, k32, k64, type Val } from "../../wasm/value.ts";
import { Program } from "./instruction.ts";
import type { Address, Builder, Fields } from "./semantics.ts";

/** Reads one operand of an instruction. */
export type Source = (s: Builder, f: Fields) => Val;
/** Address of a storage operand. */
export type Place = (s: Builder, f: Fields) => Address;

// ---- addresses
export const indexed: Place = (s, f) => s.address(f.b2, f.d2, f.x2);
export const based: Place = (s, f) => s.address(f.b2, f.d2);
export const firstBased: Place = (s, f) => s.address(f.b1, f.d1);

/** Relative-long operand, which must lie on its natural boundary. */
export const relativeOperand = (size: 2 | 4 | 8): Place => (s, f) => {
  const at = s.relativeAddress(f.ri2);
  // Halfword operands are always aligned: the distance is counted in halfwords.
  if (size !== 2) s.requireAligned(at, size);
  return at;
};

/** The same place with its address evaluated once, so that it outlives register writes. */
export function pinned(s: Builder, a: Address): Address {
  return { value: s.let(a.value), base: a.base };
}

// ---- register operands, 32 bits as i32 and 64 bits as i64
export const low1: Source = (s, f) => s.low(f.r1);
export const low2: Source = (s, f) => s.low(f.r2);
export const low3: Source = (s, f) => s.low(f.r3);
export const high1: Source = (s, f) => s.high(f.r1);
export const high2: Source = (s, f) => s.high(f.r2);
export const high3: Source = (s, f) => s.high(f.r3);
export const whole1: Source = (s, f) => s.gpr(f.r1);
export const whole2: Source = (s, f) => s.gpr(f.r2);
export const whole3: Source = (s, f) => s.gpr(f.r3);
/** Low word of r2 extended to 64 bits. */
export const signed2: Source = (s, f) => E.exts(s.low(f.r2));
export const unsigned2: Source = (s, f) => E.extu(s.low(f.r2));

// ---- immediate operands
export const immediate32: Source = (s, f) => s.i32(f.i2);
export const immediate64: Source = (s, f) => s.s64(f.i2);
export const immediateUnsigned: Source = (s, f) => s.u64(f.i2);

// ---- storage operands
export const word = (place: Place): Source => (s, f) => s.load32(4, place(s, f));
export const halfwordSigned32 = (place: Place): Source => (s, f) => s.loadSigned32(2, place(s, f));
export const doubleword = (place: Place): Source => (s, f) => s.load(8, place(s, f));
/** Zero-extended to i64. */
export const unsigned = (size: 1 | 2 | 4, place: Place): Source => (s, f) => s.load(size, place(s, f));
/** Sign-extended to i64. */
export const signed = (size: 1 | 2 | 4, place: Place): Source => (s, f) => s.loadSigned(size, place(s, f));

// ---- values
/** `v` equals `n` (i32); known at once when v is. */
export const equals = (v: Val, n: number): Val => E.eqz32(E.add32(v, k32(-n)));
/** Any of the bits of `mask` is one (i32, not only 0 or 1). */
export const hasBit = (v: Val, mask: number): Val => E.and32(v, k32(mask));
/** The number behind a value that is a constant here, else undefined. */
export const known = (v: Val): number | undefined => (v.isConst ? Number(v.imm) : undefined);
export const complement = (v: Val): Val =>
  v.isConst
    ? v.ty === I64
      ? k64(~(v.imm as bigint))
      : k32(~(v.imm as number))
    : v.ty === I64
      ? E.not64(v)
      : E.xor32(v, k32(-1));

/** i32 0/1: the signed sum of x and y differs from `sum` in mathematics. */
export const addOverflow32 = (x: Val, y: Val, sum: Val): Val =>
  E.lts32(E.and32(E.xor32(x, sum), E.xor32(y, sum)), k32(0));
export const addOverflow64 = (x: Val, y: Val, sum: Val): Val =>
  E.lts64(E.and64(E.xor64(x, sum), E.xor64(y, sum)), k64(0));
export const subtractOverflow32 = (x: Val, y: Val, difference: Val): Val =>
  E.lts32(E.and32(E.xor32(x, y), E.xor32(x, difference)), k32(0));
export const subtractOverflow64 = (x: Val, y: Val, difference: Val): Val =>
  E.lts64(E.and64(E.xor64(x, y), E.xor64(x, difference)), k64(0));

/** i32 condition code of a signed result: 3 on overflow, else by its sign. */
export function signOrOverflow(overflow: Val, result: Val): Val {
  const wide = result.ty === I64;
  const zero = wide ? k64(0) : k32(0);
  const above = (wide ? E.gts64 : E.gts32)(result, zero);
  const below = (wide ? E.lts64 : E.lts32)(result, zero);
  return E.select(overflow, k32(3), E.add32(E.shl32(above, k32(1)), below));
}

export function reversed32(s: Builder, v: Val): Val {
  const x = s.let(v);
  return E.or32(
    E.and32(E.rotl32(x, k32(8)), k32(0x00ff00ff)),
    E.and32(E.rotl32(x, k32(24)), k32(0xff00ff00)),
  );
}
export function reversed64(s: Builder, v: Val): Val {
  const x = s.let(v);
  return E.or64(
    E.shl64(E.extu(reversed32(s, E.wrap(x))), k64(32)),
    E.extu(reversed32(s, E.wrap(E.shru64(x, k64(32))))),
  );
}

// ---- register pairs
/** Low words of an even-odd pair as one i64. */
export const pairOfLows = (s: Builder, r: Fields["r1"]): Val =>
  E.or64(E.shl64(E.extu(s.low(r)), k64(32)), E.extu(s.low(s.odd(r))));
export function setPairOfLows(s: Builder, r: Fields["r1"], v: Val): void {
  const value = s.let(v);
  s.setLow(r, E.wrap(E.shru64(value, k64(32))));
  s.setLow(s.odd(r), E.wrap(value));
}

// ---- ends
/**
 * Trap of COMPARE AND TRAP and LOAD AND TRAP: data exception with data-exception code hex FF; the instruction
 * is completed.
 */
export function trap(s: Builder, cond: Val): void {
  s.program(Program.data, cond);
}

/**
 * What routines take for the space of an operand in access-register mode: eight times the register number,
 * hex 80 for none.
 */
export function spaceOf(s: Builder, a: Address): Val {
  const base = s.i32(a.base);
  const n = known(base);
  return n === undefined ? base : k32(n === 0 ? 0x80 : n * 8);
}

/**
 * Fetch, change and store of one storage operand as one unit; returns the old contents.
 * The vCPUs of a machine take turns between instructions, so nothing can come between.
 */
export function interlockedUpdate(
  s: Builder,
  size: 1 | 4 | 8,
  a: Address,
  change: (old: Val) => Val,
): { old: Val; next: Val } {
  const at = pinned(s, a);
  const old = size === 8 ? s.load(8, at) : s.load32(size, at);
  const next = s.let(change(old));
  s.store(size, at, next);
  return { old, next };
}
