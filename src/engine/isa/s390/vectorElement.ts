/**
 * Vector registers as WebAssembly SIMD values (Principles of Operation, chapter 21, "Vector Facility
 * Overview").
 *
 * A register is kept as a little-endian 128-bit number: element i of N is lane N-1-i, byte element i is byte
 * lane 15-i, and doubleword 0 is lane 1. Invariant: meanings name elements as the manual does; only this file
 * turns them into lanes.
 */
import { assert } from "../../base/assert.ts";
import * as E from "../../wasm/value.ts";
import { I32, I64, V128, Val, k32, k64 } from "../../wasm/value.ts";
import type { RawFields } from "./format.ts";
import { Program, type Options } from "./instruction.ts";
import type { Builder, Field } from "./semantics.ts";

/** Element size code of the mask fields: elements have 2^size bytes. */
export type Size = 0 | 1 | 2 | 3;
export type Binary = (a: Val, b: Val) => Val;
export type Unary = (a: Val) => Val;
export type Shift = (a: Val, count: Val) => Val;

type Codes = readonly [number, number, number, number];
const binaries =
  (codes: Codes) =>
  (size: Size): Binary =>
  (a, b) =>
    E.simd(codes[size], V128, a, b);
const unaries =
  (codes: Codes) =>
  (size: Size): Unary =>
  (a) =>
    E.simd(codes[size], V128, a);
const tests =
  (codes: Codes) =>
  (size: Size): Unary =>
  (a) =>
    E.simd(codes[size], I32, a);

// ---- lane-wise operations; SIMD opcodes of the WebAssembly core specification 2.0, section 5.4.8
export const add = binaries([0x6e, 0x8e, 0xae, 0xce]);
export const sub = binaries([0x71, 0x91, 0xb1, 0xd1]);
export const equal = binaries([0x23, 0x2d, 0x37, 0xd6]);
export const greaterSigned = binaries([0x27, 0x31, 0x3b, 0xd9]);
export const negate = unaries([0x61, 0x81, 0xa1, 0xc1]);
export const absolute = unaries([0x60, 0x80, 0xa0, 0xc0]);
export const allTrue = tests([0x63, 0x83, 0xa3, 0xc3]);
export const shiftLeft: (size: Size) => Shift = binaries([0x6b, 0x8b, 0xab, 0xcb]);
export const shiftRightSigned: (size: Size) => Shift = binaries([0x6c, 0x8c, 0xac, 0xcc]);
export const shiftRight: (size: Size) => Shift = binaries([0x6d, 0x8d, 0xad, 0xcd]);
/** The low or high half of the lanes, extended to twice the width; the argument is the narrow size. */
export const extend =
  (size: 0 | 1 | 2, high: boolean, signed: boolean): Unary =>
  (a) =>
    E.simd([0x87, 0xa7, 0xc7][size]! + (high ? 1 : 0) + (signed ? 0 : 2), V128, a);
/** Products of the low or high half of the lanes in twice the width. */
export const extendedProduct =
  (size: 0 | 1 | 2, high: boolean, signed: boolean): Binary =>
  (a, b) =>
    E.simd([0x9c, 0xbc, 0xdc][size]! + (high ? 1 : 0) + (signed ? 0 : 2), V128, a, b);
/** Products modulo the width; sizes 1 to 3. */
export const multiply =
  (size: 1 | 2 | 3): Binary =>
  (a, b) =>
    E.simd([0x95, 0xb5, 0xd5][size - 1]!, V128, a, b);
/** Sums of neighbouring unsigned lanes in twice the width. */
export const pairSums =
  (size: 0 | 1): Unary =>
  (a) =>
    E.simd(size === 0 ? 0x7d : 0x7f, V128, a);
export const bytePopulation: Unary = (a) => E.simd(0x62, V128, a);

export const and: Binary = (a, b) => E.simd(0x4e, V128, a, b);
/** a and not b. */
export const andNot: Binary = (a, b) => E.simd(0x4f, V128, a, b);
export const or: Binary = (a, b) => E.simd(0x50, V128, a, b);
export const xor: Binary = (a, b) => E.simd(0x51, V128, a, b);
export const not: Unary = (a) => E.simd(0x4d, V128, a);
/** Bits of a where the mask is 1, of b where it is 0. */
export const pick = (a: Val, b: Val, mask: Val): Val => E.simd(0x52, V128, a, b, mask);
export const anyTrue: Unary = (a) => E.simd(0x53, I32, a);
/** Bytes of a at the lane numbers of b; 0 for numbers above 15. */
export const swizzle: Binary = (a, b) => E.simd(0x0e, V128, a, b);

export const constant = (bits: bigint): Val => E.v128Const(bits);
export const zero = constant(0n);
/** The same element everywhere. */
export function replicated(size: Size, element: bigint): bigint {
  const width = 8n << BigInt(size);
  let bits = 0n;
  for (let at = 0n; at < 128n; at += width) bits |= BigInt.asUintN(Number(width), element) << at;
  return bits;
}
/** Every lane the low bits of a scalar: i32 for sizes 0 to 2, i64 for 3. */
export function splat(size: Size, value: Val): Val {
  const scalar =
    size === 3 ? (value.ty === I64 ? value : E.extu(value)) : value.ty === I32 ? value : E.wrap(value);
  if (scalar.isConst) return constant(replicated(size, BigInt(scalar.imm)));
  return E.simd(0x0f + size, V128, scalar);
}

/** Doublewords 0 and 1. */
export const high = (v: Val): Val => E.simd(0x1d, I64, v, undefined, undefined, 1);
export const low = (v: Val): Val => E.simd(0x1d, I64, v, undefined, undefined, 0);
export const pair = (doubleword0: Val, doubleword1: Val): Val =>
  E.simd(0x1e, V128, splat(3, doubleword1), doubleword0, undefined, 1);
/** Word and byte elements as i32. */
export const word = (v: Val, element: number): Val => E.simd(0x1b, I32, v, undefined, undefined, 3 - element);
export const byte = (v: Val, element: number): Val =>
  E.simd(0x16, I32, v, undefined, undefined, 15 - element);

/** Bytes 0 to 15 of a, 16 to 31 of b, chosen for each byte element of the result. */
export function shuffle(a: Val, b: Val, bytes: readonly number[]): Val {
  assert(bytes.length === 16, "a shuffle names 16 bytes");
  let lanes = 0n;
  bytes.forEach((from, to) => {
    lanes |= BigInt(from < 16 ? 15 - from : 47 - from) << BigInt(8 * (15 - to));
  });
  return new Val(0xfd0d, V128, lanes, a, b);
}
/** Element-wise shuffle: each entry names an element of the given size, those of b after those of a. */
export const shuffleElements = (size: Size, a: Val, b: Val, elements: readonly number[]): Val =>
  shuffle(
    a,
    b,
    elements.flatMap((element) => Array.from({ length: 1 << size }, (_, i) => (element << size) + i)),
  );

/** Byte lane numbers 0 … 15, and the byte element number of each lane. */
export const laneNumbers = constant(0x0f0e0d0c0b0a09080706050403020100n);
export const elementNumbers = constant(0x000102030405060708090a0b0c0d0e0fn);
const elementNumbersOf: readonly Val[] = [
  elementNumbers,
  constant(0x00000001000200030004000500060007n),
  constant(0x00000000000000010000000200000003n),
  constant(1n),
];

/** All ones in the element of that number (i32), zeros elsewhere. */
export const elementMask = (size: Size, element: Val): Val =>
  equal(size)(elementNumbersOf[size]!, splat(size, element));
/** The vector with one element replaced by a scalar (i32; i64 for size 3). */
export const withElement = (size: Size, v: Val, element: Val, value: Val): Val => {
  if (!element.isConst) return pick(splat(size, value), v, elementMask(size, element));
  const scalar = size === 3 || value.ty === I32 ? value : E.wrap(value);
  const lane = (16 >> size) - 1 - Number(element.imm);
  return E.simd([0x17, 0x1a, 0x1c, 0x1e][size]!, V128, v, scalar, undefined, lane);
};
/** One element (number as i32) in every element position. */
export function replicateElement(size: Size, v: Val, element: Val): Val {
  const step = 1 << size;
  const within = replicated(size, BigInt(["0x00", "0x0100", "0x03020100", "0x0706050403020100"][size]!));
  const first = E.shl32(E.sub32(k32((16 >> size) - 1), element), k32(size));
  if (element.isConst) {
    const lane = BigInt(((16 >> size) - 1 - Number(element.imm)) * step);
    return swizzle(v, constant(within + replicated(0, lane)));
  }
  return swizzle(v, add(0)(constant(within), splat(0, first)));
}
/** One element (number as i32), zero-extended to i64. */
export function elementOf(size: Size, v: Val, element: Val): Val {
  const all = low(replicateElement(size, v, element));
  return size === 3 ? all : E.and64(all, k64((1n << (8n << BigInt(size))) - 1n));
}

/** Unsigned a > b. */
export const greater = (size: Size): Binary => {
  const code = [0x28, 0x32, 0x3c][size];
  if (code !== undefined) return (a, b) => E.simd(code, V128, a, b);
  const sign = constant(replicated(3, 1n << 63n));
  return (a, b) => greaterSigned(3)(xor(a, sign), xor(b, sign));
};

/** Sums of the words of each doubleword. */
export const wordPairSums = (v: Val): Val =>
  add(3)(and(v, constant(replicated(3, 0xffff_ffffn))), shiftRight(3)(v, k32(32)));

/**
 * First byte element that is all ones, as i32; 16 if there is none. `lanes` is a comparison of any element
 * size.
 */
export const firstTrue = (lanes: Val): Val => E.sub32(E.clz32(byteMask(lanes)), k32(16));
/** Bit 15 for byte element 0 … bit 0 for byte element 15. */
export const byteMask = (lanes: Val): Val => E.simd(0x64, I32, lanes);

/**
 * Runs the case of a field's value, chosen when the code is made if the field is known then, else when it
 * runs.
 */
export function byValue(
  s: Builder,
  field: Val,
  values: readonly number[],
  act: (value: number) => void,
): void {
  const [first, ...rest] = values;
  if (field.isConst) {
    if (values.includes(Number(field.imm))) act(Number(field.imm));
    return;
  }
  if (rest.length === 0) act(first!);
  else
    s.if(
      E.eq32(field, k32(first!)),
      () => act(first!),
      () => byValue(s, field, rest, act),
    );
}
export const bySize = <S extends Size>(
  s: Builder,
  field: Field,
  sizes: readonly S[],
  act: (size: S) => void,
): void => byValue(s, s.i32(field), sizes, (value) => act(value as S));

/** i32: is one of these bits of the field on? Known when the code is made if the field is. */
export function hasBits(s: Builder, field: Field, bits: number): Val {
  return E.and32(s.i32(field), k32(bits));
}

/** Condition code of an element-wise comparison: 0 all, 1 some, 3 none. */
export const setComparisonCc = (s: Builder, size: Size, lanes: Val): void =>
  s.setCcValue(E.select(allTrue(size)(lanes), k32(0), E.select(anyTrue(lanes), k32(1), k32(3))));

/** Specification exception unless the field has one of the values. */
export const only =
  (field: keyof RawFields, ...values: readonly number[]) =>
  (f: RawFields): number =>
    values.includes(f[field]) ? 0 : Program.specification;

export const ALL: readonly Size[] = [0, 1, 2, 3];

/** Options of a vector entry: facility 129 unless told, with a check of its mask field. */
export const vector = (check?: (f: RawFields) => number, options: Options = {}): Options => ({
  floating: "vector",
  facility: 129,
  ...(check ? { check } : {}),
  ...options,
});
export const sized = (field: keyof RawFields, most = 3, options: Options = {}): Options =>
  vector((f) => (f[field] > most ? Program.specification : 0), options);
