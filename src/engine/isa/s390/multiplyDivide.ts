/**
 * MULTIPLY and DIVIDE in all forms (Principles of Operation, chapter 7).
 *
 * Products of 128 bits are put together from 32-bit parts. A division whose quotient does not fit ends with a
 * fixed-point- divide exception before anything is written.
 */
import * as E from "../../wasm/value.ts";
import { k64, type Val } from "../../wasm/value.ts";
import { Program, evenR1, op, type Instruction } from "./instruction.ts";
import * as O from "./generalOperand.ts";
import { doubleword, halfwordSigned32, indexed, signed, word, type Source } from "./generalOperand.ts";
import type { Builder, Field, Meaning } from "./semantics.ts";

const LONG_DISPLACEMENT = { facility: 18 };
const GENERAL_EXTENSION = { facility: 34 };
const MISCELLANEOUS_2 = { facility: 58 };
const THREE = { facility: 58, syntax: "r1,r2,r3" };
const PAIR = { check: evenR1 };

const LOW_32 = k64(0xffffffffn);
const highPart = (v: Val): Val => E.shru64(v, k64(32));

/** Bits 0-63 of the unsigned product; x and y are pinned. */
function productHigh(s: Builder, x: Val, y: Val): Val {
  const [x0, x1] = [s.let(E.and64(x, LOW_32)), s.let(highPart(x))];
  const [y0, y1] = [s.let(E.and64(y, LOW_32)), s.let(highPart(y))];
  const middle = s.let(E.add64(E.mul64(x1, y0), highPart(E.mul64(x0, y0))));
  const other = s.let(E.add64(E.mul64(x0, y1), E.and64(middle, LOW_32)));
  return E.add64(E.add64(E.mul64(x1, y1), highPart(middle)), highPart(other));
}
/** Bits 0-63 of the signed product; x and y are pinned. */
function signedProductHigh(s: Builder, x: Val, y: Val): Val {
  const correction = E.add64(E.and64(E.shrs64(x, k64(63)), y), E.and64(E.shrs64(y, k64(63)), x));
  return E.sub64(productHigh(s, x, y), correction);
}

function setPair(s: Builder, r: Field, first: Val, second: Val): void {
  const [even, odd] = [s.let(first), s.let(second)];
  s.setGpr(r, even);
  s.setGpr(s.odd(r), odd);
}

// ---- single results
const single32 = (second: Source): Meaning => (s, f) => {
  const y = second(s, f);
  s.setLow(f.r1, E.mul32(s.low(f.r1), y));
};
const single64 = (second: Source): Meaning => (s, f) => {
  const y = second(s, f);
  s.setGpr(f.r1, E.mul64(s.gpr(f.r1), y));
};
/** With condition code: sign of the result, 3 when the product needs more bits. */
const coded32 = (first: Source, second: Source): Meaning => (s, f) => {
  const y = second(s, f);
  const product = s.let(E.mul64(E.exts(first(s, f)), E.exts(y)));
  const result = s.let(E.wrap(product));
  const overflow = s.let(E.ne64(E.exts(result), product));
  s.setLow(f.r1, result);
  s.setCcValue(O.signOrOverflow(overflow, result));
  s.overflow(overflow);
};
const coded64 = (first: Source, second: Source): Meaning => (s, f) => {
  const y = s.let(second(s, f));
  const x = s.let(first(s, f));
  const result = s.let(E.mul64(x, y));
  const overflow = s.let(E.ne64(signedProductHigh(s, x, y), E.shrs64(result, k64(63))));
  s.setGpr(f.r1, result);
  s.setCcValue(O.signOrOverflow(overflow, result));
  s.overflow(overflow);
};

// ---- double results
const double32 = (extend: (v: Val) => Val, second: Source): Meaning => (s, f) => {
  const y = extend(second(s, f));
  O.setPairOfLows(s, f.r1, E.mul64(extend(s.low(s.odd(f.r1))), y));
};
const doubleUnsigned64 = (second: Source): Meaning => (s, f) => {
  const y = s.let(second(s, f));
  const x = s.let(s.gpr(s.odd(f.r1)));
  setPair(s, f.r1, productHigh(s, x, y), E.mul64(x, y));
};
const doubleSigned64 = (first: Source, second: Source): Meaning => (s, f) => {
  const y = s.let(second(s, f));
  const x = s.let(first(s, f));
  setPair(s, f.r1, signedProductHigh(s, x, y), E.mul64(x, y));
};
const oddWhole: Source = (s, f) => s.gpr(s.odd(f.r1));

// ---- division: remainder to the even, quotient to the odd register
const SMALLEST = k64(-0x8000000000000000n);

/** 64-bit signed dividend in the low words of the pair, 32-bit divisor. */
const divideSigned32 = (second: Source): Meaning => (s, f) => {
  const divisor = s.let(E.exts(second(s, f)));
  const dividend = s.let(O.pairOfLows(s, f.r1));
  const hostTraps = E.and32(E.eq64(dividend, SMALLEST), E.eq64(divisor, k64(-1)));
  s.program(Program.fixedDivide, E.or32(E.eqz64(divisor), hostTraps));
  const quotient = s.let(E.divs64(dividend, divisor));
  s.program(Program.fixedDivide, E.ne64(E.ext32s64(quotient), quotient));
  const remainder = s.let(E.wrap(E.rems64(dividend, divisor)));
  s.setLow(f.r1, remainder);
  s.setLow(s.odd(f.r1), E.wrap(quotient));
};
const divideUnsigned32 = (second: Source): Meaning => (s, f) => {
  const divisor = s.let(E.extu(second(s, f)));
  const dividend = s.let(O.pairOfLows(s, f.r1));
  // The quotient fits exactly if the high half of the dividend is below the divisor; that excludes 0 too.
  s.program(Program.fixedDivide, E.geu64(highPart(dividend), divisor));
  const quotient = s.let(E.wrap(E.divu64(dividend, divisor)));
  const remainder = s.let(E.wrap(E.remu64(dividend, divisor)));
  s.setLow(f.r1, remainder);
  s.setLow(s.odd(f.r1), quotient);
};
/** DIVIDE SINGLE: the dividend is the odd register alone. */
const divideSingle = (second: Source): Meaning => (s, f) => {
  const divisor = s.let(second(s, f));
  const dividend = s.let(s.gpr(s.odd(f.r1)));
  const tooLarge = E.and32(E.eq64(dividend, SMALLEST), E.eq64(divisor, k64(-1)));
  s.program(Program.fixedDivide, E.or32(E.eqz64(divisor), tooLarge));
  setPair(s, f.r1, E.rems64(dividend, divisor), E.divs64(dividend, divisor));
};
/** 128-bit dividend in the pair. Its high half is nearly always 0, as compilers divide 64-bit numbers. */
const divideUnsigned64 = (second: Source): Meaning => (s, f) => {
  const divisor = s.let(second(s, f));
  const high = s.let(s.gpr(f.r1));
  const low = s.let(s.gpr(s.odd(f.r1)));
  s.program(Program.fixedDivide, E.geu64(high, divisor));
  const quotient = s.variable(k64(0));
  s.if(
    E.eqz64(high),
    () => quotient.set(E.divu64(low, divisor)),
    () => quotient.set(s.routine("divideUnsigned128", high, low, divisor)),
  );
  setPair(s, f.r1, E.sub64(low, E.mul64(quotient.get(), divisor)), quotient.get());
};

export const multiplyDivide: readonly Instruction[] = [
  // MULTIPLY
  op("mr", "RR", 0x1c, double32(E.exts, O.low2), PAIR),
  op("m", "RX-a", 0x5c, double32(E.exts, word(indexed)), PAIR),
  op("mfy", "RXY-a", 0xe35c, double32(E.exts, word(indexed)), { ...PAIR, ...GENERAL_EXTENSION }),
  op("mg", "RXY-a", 0xe384, doubleSigned64(oddWhole, doubleword(indexed)), { ...PAIR, ...MISCELLANEOUS_2 }),
  op("mgrk", "RRF-a", 0xb9ec, doubleSigned64(O.whole2, O.whole3), { ...PAIR, ...THREE }),
  op("mh", "RX-a", 0x4c, single32(halfwordSigned32(indexed))),
  op("mhy", "RXY-a", 0xe37c, single32(halfwordSigned32(indexed)), GENERAL_EXTENSION),
  op("mgh", "RXY-a", 0xe33c, single64(signed(2, indexed)), MISCELLANEOUS_2),
  op("mhi", "RI-a", 0xa7c, single32(O.immediate32)),
  op("mghi", "RI-a", 0xa7d, single64(O.immediate64)),
  // MULTIPLY LOGICAL
  op("mlr", "RRE", 0xb996, double32(E.extu, O.low2), PAIR),
  op("ml", "RXY-a", 0xe396, double32(E.extu, word(indexed)), PAIR),
  op("mlgr", "RRE", 0xb986, doubleUnsigned64(O.whole2), PAIR),
  op("mlg", "RXY-a", 0xe386, doubleUnsigned64(doubleword(indexed)), PAIR),
  // MULTIPLY SINGLE
  op("msr", "RRE", 0xb252, single32(O.low2)),
  op("ms", "RX-a", 0x71, single32(word(indexed))),
  op("msy", "RXY-a", 0xe351, single32(word(indexed)), LONG_DISPLACEMENT),
  op("msgr", "RRE", 0xb90c, single64(O.whole2)),
  op("msgfr", "RRE", 0xb91c, single64(O.signed2)),
  op("msg", "RXY-a", 0xe30c, single64(doubleword(indexed))),
  op("msgf", "RXY-a", 0xe31c, single64(signed(4, indexed))),
  op("msfi", "RIL-a", 0xc21, single32(O.immediate32), GENERAL_EXTENSION),
  op("msgfi", "RIL-a", 0xc20, single64(O.immediate64), GENERAL_EXTENSION),
  op("msc", "RXY-a", 0xe353, coded32(O.low1, word(indexed)), MISCELLANEOUS_2),
  op("msgc", "RXY-a", 0xe383, coded64(O.whole1, doubleword(indexed)), MISCELLANEOUS_2),
  op("msrkc", "RRF-a", 0xb9fd, coded32(O.low2, O.low3), THREE),
  op("msgrkc", "RRF-a", 0xb9ed, coded64(O.whole2, O.whole3), THREE),
  // DIVIDE
  op("dr", "RR", 0x1d, divideSigned32(O.low2), PAIR),
  op("d", "RX-a", 0x5d, divideSigned32(word(indexed)), PAIR),
  // DIVIDE LOGICAL
  op("dlr", "RRE", 0xb997, divideUnsigned32(O.low2), PAIR),
  op("dl", "RXY-a", 0xe397, divideUnsigned32(word(indexed)), PAIR),
  op("dlgr", "RRE", 0xb987, divideUnsigned64(O.whole2), PAIR),
  op("dlg", "RXY-a", 0xe387, divideUnsigned64(doubleword(indexed)), PAIR),
  // DIVIDE SINGLE
  op("dsgr", "RRE", 0xb90d, divideSingle(O.whole2), PAIR),
  op("dsgfr", "RRE", 0xb91d, divideSingle(O.signed2), PAIR),
  op("dsg", "RXY-a", 0xe30d, divideSingle(doubleword(indexed)), PAIR),
  op("dsgf", "RXY-a", 0xe31d, divideSingle(signed(4, indexed)), PAIR),
];
