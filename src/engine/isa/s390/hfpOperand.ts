/**
 * Operands of the hexadecimal-floating-point tables and how an outcome ends its instruction (Principles of
 * Operation, chapter 18).
 *
 * Invariant: exponent overflow, underflow and loss of significance complete the instruction and then
 * interrupt; division by zero and the square root of a negative number suppress it. The FPC plays no part.
 */
import {
  hfpExtended,
  hfpLong,
  hfpShort,
  type HfpFormat,
  type HfpMasks,
  type HfpResult,
} from "./arith/hfpFormat.ts";
import * as bfp from "./bfpResult.ts";
import { pairsOf } from "./bfpResult.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction, type Options } from "./instruction.ts";

/** Registers and storage are used as by BFP; only the format differs. */
export interface Operand {
  readonly letter: "e" | "d" | "x";
  readonly format: HfpFormat;
  readonly get: (cpu: HelperCpu, register: number) => bigint;
  readonly set: (cpu: HelperCpu, register: number, bits: bigint) => void;
  readonly load: (cpu: HelperCpu, f: RawFields) => bigint;
}
export const short: Operand = { ...bfp.short, format: hfpShort };
export const long: Operand = { ...bfp.long, format: hfpLong };
export const extended: Operand = { ...bfp.extended, format: hfpExtended };

const exceptionCode = {
  "exponent-overflow": Program.hfpExponentOverflow,
  "exponent-underflow": Program.hfpExponentUnderflow,
  significance: Program.hfpSignificance,
  "floating-point-divide": Program.hfpDivide,
  "square-root": Program.hfpSquareRoot,
} as const;

export const masksOf = (cpu: HelperCpu): HfpMasks => ({
  exponentUnderflow: (cpu.programMask & 2) !== 0,
  significance: (cpu.programMask & 1) !== 0,
});

export function settle(
  cpu: HelperCpu,
  operand: Operand,
  r1: number,
  result: HfpResult,
  setsCc: boolean,
): void {
  const { exception } = result;
  if (exception === "floating-point-divide" || exception === "square-root")
    cpu.program(exceptionCode[exception]);
  operand.set(cpu, r1, result.bits);
  if (setsCc) cpu.cc = result.cc;
  if (exception) cpu.complete(exceptionCode[exception]);
}

export const usesPairs = (operand: Operand, ...fields: readonly ("r1" | "r2")[]): Options => ({
  floating: "hfp",
  ...(operand === extended ? { check: pairsOf(...fields) } : {}),
});
export const STORAGE = { floating: "hfp", syntax: "r1,d2(x2,b2)" } as const;

/** Fetches the second operand. */
export type Second = (cpu: HelperCpu, f: RawFields) => bigint;

/**
 * Register form (RR, or RRE with a long opcode) and storage form (RX, RXE) of an operation; extended operands
 * are never in storage.
 * @param first what R1 holds, `second` what R2 or storage does
 */
export function bothForms(
  name: string,
  [register, storage]: readonly [number, number?],
  [first, second]: readonly [Operand, Operand],
  act: (cpu: HelperCpu, f: RawFields, second: bigint) => void,
): Instruction[] {
  const fromRegister = helper(
    `${name}r`,
    register > 0xff ? "RRE" : "RR",
    register,
    (cpu, f) => act(cpu, f, second.get(cpu, f.r2)),
    second === extended ? usesPairs(extended, "r1", "r2") : usesPairs(first, "r1"),
  );
  if (storage === undefined) return [fromRegister];
  const fromStorage = helper(
    name,
    storage > 0xff ? "RXE" : "RX-a",
    storage,
    (cpu, f) => act(cpu, f, second.load(cpu, f)),
    { ...STORAGE, ...usesPairs(first, "r1") },
  );
  return [fromRegister, fromStorage];
}
