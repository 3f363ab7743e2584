/**
 * Vector string instructions (Principles of Operation, chapter 23, "Vector String Instructions").
 *
 * A result that is a byte number goes to byte element 7, 16 when nothing was found. Invariant: an element is
 * decided by itself for all sixteen at once; only the search for a substring goes from place to place and is
 * a helper.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, op, Program, type Instruction } from "./instruction.ts";
import type { Builder, Field, Meaning } from "./semantics.ts";
import * as V from "./vectorElement.ts";
import { bySize, hasBits, vector } from "./vectorElement.ts";

const SIZES = [0, 1, 2] as const;
/** Bits of the mask field: invert result, result type (mask of elements), zero search, condition code set. */
const INVERT = 8;
const RESULT_TYPE = 4;
const ZERO_SEARCH = 2;
const SET_CC = 1;
const FOUND_NONE = k32(16);

const numberResult = (number: Val): Val => V.pair(E.extu(number), k64(0));

/**
 * Both number and condition code need the first hit and, with zero search, the first zero of the second
 * operand.
 */
const findEqual: Meaning = (s, f) =>
  bySize(s, f.m4, SIZES, (size) => {
    const [a, b] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3))];
    const hit = s.let(V.firstTrue(V.equal(size)(a, b)));
    const zero = s.let(
      E.select(hasBits(s, f.m5, ZERO_SEARCH), V.firstTrue(V.equal(size)(a, V.zero)), FOUND_NONE),
    );
    s.setVr(f.v1, numberResult(E.select(E.ltu32(hit, zero), hit, zero)));
    s.if(hasBits(s, f.m5, SET_CC), () => setFoundCc(s, hit, zero));
  });

const findNotEqual: Meaning = (s, f) =>
  bySize(s, f.m4, SIZES, (size) => {
    const [a, b] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3))];
    const hit = s.let(V.firstTrue(V.not(V.equal(size)(a, b))));
    const zero = s.let(
      E.select(hasBits(s, f.m5, ZERO_SEARCH), V.firstTrue(V.equal(size)(a, V.zero)), FOUND_NONE),
    );
    s.setVr(f.v1, numberResult(E.select(E.ltu32(hit, zero), hit, zero)));
    s.if(hasBits(s, f.m5, SET_CC), () => {
      const isLow = E.and32(E.shru32(V.byteMask(V.greater(size)(b, a)), E.sub32(k32(15), hit)), k32(1));
      const unequal = E.select(isLow, k32(1), k32(2));
      const none = E.select(E.eq32(hit, FOUND_NONE), k32(3), unequal);
      s.setCcValue(E.select(E.ltu32(zero, hit), k32(0), none));
    });
  });

/** Elements to the right of the first zero become zero. */
const isolate: Meaning = (s, f) =>
  bySize(s, f.m3, SIZES, (size) => {
    const a = s.let(s.vr(f.v2));
    const first = s.let(V.firstTrue(V.equal(size)(a, V.zero)));
    s.setVr(f.v1, V.and(a, V.greater(0)(V.splat(0, first), V.elementNumbers)));
    s.if(hasBits(s, f.m5, SET_CC), () => s.setCcValue(E.select(E.eq32(first, FOUND_NONE), k32(3), k32(0))));
  });

/** Elements from left to right. */
function elements(cpu: HelperCpu, register: number, size: number): number[] {
  const width = 8 << size;
  const bits = cpu.vr(register);
  return Array.from({ length: 16 >> size }, (_, i) =>
    Number(BigInt.asUintN(width, bits >> BigInt(128 - width * (i + 1)))),
  );
}

/**
 * What FIND ANY ELEMENT EQUAL and STRING RANGE COMPARE have in common: number or mask of the hits, and the
 * condition code.
 */
function deliver(
  s: Builder,
  v1: Field,
  flags: Field,
  size: (typeof SIZES)[number],
  a: Val,
  found: Val,
): void {
  const inverted = V.splat(0, E.select(hasBits(s, flags, INVERT), k32(-1), k32(0)));
  const hits = s.let(V.xor(found, inverted));
  const hit = s.let(V.firstTrue(hits));
  const zero = s.let(
    E.select(hasBits(s, flags, ZERO_SEARCH), V.firstTrue(V.equal(size)(a, V.zero)), FOUND_NONE),
  );
  s.if(
    hasBits(s, flags, RESULT_TYPE),
    () => s.setVr(v1, hits),
    () => {
      s.setVr(v1, numberResult(E.select(E.ltu32(hit, zero), hit, zero)));
    },
  );
  s.if(hasBits(s, flags, SET_CC), () => setFoundCc(s, hit, zero));
}
/** 0 a zero is first, 1 a hit and no zero, 2 a hit before a zero, 3 neither. */
function setFoundCc(s: Builder, hit: Val, zero: Val): void {
  const withZero = E.select(E.ltu32(hit, zero), k32(2), k32(0));
  const without = E.select(E.eq32(hit, FOUND_NONE), k32(3), k32(1));
  s.setCcValue(E.select(E.eq32(zero, FOUND_NONE), without, withZero));
}

/** Every element of the second operand against each of the third. */
const findAny: Meaning = (s, f) =>
  bySize(s, f.m4, SIZES, (size) => {
    const [a, b] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3))];
    let found = V.zero;
    for (let i = 0; i < 16 >> size; i++)
      found = s.let(V.or(found, V.equal(size)(a, V.replicateElement(size, b, k32(i)))));
    deliver(s, f.v1, f.m5, size, a, found);
  });

/**
 * Pairs of limits, each with the relations that count: equal, low, high at the left of its control element.
 * An element is found when it is in relation to both limits of a pair.
 */
const rangeCompare: Meaning = (s, f) =>
  bySize(s, f.m5, SIZES, (size) => {
    const [a, limits, controls] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3)), s.let(s.vr(f.v4))];
    const relation = (bit: number): Val =>
      s.let(V.shiftRightSigned(size)(V.shiftLeft(size)(controls, k32(bit)), k32((8 << size) - 1)));
    const [equal, low, high] = [relation(0), relation(1), relation(2)];
    const within = (i: number): Val => {
      const limit = s.let(V.replicateElement(size, limits, k32(i)));
      const when = (relations: Val, test: Val): Val =>
        V.and(V.replicateElement(size, relations, k32(i)), test);
      const isUnequal = V.or(when(low, V.greater(size)(limit, a)), when(high, V.greater(size)(a, limit)));
      return V.or(when(equal, V.equal(size)(a, limit)), isUnequal);
    };
    let found = V.zero;
    for (let i = 0; i < 16 >> size; i += 2) found = s.let(V.or(found, V.and(within(i), within(i + 1))));
    deliver(s, f.v1, f.m6, size, a, found);
  });

/**
 * STRING SEARCH: the substring of the third operand, of the length in byte 7 of the fourth, in the second.
 * Condition code 0 not there, 1 not there and the string ended, 2 found, 3 its beginning is at the end.
 */
function stringSearch(cpu: HelperCpu, f: RawFields): void {
  const size = f.m5;
  const count = 16 >> size;
  const a = elements(cpu, f.v2, size);
  const b = elements(cpu, f.v3, size);
  const isZeroEnded = (f.m6 & ZERO_SEARCH) !== 0;
  let length = Math.min(16, Number((cpu.vr(f.v4) >> 64n) & 0xffn)) >> size;
  if (isZeroEnded) {
    const end = b.slice(0, length).indexOf(0);
    if (end >= 0) length = end;
  }
  const zero = isZeroEnded ? a.indexOf(0) : -1;
  const end = zero < 0 ? count : zero;
  let at = 0;
  while (at < end && !b.slice(0, Math.min(length, end - at)).every((element, i) => a[at + i] === element))
    at++;
  const isWhole = at + length <= end;
  if (length === 0) cpu.cc = 2;
  else if (at < end && isWhole) cpu.cc = 2;
  else if (at < end && zero < 0) cpu.cc = 3;
  else {
    cpu.cc = zero < 0 ? 0 : 1;
    at = count;
  }
  cpu.setVr(f.v1, BigInt(length === 0 ? 0 : at << size) << 64n);
}

const sizeIn =
  (field: "m3" | "m4" | "m5", flags?: "m5", allowed = 15) =>
  (f: RawFields): number =>
    f[field] > 2 || (flags && f[flags] & ~allowed) ? Program.specification : 0;

export const vectorString: readonly Instruction[] = [
  op("vfee", "VRR-b", 0xe780, findEqual, vector(sizeIn("m4", "m5", 3), { syntax: "v1,v2,v3,m4[,m5]" })),
  op("vfene", "VRR-b", 0xe781, findNotEqual, vector(sizeIn("m4", "m5", 3), { syntax: "v1,v2,v3,m4[,m5]" })),
  op("vfae", "VRR-b", 0xe782, findAny, vector(sizeIn("m4"), { syntax: "v1,v2,v3,m4[,m5]" })),
  op("vistr", "VRR-a", 0xe75c, isolate, vector(sizeIn("m3", "m5", 1), { syntax: "v1,v2,m3[,m5]" })),
  op("vstrc", "VRR-d", 0xe78a, rangeCompare, vector(sizeIn("m5"), { syntax: "v1,v2,v3,v4,m5[,m6]" })),
  helper(
    "vstrs",
    "VRR-d",
    0xe78b,
    stringSearch,
    vector((f) => (f.m5 > 2 || f.m6 & ~2 ? Program.specification : 0), {
      facility: 148,
      syntax: "v1,v2,v3,v4,m5[,m6]",
    }),
  ),
];
