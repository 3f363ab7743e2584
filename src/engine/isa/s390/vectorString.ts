/**
 * Vector string instructions (Principles of Operation, chapter 23, "Vector String Instructions").
 *
 * The searches that C libraries live on are compiled; those that compare every element with every other are helpers. A
 * result that is a byte number goes to byte element 7, 16 when nothing was found.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, op, Program, type Instruction } from "./instruction.ts";
import type { Meaning } from "./semantics.ts";
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

/** Both number and condition code need the first hit and, with zero search, the first zero of the second operand. */
const findEqual: Meaning = (s, f) => bySize(s, f.m4, SIZES, (size) => {
  const [a, b] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3))];
  const hit = s.let(V.firstTrue(V.equal(size)(a, b)));
  const zero = s.let(E.select(hasBits(s, f.m5, ZERO_SEARCH), V.firstTrue(V.equal(size)(a, V.zero)), FOUND_NONE));
  s.setVr(f.v1, numberResult(E.select(E.ltu32(hit, zero), hit, zero)));
  s.if(hasBits(s, f.m5, SET_CC), () => {
    const withZero = E.select(E.ltu32(hit, zero), k32(2), k32(0));
    const without = E.select(E.eq32(hit, FOUND_NONE), k32(3), k32(1));
    s.setCcValue(E.select(E.eq32(zero, FOUND_NONE), without, withZero));
  });
});

const findNotEqual: Meaning = (s, f) => bySize(s, f.m4, SIZES, (size) => {
  const [a, b] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3))];
  const hit = s.let(V.firstTrue(V.not(V.equal(size)(a, b))));
  const zero = s.let(E.select(hasBits(s, f.m5, ZERO_SEARCH), V.firstTrue(V.equal(size)(a, V.zero)), FOUND_NONE));
  s.setVr(f.v1, numberResult(E.select(E.ltu32(hit, zero), hit, zero)));
  s.if(hasBits(s, f.m5, SET_CC), () => {
    const isLow = E.and32(E.shru32(V.byteMask(V.greater(size)(b, a)), E.sub32(k32(15), hit)), k32(1));
    const unequal = E.select(isLow, k32(1), k32(2));
    const none = E.select(E.eq32(hit, FOUND_NONE), k32(3), unequal);
    s.setCcValue(E.select(E.ltu32(zero, hit), k32(0), none));
  });
});

/** Elements to the right of the first zero become zero. */
const isolate: Meaning = (s, f) => bySize(s, f.m3, SIZES, (size) => {
  const a = s.let(s.vr(f.v2));
  const first = s.let(V.firstTrue(V.equal(size)(a, V.zero)));
  s.setVr(f.v1, V.and(a, V.greater(0)(V.splat(0, first), V.elementNumbers)));
  s.if(hasBits(s, f.m5, SET_CC), () => s.setCcValue(E.select(E.eq32(first, FOUND_NONE), k32(3), k32(0))));
});

/** Elements from left to right. */
function elements(cpu: HelperCpu, register: number, size: number): number[] {
  const width = 8 << size;
  const bits = cpu.vr(register);
  return Array.from({ length: 16 >> size }, (_, i) => Number(BigInt.asUintN(width, bits >> BigInt(128 - width * (i + 1)))));
}

/** Writes what FIND ANY ELEMENT EQUAL and STRING RANGE COMPARE have in common: number or mask, and the condition code. */
function deliver(cpu: HelperCpu, v1: number, size: number, mask: number, hits: readonly boolean[], a: readonly number[]): void {
  const hit = hits.indexOf(true);
  const zero = mask & ZERO_SEARCH ? a.indexOf(0) : -1;
  if (mask & RESULT_TYPE) {
    const width = 8n << BigInt(size);
    let bits = 0n;
    for (const isHit of hits) bits = (bits << width) | (isHit ? (1n << width) - 1n : 0n);
    cpu.setVr(v1, bits);
  } else {
    const first = Math.min(hit < 0 ? 16 : hit << size, zero < 0 ? 16 : zero << size);
    cpu.setVr(v1, BigInt(first) << 64n);
  }
  if (!(mask & SET_CC)) return;
  if (hit < 0) cpu.cc = zero < 0 ? 3 : 0;
  else cpu.cc = zero < 0 ? 1 : hit < zero ? 2 : 0;
}

function findAny(cpu: HelperCpu, f: RawFields): void {
  const a = elements(cpu, f.v2, f.m4);
  const set = new Set(elements(cpu, f.v3, f.m4));
  const hits = a.map((element) => set.has(element) !== ((f.m5 & INVERT) !== 0));
  deliver(cpu, f.v1, f.m4, f.m5, hits, a);
}

/** A comparison of STRING RANGE COMPARE: bits equal, low, high at the left of the control element. */
function inRelation(element: number, limit: number, control: number): boolean {
  if (element === limit) return (control & 4) !== 0;
  return element < limit ? (control & 2) !== 0 : (control & 1) !== 0;
}
function rangeCompare(cpu: HelperCpu, f: RawFields): void {
  const size = f.m5;
  const a = elements(cpu, f.v2, size);
  const limits = elements(cpu, f.v3, size);
  const controls = elements(cpu, f.v4, size).map((control) => (control >>> ((8 << size) - 3)) & 7);
  const inside = (element: number): boolean => {
    for (let i = 0; i < limits.length; i += 2)
      if (inRelation(element, limits[i]!, controls[i]!) && inRelation(element, limits[i + 1]!, controls[i + 1]!)) return true;
    return false;
  };
  const hits = a.map((element) => inside(element) !== ((f.m6 & INVERT) !== 0));
  deliver(cpu, f.v1, size, f.m6, hits, a);
}

/**
 * STRING SEARCH: the substring of the third operand, of the length in byte 7 of the fourth, in the second. Condition code 0 not
 * there, 1 not there and the string ended, 2 found, 3 its beginning is at the end.
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
  while (at < end && !b.slice(0, Math.min(length, end - at)).every((element, i) => a[at + i] === element)) at++;
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

const sizeIn = (field: "m3" | "m4" | "m5", flags?: "m5", allowed = 15) => (f: RawFields): number =>
  f[field] > 2 || (flags && f[flags] & ~allowed) ? Program.specification : 0;

export const vectorString: readonly Instruction[] = [
  op("vfee", "VRR-b", 0xe780, findEqual, vector(sizeIn("m4", "m5", 3), { syntax: "v1,v2,v3,m4[,m5]" })),
  op("vfene", "VRR-b", 0xe781, findNotEqual, vector(sizeIn("m4", "m5", 3), { syntax: "v1,v2,v3,m4[,m5]" })),
  helper("vfae", "VRR-b", 0xe782, findAny, vector(sizeIn("m4"), { syntax: "v1,v2,v3,m4[,m5]" })),
  op("vistr", "VRR-a", 0xe75c, isolate, vector(sizeIn("m3", "m5", 1), { syntax: "v1,v2,m3[,m5]" })),
  helper("vstrc", "VRR-d", 0xe78a, rangeCompare, vector(sizeIn("m5"), { syntax: "v1,v2,v3,v4,m5[,m6]" })),
  helper("vstrs", "VRR-d", 0xe78b, stringSearch, vector((f) => (f.m5 > 2 || f.m6 & ~2 ? Program.specification : 0), { facility: 148, syntax: "v1,v2,v3,v4,m5[,m6]" })),
];
