/**
 * Hexadecimal floating point (Principles of Operation, chapter 18, "Hexadecimal-Floating-Point Instructions").
 *
 * Invariant: exponent overflow, underflow and loss of significance complete the instruction and then interrupt; division by
 * zero and the square root of a negative number suppress it. The FPC plays no part.
 */
import {
  addHfp, addUnnormalizedHfp, compareHfp, divideHfp, halveHfp, multiplyAddHfp, multiplyHfp, multiplySubtractHfp, squareRootHfp,
  subtractHfp, subtractUnnormalizedHfp,
} from "./arith/hfpArithmetic.ts";
import {
  convertHfpToInteger, convertIntegerToHfp, hfpRoundingOf, loadFpIntegerHfp, loadLengthenedHfp, loadRoundedHfp, loadSignHfp,
  type HfpSignOperation,
} from "./arith/hfpConvert.ts";
import { hfpExtended, hfpLong, hfpShort, type HfpFormat, type HfpMasks, type HfpResult } from "./arith/hfpFormat.ts";
import { multiplyAddUnnormalizedHfp, multiplyUnnormalizedHfp } from "./arith/hfpUnnormalized.ts";
import * as bfp from "./bfpResult.ts";
import { pairsOf } from "./bfpResult.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction, type Options } from "./instruction.ts";

/** Registers and storage are used as by BFP; only the format differs. */
interface Operand {
  readonly letter: "e" | "d" | "x";
  readonly format: HfpFormat;
  readonly get: (cpu: HelperCpu, register: number) => bigint;
  readonly set: (cpu: HelperCpu, register: number, bits: bigint) => void;
  readonly load: (cpu: HelperCpu, f: RawFields) => bigint;
}
const short: Operand = { ...bfp.short, format: hfpShort };
const long: Operand = { ...bfp.long, format: hfpLong };
const extended: Operand = { ...bfp.extended, format: hfpExtended };

const exceptionCode = {
  "exponent-overflow": Program.hfpExponentOverflow, "exponent-underflow": Program.hfpExponentUnderflow,
  significance: Program.hfpSignificance, "floating-point-divide": Program.hfpDivide, "square-root": Program.hfpSquareRoot,
} as const;

const masksOf = (cpu: HelperCpu): HfpMasks =>
  ({ exponentUnderflow: (cpu.programMask & 2) !== 0, significance: (cpu.programMask & 1) !== 0 });

function settle(cpu: HelperCpu, operand: Operand, r1: number, result: HfpResult, setsCc: boolean): void {
  const { exception } = result;
  if (exception === "floating-point-divide" || exception === "square-root") cpu.program(exceptionCode[exception]);
  operand.set(cpu, r1, result.bits);
  if (setsCc) cpu.cc = result.cc;
  if (exception) cpu.complete(exceptionCode[exception]);
}

const usesPairs = (operand: Operand, ...fields: readonly ("r1" | "r2")[]): Options =>
  ({ floating: "hfp", ...(operand === extended ? { check: pairsOf(...fields) } : {}) });
const STORAGE = { floating: "hfp", syntax: "r1,d2(x2,b2)" } as const;

type Arithmetic = (format: HfpFormat, a: bigint, b: bigint, masks: HfpMasks) => HfpResult;
type Second = (cpu: HelperCpu, f: RawFields) => bigint;

/** Register (RR or RRE) and, if it has an opcode, storage (RX) form of an operation on two operands of one format. */
function arithmetic(name: string, operand: Operand, register: number, storage: number, run: Arithmetic, setsCc: boolean): Instruction[] {
  const act = (second: Second) => (cpu: HelperCpu, f: RawFields): void =>
    settle(cpu, operand, f.r1, run(operand.format, operand.get(cpu, f.r1), second(cpu, f), masksOf(cpu)), setsCc);
  const first = helper(`${name}r`, register > 0xff ? "RRE" : "RR", register, act((cpu, f) => operand.get(cpu, f.r2)), usesPairs(operand, "r1", "r2"));
  if (!storage) return [first];
  return [first, helper(name, storage > 0xff ? "RXE" : "RX-a", storage, act((cpu, f) => operand.load(cpu, f)), STORAGE)];
}

/** MULTIPLY with a wider product. */
function lengthened(name: string, from: Operand, to: Operand, register: number, storage: number): Instruction[] {
  const act = (second: Second) => (cpu: HelperCpu, f: RawFields): void =>
    settle(cpu, to, f.r1, multiplyHfp(from.format, to.format, from.get(cpu, f.r1), second(cpu, f), masksOf(cpu)), false);
  return [
    helper(`${name}r`, "RR", register, act((cpu, f) => from.get(cpu, f.r2)), usesPairs(to, "r1")),
    helper(name, "RX-a", storage, act((cpu, f) => from.load(cpu, f)), { ...STORAGE, ...usesPairs(to, "r1") }),
  ];
}

function compare(operand: Operand, register: number, storage: number): Instruction[] {
  const act = (second: Second) => (cpu: HelperCpu, f: RawFields): void => {
    cpu.cc = compareHfp(operand.format, operand.get(cpu, f.r1), second(cpu, f));
  };
  const name = `c${operand.letter}`;
  const first = helper(`${name}r`, register > 0xff ? "RRE" : "RR", register, act((cpu, f) => operand.get(cpu, f.r2)), usesPairs(operand, "r1", "r2"));
  return storage ? [first, helper(name, "RX-a", storage, act((cpu, f) => operand.load(cpu, f)), STORAGE)] : [first];
}

/** MULTIPLY AND ADD, MULTIPLY AND SUBTRACT: third × second ± first → first. */
function fused(name: string, operand: Operand, opcode: number, run: typeof multiplyAddHfp): Instruction[] {
  const act = (second: Second) => (cpu: HelperCpu, f: RawFields): void =>
    settle(cpu, operand, f.r1, run(operand.format, operand.get(cpu, f.r3), second(cpu, f), operand.get(cpu, f.r1), masksOf(cpu)), false);
  const options = { floating: "hfp", facility: 20 } as const;
  return [
    helper(`${name}r`, "RRD", 0xb300 | opcode, act((cpu, f) => operand.get(cpu, f.r2)), options),
    helper(name, "RXF", 0xed00 | opcode, act((cpu, f) => operand.load(cpu, f)), options),
  ];
}

const signs = (letter: string, operation: HfpSignOperation, opcodes: readonly [number, number, number]): Instruction[] =>
  [short, long, extended].map((operand, i) => helper(`l${letter}${operand.letter}r`, operand === extended ? "RRE" : "RR", opcodes[i]!, (cpu, f) => {
    const { bits, cc } = loadSignHfp(operand.format, operation, operand.get(cpu, f.r2));
    operand.set(cpu, f.r1, bits);
    cpu.cc = cc;
  }, usesPairs(operand, "r1", "r2")));

const loadRounded = (name: string, format: string, opcode: number, from: Operand, to: Operand): Instruction =>
  helper(name, format, opcode, (cpu, f) => settle(cpu, to, f.r1, loadRoundedHfp(from.format, to.format, from.get(cpu, f.r2)), false), usesPairs(from, "r2"));

function lengthen(name: string, opcode: number, from: Operand, to: Operand): Instruction[] {
  const act = (second: Second) => (cpu: HelperCpu, f: RawFields): void =>
    to.set(cpu, f.r1, loadLengthenedHfp(from.format, to.format, second(cpu, f)));
  return [
    helper(`${name}r`, "RRE", 0xb300 | opcode, act((cpu, f) => from.get(cpu, f.r2)), usesPairs(to, "r1")),
    helper(name, "RXE", 0xed00 | opcode, act((cpu, f) => from.load(cpu, f)), { ...STORAGE, ...usesPairs(to, "r1") }),
  ];
}

function squareRoot(operand: Operand, register: number, storage: number): Instruction[] {
  const act = (second: Second) => (cpu: HelperCpu, f: RawFields): void =>
    settle(cpu, operand, f.r1, squareRootHfp(operand.format, second(cpu, f)), false);
  const name = `sq${operand.letter}`;
  const first = helper(`${name}r`, "RRE", register, act((cpu, f) => operand.get(cpu, f.r2)), usesPairs(operand, "r1", "r2"));
  return storage ? [first, helper(name, "RXE", storage, act((cpu, f) => operand.load(cpu, f)), STORAGE)] : [first];
}

const toFpInteger = ([[short, 0xb377], [long, 0xb37f], [extended, 0xb367]] as const).map(([operand, opcode]) =>
  helper(`fi${operand.letter}r`, "RRE", opcode, (cpu, f) => operand.set(cpu, f.r1, loadFpIntegerHfp(operand.format, operand.get(cpu, f.r2))), usesPairs(operand, "r1", "r2")));

const halve = ([[short, 0x34], [long, 0x24]] as const).map(([operand, opcode]) =>
  helper(operand === short ? "her" : "hdr", "RR", opcode, (cpu, f) => settle(cpu, operand, f.r1, halveHfp(operand.format, operand.get(cpu, f.r2), masksOf(cpu)), false), { floating: "hfp" }));

/** CONVERT FROM and TO FIXED: b3b4 is CEFR, b3b8 CFER, plus 16 for 64 bits. */
const conversions = ([["f", 32, 0], ["g", 64, 16]] as const).flatMap(([letter, width, row]) =>
  [short, long, extended].flatMap((operand, column) => [
    helper(`c${operand.letter}${letter}r`, "RRE", 0xb3b4 + row + column, (cpu, f) => {
      const raw = width === 64 ? cpu.gr(f.r2) : BigInt(cpu.grLow(f.r2));
      operand.set(cpu, f.r1, convertIntegerToHfp(operand.format, BigInt.asIntN(width, raw)));
    }, usesPairs(operand, "r1")),
    helper(`c${letter}${operand.letter}r`, "RRF-e", 0xb3b8 + row + column, (cpu, f) => {
      const { integer, cc } = convertHfpToInteger(operand.format, operand.get(cpu, f.r2), width, hfpRoundingOf(f.m3) ?? 1);
      if (width === 64) cpu.setGr(f.r1, BigInt.asUintN(64, integer));
      else cpu.setGrLow(f.r1, Number(BigInt.asUintN(32, integer)));
      cpu.cc = cc;
    }, {
      floating: "hfp", syntax: "r1,m3,r2",
      check: (f) => (operand === extended && f.r2 & 2) || hfpRoundingOf(f.m3) === undefined ? Program.specification : 0,
    }),
  ]));

/** Which part of an unnormalised product: the extended number, its left or its right register. */
type Part = "" | "h" | "l";
function storePart(cpu: HelperCpu, r1: number, bits: bigint, part: Part): void {
  // MAY takes either register of a pair; the result goes to both.
  if (part === "") cpu.setFprPair(r1 & 13, bits);
  else cpu.setFpr(r1, part === "h" ? bits >> 64n : bits & 0xffff_ffff_ffff_ffffn);
}
function unnormalized(part: Part, multiplyOpcode: number, addOpcode: number): Instruction[] {
  const multiply = (second: Second) => (cpu: HelperCpu, f: RawFields): void =>
    storePart(cpu, f.r1, multiplyUnnormalizedHfp(cpu.fpr(f.r3), second(cpu, f)), part);
  const multiplyAdd = (second: Second) => (cpu: HelperCpu, f: RawFields): void =>
    storePart(cpu, f.r1, multiplyAddUnnormalizedHfp(cpu.fpr(f.r3), second(cpu, f), cpu.fpr(f.r1)), part);
  const register: Second = (cpu, f) => cpu.fpr(f.r2);
  const options: Options = { floating: "hfp", facility: 23 };
  const pair: Options = part === "" ? { ...options, check: pairsOf("r1") } : options;
  return [
    helper(`my${part}r`, "RRD", 0xb300 | multiplyOpcode, multiply(register), pair),
    helper(`my${part}`, "RXF", 0xed00 | multiplyOpcode, multiply(long.load), pair),
    helper(`may${part}r`, "RRD", 0xb300 | addOpcode, multiplyAdd(register), options),
    helper(`may${part}`, "RXF", 0xed00 | addOpcode, multiplyAdd(long.load), options),
  ];
}

const multiply: Arithmetic = (format, a, b, masks) => multiplyHfp(format, format, a, b, masks);

export const hfp: readonly Instruction[] = [
  ...arithmetic("ae", short, 0x3a, 0x7a, addHfp, true), ...arithmetic("ad", long, 0x2a, 0x6a, addHfp, true),
  ...arithmetic("ax", extended, 0x36, 0, addHfp, true),
  ...arithmetic("se", short, 0x3b, 0x7b, subtractHfp, true), ...arithmetic("sd", long, 0x2b, 0x6b, subtractHfp, true),
  ...arithmetic("sx", extended, 0x37, 0, subtractHfp, true),
  ...arithmetic("au", short, 0x3e, 0x7e, addUnnormalizedHfp, true), ...arithmetic("aw", long, 0x2e, 0x6e, addUnnormalizedHfp, true),
  ...arithmetic("su", short, 0x3f, 0x7f, subtractUnnormalizedHfp, true),
  ...arithmetic("sw", long, 0x2f, 0x6f, subtractUnnormalizedHfp, true),
  ...arithmetic("mee", short, 0xb337, 0xed37, multiply, false), ...arithmetic("md", long, 0x2c, 0x6c, multiply, false),
  ...arithmetic("mx", extended, 0x26, 0, multiply, false),
  ...lengthened("mde", short, long, 0x3c, 0x7c), ...lengthened("mxd", long, extended, 0x27, 0x67),
  ...arithmetic("de", short, 0x3d, 0x7d, divideHfp, false), ...arithmetic("dd", long, 0x2d, 0x6d, divideHfp, false),
  ...arithmetic("dx", extended, 0xb22d, 0, divideHfp, false),
  ...fused("mae", short, 0x2e, multiplyAddHfp), ...fused("mad", long, 0x3e, multiplyAddHfp),
  ...fused("mse", short, 0x2f, multiplySubtractHfp), ...fused("msd", long, 0x3f, multiplySubtractHfp),
  ...compare(short, 0x39, 0x79), ...compare(long, 0x29, 0x69), ...compare(extended, 0xb369, 0),
  ...signs("t", "test", [0x32, 0x22, 0xb362]), ...signs("c", "complement", [0x33, 0x23, 0xb363]),
  ...signs("n", "negative", [0x31, 0x21, 0xb361]), ...signs("p", "positive", [0x30, 0x20, 0xb360]),
  loadRounded("ledr", "RR", 0x35, long, short), loadRounded("ldxr", "RR", 0x25, extended, long),
  loadRounded("lexr", "RRE", 0xb366, extended, short),
  ...lengthen("lde", 0x24, short, long), ...lengthen("lxd", 0x25, long, extended), ...lengthen("lxe", 0x26, short, extended),
  ...squareRoot(short, 0xb245, 0xed34), ...squareRoot(long, 0xb244, 0xed35), ...squareRoot(extended, 0xb336, 0),
  ...toFpInteger, ...halve, ...conversions,
  ...unnormalized("", 0x3b, 0x3a), ...unnormalized("h", 0x3d, 0x3c), ...unnormalized("l", 0x39, 0x38),
];
