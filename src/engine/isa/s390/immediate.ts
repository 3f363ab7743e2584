/**
 * Loads and inserts of immediate operands (Principles of Operation, chapter 7: LOAD HALFWORD IMMEDIATE, LOAD
 * IMMEDIATE, LOAD LOGICAL IMMEDIATE, INSERT IMMEDIATE). The two letters after LLI and II name the quarter:
 * high-high … low-low.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64 } from "../../wasm/value.ts";
import { op, type Instruction } from "./instruction.ts";
import type { Meaning } from "./semantics.ts";

const EXTENDED_IMMEDIATE = { facility: 21 };

const loadLogical = (shift: number): Meaning => (s, f) => s.setGpr(f.r1, E.shl64(s.u64(f.i2), k64(shift)));
const insertLow = (shift: 0 | 16): Meaning => (s, f) =>
  s.setLow(f.r1, E.or32(E.and32(s.low(f.r1), k32(~(0xffff << shift))), E.shl32(s.i32(f.i2), k32(shift))));
const insertHigh = (shift: 0 | 16): Meaning => (s, f) =>
  s.setHigh(f.r1, E.or32(E.and32(s.high(f.r1), k32(~(0xffff << shift))), E.shl32(s.i32(f.i2), k32(shift))));

export const immediate: readonly Instruction[] = [
  op("lhi", "RI-a", 0xa78, (s, f) => s.setLow(f.r1, s.i32(f.i2))),
  op("lghi", "RI-a", 0xa79, (s, f) => s.setGpr(f.r1, s.s64(f.i2))),
  op("lgfi", "RIL-a", 0xc01, (s, f) => s.setGpr(f.r1, s.s64(f.i2)), EXTENDED_IMMEDIATE),
  op("llihh", "RI-au", 0xa5c, loadLogical(48)),
  op("llihl", "RI-au", 0xa5d, loadLogical(32)),
  op("llilh", "RI-au", 0xa5e, loadLogical(16)),
  op("llill", "RI-au", 0xa5f, loadLogical(0)),
  op("llihf", "RIL-au", 0xc0e, loadLogical(32), EXTENDED_IMMEDIATE),
  op("llilf", "RIL-au", 0xc0f, loadLogical(0), EXTENDED_IMMEDIATE),
  op("iihh", "RI-au", 0xa50, insertHigh(16)),
  op("iihl", "RI-au", 0xa51, insertHigh(0)),
  op("iilh", "RI-au", 0xa52, insertLow(16)),
  op("iill", "RI-au", 0xa53, insertLow(0)),
  op("iihf", "RIL-au", 0xc08, (s, f) => s.setHigh(f.r1, s.i32(f.i2)), EXTENDED_IMMEDIATE),
  op("iilf", "RIL-au", 0xc09, (s, f) => s.setLow(f.r1, s.i32(f.i2)), EXTENDED_IMMEDIATE),
];
