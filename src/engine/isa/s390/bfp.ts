/**
 * Binary floating point: arithmetic, comparison, sign operations and data classes (Principles of Operation, chapter 19,
 * "BFP Instructions"). Changes of format and conversions are in bfpConvert.ts.
 *
 * Invariant: every entry takes its rounding method and traps from the FPC through bfpResult.ts; the numbers are computed by
 * arith/ alone.
 */
import { addBfp, divideBfp, multiplyAddBfp, multiplyBfp, squareRootBfp, subtractBfp } from "./arith/bfpDispatch.ts";
import { multiplyBfpLengthened, multiplySubtractBfp } from "./arith/bfpArithmetic.ts";
import {
  compareAndSignalBfp, compareBfp, loadAndTestBfp, loadComplementBfp, loadNegativeBfp, loadPositiveBfp,
} from "./arith/bfpCompare.ts";
import { bfpSignCc, testBfpDataClass, type BfpFormat } from "./arith/bfpFormat.ts";
import { divideToIntegerBfp } from "./arith/bfpDivideToInteger.ts";
import type { IeeeContext, IeeeResult } from "./arith/ieee.ts";
import { bfpRoundingOf } from "./arith/rounding.ts";
import {
  bfpContext, checked, checkModifier, extended, long, operands, settle, short, type FloatingOperand,
} from "./bfpResult.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { arithmeticMeanings, compareMeanings, signMeanings, testClassMeaning, testMeanings } from "./bfpMeaning.ts";
import { fusedMeanings } from "./bfpFused.ts";
import { helper, op, Program, type Instruction, type Options } from "./instruction.ts";
import type { Meaning } from "./semantics.ts";

type Binary = (format: BfpFormat, a: bigint, b: bigint, context: IeeeContext) => IeeeResult;
type Opcodes = Readonly<Partial<Record<"e" | "d" | "x", number>>>;

function put(cpu: HelperCpu, operand: FloatingOperand, r1: number, result: IeeeResult, setsCc: boolean): void {
  settle(cpu, result, () => {
    operand.set(cpu, r1, result.bits);
    if (setsCc) cpu.cc = bfpSignCc(operand.format, result.bits);
  });
}

const STORAGE = { floating: "bfp", syntax: "r1,d2(x2,b2)" } as const;
type Run = (cpu: HelperCpu, f: RawFields) => void;
/** An entry done by the exact core, or compiled with the exact core behind it. */
export const entry = (name: string, format: string, opcode: number, run: Run, options: Options, meaning?: Meaning): Instruction =>
  meaning ? op(name, format, opcode, meaning, { ...options, slow: run }) : helper(name, format, opcode, run, options);

/** Register and storage forms of `first op second → first`. Opcodes are second bytes; storage has no extended form. */
function binary(opcodes: readonly [string, FloatingOperand, number][], run: Binary, setsCc: boolean): Instruction[] {
  return opcodes.flatMap(([name, operand, opcode]) => {
    const act = (cpu: HelperCpu, f: RawFields, second: bigint): void =>
      put(cpu, operand, f.r1, run(operand.format, operand.get(cpu, f.r1), second, bfpContext(cpu)), setsCc);
    const meanings = arithmeticMeanings[name];
    const register = entry(`${name}br`, "RRE", 0xb300 | opcode, (cpu, f) => act(cpu, f, operand.get(cpu, f.r2)),
      checked(operand, ["r1", "r2"]), meanings?.register);
    const storage = entry(`${name}b`, "RXE", 0xed00 | opcode, (cpu, f) => act(cpu, f, operand.load(cpu, f)), STORAGE, meanings?.storage);
    return operand === extended ? [register] : [register, storage];
  });
}

/** MULTIPLY with a wider product: the operands are at the left of the first register. */
function lengthened(name: string, opcode: number, from: FloatingOperand, to: FloatingOperand): Instruction[] {
  const act = (cpu: HelperCpu, f: RawFields, second: bigint): void =>
    put(cpu, to, f.r1, multiplyBfpLengthened(from.format, to.format, from.get(cpu, f.r1), second, bfpContext(cpu)), false);
  const options = checked(to, ["r1"]);
  return [
    entry(`${name}br`, "RRE", 0xb300 | opcode, (cpu, f) => act(cpu, f, from.get(cpu, f.r2)), options, arithmeticMeanings[name]?.register),
    entry(`${name}b`, "RXE", 0xed00 | opcode, (cpu, f) => act(cpu, f, from.load(cpu, f)), { ...STORAGE, ...options }, arithmeticMeanings[name]?.storage),
  ];
}

/** MULTIPLY AND ADD, MULTIPLY AND SUBTRACT: third × second ± first → first. */
function fused(name: string, opcode: number, operand: FloatingOperand, run: typeof multiplyAddBfp): Instruction[] {
  const act = (cpu: HelperCpu, f: RawFields, second: bigint): void =>
    put(cpu, operand, f.r1, run(operand.format, operand.get(cpu, f.r3), second, operand.get(cpu, f.r1), bfpContext(cpu)), false);
  return [
    entry(`${name}br`, "RRD", 0xb300 | opcode, (cpu, f) => act(cpu, f, operand.get(cpu, f.r2)), { floating: "bfp" }, fusedMeanings[name]?.register),
    entry(`${name}b`, "RXF", 0xed00 | opcode, (cpu, f) => act(cpu, f, operand.load(cpu, f)), { floating: "bfp" }, fusedMeanings[name]?.storage),
  ];
}

function compare(letter: string, opcodes: Opcodes, run: typeof compareBfp): Instruction[] {
  return operands.flatMap((operand) => {
    const opcode = opcodes[operand.letter]!;
    const act = (cpu: HelperCpu, f: RawFields, second: bigint): void => {
      const outcome = run(operand.format, operand.get(cpu, f.r1), second, bfpContext(cpu));
      settle(cpu, outcome, () => {
        cpu.cc = outcome.cc;
      });
    };
    const name = `${letter}${operand.letter}b`;
    const meanings = compareMeanings[operand.letter];
    const register = entry(`${name}r`, "RRE", 0xb300 | opcode, (cpu, f) => act(cpu, f, operand.get(cpu, f.r2)),
      checked(operand, ["r1", "r2"]), meanings?.register);
    const storage = entry(name, "RXE", 0xed00 | opcode, (cpu, f) => act(cpu, f, operand.load(cpu, f)), STORAGE, meanings?.storage);
    return operand === extended ? [register] : [register, storage];
  });
}

/** LOAD COMPLEMENT, NEGATIVE, POSITIVE: no exception. */
function signs(letter: string, opcodes: Opcodes, run: typeof loadComplementBfp): Instruction[] {
  return operands.map((operand) => {
    const name = `l${letter}${operand.letter}br`;
    return entry(name, "RRE", 0xb300 | opcodes[operand.letter]!, (cpu, f) => {
      const { bits, cc } = run(operand.format, operand.get(cpu, f.r2));
      operand.set(cpu, f.r1, bits);
      cpu.cc = cc;
    }, checked(operand, ["r1", "r2"]), signMeanings[name]);
  });
}

const loadAndTest = ([[short, 0x02], [long, 0x12], [extended, 0x42]] as const).map(([operand, opcode]) =>
  entry(`lt${operand.letter}br`, "RRE", 0xb300 | opcode, (cpu, f) => {
    const result = loadAndTestBfp(operand.format, operand.get(cpu, f.r2), bfpContext(cpu));
    settle(cpu, result, () => {
      operand.set(cpu, f.r1, result.bits);
      cpu.cc = result.cc;
    });
  }, checked(operand, ["r1", "r2"]), testMeanings[`lt${operand.letter}br`]));

function squareRoots(): Instruction[] {
  const act = (cpu: HelperCpu, f: RawFields, operand: FloatingOperand, bits: bigint): void =>
    put(cpu, operand, f.r1, squareRootBfp(operand.format, bits, bfpContext(cpu)), false);
  const register = ([[short, 0x14], [long, 0x15], [extended, 0x16]] as const).map(([operand, opcode]) =>
    entry(`sq${operand.letter}br`, "RRE", 0xb300 | opcode, (cpu, f) => act(cpu, f, operand, operand.get(cpu, f.r2)),
      checked(operand, ["r1", "r2"]), arithmeticMeanings[`sq${operand.letter}`]?.register));
  const storage = ([[short, 0x14], [long, 0x15]] as const).map(([operand, opcode]) =>
    entry(`sq${operand.letter}b`, "RXE", 0xed00 | opcode, (cpu, f) => act(cpu, f, operand, operand.load(cpu, f)), STORAGE,
      arithmeticMeanings[`sq${operand.letter}`]?.storage));
  return [...register, ...storage];
}

/** TEST DATA CLASS: the mask is bits 52-63 of the second-operand address. */
const dataClasses = ([[short, 0x10], [long, 0x11], [extended, 0x12]] as const).map(([operand, opcode]) =>
  entry(`tc${operand.letter}b`, "RXE", 0xed00 | opcode, (cpu, f) => {
    const mask = Number(cpu.address(f.b2, f.d2, f.x2) & 0xfffn);
    cpu.cc = testBfpDataClass(operand.format, operand.get(cpu, f.r1), mask);
  }, checked(operand, ["r1"], STORAGE), operand === extended ? undefined : testClassMeaning(operand === long)));

function checkDivideToInteger(f: RawFields): number {
  const isDistinct = f.r1 !== f.r2 && f.r1 !== f.r3 && f.r2 !== f.r3;
  return isDistinct ? checkModifier(f.m4) : Program.specification;
}

/** DIVIDE TO INTEGER: the remainder replaces the first operand, the quotient the third. */
const divideToInteger = ([[short, 0x53], [long, 0x5b]] as const).map(([operand, opcode]) =>
  helper(`di${operand.letter}br`, "RRF-b", 0xb300 | opcode, (cpu, f) => {
    const context = bfpContext(cpu);
    const method = bfpRoundingOf(f.m4, context.rounding) ?? context.rounding;
    const result = divideToIntegerBfp(operand.format, operand.get(cpu, f.r1), operand.get(cpu, f.r2), method, context);
    settle(cpu, result, () => {
      operand.set(cpu, f.r1, result.remainder);
      operand.set(cpu, f.r3, result.quotient);
      cpu.cc = result.cc;
    });
  }, { floating: "bfp", check: checkDivideToInteger, syntax: "r1,r3,r2,m4" }));

export const bfp: readonly Instruction[] = [
  ...binary([["ae", short, 0x0a], ["ad", long, 0x1a], ["ax", extended, 0x4a]], addBfp, true),
  ...binary([["se", short, 0x0b], ["sd", long, 0x1b], ["sx", extended, 0x4b]], subtractBfp, true),
  ...binary([["mee", short, 0x17], ["md", long, 0x1c], ["mx", extended, 0x4c]], multiplyBfp, false),
  ...binary([["de", short, 0x0d], ["dd", long, 0x1d], ["dx", extended, 0x4d]], divideBfp, false),
  ...lengthened("mde", 0x0c, short, long),
  ...lengthened("mxd", 0x07, long, extended),
  ...fused("mae", 0x0e, short, multiplyAddBfp),
  ...fused("mad", 0x1e, long, multiplyAddBfp),
  ...fused("mse", 0x0f, short, multiplySubtractBfp),
  ...fused("msd", 0x1f, long, multiplySubtractBfp),
  ...compare("c", { e: 0x09, d: 0x19, x: 0x49 }, compareBfp),
  ...compare("k", { e: 0x08, d: 0x18, x: 0x48 }, compareAndSignalBfp),
  ...signs("p", { e: 0x00, d: 0x10, x: 0x40 }, loadPositiveBfp),
  ...signs("n", { e: 0x01, d: 0x11, x: 0x41 }, loadNegativeBfp),
  ...signs("c", { e: 0x03, d: 0x13, x: 0x43 }, loadComplementBfp),
  ...loadAndTest,
  ...squareRoots(),
  ...dataClasses,
  ...divideToInteger,
];
