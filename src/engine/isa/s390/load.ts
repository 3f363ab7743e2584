/**
 * LOAD in all forms: register to register, storage, relative, tested, complemented, reversed, multiple, pair,
 * address (Principles of Operation, chapter 7). 32-bit forms leave bits 0-31 of the register unchanged.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import { inserted } from "./byteMask.ts";
import { evenR1, evenR3, helper, op, type Instruction } from "./instruction.ts";
import * as O from "./generalOperand.ts";
import {
  based, doubleword, halfwordSigned32, indexed, relativeOperand, signed, unsigned, word, type Source,
} from "./generalOperand.ts";
import {
  tested32, tested64, complement32, complement64, negative32, negative64,
  positive32, positive64, complementOfWord, positiveOfWord,
} from "./loadSign.ts";
import { Cc, type Address, type Builder, type Field, type Fields, type Meaning } from "./semantics.ts";

const LONG_DISPLACEMENT = { facility: 18 };
const EXTENDED_IMMEDIATE = { facility: 21 };
const GENERAL_EXTENSION = { facility: 34 };
const LOAD_AND_TRAP = { facility: 49 };
const ZERO_RIGHTMOST = { facility: 53 };

const load32 = (second: Source): Meaning => (s, f) => s.setLow(f.r1, second(s, f));
const load64 = (second: Source): Meaning => (s, f) => s.setGpr(f.r1, second(s, f));
const byte32 = (place: O.Place): Source => (s, f) => s.load32(1, place(s, f));
const halfword32 = (place: O.Place): Source => (s, f) => s.load32(2, place(s, f));

const THIRTY_ONE_BITS = k64(0x7fffffff);
const reversedHalfword: Meaning = (s, f) => {
  const v = s.load32(2, indexed(s, f));
  const swapped = E.or32(E.shl32(E.and32(v, k32(0xff)), k32(8)), E.shru32(v, k32(8)));
  s.setLow(f.r1, E.or32(E.and32(s.low(f.r1), k32(-0x10000)), swapped));
};

/** LOAD AND TRAP: the register is loaded even when it traps. */
const loadAndTrap32: Meaning = (s, f) => {
  const v = s.load32(4, indexed(s, f));
  s.setLow(f.r1, v);
  O.trap(s, E.eqz32(v));
};
const loadAndTrap64 = (second: Source): Meaning => (s, f) => {
  const v = s.let(second(s, f));
  s.setGpr(f.r1, v);
  O.trap(s, E.eqz64(v));
};

const insertCharacter: Meaning = (s, f) => {
  const byte = s.load32(1, indexed(s, f));
  s.setLow(f.r1, E.or32(E.and32(s.low(f.r1), k32(-0x100)), byte));
};
/** INSERT CHARACTERS UNDER MASK; the code is that of the inserted bits as a signed number. */
const insertLow: Meaning = (s, f) => {
  const { word: v, inserted: bits } = inserted(s, s.let(s.low(f.r1)), s.i32(f.m3), based(s, f));
  s.setLow(f.r1, v);
  s.setCc(Cc.sign64, bits);
};
const insertHigh: Meaning = (s, f) => {
  const { word: v, inserted: bits } = inserted(s, s.let(s.high(f.r1)), s.i32(f.m3), based(s, f));
  s.setHigh(f.r1, v);
  s.setCc(Cc.sign64, bits);
};

/** Offset in storage of the register of that turn. */
const offsetOf = (turn: Val, size: 4 | 8): Val => E.extu(E.shl32(turn, k32(size === 8 ? 3 : 2)));

/** LOAD MULTIPLE. All of the operand is tested first, for the base register may be among the loaded ones. */
const loadMultiple = (size: 4 | 8, set: (s: Builder, r: Field, at: Address) => void): Meaning => (s, f) => {
  const a = O.pinned(s, based(s, f));
  s.probe(a, E.shl32(s.registerCount(f.r1, f.r3), k32(size === 8 ? 3 : 2)), "read");
  s.forRegisters(f.r1, f.r3, (r, turn) => set(s, r, s.plus(a, offsetOf(turn, size))));
};
const loadMultipleDisjoint: Meaning = (s, f) => {
  const highs = O.pinned(s, s.address(f.b2, f.d2));
  const lows = O.pinned(s, s.address(f.b4, f.d4));
  const length = s.let(E.shl32(s.registerCount(f.r1, f.r3), k32(2)));
  s.probe(highs, length, "read");
  s.probe(lows, length, "read");
  s.forRegisters(f.r1, f.r3, (r, turn) => {
    const offset = s.let(offsetOf(turn, 4));
    const high = s.load(4, s.plus(highs, offset));
    const low = s.load(4, s.plus(lows, offset));
    s.setGpr(r, E.or64(E.shl64(high, k64(32)), low));
  });
};
const loadAccessMultiple: Meaning = (s, f) => {
  const a = O.pinned(s, based(s, f));
  s.requireAligned(a, 4);
  s.probe(a, E.shl32(s.registerCount(f.r1, f.r3), k32(2)), "read");
  s.forRegisters(f.r1, f.r3, (r, turn) => s.setAr(r, s.load32(4, s.plus(a, offsetOf(turn, 4)))));
};

const loadPairFromQuadword: Meaning = (s, f) => {
  const a = O.pinned(s, indexed(s, f));
  s.requireAligned(a, 16);
  const first = s.load(8, a);
  const second = s.load(8, s.plus(a, k64(8)));
  s.setGpr(f.r1, first);
  s.setGpr(s.odd(f.r1), second);
};
/** LOAD PAIR DISJOINT. Code 0: the two operands were fetched as one; always so, see interlockedUpdate. */
const loadPairDisjoint = (size: 4 | 8): Meaning => (s, f) => {
  const a = O.pinned(s, s.address(f.b1, f.d1));
  const b = O.pinned(s, s.address(f.b2, f.d2));
  s.requireAligned(a, size);
  s.requireAligned(b, size);
  const first = s.load(size, a);
  const second = s.load(size, b);
  if (size === 8) {
    s.setGpr(f.r3, first);
    s.setGpr(s.odd(f.r3), second);
  } else {
    s.setLow(f.r3, E.wrap(first));
    s.setLow(s.odd(f.r3), E.wrap(second));
  }
  s.setCcValue(k32(0));
};

const loadAddress: Meaning = (s, f) => s.setAddress(f.r1, indexed(s, f).value);
/** LOAD ADDRESS EXTENDED: the access register gets the ALET that names the space of the address. */
const loadAddressExtended = (
  mnemonic: string,
  format: string,
  opcode: number,
  facility?: number,
): Instruction =>
  helper(
    mnemonic,
    format,
    opcode,
    (cpu, f) => {
      const address = cpu.address(f.b2, f.d2, f.x2);
      const alets = [0, f.b2 === 0 ? 0 : cpu.ar(f.b2), 1, 2];
      cpu.setAddress(f.r1, address);
      cpu.setAr(f.r1, alets[cpu.control.addressSpace]!);
    },
    facility === undefined ? {} : { facility },
  );

const zeroRightmost = (v: Val): Val => E.and64(v, k64(-0x100));
const frequentIndex = { specialize: { x2: [0] } };
const setLow4 = (s: Builder, r: Field, at: Address): void => s.setLow(r, s.load32(4, at));
const setHigh4 = (s: Builder, r: Field, at: Address): void => s.setHigh(r, s.load32(4, at));
const setGpr8 = (s: Builder, r: Field, at: Address): void => s.setGpr(r, s.load(8, at));
const ext8 = (v: Val): Val => E.ext8s32(v);
const ext16 = (v: Val): Val => E.ext16s32(v);
const lowOf = (change: (v: Val) => Val): Source => (s: Builder, f: Fields) => change(s.low(f.r2));
const wholeOf = (change: (v: Val) => Val): Source => (s: Builder, f: Fields) => change(s.gpr(f.r2));

export const load: readonly Instruction[] = [
  // LOAD
  op("lr", "RR", 0x18, load32(O.low2)),
  op("l", "RX-a", 0x58, load32(word(indexed)), frequentIndex),
  op("ly", "RXY-a", 0xe358, load32(word(indexed)), LONG_DISPLACEMENT),
  op("lgr", "RRE", 0xb904, load64(O.whole2)),
  op("lgfr", "RRE", 0xb914, load64(O.signed2)),
  op("lg", "RXY-a", 0xe304, load64(doubleword(indexed)), frequentIndex),
  op("lgf", "RXY-a", 0xe314, load64(signed(4, indexed))),
  op("lrl", "RIL-b", 0xc4d, load32(word(relativeOperand(4))), GENERAL_EXTENSION),
  op("lgrl", "RIL-b", 0xc48, load64(doubleword(relativeOperand(8))), GENERAL_EXTENSION),
  op("lgfrl", "RIL-b", 0xc4c, load64(signed(4, relativeOperand(4))), GENERAL_EXTENSION),
  // LOAD BYTE, LOAD HALFWORD
  op("lbr", "RRE", 0xb926, load32(lowOf(ext8)), EXTENDED_IMMEDIATE),
  op("lgbr", "RRE", 0xb906, load64(wholeOf(E.ext8s64)), EXTENDED_IMMEDIATE),
  op("lb", "RXY-a", 0xe376, load32((s, f) => s.loadSigned32(1, indexed(s, f))), LONG_DISPLACEMENT),
  op("lgb", "RXY-a", 0xe377, load64(signed(1, indexed)), LONG_DISPLACEMENT),
  op("lhr", "RRE", 0xb927, load32(lowOf(ext16)), EXTENDED_IMMEDIATE),
  op("lghr", "RRE", 0xb907, load64(wholeOf(E.ext16s64)), EXTENDED_IMMEDIATE),
  op("lh", "RX-a", 0x48, load32(halfwordSigned32(indexed)), frequentIndex),
  op("lhy", "RXY-a", 0xe378, load32(halfwordSigned32(indexed)), LONG_DISPLACEMENT),
  op("lgh", "RXY-a", 0xe315, load64(signed(2, indexed))),
  op("lhrl", "RIL-b", 0xc45, load32(halfwordSigned32(relativeOperand(2))), GENERAL_EXTENSION),
  op("lghrl", "RIL-b", 0xc44, load64(signed(2, relativeOperand(2))), GENERAL_EXTENSION),
  // LOAD LOGICAL
  op("llgfr", "RRE", 0xb916, load64(O.unsigned2)),
  op("llgf", "RXY-a", 0xe316, load64(unsigned(4, indexed))),
  op("llgfrl", "RIL-b", 0xc4e, load64(unsigned(4, relativeOperand(4))), GENERAL_EXTENSION),
  op("llcr", "RRE", 0xb994, load32(lowOf((v) => E.and32(v, k32(0xff)))), EXTENDED_IMMEDIATE),
  op("llgcr", "RRE", 0xb984, load64(wholeOf((v) => E.and64(v, k64(0xff)))), EXTENDED_IMMEDIATE),
  op("llc", "RXY-a", 0xe394, load32(byte32(indexed)), { ...EXTENDED_IMMEDIATE, ...frequentIndex }),
  op("llgc", "RXY-a", 0xe390, load64(unsigned(1, indexed)), frequentIndex),
  op("llhr", "RRE", 0xb995, load32(lowOf((v) => E.and32(v, k32(0xffff)))), EXTENDED_IMMEDIATE),
  op("llghr", "RRE", 0xb985, load64(wholeOf((v) => E.and64(v, k64(0xffff)))), EXTENDED_IMMEDIATE),
  op("llh", "RXY-a", 0xe395, load32(halfword32(indexed)), EXTENDED_IMMEDIATE),
  op("llgh", "RXY-a", 0xe391, load64(unsigned(2, indexed))),
  op("llhrl", "RIL-b", 0xc42, load32(halfword32(relativeOperand(2))), GENERAL_EXTENSION),
  op("llghrl", "RIL-b", 0xc46, load64(unsigned(2, relativeOperand(2))), GENERAL_EXTENSION),
  op("llgtr", "RRE", 0xb917, load64(wholeOf((v) => E.and64(v, THIRTY_ONE_BITS)))),
  op("llgt", "RXY-a", 0xe317, load64((s, f) => E.and64(s.load(4, indexed(s, f)), THIRTY_ONE_BITS))),
  op("lzrf", "RXY-a", 0xe33b,
    load32((s, f) => E.and32(s.load32(4, indexed(s, f)), k32(-0x100))), ZERO_RIGHTMOST),
  op("lzrg", "RXY-a", 0xe32a, load64((s, f) => zeroRightmost(s.load(8, indexed(s, f)))), ZERO_RIGHTMOST),
  op("llzrgf", "RXY-a", 0xe33a, load64((s, f) => zeroRightmost(s.load(4, indexed(s, f)))), ZERO_RIGHTMOST),
  // LOAD AND TRAP
  op("lat", "RXY-a", 0xe39f, loadAndTrap32, LOAD_AND_TRAP),
  op("lgat", "RXY-a", 0xe385, loadAndTrap64(doubleword(indexed)), LOAD_AND_TRAP),
  op("llgfat", "RXY-a", 0xe39d, loadAndTrap64(unsigned(4, indexed)), LOAD_AND_TRAP),
  op("llgtat", "RXY-a", 0xe39c,
    loadAndTrap64((s, f) => E.and64(s.load(4, indexed(s, f)), THIRTY_ONE_BITS)), LOAD_AND_TRAP),
  // LOAD REVERSED
  op("lrvr", "RRE", 0xb91f, (s, f) => s.setLow(f.r1, O.reversed32(s, s.low(f.r2)))),
  op("lrvgr", "RRE", 0xb90f, (s, f) => s.setGpr(f.r1, O.reversed64(s, s.gpr(f.r2)))),
  op("lrvh", "RXY-a", 0xe31f, reversedHalfword),
  op("lrv", "RXY-a", 0xe31e, (s, f) => s.setLow(f.r1, O.reversed32(s, s.load32(4, indexed(s, f))))),
  op("lrvg", "RXY-a", 0xe30f, (s, f) => s.setGpr(f.r1, O.reversed64(s, s.load(8, indexed(s, f))))),
  // LOAD AND TEST, COMPLEMENT, NEGATIVE, POSITIVE
  op("ltr", "RR", 0x12, tested32(O.low2)),
  op("ltgr", "RRE", 0xb902, tested64(O.whole2)),
  op("ltgfr", "RRE", 0xb912, tested64(O.signed2)),
  op("lt", "RXY-a", 0xe312, tested32(word(indexed)), EXTENDED_IMMEDIATE),
  op("ltg", "RXY-a", 0xe302, tested64(doubleword(indexed)), EXTENDED_IMMEDIATE),
  op("ltgf", "RXY-a", 0xe332, tested64(signed(4, indexed)), GENERAL_EXTENSION),
  op("lcr", "RR", 0x13, complement32),
  op("lcgr", "RRE", 0xb903, complement64),
  op("lcgfr", "RRE", 0xb913, complementOfWord),
  op("lnr", "RR", 0x11, negative32),
  op("lngr", "RRE", 0xb901, negative64(O.whole2)),
  op("lngfr", "RRE", 0xb911, negative64(O.signed2)),
  op("lpr", "RR", 0x10, positive32),
  op("lpgr", "RRE", 0xb900, positive64),
  op("lpgfr", "RRE", 0xb910, positiveOfWord),
  // LOAD ADDRESS
  op("la", "RX-a", 0x41, loadAddress, frequentIndex),
  op("lay", "RXY-a", 0xe371, loadAddress, { ...LONG_DISPLACEMENT, ...frequentIndex }),
  op("larl", "RIL-b", 0xc00, (s, f) => s.setAddress(f.r1, s.relative(f.ri2))),
  loadAddressExtended("lae", "RX-a", 0x51),
  loadAddressExtended("laey", "RXY-a", 0xe375, 34),
  // LOAD MULTIPLE, LOAD PAIR
  op("lm", "RS-a", 0x98, loadMultiple(4, setLow4)),
  op("lmy", "RSY-a", 0xeb98, loadMultiple(4, setLow4), LONG_DISPLACEMENT),
  op("lmg", "RSY-a", 0xeb04, loadMultiple(8, setGpr8)),
  op("lmh", "RSY-a", 0xeb96, loadMultiple(4, setHigh4)),
  op("lmd", "SS-e", 0xef, loadMultipleDisjoint, { syntax: "r1,r3,d2(b2),d4(b4)" }),
  op("lpq", "RXY-a", 0xe38f, loadPairFromQuadword, { check: evenR1 }),
  op("lpd", "SSF-r", 0xc84, loadPairDisjoint(4), { facility: 45, check: evenR3 }),
  op("lpdg", "SSF-r", 0xc85, loadPairDisjoint(8), { facility: 45, check: evenR3 }),
  // Access registers
  op("lam", "RS-a", 0x9a, loadAccessMultiple),
  op("lamy", "RSY-a", 0xeb9a, loadAccessMultiple, LONG_DISPLACEMENT),
  op("ear", "RRE", 0xb24f, (s, f) => s.setLow(f.r1, s.ar(f.r2))),
  op("sar", "RRE", 0xb24e, (s, f) => s.setAr(f.r1, s.low(f.r2))),
  op("cpya", "RRE", 0xb24d, (s, f) => s.setAr(f.r1, s.ar(f.r2))),
  // INSERT CHARACTER
  op("ic", "RX-a", 0x43, insertCharacter, frequentIndex),
  op("icy", "RXY-a", 0xe373, insertCharacter, LONG_DISPLACEMENT),
  op("icm", "RS-b", 0xbf, insertLow, { specialize: { m3: [15] } }),
  op("icmy", "RSY-b", 0xeb81, insertLow, LONG_DISPLACEMENT),
  op("icmh", "RSY-b", 0xeb80, insertHigh),
];
