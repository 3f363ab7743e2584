/**
 * Vector multiplication of integers and of polynomials over GF(2) (Principles of Operation, chapter 22:
 * MULTIPLY, MULTIPLY AND ADD, GALOIS FIELD MULTIPLY SUM, MULTIPLY SUM LOGICAL).
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import { helper, op, Program, type Instruction } from "./instruction.ts";
import type { RawFields } from "./format.ts";
import type { Builder, Meaning } from "./semantics.ts";
import * as V from "./vectorElement.ts";
import { bySize, vector } from "./vectorElement.ts";

type Narrow = 0 | 1 | 2;
const NARROW = [0, 1, 2] as const;
const wideOf = (size: Narrow): 1 | 2 | 3 => (size + 1) as 1 | 2 | 3;

/**
 * The left or right halves of the products; `left` and `right` hold those of the left and right half of the
 * elements.
 */
const halves = (size: Narrow, left: Val, right: Val, isHigh: boolean): Val =>
  V.shuffleElements(
    size,
    left,
    right,
    Array.from({ length: 16 >> size }, (_, i) => 2 * i + (isHigh ? 0 : 1)),
  );

function lowProduct(size: Narrow, a: Val, b: Val): Val {
  if (size > 0) return V.multiply(size as 1 | 2)(a, b);
  return halves(0, V.extendedProduct(0, true, false)(a, b), V.extendedProduct(0, false, false)(a, b), false);
}

/** Even elements lie at the left of their wide element, odd ones at the right. */
function widened(size: Narrow, v: Val, isEven: boolean, isSigned: boolean): Val {
  const wide = wideOf(size);
  const shift = k32(8 << size);
  const atLeft = isEven ? v : V.shiftLeft(wide)(v, shift);
  return (isSigned ? V.shiftRightSigned : V.shiftRight)(wide)(atLeft, shift);
}
const wideProduct = (size: Narrow, a: Val, b: Val, isEven: boolean, isSigned: boolean): Val =>
  V.multiply(wideOf(size))(widened(size, a, isEven, isSigned), widened(size, b, isEven, isSigned));

const low: Meaning = (s, f) =>
  bySize(s, f.m4, NARROW, (size) => {
    const [a, b] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3))];
    s.setVr(f.v1, lowProduct(size, a, b));
  });
const lowAdd: Meaning = (s, f) =>
  bySize(s, f.m5, NARROW, (size) => {
    const [a, b] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3))];
    s.setVr(f.v1, V.add(size)(lowProduct(size, a, b), s.vr(f.v4)));
  });
const high =
  (isSigned: boolean): Meaning =>
  (s, f) =>
    bySize(s, f.m4, NARROW, (size) => {
      const [a, b] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3))];
      const product = (isLeft: boolean): Val => V.extendedProduct(size, isLeft, isSigned)(a, b);
      s.setVr(f.v1, halves(size, product(true), product(false), true));
    });
const highAdd =
  (isSigned: boolean): Meaning =>
  (s, f) =>
    bySize(s, f.m5, NARROW, (size) => {
      const [a, b, c] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3)), s.let(s.vr(f.v4))];
      const sum = (isLeft: boolean): Val =>
        V.add(wideOf(size))(
          V.extendedProduct(size, isLeft, isSigned)(a, b),
          V.extend(size, isLeft, isSigned)(c),
        );
      s.setVr(f.v1, halves(size, sum(true), sum(false), true));
    });
const alternate =
  (isEven: boolean, isSigned: boolean): Meaning =>
  (s, f) =>
    bySize(s, f.m4, NARROW, (size) =>
      s.setVr(f.v1, wideProduct(size, s.vr(f.v2), s.vr(f.v3), isEven, isSigned)),
    );
const alternateAdd =
  (isEven: boolean, isSigned: boolean): Meaning =>
  (s, f) =>
    bySize(s, f.m5, NARROW, (size) =>
      s.setVr(
        f.v1,
        V.add(wideOf(size))(wideProduct(size, s.vr(f.v2), s.vr(f.v3), isEven, isSigned), s.vr(f.v4)),
      ),
    );

// ---- over GF(2)
function carrylessProduct(a: bigint, b: bigint): bigint {
  let product = 0n;
  for (let shift = 0n, rest = b; rest; shift++, rest >>= 1n) if (rest & 1n) product ^= a << shift;
  return product;
}
/** Products of the even and of the odd elements, added without carry, in wide elements. */
function galoisSums(size: number, a: bigint, b: bigint): bigint {
  const width = 8n << BigInt(size);
  const mask = (1n << width) - 1n;
  let result = 0n;
  for (let at = 0n; at < 128n; at += 2n * width) {
    const odd = carrylessProduct((a >> at) & mask, (b >> at) & mask);
    const even = carrylessProduct((a >> (at + width)) & mask, (b >> (at + width)) & mask);
    result |= (odd ^ even) << at;
  }
  return result;
}

/**
 * Carry-less product of two words in i64: every fourth bit of each factor makes products in which at most
 * eight bits meet, so their carries stay inside groups of four, and the lowest bit of a group is the sum
 * modulo 2.
 */
function wordProduct(s: Builder, a: Val, b: Val): Val {
  const parts = (v: Val): Val[] => [0, 1, 2, 3].map((i) => s.let(E.and64(v, k64(0x1111_1111n << BigInt(i)))));
  const [x, y] = [parts(a), parts(b)];
  let product = k64(0);
  for (let i = 0; i < 4; i++) {
    let sum = E.mul64(x[0]!, y[i]!);
    for (let j = 1; j < 4; j++) sum = E.xor64(sum, E.mul64(x[j]!, y[(i - j) & 3]!));
    product = E.or64(product, E.and64(sum, k64(0x1111_1111_1111_1111n << BigInt(i))));
  }
  return s.let(product);
}
interface Wide {
  readonly high: Val;
  readonly low: Val;
}
const leftWord = (v: Val): Val => E.shru64(v, k64(32));
const rightWord = (v: Val): Val => E.and64(v, k64(0xffff_ffffn));
/** The same of doublewords, by three products of words. */
function doublewordProduct(s: Builder, a: Val, b: Val): Wide {
  const left = wordProduct(s, s.let(leftWord(a)), s.let(leftWord(b)));
  const right = wordProduct(s, s.let(rightWord(a)), s.let(rightWord(b)));
  const cross = wordProduct(
    s,
    s.let(rightWord(E.xor64(a, leftWord(a)))),
    s.let(rightWord(E.xor64(b, leftWord(b)))),
  );
  const middle = s.let(E.xor64(cross, E.xor64(left, right)));
  return { high: E.xor64(left, leftWord(middle)), low: E.xor64(right, E.shl64(middle, k64(32))) };
}

function galoisDoublewords(s: Builder, a: Val, b: Val): Val {
  const even = doublewordProduct(s, s.let(V.high(a)), s.let(V.high(b)));
  const odd = doublewordProduct(s, s.let(V.low(a)), s.let(V.low(b)));
  return V.pair(E.xor64(even.high, odd.high), E.xor64(even.low, odd.low));
}
function galoisWords(s: Builder, a: Val, b: Val): Val {
  const sum = (half: (v: Val) => Val): Val => {
    const [x, y] = [s.let(half(a)), s.let(half(b))];
    const even = wordProduct(s, s.let(leftWord(x)), s.let(leftWord(y)));
    return E.xor64(even, wordProduct(s, s.let(rightWord(x)), s.let(rightWord(y))));
  };
  return V.pair(s.let(sum(V.high)), s.let(sum(V.low)));
}
/**
 * Words and doublewords, which checksums and message authentication use; the others are done by the function
 * behind it.
 */
const galois =
  (size: "m4" | "m5", hasAddend: boolean): Meaning =>
  (s, f) => {
    const [a, b] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3))];
    const addend = hasAddend ? s.let(s.vr(f.v4)) : V.zero;
    V.byValue(s, s.i32(f[size]), [3, 2, 0, 1], (value) => {
      if (value < 2) s.exact();
      else s.setVr(f.v1, V.xor(value === 3 ? galoisDoublewords(s, a, b) : galoisWords(s, a, b), addend));
    });
  };

/**
 * MULTIPLY SUM LOGICAL: products of the doublewords, each doubled if its mask bit says so, plus the fourth
 * operand.
 */
function multiplySum(a: bigint, b: bigint, c: bigint, m6: number): bigint {
  const mask = (1n << 64n) - 1n;
  const even = ((a >> 64n) * (b >> 64n)) << (m6 & 8 ? 1n : 0n);
  const odd = ((a & mask) * (b & mask)) << (m6 & 4 ? 1n : 0n);
  return BigInt.asUintN(128, even + odd + c);
}

const most =
  (field: "m4" | "m5", limit: number) =>
  (f: RawFields): number =>
    f[field] > limit ? Program.specification : 0;
const two = vector(most("m4", 2), { syntax: "v1,v2,v3,m4" });
const three = vector(most("m5", 2), { syntax: "v1,v2,v3,v4,m5" });

export const vectorMultiply: readonly Instruction[] = [
  op("vml", "VRR-c", 0xe7a2, low, two),
  op("vmlh", "VRR-c", 0xe7a1, high(false), two),
  op("vmh", "VRR-c", 0xe7a3, high(true), two),
  op("vmle", "VRR-c", 0xe7a4, alternate(true, false), two),
  op("vmlo", "VRR-c", 0xe7a5, alternate(false, false), two),
  op("vme", "VRR-c", 0xe7a6, alternate(true, true), two),
  op("vmo", "VRR-c", 0xe7a7, alternate(false, true), two),
  op("vmal", "VRR-d", 0xe7aa, lowAdd, three),
  op("vmalh", "VRR-d", 0xe7a9, highAdd(false), three),
  op("vmah", "VRR-d", 0xe7ab, highAdd(true), three),
  op("vmale", "VRR-d", 0xe7ac, alternateAdd(true, false), three),
  op("vmalo", "VRR-d", 0xe7ad, alternateAdd(false, false), three),
  op("vmae", "VRR-d", 0xe7ae, alternateAdd(true, true), three),
  op("vmao", "VRR-d", 0xe7af, alternateAdd(false, true), three),
  op(
    "vgfm",
    "VRR-c",
    0xe7b4,
    galois("m4", false),
    vector(most("m4", 3), {
      syntax: "v1,v2,v3,m4",
      slow: (cpu, f) => cpu.setVr(f.v1, galoisSums(f.m4, cpu.vr(f.v2), cpu.vr(f.v3))),
    }),
  ),
  op(
    "vgfma",
    "VRR-d",
    0xe7bc,
    galois("m5", true),
    vector(most("m5", 3), {
      syntax: "v1,v2,v3,v4,m5",
      slow: (cpu, f) => cpu.setVr(f.v1, galoisSums(f.m5, cpu.vr(f.v2), cpu.vr(f.v3)) ^ cpu.vr(f.v4)),
    }),
  ),
  helper(
    "vmsl",
    "VRR-d",
    0xe7b8,
    (cpu, f) => cpu.setVr(f.v1, multiplySum(cpu.vr(f.v2), cpu.vr(f.v3), cpu.vr(f.v4), f.m6)),
    vector((f) => (f.m5 === 3 ? 0 : Program.specification), { facility: 135, syntax: "v1,v2,v3,v4,m5,m6" }),
  ),
];
