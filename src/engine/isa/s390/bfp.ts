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
  bfpContext,
  bothForms,
  extended,
  long,
  settle,
  short,
  type Act,
  type FloatingOperand,
} from "./bfpResult.ts";
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

/** `first op second → first`; opcodes are second bytes. */
function binary(
  opcodes: readonly [string, FloatingOperand, number][],
  run: Binary,
  setsCc: boolean,
): Instruction[] {
  return opcodes.flatMap(([name, operand, opcode]) => {
    const act: Act = (cpu, f, second) =>
      put(cpu, operand, f.r1, run(operand.format, operand.get(cpu, f.r1), second, bfpContext(cpu)), setsCc);
    return bothForms(name, opcode, [operand, operand], act, arithmeticMeanings[name]);
  });
}

/** MULTIPLY with a wider product: the operands are at the left of the first register. */
function lengthened(name: string, opcode: number, from: FloatingOperand, to: FloatingOperand): Instruction[] {
  const act: Act = (cpu, f, second) => {
    const first = from.get(cpu, f.r1);
    put(cpu, to, f.r1, multiplyBfpLengthened(from.format, to.format, first, second, bfpContext(cpu)), false);
  };
  return bothForms(name, opcode, [to, from], act, arithmeticMeanings[name]);
}

/** MULTIPLY AND ADD, MULTIPLY AND SUBTRACT: third × second ± first → first. */
function fused(
  name: string,
  opcode: number,
  operand: FloatingOperand,
  run: typeof multiplyAddBfp,
): Instruction[] {
  const act: Act = (cpu, f, second) => {
    const [first, third] = [operand.get(cpu, f.r1), operand.get(cpu, f.r3)];
    put(cpu, operand, f.r1, run(operand.format, third, second, first, bfpContext(cpu)), false);
  };
  return bothForms(name, opcode, [operand, operand], act, fusedMeanings[name], ["RRD", "RXF"]);
}

function squareRoot(name: string, opcode: number, operand: FloatingOperand): Instruction[] {
  const act: Act = (cpu, f, second) =>
    put(cpu, operand, f.r1, squareRootBfp(operand.format, second, bfpContext(cpu)), false);
  return bothForms(name, opcode, [operand, operand], act, arithmeticMeanings[name]);
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
  ...squareRoot("sqe", 0x14, short),
  ...squareRoot("sqd", 0x15, long),
  ...squareRoot("sqx", 0x16, extended),
];
