/**
 * Binary floating point: arithmetic (Principles of Operation, chapter 19, "BFP Instructions"). Comparison,
 * signs and classes are in bfpCompare.ts, changes of format and conversions in bfpConvert.ts.
 *
 * Invariant: every entry takes its rounding method and traps from the FPC through bfpResult.ts; the numbers
 * are computed by arith/ alone.
 */
import {
  addBfp,
  divideBfp,
  multiplyAddBfp,
  multiplyBfp,
  squareRootBfp,
  subtractBfp,
} from "./arith/bfpDispatch.ts";
import { multiplyBfpLengthened, multiplySubtractBfp } from "./arith/bfpArithmetic.ts";
import { bfpSignCc, type BfpFormat } from "./arith/bfpFormat.ts";
import type { IeeeContext, IeeeResult } from "./arith/ieee.ts";
import {
  STORAGE,
  bfpContext,
  checked,
  entry,
  extended,
  long,
  settle,
  short,
  type FloatingOperand,
} from "./bfpResult.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { arithmeticMeanings } from "./bfpMeaning.ts";
import { fusedMeanings } from "./bfpFused.ts";
import type { Instruction } from "./instruction.ts";

type Binary = (format: BfpFormat, a: bigint, b: bigint, context: IeeeContext) => IeeeResult;

function put(
  cpu: HelperCpu,
  operand: FloatingOperand,
  r1: number,
  result: IeeeResult,
  setsCc: boolean,
): void {
  settle(cpu, result, () => {
    operand.set(cpu, r1, result.bits);
    if (setsCc) cpu.cc = bfpSignCc(operand.format, result.bits);
  });
}

/**
 * Register and storage forms of `first op second → first`. Opcodes are second bytes; storage has no extended
 * form.
 */
function binary(
  opcodes: readonly [string, FloatingOperand, number][],
  run: Binary,
  setsCc: boolean,
): Instruction[] {
  return opcodes.flatMap(([name, operand, opcode]) => {
    const act = (cpu: HelperCpu, f: RawFields, second: bigint): void =>
      put(cpu, operand, f.r1, run(operand.format, operand.get(cpu, f.r1), second, bfpContext(cpu)), setsCc);
    const meanings = arithmeticMeanings[name];
    const register = entry(
      `${name}br`,
      "RRE",
      0xb300 | opcode,
      (cpu, f) => act(cpu, f, operand.get(cpu, f.r2)),
      checked(operand, ["r1", "r2"]),
      meanings?.register,
    );
    const storage = entry(
      `${name}b`,
      "RXE",
      0xed00 | opcode,
      (cpu, f) => act(cpu, f, operand.load(cpu, f)),
      STORAGE,
      meanings?.storage,
    );
    return operand === extended ? [register] : [register, storage];
  });
}

/** MULTIPLY with a wider product: the operands are at the left of the first register. */
function lengthened(name: string, opcode: number, from: FloatingOperand, to: FloatingOperand): Instruction[] {
  const act = (cpu: HelperCpu, f: RawFields, second: bigint): void =>
    put(
      cpu,
      to,
      f.r1,
      multiplyBfpLengthened(from.format, to.format, from.get(cpu, f.r1), second, bfpContext(cpu)),
      false,
    );
  const options = checked(to, ["r1"]);
  return [
    entry(
      `${name}br`,
      "RRE",
      0xb300 | opcode,
      (cpu, f) => act(cpu, f, from.get(cpu, f.r2)),
      options,
      arithmeticMeanings[name]?.register,
    ),
    entry(
      `${name}b`,
      "RXE",
      0xed00 | opcode,
      (cpu, f) => act(cpu, f, from.load(cpu, f)),
      { ...STORAGE, ...options },
      arithmeticMeanings[name]?.storage,
    ),
  ];
}

/** MULTIPLY AND ADD, MULTIPLY AND SUBTRACT: third × second ± first → first. */
function fused(
  name: string,
  opcode: number,
  operand: FloatingOperand,
  run: typeof multiplyAddBfp,
): Instruction[] {
  const act = (cpu: HelperCpu, f: RawFields, second: bigint): void =>
    put(
      cpu,
      operand,
      f.r1,
      run(operand.format, operand.get(cpu, f.r3), second, operand.get(cpu, f.r1), bfpContext(cpu)),
      false,
    );
  return [
    entry(
      `${name}br`,
      "RRD",
      0xb300 | opcode,
      (cpu, f) => act(cpu, f, operand.get(cpu, f.r2)),
      { floating: "bfp" },
      fusedMeanings[name]?.register,
    ),
    entry(
      `${name}b`,
      "RXF",
      0xed00 | opcode,
      (cpu, f) => act(cpu, f, operand.load(cpu, f)),
      { floating: "bfp" },
      fusedMeanings[name]?.storage,
    ),
  ];
}

function squareRoots(): Instruction[] {
  const act = (cpu: HelperCpu, f: RawFields, operand: FloatingOperand, bits: bigint): void =>
    put(cpu, operand, f.r1, squareRootBfp(operand.format, bits, bfpContext(cpu)), false);
  const register = (
    [
      [short, 0x14],
      [long, 0x15],
      [extended, 0x16],
    ] as const
  ).map(([operand, opcode]) =>
    entry(
      `sq${operand.letter}br`,
      "RRE",
      0xb300 | opcode,
      (cpu, f) => act(cpu, f, operand, operand.get(cpu, f.r2)),
      checked(operand, ["r1", "r2"]),
      arithmeticMeanings[`sq${operand.letter}`]?.register,
    ),
  );
  const storage = (
    [
      [short, 0x14],
      [long, 0x15],
    ] as const
  ).map(([operand, opcode]) =>
    entry(
      `sq${operand.letter}b`,
      "RXE",
      0xed00 | opcode,
      (cpu, f) => act(cpu, f, operand, operand.load(cpu, f)),
      STORAGE,
      arithmeticMeanings[`sq${operand.letter}`]?.storage,
    ),
  );
  return [...register, ...storage];
}

export const bfp: readonly Instruction[] = [
  ...binary(
    [
      ["ae", short, 0x0a],
      ["ad", long, 0x1a],
      ["ax", extended, 0x4a],
    ],
    addBfp,
    true,
  ),
  ...binary(
    [
      ["se", short, 0x0b],
      ["sd", long, 0x1b],
      ["sx", extended, 0x4b],
    ],
    subtractBfp,
    true,
  ),
  ...binary(
    [
      ["mee", short, 0x17],
      ["md", long, 0x1c],
      ["mx", extended, 0x4c],
    ],
    multiplyBfp,
    false,
  ),
  ...binary(
    [
      ["de", short, 0x0d],
      ["dd", long, 0x1d],
      ["dx", extended, 0x4d],
    ],
    divideBfp,
    false,
  ),
  ...lengthened("mde", 0x0c, short, long),
  ...lengthened("mxd", 0x07, long, extended),
  ...fused("mae", 0x0e, short, multiplyAddBfp),
  ...fused("mad", 0x1e, long, multiplyAddBfp),
  ...fused("mse", 0x0f, short, multiplySubtractBfp),
  ...fused("msd", 0x1f, long, multiplySubtractBfp),
  ...squareRoots(),
];
