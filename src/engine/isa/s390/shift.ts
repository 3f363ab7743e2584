/**
 * SHIFT LEFT and SHIFT RIGHT, single and double, of 32 and 64 bits (Principles of Operation, chapter 7).
 *
 * The amount is the rightmost six bits of the second-operand address; 64-bit shifts of WebAssembly take just
 * those.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import { evenR1, op, type Instruction } from "./instruction.ts";
import * as O from "./generalOperand.ts";
import { based, known, type Source } from "./generalOperand.ts";
import { Cc, type Builder, type Fields, type Meaning } from "./semantics.ts";

const DISTINCT_OPERANDS = { facility: 45 };
const SINGLE = { syntax: "r1,d2(b2)" };
const DOUBLE = { syntax: "r1,d2(b2)", check: evenR1 };

/** Shift amount (i64); only its last six bits count. */
const amount = (s: Builder, f: Fields): Val => based(s, f).value;

type Wide = (v: Val, by: Val) => Val;
/** A 32-bit shift as a 64-bit one, since amounts up to 63 count; as itself when a small amount is known. */
function shifted32(v: Val, by: Val, narrow: Wide, wide: Wide, extend: (v: Val) => Val): Val {
  const constant = known(by);
  const n = constant === undefined ? 64 : ((constant % 64) + 64) % 64;
  if (n < 32) return narrow(v, k32(n));
  return E.wrap(wide(extend(v), by));
}

const left32 = (v: Val, by: Val): Val => shifted32(v, by, E.shl32, E.shl64, E.extu);
const rightLogical32 = (v: Val, by: Val): Val => shifted32(v, by, E.shru32, E.shru64, E.extu);
const rightSigned32 = (v: Val, by: Val): Val => shifted32(v, by, E.shrs32, E.shrs64, E.exts);

const logical32 =
  (shift: Wide, source: Source): Meaning =>
  (s, f) =>
    s.setLow(f.r1, shift(source(s, f), amount(s, f)));
const logical64 =
  (shift: Wide): Meaning =>
  (s, f) =>
    s.setGpr(f.r1, shift(s.gpr(f.r3), amount(s, f)));

const rightSignedSingle = (source: Source): Meaning => (s, f) => {
  const v = s.let(rightSigned32(source(s, f), amount(s, f)));
  s.setLow(f.r1, v);
  s.setCc(Cc.sign64, v);
};

/**
 * SHIFT LEFT SINGLE/DOUBLE: the sign stays; overflow if a bit unlike it leaves. `v` is left-aligned in the
 * i64.
 */
function leftSigned(s: Builder, v: Val, by: Val): { result: Val; overflow: Val } {
  const n = s.let(by);
  const out = s.let(E.shl64(v, n));
  const overflow = s.let(E.ne64(E.shrs64(out, n), v));
  const sign = k64(-0x8000000000000000n);
  return { result: s.let(E.or64(E.and64(out, k64(0x7fffffffffffffffn)), E.and64(v, sign))), overflow };
}
const leftSigned32 = (source: Source): Meaning => (s, f) => {
  const v = s.let(E.shl64(E.extu(source(s, f)), k64(32)));
  const { result, overflow } = leftSigned(s, v, amount(s, f));
  s.setLow(f.r1, E.wrap(E.shru64(result, k64(32))));
  s.setCcValue(O.signOrOverflow(overflow, result));
  s.overflow(overflow);
};
const leftSigned64: Meaning = (s, f) => {
  const { result, overflow } = leftSigned(s, s.let(s.gpr(f.r3)), amount(s, f));
  s.setGpr(f.r1, result);
  s.setCcValue(O.signOrOverflow(overflow, result));
  s.overflow(overflow);
};
const leftSignedDouble: Meaning = (s, f) => {
  const { result, overflow } = leftSigned(s, s.let(O.pairOfLows(s, f.r1)), amount(s, f));
  O.setPairOfLows(s, f.r1, result);
  s.setCcValue(O.signOrOverflow(overflow, result));
  s.overflow(overflow);
};
const rightSignedDouble: Meaning = (s, f) => {
  const v = s.let(E.shrs64(O.pairOfLows(s, f.r1), amount(s, f)));
  O.setPairOfLows(s, f.r1, v);
  s.setCc(Cc.sign64, v);
};
const logicalDouble =
  (shift: Wide): Meaning =>
  (s, f) =>
    O.setPairOfLows(s, f.r1, shift(O.pairOfLows(s, f.r1), amount(s, f)));

export const shift: readonly Instruction[] = [
  op("sll", "RS-a", 0x89, logical32(left32, O.low1), { ...SINGLE, specialize: { b2: [0] } }),
  op("sllk", "RSY-a", 0xebdf, logical32(left32, O.low3), DISTINCT_OPERANDS),
  op("sllg", "RSY-a", 0xeb0d, logical64(E.shl64), { specialize: { b2: [0] } }),
  op("srl", "RS-a", 0x88, logical32(rightLogical32, O.low1), { ...SINGLE, specialize: { b2: [0] } }),
  op("srlk", "RSY-a", 0xebde, logical32(rightLogical32, O.low3), DISTINCT_OPERANDS),
  op("srlg", "RSY-a", 0xeb0c, logical64(E.shru64), { specialize: { b2: [0] } }),
  op("sla", "RS-a", 0x8b, leftSigned32(O.low1), SINGLE),
  op("slak", "RSY-a", 0xebdd, leftSigned32(O.low3), DISTINCT_OPERANDS),
  op("slag", "RSY-a", 0xeb0b, leftSigned64),
  op("sra", "RS-a", 0x8a, rightSignedSingle(O.low1), { ...SINGLE, specialize: { b2: [0] } }),
  op("srak", "RSY-a", 0xebdc, rightSignedSingle(O.low3), DISTINCT_OPERANDS),
  op("srag", "RSY-a", 0xeb0a, (s, f) => {
    const v = s.let(E.shrs64(s.gpr(f.r3), amount(s, f)));
    s.setGpr(f.r1, v);
    s.setCc(Cc.sign64, v);
  }),
  op("slda", "RS-a", 0x8f, leftSignedDouble, DOUBLE),
  op("sldl", "RS-a", 0x8d, logicalDouble(E.shl64), DOUBLE),
  op("srda", "RS-a", 0x8e, rightSignedDouble, DOUBLE),
  op("srdl", "RS-a", 0x8c, logicalDouble(E.shru64), DOUBLE),
];
