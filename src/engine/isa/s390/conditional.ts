/**
 * LOAD ON CONDITION, STORE ON CONDITION, SELECT (Principles of Operation, chapter 7).
 *
 * Register forms are a choice of values, not a branch. Storage is reached only when the condition holds.
 */
import * as E from "../../wasm/value.ts";
import { op, type Instruction } from "./instruction.ts";
import * as O from "./generalOperand.ts";
import { based } from "./generalOperand.ts";
import type { Builder, Meaning } from "./semantics.ts";

/** `act` happens only where the condition holds: storage is not even tested for access otherwise. */
const whenSelected = (act: (s: Builder, f: Parameters<Meaning>[1]) => void): Meaning => (s, f) => {
  s.if(s.ccSelected(f.m3), () => act(s, f));
};
const moveLow = (source: O.Source): Meaning => (s, f) =>
  s.setLow(f.r1, E.select(s.ccSelected(f.m3), source(s, f), s.low(f.r1)));
const moveWhole = (source: O.Source): Meaning => (s, f) =>
  s.setGpr(f.r1, E.select(s.ccSelected(f.m3), source(s, f), s.gpr(f.r1)));
const moveHigh = (source: O.Source): Meaning => (s, f) =>
  s.setHigh(f.r1, E.select(s.ccSelected(f.m3), source(s, f), s.high(f.r1)));

const FIRST = { facility: 45 };
const SECOND = { facility: 53 };
const REGISTERS = "r1,r2,m3";
const SELECT = { facility: 61, syntax: "r1,r2,r3,m4" };

export const conditional: readonly Instruction[] = [
  op("locr", "RRF-c", 0xb9f2, moveLow(O.low2), { ...FIRST, syntax: REGISTERS }),
  op("locgr", "RRF-c", 0xb9e2, moveWhole(O.whole2), { ...FIRST, syntax: REGISTERS }),
  op("locfhr", "RRF-c", 0xb9e0, moveHigh(O.high2), { ...SECOND, syntax: REGISTERS }),
  op("lochi", "RIE-g", 0xec42, moveLow(O.immediate32), SECOND),
  op("locghi", "RIE-g", 0xec46, moveWhole(O.immediate64), SECOND),
  op("lochhi", "RIE-g", 0xec4e, moveHigh(O.immediate32), SECOND),
  op("loc", "RSY-c", 0xebf2, whenSelected((s, f) => s.setLow(f.r1, s.load32(4, based(s, f)))), FIRST),
  op("locg", "RSY-c", 0xebe2, whenSelected((s, f) => s.setGpr(f.r1, s.load(8, based(s, f)))), FIRST),
  op("locfh", "RSY-c", 0xebe0, whenSelected((s, f) => s.setHigh(f.r1, s.load32(4, based(s, f)))), SECOND),
  op("stoc", "RSY-c", 0xebf3, whenSelected((s, f) => s.store(4, based(s, f), s.low(f.r1))), FIRST),
  op("stocg", "RSY-c", 0xebe3, whenSelected((s, f) => s.store(8, based(s, f), s.gpr(f.r1))), FIRST),
  op("stocfh", "RSY-c", 0xebe1, whenSelected((s, f) => s.store(4, based(s, f), s.high(f.r1))), SECOND),
  op("selr", "RRF-a", 0xb9f0,
    (s, f) => s.setLow(f.r1, E.select(s.ccSelected(f.m4), s.low(f.r2), s.low(f.r3))), SELECT),
  op("selgr", "RRF-a", 0xb9e3,
    (s, f) => s.setGpr(f.r1, E.select(s.ccSelected(f.m4), s.gpr(f.r2), s.gpr(f.r3))), SELECT),
  op("selfhr", "RRF-a", 0xb9c0,
    (s, f) => s.setHigh(f.r1, E.select(s.ccSelected(f.m4), s.high(f.r2), s.high(f.r3))), SELECT),
];
