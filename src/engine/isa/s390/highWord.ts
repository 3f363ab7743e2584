/**
 * High-word facility: operations on bits 0-31 of general registers (Principles of Operation, chapter 7). In
 * the three-register forms a mnemonic ending in HLR takes the third operand from a low word. Low words stay
 * unchanged.
 */
import * as E from "../../wasm/value.ts";
import { type Val } from "../../wasm/value.ts";
import { op, type Instruction } from "./instruction.ts";
import * as O from "./generalOperand.ts";
import { halfwordSigned32, indexed, word, type Source } from "./generalOperand.ts";
import { Cc, type CcKind, type Meaning } from "./semantics.ts";

const FACILITY = { facility: 45 };
const THREE = { facility: 45, syntax: "r1,r2,r3" };

const addHigh =
  (first: Source, second: Source): Meaning =>
  (s, f) => {
    const [x, y] = [s.let(first(s, f)), s.let(second(s, f))];
    const sum = s.let(E.add32(x, y));
    s.setHigh(f.r1, sum);
    s.setCc(Cc.add32, x, y);
    s.overflow(O.addOverflow32(x, y, sum));
  };
const subtractHigh =
  (first: Source, second: Source): Meaning =>
  (s, f) => {
    const [x, y] = [s.let(first(s, f)), s.let(second(s, f))];
    const difference = s.let(E.sub32(x, y));
    s.setHigh(f.r1, difference);
    s.setCc(Cc.sub32, x, y);
    s.overflow(O.subtractOverflow32(x, y, difference));
  };
const logicalHigh =
  (kind: CcKind, combine: (x: Val, y: Val) => Val, first: Source, second: Source): Meaning =>
  (s, f) => {
    const [x, y] = [s.let(first(s, f)), s.let(second(s, f))];
    s.setHigh(f.r1, combine(x, y));
    s.setCc(kind, x, y);
  };
const addLogicalHigh = (first: Source, second: Source): Meaning =>
  logicalHigh(Cc.addLogical32, E.add32, first, second);
const subtractLogicalHigh = (first: Source, second: Source): Meaning =>
  logicalHigh(Cc.subLogical32, E.sub32, first, second);
const compareHigh =
  (kind: CcKind, second: Source): Meaning =>
  (s, f) => {
    const y = second(s, f);
    s.setCc(kind, s.high(f.r1), y);
  };
const loadHigh =
  (second: Source): Meaning =>
  (s, f) =>
    s.setHigh(f.r1, second(s, f));
const storeHigh =
  (size: 1 | 2 | 4): Meaning =>
  (s, f) =>
    s.store(size, indexed(s, f), s.high(f.r1));

export const highWord: readonly Instruction[] = [
  op("ahhhr", "RRF-a", 0xb9c8, addHigh(O.high2, O.high3), THREE),
  op("ahhlr", "RRF-a", 0xb9d8, addHigh(O.high2, O.low3), THREE),
  op("aih", "RIL-a", 0xcc8, addHigh(O.high1, O.immediate32), FACILITY),
  op("alhhhr", "RRF-a", 0xb9ca, addLogicalHigh(O.high2, O.high3), THREE),
  op("alhhlr", "RRF-a", 0xb9da, addLogicalHigh(O.high2, O.low3), THREE),
  op("alsih", "RIL-a", 0xcca, addLogicalHigh(O.high1, O.immediate32), FACILITY),
  op("alsihn", "RIL-a", 0xccb, (s, f) => s.setHigh(f.r1, E.add32(s.high(f.r1), s.i32(f.i2))), FACILITY),
  op("shhhr", "RRF-a", 0xb9c9, subtractHigh(O.high2, O.high3), THREE),
  op("shhlr", "RRF-a", 0xb9d9, subtractHigh(O.high2, O.low3), THREE),
  op("slhhhr", "RRF-a", 0xb9cb, subtractLogicalHigh(O.high2, O.high3), THREE),
  op("slhhlr", "RRF-a", 0xb9db, subtractLogicalHigh(O.high2, O.low3), THREE),
  op("chhr", "RRE", 0xb9cd, compareHigh(Cc.signed, O.high2), FACILITY),
  op("chlr", "RRE", 0xb9dd, compareHigh(Cc.signed, O.low2), FACILITY),
  op("chf", "RXY-a", 0xe3cd, compareHigh(Cc.signed, word(indexed)), FACILITY),
  op("cih", "RIL-a", 0xccd, compareHigh(Cc.signed, O.immediate32), FACILITY),
  op("clhhr", "RRE", 0xb9cf, compareHigh(Cc.unsigned, O.high2), FACILITY),
  op("clhlr", "RRE", 0xb9df, compareHigh(Cc.unsigned, O.low2), FACILITY),
  op("clhf", "RXY-a", 0xe3cf, compareHigh(Cc.unsigned, word(indexed)), FACILITY),
  op("clih", "RIL-au", 0xccf, compareHigh(Cc.unsigned, O.immediate32), FACILITY),
  op("lbh", "RXY-a", 0xe3c0, loadHigh((s, f) => s.loadSigned32(1, indexed(s, f))), FACILITY),
  op("lhh", "RXY-a", 0xe3c4, loadHigh(halfwordSigned32(indexed)), FACILITY),
  op("lfh", "RXY-a", 0xe3ca, loadHigh(word(indexed)), FACILITY),
  op("lfhat", "RXY-a", 0xe3c8, (s, f) => {
    const v = s.load32(4, indexed(s, f));
    s.setHigh(f.r1, v);
    O.trap(s, E.eqz32(v));
  }, { facility: 49 }),
  op("llch", "RXY-a", 0xe3c2, loadHigh((s, f) => s.load32(1, indexed(s, f))), FACILITY),
  op("llhh", "RXY-a", 0xe3c6, loadHigh((s, f) => s.load32(2, indexed(s, f))), FACILITY),
  op("stch", "RXY-a", 0xe3c3, storeHigh(1), FACILITY),
  op("sthh", "RXY-a", 0xe3c7, storeHigh(2), FACILITY),
  op("stfh", "RXY-a", 0xe3cb, storeHigh(4), FACILITY),
];
