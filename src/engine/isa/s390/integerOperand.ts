/**
 * Integers in general registers as the conversions to and from floating point name them (Principles of
 * Operation, chapters 19 and 20, "CONVERT FROM FIXED" … "CONVERT TO LOGICAL").
 */
import { fixed32, fixed64, logical32, logical64, type IntegerRange } from "./arith/bfpConvert.ts";
import type { HelperCpu } from "./helperCpu.ts";

/** Letters in mnemonics, bits, range as the cores name it. */
export interface IntegerOperand {
  readonly letters: "f" | "g" | "lf" | "lg";
  readonly width: 32 | 64;
  readonly range: IntegerRange;
  readonly isSigned: boolean;
}

export const integers: readonly IntegerOperand[] = [
  { letters: "f", width: 32, range: fixed32, isSigned: true },
  { letters: "g", width: 64, range: fixed64, isSigned: true },
  { letters: "lf", width: 32, range: logical32, isSigned: false },
  { letters: "lg", width: 64, range: logical64, isSigned: false },
];

export function getInteger(cpu: HelperCpu, r: number, { width, isSigned }: IntegerOperand): bigint {
  const raw = width === 64 ? cpu.gr(r) : BigInt(cpu.grLow(r));
  return isSigned ? BigInt.asIntN(width, raw) : raw;
}

/** A narrow integer leaves bits 0-31. */
export function setInteger(cpu: HelperCpu, r: number, { width }: IntegerOperand, value: bigint): void {
  if (width === 64) cpu.setGr(r, BigInt.asUintN(64, value));
  else cpu.setGrLow(r, Number(BigInt.asUintN(32, value)));
}
