/**
 * Vector integer arithmetic, comparison and logic (Principles of Operation, chapter 22, "Vector Integer
 * Instructions"). Multiplication is in vectorMultiply.ts, shifts within elements in vectorShift.ts.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import type { RawFields } from "./format.ts";
import { op, Program, type Instruction } from "./instruction.ts";
import { Cc, type Builder, type Meaning } from "./semantics.ts";
import * as V from "./vectorElement.ts";
import {
  bySize,
  byValue,
  hasBits,
  only,
  sized,
  vector,
  type Binary,
  type Size,
  type Unary,
} from "./vectorElement.ts";

// ---- logic
const logical = (name: string, opcode: number, run: Binary, facility = 129): Instruction =>
  op(
    name,
    "VRR-c",
    opcode,
    (s, f) => s.setVr(f.v1, run(s.vr(f.v2), s.vr(f.v3))),
    vector(undefined, { facility, syntax: "v1,v2,v3" }),
  );

// ---- element-wise
const elementwise = (name: string, opcode: number, run: (size: Size) => Binary): Instruction =>
  op(
    name,
    "VRR-c",
    opcode,
    (s, f) =>
      bySize(s, f.m4, V.ALL, (size) => {
        const [a, b] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3))];
        s.setVr(f.v1, run(size)(a, b));
      }),
    sized("m4", 3, { syntax: "v1,v2,v3,m4" }),
  );

const single = (name: string, opcode: number, run: (size: Size) => Unary): Instruction =>
  op(
    name,
    "VRR-a",
    opcode,
    (s, f) =>
      bySize(s, f.m3, V.ALL, (size) => {
        const a = s.let(s.vr(f.v2));
        s.setVr(f.v1, run(size)(a));
      }),
    sized("m3", 3, { syntax: "v1,v2,m3" }),
  );

const maximum =
  (above: (size: Size) => Binary) =>
  (size: Size): Binary =>
  (a, b) =>
    V.pick(a, b, above(size)(a, b));
const minimum =
  (above: (size: Size) => Binary) =>
  (size: Size): Binary =>
  (a, b) =>
    V.pick(b, a, above(size)(a, b));
/** (a + b + 1) >> 1 without the carry: the bits of either, less half of those of only one. */
const average =
  (shift: typeof V.shiftRight) =>
  (size: Size): Binary =>
  (a, b) =>
    V.sub(size)(V.or(a, b), shift(size)(V.xor(a, b), k32(1)));

/** Ones of every element, as a number in the element. */
function population(size: Size): Unary {
  return (v) => {
    const bytes = V.bytePopulation(v);
    if (size === 0) return bytes;
    const halves = V.pairSums(0)(bytes);
    if (size === 1) return halves;
    const words = V.pairSums(1)(halves);
    return size === 2 ? words : V.wordPairSums(words);
  };
}
/** Zeros to the right of the rightmost one: the ones of ~v & (v - 1). */
const trailingZeros =
  (size: Size): Unary =>
  (v) =>
    population(size)(V.andNot(V.sub(size)(v, V.constant(V.replicated(size, 1n))), v));

/** Zeros to the left of the leftmost one: the zeros left when it has been smeared to the right. */
const leadingZeros: Meaning = (s, f) =>
  bySize(s, f.m3, V.ALL, (size) => {
    let smeared = s.let(s.vr(f.v2));
    for (let step = 1; step < 8 << size; step *= 2)
      smeared = s.let(V.or(smeared, V.shiftRight(size)(smeared, k32(step))));
    s.setVr(f.v1, population(size)(V.not(smeared)));
  });

// ---- 128-bit numbers as two doublewords
interface Sum {
  readonly high: Val;
  readonly low: Val;
  readonly carry: Val;
}
/** a + b + carry, the carry an i64 0 or 1. */
function addWide(s: Builder, a: Val, b: Val, carry: Val): Sum {
  const [aLow, aHigh, carryIn] = [s.let(V.low(a)), s.let(V.high(a)), s.let(carry)];
  const [lowSum, highSum] = [s.let(E.add64(aLow, V.low(b))), s.let(E.add64(aHigh, V.high(b)))];
  const low = s.let(E.add64(lowSum, carryIn));
  const middle = s.let(E.extu(E.or32(E.ltu64(lowSum, aLow), E.ltu64(low, lowSum))));
  const high = s.let(E.add64(highSum, middle));
  return { low, high, carry: E.extu(E.or32(E.ltu64(highSum, aHigh), E.ltu64(high, highSum))) };
}
const sumOf = (sum: Sum): Val => V.pair(sum.high, sum.low);
const carryOf = (sum: Sum): Val => V.pair(k64(0), sum.carry);

/** One of: a + b, a + not b + 1, with sum or carry as the result, for elements and for the whole register. */
function addition(isSubtract: boolean, wide: (sum: Sum) => Val, narrow: (size: Size) => Binary): Meaning {
  return (s, f) =>
    byValue(s, s.i32(f.m4), [0, 1, 2, 3, 4], (size) => {
      const [a, b] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3))];
      if (size < 4) s.setVr(f.v1, narrow(size as Size)(a, b));
      else s.setVr(f.v1, wide(addWide(s, a, isSubtract ? s.let(V.not(b)) : b, k64(isSubtract ? 1 : 0))));
    });
}
const bit = (size: Size, lanes: Val): Val => V.shiftRight(size)(lanes, k32((8 << size) - 1));
/** A carry leaves a sum below either addend. */
const carryOut =
  (size: Size): Binary =>
  (a, b) =>
    bit(size, V.greater(size)(a, V.add(size)(a, b)));
const noBorrow =
  (size: Size): Binary =>
  (a, b) =>
    bit(size, V.not(V.greater(size)(b, a)));

/** With the rightmost bit of the fourth operand as carry in. */
const withCarry =
  (isSubtract: boolean, result: (sum: Sum) => Val): Meaning =>
  (s, f) => {
    const [a, b] = [s.let(s.vr(f.v2)), s.let(isSubtract ? V.not(s.vr(f.v3)) : s.vr(f.v3))];
    s.setVr(f.v1, result(addWide(s, a, b, E.and64(V.low(s.vr(f.v4)), k64(1)))));
  };

// ---- comparison
const comparison = (name: string, opcode: number, test: (size: Size) => Binary): Instruction =>
  op(
    name,
    "VRR-b",
    opcode,
    (s, f) =>
      bySize(s, f.m4, V.ALL, (size) => {
        const lanes = s.let(test(size)(s.vr(f.v2), s.vr(f.v3)));
        s.setVr(f.v1, lanes);
        s.if(hasBits(s, f.m5, 1), () => V.setComparisonCc(s, size, lanes));
      }),
    sized("m4", 3, { syntax: "v1,v2,v3,m4,m5" }),
  );

/** The rightmost element of doubleword 0, extended to i64. */
function middle(size: Size, v: Val, isSigned: boolean): Val {
  const all = V.high(v);
  if (size === 3) return all;
  if (!isSigned) return E.and64(all, k64((1n << (8n << BigInt(size))) - 1n));
  return [E.ext8s64, E.ext16s64, E.ext32s64][size]!(all);
}
const elementCompare =
  (isSigned: boolean): Meaning =>
  (s, f) =>
    bySize(s, f.m3, V.ALL, (size) =>
      s.setCc(
        isSigned ? Cc.signed : Cc.unsigned,
        middle(size, s.vr(f.v1), isSigned),
        middle(size, s.vr(f.v2), isSigned),
      ),
    );

/** 0: the selected bits are zeros (or there are none), 3: ones, 1: both. */
const testUnderMask: Meaning = (s, f) => {
  const [a, mask] = [s.let(s.vr(f.v1)), s.let(s.vr(f.v2))];
  const ones = V.anyTrue(V.and(a, mask));
  const zeros = V.anyTrue(V.andNot(mask, a));
  s.setCcValue(E.select(ones, E.select(zeros, k32(1), k32(3)), k32(0)));
};

// ---- sums across
const ones = (size: Size, bits: number): Val => V.constant(V.replicated(size, (1n << BigInt(bits)) - 1n));
/** Sums of the elements of each word plus the rightmost element of the other operand's word. */
const sumWords: Meaning = (s, f) =>
  bySize(s, f.m4, [0, 1] as const, (size) => {
    const a = s.vr(f.v2);
    const words = V.pairSums(1)(size === 0 ? V.pairSums(0)(a) : a);
    s.setVr(f.v1, V.add(2)(words, V.and(s.vr(f.v3), ones(2, 8 << size))));
  });
const sumDoublewords: Meaning = (s, f) =>
  bySize(s, f.m4, [1, 2] as const, (size) => {
    const words = s.let(size === 1 ? V.pairSums(1)(s.vr(f.v2)) : s.vr(f.v2));
    s.setVr(f.v1, V.add(3)(V.wordPairSums(words), V.and(s.vr(f.v3), ones(3, 8 << size))));
  });
const sumQuadword: Meaning = (s, f) =>
  bySize(s, f.m4, [2, 3] as const, (size) => {
    const a = s.let(s.vr(f.v2));
    const last = V.low(s.vr(f.v3));
    if (size === 2) {
      const both = s.let(V.wordPairSums(a));
      s.setVr(
        f.v1,
        V.pair(k64(0), E.add64(E.add64(V.high(both), V.low(both)), E.and64(last, k64(0xffffffffn)))),
      );
      return;
    }
    const first = addWide(s, V.pair(k64(0), V.high(a)), V.pair(k64(0), V.low(a)), k64(0));
    s.setVr(f.v1, sumOf(addWide(s, s.let(sumOf(first)), s.let(V.pair(k64(0), last)), k64(0))));
  });
/** Words added with end-around carry to word 1 of the third operand. */
const checksum: Meaning = (s, f) => {
  const a = s.let(s.vr(f.v2));
  let sum = E.extu(V.word(s.vr(f.v3), 1));
  for (let i = 0; i < 4; i++) sum = E.add64(sum, E.extu(V.word(a, i)));
  for (let i = 0; i < 2; i++) {
    const all = s.let(sum);
    sum = E.add64(E.and64(all, k64(0xffffffffn)), E.shru64(all, k64(32)));
  }
  s.setVr(f.v1, V.pair(sum, k64(0)));
};

const three = { syntax: "v1,v2,v3" };
const sizeBetween =
  (least: number, most: number) =>
  (f: RawFields): number =>
    f.m4 < least || f.m4 > most ? Program.specification : 0;
const acrossOptions = (least: number, most: number) =>
  vector(sizeBetween(least, most), { syntax: "v1,v2,v3,m4" });
const carried = vector(only("m5", 4), { syntax: "v1,v2,v3,v4,m5" });

const quad = (name: string, opcode: number, meaning: Meaning): Instruction =>
  op(name, "VRR-c", opcode, meaning, sized("m4", 4, { syntax: "v1,v2,v3,m4" }));
const compareElement = (name: string, opcode: number, isSigned: boolean): Instruction =>
  op(name, "VRR-a", opcode, elementCompare(isSigned), sized("m3", 3, { syntax: "v1,v2,m3" }));

export const vectorInteger: readonly Instruction[] = [
  logical("vn", 0xe768, V.and),
  logical("vnc", 0xe769, V.andNot),
  logical("vo", 0xe76a, V.or),
  logical("vx", 0xe76d, V.xor),
  logical("vno", 0xe76b, (a, b) => V.not(V.or(a, b))),
  logical("vnx", 0xe76c, (a, b) => V.not(V.xor(a, b)), 135),
  logical("vnn", 0xe76e, (a, b) => V.not(V.and(a, b)), 135),
  logical("voc", 0xe76f, (a, b) => V.or(a, V.not(b)), 135),
  quad("va", 0xe7f3, addition(false, sumOf, V.add)),
  quad("vacc", 0xe7f1, addition(false, carryOf, carryOut)),
  quad("vs", 0xe7f7, addition(true, sumOf, V.sub)),
  quad("vscbi", 0xe7f5, addition(true, carryOf, noBorrow)),
  op("vac", "VRR-d", 0xe7bb, withCarry(false, sumOf), carried),
  op("vaccc", "VRR-d", 0xe7b9, withCarry(false, carryOf), carried),
  op("vsbi", "VRR-d", 0xe7bf, withCarry(true, sumOf), carried),
  op("vsbcbi", "VRR-d", 0xe7bd, withCarry(true, carryOf), carried),
  elementwise("vavg", 0xe7f2, average(V.shiftRightSigned)),
  elementwise("vavgl", 0xe7f0, average(V.shiftRight)),
  elementwise("vmx", 0xe7ff, maximum(V.greaterSigned)),
  elementwise("vmxl", 0xe7fd, maximum(V.greater)),
  elementwise("vmn", 0xe7fe, minimum(V.greaterSigned)),
  elementwise("vmnl", 0xe7fc, minimum(V.greater)),
  single("vlc", 0xe7de, V.negate),
  single("vlp", 0xe7df, V.absolute),
  single("vctz", 0xe752, trailingZeros),
  single("vpopct", 0xe750, population),
  op("vclz", "VRR-a", 0xe753, leadingZeros, sized("m3", 3, { syntax: "v1,v2,m3" })),
  comparison("vceq", 0xe7f8, V.equal),
  comparison("vch", 0xe7fb, V.greaterSigned),
  comparison("vchl", 0xe7f9, V.greater),
  compareElement("vec", 0xe7db, true),
  compareElement("vecl", 0xe7d9, false),
  op("vtm", "VRR-a", 0xe7d8, testUnderMask, vector(undefined, { syntax: "v1,v2" })),
  op("vsum", "VRR-c", 0xe764, sumWords, acrossOptions(0, 1)),
  op("vsumg", "VRR-c", 0xe765, sumDoublewords, acrossOptions(1, 2)),
  op("vsumq", "VRR-c", 0xe767, sumQuadword, acrossOptions(2, 3)),
  op("vcksm", "VRR-c", 0xe766, checksum, vector(undefined, three)),
];
