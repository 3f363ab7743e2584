/**
 * Decimal instructions (Principles of Operation, chapter 8) and conversions of decimal operands (chapter 7).
 *
 * Invariant: the first operand is probed for storing before anything else, so an access exception comes
 * before a data exception and nothing is stored in part.
 */
import { addDecimal, compareDecimal, divideDecimal, multiplyDecimal } from "./arith/decimalArithmetic.ts";
import {
  shiftAndRoundDecimal, subtractDecimal, testDecimal, zeroAndAddDecimal,
} from "./arith/decimalArithmetic.ts";
import { convertToBinary, convertToDecimal } from "./arith/decimalBinary.ts";
import { edit } from "./arith/decimalEdit.ts";
import type { DecimalException, DecimalResult } from "./arith/decimalFormat.ts";
import { moveWithOffset, pack, packCharacters, unpack, unpackCharacters } from "./arith/decimalMove.ts";
import type { Field, MoveResult } from "./arith/decimalMove.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction } from "./instruction.ts";
import { setMark } from "./longOperand.ts";

/** Data-exception code of a decimal operand. */
const DECIMAL_OPERAND = 0;
/** Program-mask bit 21. */
const OVERFLOW_MASK = 4;

const first = (cpu: HelperCpu, f: RawFields): bigint => cpu.address(f.b1, f.d1);
const second = (cpu: HelperCpu, f: RawFields): bigint => cpu.address(f.b2, f.d2);

function interrupt(cpu: HelperCpu, exception: DecimalException): never {
  switch (exception) {
    case "data": return cpu.program(Program.data, DECIMAL_OPERAND);
    case "specification": return cpu.program(Program.specification);
    case "decimal-divide": return cpu.program(Program.decimalDivide);
    case "fixed-point-divide": return cpu.program(Program.fixedDivide);
    case "decimal-overflow": return cpu.program(Program.decimalOverflow);
  }
}

/** Stores a result; an overflow completes first and interrupts only where the program mask asks for it. */
function deliver(cpu: HelperCpu, f: RawFields, result: DecimalResult, setsCode: boolean): void {
  const overflow = result.exception === "decimal-overflow";
  if (result.exception && !overflow) interrupt(cpu, result.exception);
  cpu.storeBytes(first(cpu, f), result.bytes, f.b1);
  if (setsCode) cpu.cc = result.cc;
  if (overflow && cpu.programMask & OVERFLOW_MASK) cpu.complete(Program.decimalOverflow);
}

type Arithmetic = (a: Uint8Array, b: Uint8Array) => DecimalResult;

function arithmetic(compute: Arithmetic, setsCode: boolean) {
  return (cpu: HelperCpu, f: RawFields): void => {
    cpu.probe(first(cpu, f), f.l1 + 1, f.b1, true);
    const a = cpu.loadBytes(first(cpu, f), f.l1 + 1, f.b1);
    const b = cpu.loadBytes(second(cpu, f), f.l2 + 1, f.b2);
    deliver(cpu, f, compute(a, b), setsCode);
  };
}

function cp(cpu: HelperCpu, f: RawFields): void {
  const a = cpu.loadBytes(first(cpu, f), f.l1 + 1, f.b1);
  const b = cpu.loadBytes(second(cpu, f), f.l2 + 1, f.b2);
  const result = compareDecimal(a, b);
  if (result.exception) interrupt(cpu, result.exception);
  cpu.cc = result.cc;
}

function srp(cpu: HelperCpu, f: RawFields): void {
  cpu.probe(first(cpu, f), f.l1 + 1, f.b1, true);
  const a = cpu.loadBytes(first(cpu, f), f.l1 + 1, f.b1);
  deliver(cpu, f, shiftAndRoundDecimal(a, Number(second(cpu, f) & 63n), f.i3), true);
}

const tp = (cpu: HelperCpu, f: RawFields): void => {
  cpu.cc = testDecimal(cpu.loadBytes(first(cpu, f), f.l1 + 1, f.b1));
};

function editing(marks: boolean) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const place = first(cpu, f);
    cpu.probe(place, f.l1 + 1, f.b1, true);
    const source = second(cpu, f);
    const byteAt = (offset: number): number => Number(cpu.load(cpu.wrap(source + BigInt(offset)), 1, f.b2));
    const result = edit(cpu.loadBytes(place, f.l1 + 1, f.b1), byteAt);
    if (result.exception) interrupt(cpu, result.exception);
    cpu.storeBytes(place, result.bytes, f.b1);
    if (marks && result.mark >= 0) setMark(cpu, cpu.wrap(place + BigInt(result.mark)));
    cpu.cc = result.cc;
  };
}

// ---- conversions with binary

/** CVB, CVBY: a value of more than 32 bits loads its low part and then interrupts; CVBG is suppressed. */
function toBinary(width: 32 | 64) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const bytes = cpu.loadBytes(cpu.address(f.b2, f.d2, f.x2), width / 4, f.b2);
    const { integer, exception } = convertToBinary(bytes, width);
    if (exception === "data" || (exception && width === 64)) interrupt(cpu, exception);
    if (width === 64) cpu.setGr(f.r1, BigInt.asUintN(64, integer));
    else cpu.setGrLow(f.r1, Number(BigInt.asUintN(32, integer)));
    if (exception) cpu.complete(Program.fixedDivide);
  };
}

function toDecimal(width: 32 | 64) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const integer = width === 64 ? BigInt.asIntN(64, cpu.gr(f.r1)) : BigInt(cpu.grLow(f.r1) | 0);
    cpu.storeBytes(cpu.address(f.b2, f.d2, f.x2), convertToDecimal(integer, width), f.b2);
  };
}

// ---- moves of digits

/** Both fields in one view of storage, as the right-to-left definitions of overlapping operands need it. */
function digitMove(move: (storage: Uint8Array, to: Field, from: Field) => void) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const to = first(cpu, f);
    const from = second(cpu, f);
    const [toLength, fromLength] = [f.l1 + 1, f.l2 + 1];
    cpu.probe(to, toLength, f.b1, true);
    const after = Number(BigInt.asIntN(64, from - to));
    let storage: Uint8Array;
    let toAt = 0;
    let fromAt = toLength;
    if (after < toLength && -after < fromLength) {
      [toAt, fromAt] = after < 0 ? [-after, 0] : [0, after];
      const span = Math.max(toAt + toLength, fromAt + fromLength);
      storage = cpu.loadBytes(after < 0 ? from : to, span, after < 0 ? f.b2 : f.b1);
    } else {
      storage = new Uint8Array(toLength + fromLength);
      storage.set(cpu.loadBytes(to, toLength, f.b1));
      storage.set(cpu.loadBytes(from, fromLength, f.b2), toLength);
    }
    move(storage, { at: toAt, length: toLength }, { at: fromAt, length: fromLength });
    cpu.storeBytes(to, storage.slice(toAt, toAt + toLength), f.b1);
  };
}

function storeMoved(cpu: HelperCpu, f: RawFields, result: MoveResult): number {
  if (result.exception) return interrupt(cpu, result.exception);
  cpu.storeBytes(first(cpu, f), result.bytes, f.b1);
  return result.cc;
}

const packing = (unit: 1 | 2) => (cpu: HelperCpu, f: RawFields): void => {
  storeMoved(cpu, f, packCharacters(cpu.loadBytes(second(cpu, f), f.l2 + 1, f.b2), unit));
};

const unpacking = (unit: 1 | 2) => (cpu: HelperCpu, f: RawFields): void => {
  cpu.cc = storeMoved(cpu, f, unpackCharacters(cpu.loadBytes(second(cpu, f), 16, f.b2), f.l1 + 1, unit));
};

// ---- what the fields alone refuse

/** Factors and divisors have at most 8 bytes and fewer than the first operand. */
const factorLengths = (f: RawFields): number => (f.l2 > 7 || f.l2 >= f.l1 ? Program.specification : 0);
/** Up to 32 characters; two-byte ones in pairs. */
const characterLength = (field: "l1" | "l2", unit: 1 | 2) => (f: RawFields): number =>
  f[field] + 1 > 32 * unit || (f[field] + 1) % unit ? Program.specification : 0;

export const decimal: readonly Instruction[] = [
  helper("ap", "SS-b", 0xfa, arithmetic(addDecimal, true)),
  helper("sp", "SS-b", 0xfb, arithmetic(subtractDecimal, true)),
  helper("zap", "SS-b", 0xf8, arithmetic((a, b) => zeroAndAddDecimal(a.length, b), true)),
  helper("cp", "SS-b", 0xf9, cp),
  helper("mp", "SS-b", 0xfc, arithmetic(multiplyDecimal, false), { check: factorLengths }),
  helper("dp", "SS-b", 0xfd, arithmetic(divideDecimal, false), { check: factorLengths }),
  helper("srp", "SS-c", 0xf0, srp),
  helper("tp", "RSL-a", 0xebc0, tp),
  helper("ed", "SS-a", 0xde, editing(false)),
  helper("edmk", "SS-a", 0xdf, editing(true)),
  helper("cvb", "RX-a", 0x4f, toBinary(32)),
  helper("cvby", "RXY-a", 0xe306, toBinary(32), { facility: 18 }),
  helper("cvbg", "RXY-a", 0xe30e, toBinary(64)),
  helper("cvd", "RX-a", 0x4e, toDecimal(32)),
  helper("cvdy", "RXY-a", 0xe326, toDecimal(32), { facility: 18 }),
  helper("cvdg", "RXY-a", 0xe32e, toDecimal(64)),
  helper("pack", "SS-b", 0xf2, digitMove(pack)),
  helper("unpk", "SS-b", 0xf3, digitMove(unpack)),
  helper("mvo", "SS-b", 0xf1, digitMove(moveWithOffset)),
  helper("pka", "SS-f", 0xe9, packing(1), { check: characterLength("l2", 1) }),
  helper("pku", "SS-f", 0xe1, packing(2), { check: characterLength("l2", 2) }),
  helper("unpka", "SS-a", 0xea, unpacking(1), { check: characterLength("l1", 1) }),
  helper("unpku", "SS-a", 0xe2, unpacking(2), { check: characterLength("l1", 2) }),
];
