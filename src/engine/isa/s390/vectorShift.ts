/**
 * Shifts and rotations within vector elements (Principles of Operation, chapter 22: ELEMENT SHIFT, ELEMENT
 * ROTATE). Shifts of the whole register are in vectorMove.ts.
 *
 * Invariant: counts are taken modulo the width of the element, as WebAssembly does for the shifts by one
 * count.
 */
import * as E from "../../wasm/value.ts";
import { k32, type Val } from "../../wasm/value.ts";
import { helper, op, Program, type Instruction } from "./instruction.ts";
import type { Builder, Field, Meaning } from "./semantics.ts";
import * as V from "./vectorElement.ts";
import { bySize, sized, vector, type Size } from "./vectorElement.ts";

type Shifter = (size: Size) => V.Shift;
const rotate: Shifter = (size) => (v, count) =>
  V.or(V.shiftLeft(size)(v, count), V.shiftRight(size)(v, E.sub32(k32(8 << size), count)));

/** One count for all elements: the second-operand address. */
const byAddress =
  (shift: Shifter): Meaning =>
  (s, f) =>
    bySize(s, f.m4, V.ALL, (size) => {
      const count = s.let(E.wrap(s.address(f.b2, f.d2).value));
      const v = s.let(s.vr(f.v3));
      s.setVr(f.v1, shift(size)(v, count));
    });

/** A count for each element: every bit of the counts shifts, or does not, by its weight. */
function variable(s: Builder, size: Size, value: Val, counts: Val, shift: Shifter): Val {
  let result = value;
  for (let step = 1; step < 8 << size; step *= 2) {
    const bit = V.constant(V.replicated(size, BigInt(step)));
    const chosen = V.equal(size)(V.and(counts, bit), bit);
    result = s.let(V.pick(shift(size)(result, k32(step)), result, chosen));
  }
  return result;
}
const byElement =
  (shift: Shifter): Meaning =>
  (s, f) =>
    bySize(s, f.m4, V.ALL, (size) => {
      const [value, counts] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3))];
      s.setVr(f.v1, variable(s, size, value, counts, shift));
    });

/** The second operand rotated replaces the first where the third has ones. */
const insertUnderMask: Meaning = (s, f) =>
  bySize(s, f.m5, V.ALL, (size) => {
    const v = s.let(s.vr(f.v2));
    s.setVr(f.v1, V.pick(rotate(size)(v, s.i32(f.i4 as Field)), s.vr(f.v1), s.vr(f.v3)));
  });

const MASK = (1n << 128n) - 1n;
const counted = sized("m4", 3, { syntax: "v1,v3,d2(b2),m4" });
const elementwise = sized("m4", 3, { syntax: "v1,v2,v3,m4" });
const enhanced2 = vector((f) => (f.i4 > 7 ? Program.specification : 0), {
  facility: 148,
  syntax: "v1,v2,v3,i4",
});

export const vectorShift: readonly Instruction[] = [
  op("vesl", "VRS-a", 0xe730, byAddress(V.shiftLeft), counted),
  op("vesrl", "VRS-a", 0xe738, byAddress(V.shiftRight), counted),
  op("vesra", "VRS-a", 0xe73a, byAddress(V.shiftRightSigned), counted),
  op("verll", "VRS-a", 0xe733, byAddress(rotate), counted),
  op("veslv", "VRR-c", 0xe770, byElement(V.shiftLeft), elementwise),
  op("vesrlv", "VRR-c", 0xe778, byElement(V.shiftRight), elementwise),
  op("vesrav", "VRR-c", 0xe77a, byElement(V.shiftRightSigned), elementwise),
  op("verllv", "VRR-c", 0xe773, byElement(rotate), elementwise),
  op("verim", "VRI-d", 0xe772, insertUnderMask, sized("m5", 3, { syntax: "v1,v2,v3,i4,m5" })),
  helper(
    "vsld",
    "VRI-d",
    0xe786,
    (cpu, f) => {
      cpu.setVr(f.v1, ((cpu.vr(f.v2) << BigInt(f.i4)) & MASK) | (cpu.vr(f.v3) >> BigInt(128 - f.i4)));
    },
    enhanced2,
  ),
  helper(
    "vsrd",
    "VRI-d",
    0xe787,
    (cpu, f) => {
      cpu.setVr(f.v1, (cpu.vr(f.v3) >> BigInt(f.i4)) | ((cpu.vr(f.v2) << BigInt(128 - f.i4)) & MASK));
    },
    enhanced2,
  ),
];
