/**
 * COMPARE AND SWAP, COMPARE DOUBLE AND SWAP, TEST AND SET (Principles of Operation, chapter 7).
 *
 * Code 0: the operands were equal and the third replaced the second; 1: unequal, the second was loaded into
 * the first.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import { evenR1R3, op, type Instruction } from "./instruction.ts";
import * as O from "./generalOperand.ts";
import { based } from "./generalOperand.ts";
import type { Field, Meaning } from "./semantics.ts";

const LONG_DISPLACEMENT = { facility: 18 };

const swap32: Meaning = (s, f) => {
  const a = O.pinned(s, based(s, f));
  s.requireAligned(a, 4);
  const expected = s.let(s.low(f.r1));
  const old = s.let(E.wrap(s.compareAndSwap(4, a, expected, s.low(f.r3))));
  // Equal operands: loading the second into the first changes nothing.
  s.setLow(f.r1, old);
  s.setCcValue(E.ne32(old, expected));
};
const swap64: Meaning = (s, f) => {
  const a = O.pinned(s, based(s, f));
  s.requireAligned(a, 8);
  const expected = s.let(s.gpr(f.r1));
  const old = s.let(s.compareAndSwap(8, a, expected, s.gpr(f.r3)));
  s.setGpr(f.r1, old);
  s.setCcValue(E.ne64(old, expected));
};
/** Two words in the low words of register pairs are one doubleword in storage. */
const swapDouble32: Meaning = (s, f) => {
  const a = O.pinned(s, based(s, f));
  s.requireAligned(a, 8);
  const expected = s.let(O.pairOfLows(s, f.r1));
  const old = s.let(s.compareAndSwap(8, a, expected, O.pairOfLows(s, f.r3)));
  O.setPairOfLows(s, f.r1, old);
  s.setCcValue(E.ne64(old, expected));
};
const swapDouble64: Meaning = (s, f) => {
  const a = O.pinned(s, based(s, f));
  const b = O.pinned(s, s.plus(a, k64(8)));
  s.requireAligned(a, 16);
  const pair = (r: Field): readonly [Val, Val] => [s.let(s.gpr(r)), s.let(s.gpr(s.odd(r)))];
  const [expected1, expected2] = pair(f.r1);
  const [next1, next2] = pair(f.r3);
  const [old1, old2] = [s.load(8, a), s.load(8, b)];
  const equal = s.let(E.and32(E.eq64(old1, expected1), E.eq64(old2, expected2)));
  // An unequal comparison stores too, namely what was there: access is tested for a store in either case.
  s.store(8, a, E.select(equal, next1, old1));
  s.store(8, b, E.select(equal, next2, old2));
  s.setGpr(f.r1, old1);
  s.setGpr(s.odd(f.r1), old2);
  s.setCcValue(E.eqz32(equal));
};

/** All ones into the byte; the code is its former leftmost bit. */
const testAndSet: Meaning = (s, f) => {
  const { old } = O.interlockedUpdate(s, 1, O.firstBased(s, f), () => k32(0xff));
  s.setCcValue(E.shru32(old, k32(7)));
};

export const swap: readonly Instruction[] = [
  op("cs", "RS-a", 0xba, swap32),
  op("csy", "RSY-a", 0xeb14, swap32, LONG_DISPLACEMENT),
  op("csg", "RSY-a", 0xeb30, swap64),
  op("cds", "RS-a", 0xbb, swapDouble32, { check: evenR1R3 }),
  op("cdsy", "RSY-a", 0xeb31, swapDouble32, { ...LONG_DISPLACEMENT, check: evenR1R3 }),
  op("cdsg", "RSY-a", 0xeb3e, swapDouble64, { check: evenR1R3 }),
  op("ts", "SI", 0x93, testAndSet, { syntax: "d1(b1)" }),
];
