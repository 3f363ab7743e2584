/**
 * Vector instructions that move elements about: merge, pack, unpack, permute, select, byte shifts (Principles
 * of Operation, chapter 21, "Vector Support Instructions", and chapter 22, the shifts by bytes).
 */
import * as E from "../../wasm/value.ts";
import { k32, type Val } from "../../wasm/value.ts";
import { op, Program, type Instruction } from "./instruction.ts";
import type { Builder, Fields, Meaning } from "./semantics.ts";
import * as V from "./vectorElement.ts";
import { bySize, byValue, hasBits, sized, vector, type Size } from "./vectorElement.ts";

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** Elements of the left or right halves of both operands by turns. */
const merge =
  (isRight: boolean): Meaning =>
  (s, f) =>
    bySize(s, f.m4, V.ALL, (size) => {
      const count = 16 >> size;
      const from = isRight ? count / 2 : 0;
      s.setVr(
        f.v1,
        V.shuffleElements(
          size,
          s.vr(f.v2),
          s.vr(f.v3),
          range(count).map((i) => from + (i >> 1) + (i & 1) * count),
        ),
      );
    });

/** The right halves of the elements of both operands. */
const packed = (size: 1 | 2 | 3, a: Val, b: Val): Val =>
  V.shuffleElements(
    (size - 1) as Size,
    a,
    b,
    range(16 >> (size - 1)).map((i) => 2 * i + 1),
  );
const PACKED_SIZES = [1, 2, 3] as const;

const pack: Meaning = (s, f) =>
  bySize(s, f.m4, PACKED_SIZES, (size) => s.setVr(f.v1, packed(size, s.vr(f.v2), s.vr(f.v3))));

/** Elements moved to the nearest value the next smaller size can hold. */
function clipSigned(size: 1 | 2 | 3, v: Val): Val {
  const half = 1n << BigInt((4 << size) - 1);
  const most = V.constant(V.replicated(size, half - 1n));
  const least = V.constant(V.replicated(size, -half));
  const below = V.pick(most, v, V.greaterSigned(size)(v, most));
  return V.pick(least, below, V.greaterSigned(size)(least, v));
}
function clipLogical(size: 1 | 2 | 3, v: Val): Val {
  const most = V.constant(V.replicated(size, (1n << BigInt(4 << size)) - 1n));
  return V.pick(most, v, V.greater(size)(v, most));
}

/** PACK SATURATE: condition code 0 no element saturated, 1 some, 3 all. */
const packSaturate =
  (clip: typeof clipSigned): Meaning =>
  (s, f) =>
    bySize(s, f.m4, PACKED_SIZES, (size) => {
      const [a, b] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3))];
      const [left, right] = [s.let(clip(size, a)), s.let(clip(size, b))];
      s.setVr(f.v1, packed(size, left, right));
      s.if(hasBits(s, f.m5, 1), () => {
        const [keptLeft, keptRight] = [s.let(V.equal(size)(a, left)), s.let(V.equal(size)(b, right))];
        const none = E.and32(V.allTrue(size)(keptLeft), V.allTrue(size)(keptRight));
        const some = V.anyTrue(V.or(keptLeft, keptRight));
        s.setCcValue(E.select(none, k32(0), E.select(some, k32(1), k32(3))));
      });
    });

const unpack =
  (isHigh: boolean, isSigned: boolean): Meaning =>
  (s, f) =>
    bySize(s, f.m3, [0, 1, 2] as const, (size) =>
      s.setVr(f.v1, V.extend(size, isHigh, isSigned)(s.vr(f.v2))),
    );

/** Every byte of the fourth operand names one of the 32 bytes of the second and third. */
const permute: Meaning = (s, f) => {
  const numbers = s.let(V.and(s.vr(f.v4), V.constant(V.replicated(0, 31n))));
  const left = V.swizzle(s.vr(f.v2), V.sub(0)(V.constant(V.replicated(0, 15n)), numbers));
  const right = V.swizzle(s.vr(f.v3), V.sub(0)(V.constant(V.replicated(0, 31n)), numbers));
  s.setVr(f.v1, V.or(left, right));
};

const permuteDoublewords: Meaning = (s, f) =>
  byValue(s, hasBits(s, f.m4, 5), [0, 1, 4, 5], (bits) =>
    s.setVr(f.v1, V.shuffleElements(3, s.vr(f.v2), s.vr(f.v3), [bits >> 2, 2 + (bits & 1)])),
  );

const signExtend: Meaning = (s, f) =>
  bySize(s, f.m3, [0, 1, 2] as const, (size) => {
    const shift = k32(64 - (8 << size));
    s.setVr(f.v1, V.shiftRightSigned(3)(V.shiftLeft(3)(s.vr(f.v2), shift), shift));
  });

/** 16 of the 32 bytes of two registers, from byte `start` (i32, 0 to 15) on. */
export function window(s: Builder, a: Val, b: Val, start: Val): Val {
  if (start.isConst)
    return V.shuffle(
      a,
      b,
      range(16).map((i) => i + Number(start.imm)),
    );
  const shift = s.let(V.splat(0, start));
  const left = V.swizzle(a, V.sub(0)(V.laneNumbers, shift));
  return V.or(left, V.swizzle(b, V.sub(0)(V.constant(0x1f1e1d1c1b1a19181716151413121110n), shift)));
}

/** Byte shifts take their count from bits 1-4 of byte element 7 of the third operand. */
const byteCount = (s: Builder, f: Fields): Val => E.and32(E.shru32(V.byte(s.vr(f.v3), 7), k32(3)), k32(15));
const shiftLeftBytes: Meaning = (s, f) => {
  s.setVr(f.v1, V.swizzle(s.vr(f.v2), V.sub(0)(V.laneNumbers, V.splat(0, byteCount(s, f)))));
};
/** A number that is not a lane gives 0; arithmetically, lanes past the left end take the sign. */
const shiftRightBytes =
  (isSigned: boolean): Meaning =>
  (s, f) => {
    const from = s.let(V.add(0)(V.laneNumbers, V.splat(0, byteCount(s, f))));
    const moved = V.swizzle(s.vr(f.v2), from);
    if (!isSigned) {
      s.setVr(f.v1, moved);
      return;
    }
    const sign = V.splat(0, E.shrs32(E.shl32(V.byte(s.vr(f.v2), 0), k32(24)), k32(31)));
    s.setVr(f.v1, V.or(moved, V.and(sign, V.greater(0)(from, V.constant(V.replicated(0, 15n))))));
  };

/**
 * Bit shifts of the whole register: each byte is shifted by bits 5-7 of its byte of the third operand, and
 * takes the bits that come in from its neighbour. With the same count in every byte this is a shift of 128
 * bits.
 */
function shiftBits(s: Builder, f: Fields, isLeft: boolean, isSigned: boolean): Val {
  const counts = s.let(s.vr(f.v3));
  const value = s.let(s.vr(f.v2));
  const fill = isSigned ? V.splat(0, E.shrs32(E.shl32(V.byte(value, 0), k32(24)), k32(31))) : V.zero;
  let own = value;
  let neighbour = s.let(
    isLeft
      ? window(s, value, V.zero, k32(1))
      : V.shuffle(
          fill,
          value,
          range(16).map((i) => i + 15),
        ),
  );
  for (const step of [4, 2, 1]) {
    const bit = V.constant(V.replicated(0, BigInt(step)));
    const chosen = s.let(V.equal(0)(V.and(counts, bit), bit));
    const [out, back] = isLeft ? [V.shiftLeft(0), V.shiftRight(0)] : [V.shiftRight(0), V.shiftLeft(0)];
    const shifted = V.or(out(own, k32(step)), back(neighbour, k32(8 - step)));
    const nextOwn = s.let(V.pick(shifted, own, chosen));
    neighbour = s.let(V.pick(out(neighbour, k32(step)), neighbour, chosen));
    own = nextOwn;
  }
  return own;
}
const shifted =
  (isLeft: boolean, isSigned: boolean): Meaning =>
  (s, f) =>
    s.setVr(f.v1, shiftBits(s, f, isLeft, isSigned));

const THREE = { syntax: "v1,v2,v3" };
const packOptions = (syntax: string) =>
  vector((f) => (f.m4 < 1 || f.m4 > 3 ? Program.specification : 0), { syntax });

export const vectorMove: readonly Instruction[] = [
  op("vmrh", "VRR-c", 0xe761, merge(false), sized("m4", 3, { syntax: "v1,v2,v3,m4" })),
  op("vmrl", "VRR-c", 0xe760, merge(true), sized("m4", 3, { syntax: "v1,v2,v3,m4" })),
  op("vpk", "VRR-c", 0xe794, pack, packOptions("v1,v2,v3,m4")),
  op("vpks", "VRR-b", 0xe797, packSaturate(clipSigned), packOptions("v1,v2,v3,m4,m5")),
  op("vpkls", "VRR-b", 0xe795, packSaturate(clipLogical), packOptions("v1,v2,v3,m4,m5")),
  op("vuph", "VRR-a", 0xe7d7, unpack(true, true), sized("m3", 2, { syntax: "v1,v2,m3" })),
  op("vuplh", "VRR-a", 0xe7d5, unpack(true, false), sized("m3", 2, { syntax: "v1,v2,m3" })),
  op("vupl", "VRR-a", 0xe7d6, unpack(false, true), sized("m3", 2, { syntax: "v1,v2,m3" })),
  op("vupll", "VRR-a", 0xe7d4, unpack(false, false), sized("m3", 2, { syntax: "v1,v2,m3" })),
  op("vperm", "VRR-e", 0xe78c, permute, vector(undefined, { syntax: "v1,v2,v3,v4" })),
  op("vpdi", "VRR-c", 0xe784, permuteDoublewords, vector(undefined, { syntax: "v1,v2,v3,m4" })),
  op(
    "vsel",
    "VRR-e",
    0xe78d,
    (s, f) => s.setVr(f.v1, V.pick(s.vr(f.v2), s.vr(f.v3), s.vr(f.v4))),
    vector(undefined, { syntax: "v1,v2,v3,v4" }),
  ),
  op("vseg", "VRR-a", 0xe75f, signExtend, sized("m3", 2, { syntax: "v1,v2,m3" })),
  op(
    "vsldb",
    "VRI-d",
    0xe777,
    (s, f) => s.setVr(f.v1, window(s, s.let(s.vr(f.v2)), s.let(s.vr(f.v3)), s.i32(f.i4))),
    vector((f) => (f.i4 > 15 ? Program.specification : 0), { syntax: "v1,v2,v3,i4" }),
  ),
  op("vslb", "VRR-c", 0xe775, shiftLeftBytes, vector(undefined, THREE)),
  op("vsrlb", "VRR-c", 0xe77d, shiftRightBytes(false), vector(undefined, THREE)),
  op("vsrab", "VRR-c", 0xe77f, shiftRightBytes(true), vector(undefined, THREE)),
  op("vsl", "VRR-c", 0xe774, shifted(true, false), vector(undefined, THREE)),
  op("vsrl", "VRR-c", 0xe77c, shifted(false, false), vector(undefined, THREE)),
  op("vsra", "VRR-c", 0xe77e, shifted(false, true), vector(undefined, THREE)),
];
