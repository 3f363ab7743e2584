/**
 * ADD, ADD LOGICAL, SUBTRACT and SUBTRACT LOGICAL in all forms, with carry and borrow, and on storage
 * (Principles of Operation, chapter 7).
 *
 * Invariant: condition codes are left as their two operands; the overflow interruption comes after the result
 * is in place.
 */
import * as E from "../../wasm/value.ts";
import { I64, k32, k64, type Val } from "../../wasm/value.ts";
import { op, type Instruction } from "./instruction.ts";
import * as O from "./generalOperand.ts";
import {
  doubleword,
  firstBased,
  halfwordSigned32,
  indexed,
  signed,
  unsigned,
  word,
  type Source,
} from "./generalOperand.ts";
import { Cc, type Builder, type Meaning } from "./semantics.ts";

const LONG_DISPLACEMENT = { facility: 18 };
const EXTENDED_IMMEDIATE = { facility: 21 };
const GENERAL_EXTENSION = { facility: 34 };
const DISTINCT_OPERANDS = { facility: 45 };
const MISCELLANEOUS_2 = { facility: 58 };

const add32 = (second: Source, first: Source = O.low1): Meaning => (s, f) => {
  const y = s.let(second(s, f));
  const x = s.let(first(s, f));
  const sum = s.let(E.add32(x, y));
  s.setLow(f.r1, sum);
  s.setCc(Cc.add32, x, y);
  s.overflow(O.addOverflow32(x, y, sum));
};
const add64 = (second: Source, first: Source = O.whole1): Meaning => (s, f) => {
  const y = s.let(second(s, f));
  const x = s.let(first(s, f));
  const sum = s.let(E.add64(x, y));
  s.setGpr(f.r1, sum);
  s.setCc(Cc.add64, x, y);
  s.overflow(O.addOverflow64(x, y, sum));
};
const subtract32 = (second: Source, first: Source = O.low1): Meaning => (s, f) => {
  const y = s.let(second(s, f));
  const x = s.let(first(s, f));
  const difference = s.let(E.sub32(x, y));
  s.setLow(f.r1, difference);
  s.setCc(Cc.sub32, x, y);
  s.overflow(O.subtractOverflow32(x, y, difference));
};
const subtract64 = (second: Source, first: Source = O.whole1): Meaning => (s, f) => {
  const y = s.let(second(s, f));
  const x = s.let(first(s, f));
  const difference = s.let(E.sub64(x, y));
  s.setGpr(f.r1, difference);
  s.setCc(Cc.sub64, x, y);
  s.overflow(O.subtractOverflow64(x, y, difference));
};

const addLogical32 = (second: Source, first: Source = O.low1): Meaning => (s, f) => {
  const y = s.let(second(s, f));
  const x = s.let(first(s, f));
  s.setLow(f.r1, E.add32(x, y));
  s.setCc(Cc.addLogical32, x, y);
};
const addLogical64 = (second: Source, first: Source = O.whole1): Meaning => (s, f) => {
  const y = s.let(second(s, f));
  const x = s.let(first(s, f));
  s.setGpr(f.r1, E.add64(x, y));
  s.setCc(Cc.addLogical64, x, y);
};
const subtractLogical32 = (second: Source, first: Source = O.low1): Meaning => (s, f) => {
  const y = s.let(second(s, f));
  const x = s.let(first(s, f));
  s.setLow(f.r1, E.sub32(x, y));
  s.setCc(Cc.subLogical32, x, y);
};
const subtractLogical64 = (second: Source, first: Source = O.whole1): Meaning => (s, f) => {
  const y = s.let(second(s, f));
  const x = s.let(first(s, f));
  s.setGpr(f.r1, E.sub64(x, y));
  s.setCc(Cc.subLogical64, x, y);
};

/** x + y + carry with the logical condition code; x - y - borrow is x + ~y + carry. */
function sumWithCarry(s: Builder, x: Val, y: Val): { sum: Val; cc: Val } {
  const wide = x.ty === I64;
  const carry = wide ? s.carry() : E.wrap(s.carry());
  const part = s.let(wide ? E.add64(y, carry) : E.add32(y, carry));
  const sum = s.let(wide ? E.add64(x, part) : E.add32(x, part));
  const below = wide ? E.ltu64 : E.ltu32;
  const carryOut = E.or32(below(part, y), below(sum, part));
  const notZero = wide ? E.ne64(sum, k64(0)) : E.ne32(sum, k32(0));
  return { sum, cc: E.or32(E.shl32(carryOut, k32(1)), notZero) };
}
const addCarry32 = (second: Source): Meaning => (s, f) => {
  const { sum, cc } = sumWithCarry(s, s.let(s.low(f.r1)), s.let(second(s, f)));
  s.setLow(f.r1, sum);
  s.setCcValue(cc);
};
const addCarry64 = (second: Source): Meaning => (s, f) => {
  const { sum, cc } = sumWithCarry(s, s.let(s.gpr(f.r1)), s.let(second(s, f)));
  s.setGpr(f.r1, sum);
  s.setCcValue(cc);
};
const subtractBorrow32 = (second: Source): Meaning => addCarry32((s, f) => O.complement(second(s, f)));
const subtractBorrow64 = (second: Source): Meaning => addCarry64((s, f) => O.complement(second(s, f)));

/** Adds the immediate to a storage operand. */
const addToStorage = (size: 4 | 8, logical: boolean): Meaning => (s, f) => {
  const y = size === 8 ? s.s64(f.i2) : s.i32(f.i2);
  const add = size === 8 ? E.add64 : E.add32;
  const { old, next } = O.interlockedUpdate(s, size, firstBased(s, f), (x) => add(x, y));
  if (size === 8) s.setCc(logical ? Cc.addLogical64 : Cc.add64, old, y);
  else s.setCc(logical ? Cc.addLogical32 : Cc.add32, old, y);
  if (!logical) s.overflow((size === 8 ? O.addOverflow64 : O.addOverflow32)(old, y, next));
};

export const addSubtract: readonly Instruction[] = [
  // ADD
  op("ar", "RR", 0x1a, add32(O.low2)),
  op("a", "RX-a", 0x5a, add32(word(indexed))),
  op("ay", "RXY-a", 0xe35a, add32(word(indexed)), LONG_DISPLACEMENT),
  op("agr", "RRE", 0xb908, add64(O.whole2)),
  op("agfr", "RRE", 0xb918, add64(O.signed2)),
  op("ag", "RXY-a", 0xe308, add64(doubleword(indexed)), { specialize: { x2: [0] } }),
  op("agf", "RXY-a", 0xe318, add64(signed(4, indexed))),
  op("agh", "RXY-a", 0xe338, add64(signed(2, indexed)), MISCELLANEOUS_2),
  op("ah", "RX-a", 0x4a, add32(halfwordSigned32(indexed))),
  op("ahy", "RXY-a", 0xe37a, add32(halfwordSigned32(indexed)), LONG_DISPLACEMENT),
  op("ahi", "RI-a", 0xa7a, add32(O.immediate32)),
  op("aghi", "RI-a", 0xa7b, add64(O.immediate64)),
  op("afi", "RIL-a", 0xc29, add32(O.immediate32), EXTENDED_IMMEDIATE),
  op("agfi", "RIL-a", 0xc28, add64(O.immediate64), EXTENDED_IMMEDIATE),
  op("ark", "RRF-a", 0xb9f8, add32(O.low3, O.low2), { ...DISTINCT_OPERANDS, syntax: "r1,r2,r3" }),
  op("agrk", "RRF-a", 0xb9e8, add64(O.whole3, O.whole2), { ...DISTINCT_OPERANDS, syntax: "r1,r2,r3" }),
  op("ahik", "RIE-d", 0xecd8, add32(O.immediate32, O.low3), DISTINCT_OPERANDS),
  op("aghik", "RIE-d", 0xecd9, add64(O.immediate64, O.whole3), DISTINCT_OPERANDS),
  op("asi", "SIYs", 0xeb6a, addToStorage(4, false), GENERAL_EXTENSION),
  op("agsi", "SIYs", 0xeb7a, addToStorage(8, false), GENERAL_EXTENSION),
  // ADD LOGICAL
  op("alr", "RR", 0x1e, addLogical32(O.low2)),
  op("al", "RX-a", 0x5e, addLogical32(word(indexed))),
  op("aly", "RXY-a", 0xe35e, addLogical32(word(indexed)), LONG_DISPLACEMENT),
  op("algr", "RRE", 0xb90a, addLogical64(O.whole2)),
  op("algfr", "RRE", 0xb91a, addLogical64(O.unsigned2)),
  op("alg", "RXY-a", 0xe30a, addLogical64(doubleword(indexed))),
  op("algf", "RXY-a", 0xe31a, addLogical64(unsigned(4, indexed))),
  op("alfi", "RIL-au", 0xc2b, addLogical32(O.immediate32), EXTENDED_IMMEDIATE),
  op("algfi", "RIL-au", 0xc2a, addLogical64(O.immediateUnsigned), EXTENDED_IMMEDIATE),
  op("alrk", "RRF-a", 0xb9fa, addLogical32(O.low3, O.low2), { ...DISTINCT_OPERANDS, syntax: "r1,r2,r3" }),
  op("algrk", "RRF-a", 0xb9ea, addLogical64(O.whole3, O.whole2), {
    ...DISTINCT_OPERANDS,
    syntax: "r1,r2,r3",
  }),
  // ADD LOGICAL WITH SIGNED IMMEDIATE
  op("alhsik", "RIE-d", 0xecda, addLogical32(O.immediate32, O.low3), DISTINCT_OPERANDS),
  op("alghsik", "RIE-d", 0xecdb, addLogical64(O.immediate64, O.whole3), DISTINCT_OPERANDS),
  op("alsi", "SIYs", 0xeb6e, addToStorage(4, true), GENERAL_EXTENSION),
  op("algsi", "SIYs", 0xeb7e, addToStorage(8, true), GENERAL_EXTENSION),
  // ADD LOGICAL WITH CARRY
  op("alcr", "RRE", 0xb998, addCarry32(O.low2)),
  op("alcgr", "RRE", 0xb988, addCarry64(O.whole2)),
  op("alc", "RXY-a", 0xe398, addCarry32(word(indexed))),
  op("alcg", "RXY-a", 0xe388, addCarry64(doubleword(indexed))),
  // SUBTRACT
  op("sr", "RR", 0x1b, subtract32(O.low2)),
  op("s", "RX-a", 0x5b, subtract32(word(indexed))),
  op("sy", "RXY-a", 0xe35b, subtract32(word(indexed)), LONG_DISPLACEMENT),
  op("sgr", "RRE", 0xb909, subtract64(O.whole2)),
  op("sgfr", "RRE", 0xb919, subtract64(O.signed2)),
  op("sg", "RXY-a", 0xe309, subtract64(doubleword(indexed)), { specialize: { x2: [0] } }),
  op("sgf", "RXY-a", 0xe319, subtract64(signed(4, indexed))),
  op("sgh", "RXY-a", 0xe339, subtract64(signed(2, indexed)), MISCELLANEOUS_2),
  op("sh", "RX-a", 0x4b, subtract32(halfwordSigned32(indexed))),
  op("shy", "RXY-a", 0xe37b, subtract32(halfwordSigned32(indexed)), LONG_DISPLACEMENT),
  op("srk", "RRF-a", 0xb9f9, subtract32(O.low3, O.low2), { ...DISTINCT_OPERANDS, syntax: "r1,r2,r3" }),
  op("sgrk", "RRF-a", 0xb9e9, subtract64(O.whole3, O.whole2), { ...DISTINCT_OPERANDS, syntax: "r1,r2,r3" }),
  // SUBTRACT LOGICAL
  op("slr", "RR", 0x1f, subtractLogical32(O.low2)),
  op("sl", "RX-a", 0x5f, subtractLogical32(word(indexed))),
  op("sly", "RXY-a", 0xe35f, subtractLogical32(word(indexed)), LONG_DISPLACEMENT),
  op("slgr", "RRE", 0xb90b, subtractLogical64(O.whole2)),
  op("slgfr", "RRE", 0xb91b, subtractLogical64(O.unsigned2)),
  op("slg", "RXY-a", 0xe30b, subtractLogical64(doubleword(indexed))),
  op("slgf", "RXY-a", 0xe31b, subtractLogical64(unsigned(4, indexed))),
  op("slfi", "RIL-au", 0xc25, subtractLogical32(O.immediate32), EXTENDED_IMMEDIATE),
  op("slgfi", "RIL-au", 0xc24, subtractLogical64(O.immediateUnsigned), EXTENDED_IMMEDIATE),
  op("slrk", "RRF-a", 0xb9fb, subtractLogical32(O.low3, O.low2), {
    ...DISTINCT_OPERANDS,
    syntax: "r1,r2,r3",
  }),
  op("slgrk", "RRF-a", 0xb9eb, subtractLogical64(O.whole3, O.whole2), {
    ...DISTINCT_OPERANDS,
    syntax: "r1,r2,r3",
  }),
  // SUBTRACT LOGICAL WITH BORROW
  op("slbr", "RRE", 0xb999, subtractBorrow32(O.low2)),
  op("slbgr", "RRE", 0xb989, subtractBorrow64(O.whole2)),
  op("slb", "RXY-a", 0xe399, subtractBorrow32(word(indexed))),
  op("slbg", "RXY-a", 0xe389, subtractBorrow64(doubleword(indexed))),
];
