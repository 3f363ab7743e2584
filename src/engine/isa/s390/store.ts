/**
 * STORE in all forms and MOVE of an immediate to storage (Principles of Operation, chapter 7).
 *
 * Invariant: an operand of several accesses is probed first, so that no access exception comes after a stored
 * byte.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import { storeSelected } from "./byteMask.ts";
import { evenR1, op, type Instruction } from "./instruction.ts";
import * as O from "./generalOperand.ts";
import { based, firstBased, indexed, relativeOperand, type Place, type Source } from "./generalOperand.ts";
import type { Builder, Field, Meaning } from "./semantics.ts";

const LONG_DISPLACEMENT = { facility: 18 };
const GENERAL_EXTENSION = { facility: 34 };
const frequentIndex = { specialize: { x2: [0] } };

const storeAt =
  (size: 1 | 2 | 4 | 8, place: Place, source: Source): Meaning =>
  (s, f) =>
    s.store(size, place(s, f), source(s, f));
const storeUnderMask =
  (source: Source): Meaning =>
  (s, f) =>
    storeSelected(s, s.let(source(s, f)), s.i32(f.m3), based(s, f));

/** Halfword with its two bytes exchanged; bits above it do not matter. */
const reversedHalfword: Source = (s, f) => {
  const v = s.let(s.low(f.r1));
  return E.or32(E.shl32(v, k32(8)), E.and32(E.shru32(v, k32(8)), k32(0xff)));
};

const storeMultiple =
  (size: 4 | 8, get: (s: Builder, r: Field) => Val, aligned = false): Meaning =>
  (s, f) => {
    const a = O.pinned(s, based(s, f));
    const shift = k32(size === 8 ? 3 : 2);
    if (aligned) s.requireAligned(a, 4);
    s.probe(a, E.shl32(s.registerCount(f.r1, f.r3), shift), "write");
    s.forRegisters(f.r1, f.r3, (r, turn) =>
      s.store(size, s.plus(a, E.extu(E.shl32(turn, shift))), get(s, r)),
    );
  };
const storePairToQuadword: Meaning = (s, f) => {
  const a = O.pinned(s, indexed(s, f));
  s.requireAligned(a, 16);
  s.store(8, a, s.gpr(f.r1));
  s.store(8, s.plus(a, k64(8)), s.gpr(s.odd(f.r1)));
};

const lows = (s: Builder, r: Field): Val => s.low(r);
const highs = (s: Builder, r: Field): Val => s.high(r);
const wholes = (s: Builder, r: Field): Val => s.gpr(r);
const accessRegisters = (s: Builder, r: Field): Val => s.ar(r);

export const store: readonly Instruction[] = [
  // STORE
  op("st", "RX-a", 0x50, storeAt(4, indexed, O.low1), frequentIndex),
  op("sty", "RXY-a", 0xe350, storeAt(4, indexed, O.low1), LONG_DISPLACEMENT),
  op("stg", "RXY-a", 0xe324, storeAt(8, indexed, O.whole1), frequentIndex),
  op("strl", "RIL-b", 0xc4f, storeAt(4, relativeOperand(4), O.low1), GENERAL_EXTENSION),
  op("stgrl", "RIL-b", 0xc4b, storeAt(8, relativeOperand(8), O.whole1), GENERAL_EXTENSION),
  op("stc", "RX-a", 0x42, storeAt(1, indexed, O.low1), frequentIndex),
  op("stcy", "RXY-a", 0xe372, storeAt(1, indexed, O.low1), LONG_DISPLACEMENT),
  op("sth", "RX-a", 0x40, storeAt(2, indexed, O.low1), frequentIndex),
  op("sthy", "RXY-a", 0xe370, storeAt(2, indexed, O.low1), LONG_DISPLACEMENT),
  op("sthrl", "RIL-b", 0xc47, storeAt(2, relativeOperand(2), O.low1), GENERAL_EXTENSION),
  // STORE CHARACTERS UNDER MASK
  op("stcm", "RS-b", 0xbe, storeUnderMask(O.low1)),
  op("stcmy", "RSY-b", 0xeb2d, storeUnderMask(O.low1), LONG_DISPLACEMENT),
  op("stcmh", "RSY-b", 0xeb2c, storeUnderMask(O.high1)),
  // STORE REVERSED
  op("strvh", "RXY-a", 0xe33f, storeAt(2, indexed, reversedHalfword)),
  op("strv", "RXY-a", 0xe33e, storeAt(4, indexed, (s, f) => O.reversed32(s, s.low(f.r1)))),
  op("strvg", "RXY-a", 0xe32f, storeAt(8, indexed, (s, f) => O.reversed64(s, s.gpr(f.r1)))),
  // STORE MULTIPLE, STORE PAIR
  op("stm", "RS-a", 0x90, storeMultiple(4, lows)),
  op("stmy", "RSY-a", 0xeb90, storeMultiple(4, lows), LONG_DISPLACEMENT),
  op("stmg", "RSY-a", 0xeb24, storeMultiple(8, wholes)),
  op("stmh", "RSY-a", 0xeb26, storeMultiple(4, highs)),
  op("stam", "RS-a", 0x9b, storeMultiple(4, accessRegisters, true)),
  op("stamy", "RSY-a", 0xeb9b, storeMultiple(4, accessRegisters, true), LONG_DISPLACEMENT),
  op("stpq", "RXY-a", 0xe38e, storePairToQuadword, { check: evenR1 }),
  // MOVE (immediate)
  op("mvi", "SI", 0x92, storeAt(1, firstBased, O.immediate32)),
  op("mviy", "SIY", 0xeb52, storeAt(1, firstBased, O.immediate32), LONG_DISPLACEMENT),
  op("mvhhi", "SIL", 0xe544, storeAt(2, firstBased, O.immediate32), GENERAL_EXTENSION),
  op("mvhi", "SIL", 0xe54c, storeAt(4, firstBased, O.immediate32), GENERAL_EXTENSION),
  op("mvghi", "SIL", 0xe548, storeAt(8, firstBased, O.immediate64), GENERAL_EXTENSION),
];
