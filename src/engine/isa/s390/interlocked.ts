/**
 * LOAD AND ADD, LOAD AND ADD LOGICAL, LOAD AND AND, LOAD AND OR, LOAD AND EXCLUSIVE OR: interlocked-access
 * facility 1 (Principles of Operation, chapter 7). The register gets the former contents of storage; the code
 * is the operation's.
 */
import * as E from "../../wasm/value.ts";
import { type Val } from "../../wasm/value.ts";
import { op, type Instruction } from "./instruction.ts";
import * as O from "./generalOperand.ts";
import { based } from "./generalOperand.ts";
import { Cc, type Builder, type Meaning } from "./semantics.ts";

interface Outcome {
  readonly old: Val;
  readonly operand: Val;
  readonly next: Val;
}

const update32 =
  (change: (x: Val, y: Val) => Val, finish: (s: Builder, o: Outcome) => void): Meaning =>
  (s, f) => {
    const a = O.pinned(s, based(s, f));
    s.requireAligned(a, 4);
    const operand = s.let(s.low(f.r3));
    const { old, next } = O.interlockedUpdate(s, 4, a, (x) => change(x, operand));
    s.setLow(f.r1, old);
    finish(s, { old, operand, next });
  };
const update64 =
  (change: (x: Val, y: Val) => Val, finish: (s: Builder, o: Outcome) => void): Meaning =>
  (s, f) => {
    const a = O.pinned(s, based(s, f));
    s.requireAligned(a, 8);
    const operand = s.let(s.gpr(f.r3));
    const { old, next } = O.interlockedUpdate(s, 8, a, (x) => change(x, operand));
    s.setGpr(f.r1, old);
    finish(s, { old, operand, next });
  };

const whetherZero = (s: Builder, o: Outcome): void => s.setCc(Cc.nonZero, o.next);
const FACILITY = { facility: 45 };

export const interlocked: readonly Instruction[] = [
  op(
    "laa",
    "RSY-a",
    0xebf8,
    update32(E.add32, (s, o) => {
      s.setCc(Cc.add32, o.old, o.operand);
      s.overflow(O.addOverflow32(o.old, o.operand, o.next));
    }),
    FACILITY,
  ),
  op(
    "laag",
    "RSY-a",
    0xebe8,
    update64(E.add64, (s, o) => {
      s.setCc(Cc.add64, o.old, o.operand);
      s.overflow(O.addOverflow64(o.old, o.operand, o.next));
    }),
    FACILITY,
  ),
  op("laal", "RSY-a", 0xebfa,
    update32(E.add32, (s, o) => s.setCc(Cc.addLogical32, o.old, o.operand)), FACILITY),
  op("laalg", "RSY-a", 0xebea,
    update64(E.add64, (s, o) => s.setCc(Cc.addLogical64, o.old, o.operand)), FACILITY),
  op("lan", "RSY-a", 0xebf4, update32(E.and32, whetherZero), FACILITY),
  op("lang", "RSY-a", 0xebe4, update64(E.and64, whetherZero), FACILITY),
  op("lao", "RSY-a", 0xebf6, update32(E.or32, whetherZero), FACILITY),
  op("laog", "RSY-a", 0xebe6, update64(E.or64, whetherZero), FACILITY),
  op("lax", "RSY-a", 0xebf7, update32(E.xor32, whetherZero), FACILITY),
  op("laxg", "RSY-a", 0xebe7, update64(E.xor64, whetherZero), FACILITY),
];
