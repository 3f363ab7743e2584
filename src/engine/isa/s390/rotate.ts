/**
 * ROTATE LEFT SINGLE LOGICAL and ROTATE THEN (AND, OR, EXCLUSIVE OR, INSERT) SELECTED BITS (Principles of
 * Operation, chapter 7). Bit numbers are MSB0; a start behind the end selects around the register's end.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import { op, type Instruction } from "./instruction.ts";
import { based, complement, hasBit } from "./generalOperand.ts";
import { Cc, type Builder, type Fields, type Meaning } from "./semantics.ts";

const GENERAL_EXTENSION = { facility: 34 };

/** r2 rotated left by bits 2-7 of I5. */
const rotated = (s: Builder, f: Fields): Val => E.rotl64(s.gpr(f.r2), s.u64(f.i5));
/** Bit 0 of I4: the remaining bits become zero. Bit 0 of I3: only the condition code is set. */
const zeroRemaining = (s: Builder, f: Fields): Val => hasBit(s.i32(f.i4), 0x80);
const testOnly = (s: Builder, f: Fields): Val => hasBit(s.i32(f.i3), 0x80);

function insertSelected(s: Builder, f: Fields): Val {
  const mask = s.let(s.rotateMask(f));
  const chosen = E.and64(rotated(s, f), mask);
  const kept = E.select(zeroRemaining(s, f), k64(0), E.and64(s.gpr(f.r1), complement(mask)));
  return s.let(E.or64(chosen, kept));
}

/** `combine` gives the register's new value; the code judges the selected bits of it. */
const combineSelected = (combine: (x: Val, y: Val, mask: Val) => Val): Meaning => (s, f) => {
  const mask = s.let(s.rotateMask(f));
  const old = s.let(s.gpr(f.r1));
  const result = s.let(combine(old, rotated(s, f), mask));
  s.setGpr(f.r1, E.select(testOnly(s, f), old, result));
  s.setCc(Cc.nonZero, E.and64(result, mask));
};

/** Mask of bits I3 … I4 of one word, from the rightmost five bits of each. */
function wordMask(s: Builder, f: Fields): Val {
  const start = s.let(E.and32(s.i32(f.i3), k32(31)));
  const end = s.let(E.and32(s.i32(f.i4), k32(31)));
  const fromStart = E.shru32(k32(-1), start);
  const toEnd = E.shl32(k32(-1), E.sub32(k32(31), end));
  return E.select(E.leu32(start, end), E.and32(fromStart, toEnd), E.or32(fromStart, toEnd));
}
function insertSelectedWord(s: Builder, f: Fields, old: Val, source: Val): Val {
  const mask = s.let(wordMask(s, f));
  const kept = E.select(zeroRemaining(s, f), k32(0), E.and32(old, complement(mask)));
  return E.or32(E.and32(source, mask), kept);
}

export const rotate: readonly Instruction[] = [
  op("rll", "RSY-a", 0xeb1d, (s, f) => s.setLow(f.r1, E.rotl32(s.low(f.r3), E.wrap(based(s, f).value)))),
  op("rllg", "RSY-a", 0xeb1c, (s, f) => s.setGpr(f.r1, E.rotl64(s.gpr(f.r3), based(s, f).value))),
  op("risbg", "RIE-f", 0xec55, (s, f) => {
    const v = insertSelected(s, f);
    s.setGpr(f.r1, v);
    s.setCc(Cc.sign64, v);
  }, GENERAL_EXTENSION),
  op("risbgn", "RIE-f", 0xec59, (s, f) => s.setGpr(f.r1, insertSelected(s, f)), { facility: 49 }),
  op("rnsbg", "RIE-f", 0xec54,
    combineSelected((x, y, mask) => E.and64(x, E.or64(y, complement(mask)))), GENERAL_EXTENSION),
  op("rosbg", "RIE-f", 0xec56,
    combineSelected((x, y, mask) => E.or64(x, E.and64(y, mask))), GENERAL_EXTENSION),
  op("rxsbg", "RIE-f", 0xec57,
    combineSelected((x, y, mask) => E.xor64(x, E.and64(y, mask))), GENERAL_EXTENSION),
  op(
    "risbhg",
    "RIE-f",
    0xec5d,
    (s, f) => {
      const source = E.wrap(E.shru64(rotated(s, f), k64(32)));
      s.setHigh(f.r1, insertSelectedWord(s, f, s.high(f.r1), source));
    },
    { facility: 45 },
  ),
  op(
    "risblg",
    "RIE-f",
    0xec51,
    (s, f) => {
      s.setLow(f.r1, insertSelectedWord(s, f, s.low(f.r1), E.wrap(rotated(s, f))));
    },
    { facility: 45 },
  ),
];
