/**
 * AND, OR, EXCLUSIVE OR and their complemented forms, on registers, immediates and storage; TEST UNDER MASK
 * (Principles of Operation, chapter 7).
 *
 * Condition code 0 means a zero result, 1 any other. Halfword and word immediates judge only the part they
 * change.
 */
import * as E from "../../wasm/value.ts";
import { I64, k32, k64, type Val } from "../../wasm/value.ts";
import { op, type Instruction } from "./instruction.ts";
import * as O from "./generalOperand.ts";
import { doubleword, firstBased, indexed, word, type Source } from "./generalOperand.ts";
import { logicalCharacters } from "./storageOperand.ts";
import { Cc, type Meaning } from "./semantics.ts";

type Combine = (x: Val, y: Val) => Val;
const and: Combine = (x, y) => (x.ty === I64 ? E.and64(x, y) : E.and32(x, y));
const or: Combine = (x, y) => (x.ty === I64 ? E.or64(x, y) : E.or32(x, y));
const xor: Combine = (x, y) => (x.ty === I64 ? E.xor64(x, y) : E.xor32(x, y));
const nand: Combine = (x, y) => O.complement(and(x, y));
const nor: Combine = (x, y) => O.complement(or(x, y));
const notXor: Combine = (x, y) => O.complement(xor(x, y));
const andComplement: Combine = (x, y) => and(x, O.complement(y));
const orComplement: Combine = (x, y) => or(x, O.complement(y));

const logical32 = (combine: Combine, second: Source, first: Source = O.low1): Meaning => (s, f) => {
  const y = second(s, f);
  const v = s.let(combine(first(s, f), y));
  s.setLow(f.r1, v);
  s.setCc(Cc.nonZero, v);
};
const logical64 = (combine: Combine, second: Source, first: Source = O.whole1): Meaning => (s, f) => {
  const y = second(s, f);
  const v = s.let(combine(first(s, f), y));
  s.setGpr(f.r1, v);
  s.setCc(Cc.nonZero, v);
};

/**
 * Immediate of `width` bits on the part of the low word that begins `shift` bits from the right; the rest
 * stays.
 */
const immediateLow = (combine: Combine, width: 16 | 32, shift: number): Meaning => (s, f) => {
  const part = width === 32 ? -1 : 0xffff << shift;
  const imm = E.shl32(s.i32(f.i2), k32(shift));
  const y = combine === and && width === 16 ? E.or32(imm, k32(~part)) : imm;
  const v = s.let(combine(s.low(f.r1), y));
  s.setLow(f.r1, v);
  s.setCc(Cc.nonZero, E.and32(v, k32(part)));
};
/** The same on the high word. */
const immediateHigh = (combine: Combine, width: 16 | 32, shift: number): Meaning => (s, f) => {
  const part = width === 32 ? -1 : 0xffff << shift;
  const imm = E.shl32(s.i32(f.i2), k32(shift));
  const y = combine === and && width === 16 ? E.or32(imm, k32(~part)) : imm;
  const v = s.let(combine(s.high(f.r1), y));
  s.setHigh(f.r1, v);
  s.setCc(Cc.nonZero, E.and32(v, k32(part)));
};
const immediateStorage = (combine: Combine): Meaning => (s, f) => {
  const { next } = O.interlockedUpdate(s, 1, firstBased(s, f), (old) => combine(old, s.i32(f.i2)));
  s.setCc(Cc.nonZero, next);
};

const testStorage: Meaning = (s, f) => {
  const mask = s.i32(f.i2);
  const byte = s.load32(1, firstBased(s, f));
  s.setCc(Cc.testMaskStorage, E.and32(byte, mask), mask);
};
const testRegister = (shift: number): Meaning => (s, f) => {
  const mask = s.u64(f.i2);
  s.setCc(Cc.testMask, E.and64(E.shru64(s.gpr(f.r1), k64(shift)), mask), mask);
};

const DISTINCT_OPERANDS = { facility: 45, syntax: "r1,r2,r3" };
const MISCELLANEOUS_3 = { facility: 61, syntax: "r1,r2,r3" };
const LONG_DISPLACEMENT = { facility: 18 };
const EXTENDED_IMMEDIATE = { facility: 21 };

export const logical: readonly Instruction[] = [
  // AND
  op("nr", "RR", 0x14, logical32(and, O.low2)),
  op("n", "RX-a", 0x54, logical32(and, word(indexed))),
  op("ny", "RXY-a", 0xe354, logical32(and, word(indexed)), LONG_DISPLACEMENT),
  op("ngr", "RRE", 0xb980, logical64(and, O.whole2)),
  op("ng", "RXY-a", 0xe380, logical64(and, doubleword(indexed))),
  op("nrk", "RRF-a", 0xb9f4, logical32(and, O.low3, O.low2), DISTINCT_OPERANDS),
  op("ngrk", "RRF-a", 0xb9e4, logical64(and, O.whole3, O.whole2), DISTINCT_OPERANDS),
  op("ni", "SI", 0x94, immediateStorage(and)),
  op("niy", "SIY", 0xeb54, immediateStorage(and), LONG_DISPLACEMENT),
  op("nihh", "RI-au", 0xa54, immediateHigh(and, 16, 16)),
  op("nihl", "RI-au", 0xa55, immediateHigh(and, 16, 0)),
  op("nilh", "RI-au", 0xa56, immediateLow(and, 16, 16)),
  op("nill", "RI-au", 0xa57, immediateLow(and, 16, 0)),
  op("nihf", "RIL-au", 0xc0a, immediateHigh(and, 32, 0), EXTENDED_IMMEDIATE),
  op("nilf", "RIL-au", 0xc0b, immediateLow(and, 32, 0), EXTENDED_IMMEDIATE),
  op("nc", "SS-a", 0xd4, logicalCharacters("andCharacters", and)),
  // OR
  op("or", "RR", 0x16, logical32(or, O.low2)),
  op("o", "RX-a", 0x56, logical32(or, word(indexed))),
  op("oy", "RXY-a", 0xe356, logical32(or, word(indexed)), LONG_DISPLACEMENT),
  op("ogr", "RRE", 0xb981, logical64(or, O.whole2)),
  op("og", "RXY-a", 0xe381, logical64(or, doubleword(indexed))),
  op("ork", "RRF-a", 0xb9f6, logical32(or, O.low3, O.low2), DISTINCT_OPERANDS),
  op("ogrk", "RRF-a", 0xb9e6, logical64(or, O.whole3, O.whole2), DISTINCT_OPERANDS),
  op("oi", "SI", 0x96, immediateStorage(or)),
  op("oiy", "SIY", 0xeb56, immediateStorage(or), LONG_DISPLACEMENT),
  op("oihh", "RI-au", 0xa58, immediateHigh(or, 16, 16)),
  op("oihl", "RI-au", 0xa59, immediateHigh(or, 16, 0)),
  op("oilh", "RI-au", 0xa5a, immediateLow(or, 16, 16)),
  op("oill", "RI-au", 0xa5b, immediateLow(or, 16, 0)),
  op("oihf", "RIL-au", 0xc0c, immediateHigh(or, 32, 0), EXTENDED_IMMEDIATE),
  op("oilf", "RIL-au", 0xc0d, immediateLow(or, 32, 0), EXTENDED_IMMEDIATE),
  op("oc", "SS-a", 0xd6, logicalCharacters("orCharacters", or)),
  // EXCLUSIVE OR
  op("xr", "RR", 0x17, logical32(xor, O.low2)),
  op("x", "RX-a", 0x57, logical32(xor, word(indexed))),
  op("xy", "RXY-a", 0xe357, logical32(xor, word(indexed)), LONG_DISPLACEMENT),
  op("xgr", "RRE", 0xb982, logical64(xor, O.whole2)),
  op("xg", "RXY-a", 0xe382, logical64(xor, doubleword(indexed))),
  op("xrk", "RRF-a", 0xb9f7, logical32(xor, O.low3, O.low2), DISTINCT_OPERANDS),
  op("xgrk", "RRF-a", 0xb9e7, logical64(xor, O.whole3, O.whole2), DISTINCT_OPERANDS),
  op("xi", "SI", 0x97, immediateStorage(xor)),
  op("xiy", "SIY", 0xeb57, immediateStorage(xor), LONG_DISPLACEMENT),
  op("xihf", "RIL-au", 0xc06, immediateHigh(xor, 32, 0), EXTENDED_IMMEDIATE),
  op("xilf", "RIL-au", 0xc07, immediateLow(xor, 32, 0), EXTENDED_IMMEDIATE),
  op("xc", "SS-a", 0xd7, logicalCharacters("exclusiveOrCharacters", xor)),
  // AND WITH COMPLEMENT, NAND, NOR, NOT EXCLUSIVE OR, OR WITH COMPLEMENT
  op("ncrk", "RRF-a", 0xb9f5, logical32(andComplement, O.low3, O.low2), MISCELLANEOUS_3),
  op("ncgrk", "RRF-a", 0xb9e5, logical64(andComplement, O.whole3, O.whole2), MISCELLANEOUS_3),
  op("nnrk", "RRF-a", 0xb974, logical32(nand, O.low3, O.low2), MISCELLANEOUS_3),
  op("nngrk", "RRF-a", 0xb964, logical64(nand, O.whole3, O.whole2), MISCELLANEOUS_3),
  op("nork", "RRF-a", 0xb976, logical32(nor, O.low3, O.low2), MISCELLANEOUS_3),
  op("nogrk", "RRF-a", 0xb966, logical64(nor, O.whole3, O.whole2), MISCELLANEOUS_3),
  op("nxrk", "RRF-a", 0xb977, logical32(notXor, O.low3, O.low2), MISCELLANEOUS_3),
  op("nxgrk", "RRF-a", 0xb967, logical64(notXor, O.whole3, O.whole2), MISCELLANEOUS_3),
  op("ocrk", "RRF-a", 0xb975, logical32(orComplement, O.low3, O.low2), MISCELLANEOUS_3),
  op("ocgrk", "RRF-a", 0xb965, logical64(orComplement, O.whole3, O.whole2), MISCELLANEOUS_3),
  // TEST UNDER MASK
  op("tm", "SI", 0x91, testStorage),
  op("tmy", "SIY", 0xeb51, testStorage, LONG_DISPLACEMENT),
  op("tmlh", "RI-au", 0xa70, testRegister(16)),
  op("tmll", "RI-au", 0xa71, testRegister(0)),
  op("tmhh", "RI-au", 0xa72, testRegister(48)),
  op("tmhl", "RI-au", 0xa73, testRegister(32)),
];
