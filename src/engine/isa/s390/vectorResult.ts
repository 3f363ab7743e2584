/**
 * Vector floating-point operations, element by element (Principles of Operation, chapter 24, "Vector
 * Floating-Point Instructions": formats, single-element control, vector-processing exceptions).
 *
 * Invariant: a trapped element suppresses the whole instruction, whatever the kind of trap; only then is
 * nothing but the exception code stored. Elements that an instruction leaves unpredictable become 0.
 */
import { bfpExtended, bfpLong, bfpShort, type BfpFormat } from "./arith/bfpFormat.ts";
import { ieeeFlag } from "./arith/ieee.ts";
import type { Outcome } from "./bfpResult.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { Program } from "./instruction.ts";

/** Single-element control in the mask field that has it. */
export const SINGLE = 8;

/** The format a mask field names: 2 short, 3 long, 4 extended. */
export const vectorFormat = (code: number): BfpFormat =>
  code === 2 ? bfpShort : code === 3 ? bfpLong : bfpExtended;

const ones = (width: bigint): bigint => (1n << width) - 1n;

/** Element i, counted from the left, of elements of this width in bits. */
export const vectorElement = (vector: bigint, width: bigint, i: number): bigint =>
  (vector >> (128n - width * BigInt(i + 1))) & ones(width);
export const atElement = (bits: bigint, width: bigint, i: number): bigint =>
  (bits & ones(width)) << (128n - width * BigInt(i + 1));

/** Vector interruption code: element number and the reason a data-exception code stands for. */
function vectorCode(element: number, dxc: number): number {
  const flags = [
    ieeeFlag.invalid,
    ieeeFlag.divideByZero,
    ieeeFlag.overflow,
    ieeeFlag.underflow,
    ieeeFlag.inexact,
  ];
  return (element << 4) | (flags.findIndex((flag) => dxc & flag) + 1);
}

/** Collects the outcomes of the elements; the first trap ends the instruction. */
export function acceptElement(cpu: HelperCpu, element: number, outcome: Outcome): number {
  if (!outcome.dxc) return outcome.flags;
  cpu.program(Program.vectorProcessing, vectorCode(element, outcome.dxc));
}

/**
 * Runs `compute` for every element of a width, or for the leftmost; returns the register with the results in
 * place.
 */
export function forElements(
  cpu: HelperCpu,
  width: bigint,
  isSingle: boolean,
  compute: (i: number) => Outcome & { readonly bits: bigint },
  place: (i: number) => readonly [width: bigint, i: number] = (i) => [width, i],
): bigint {
  let flags = 0;
  let result = 0n;
  const count = isSingle ? 1 : Number(128n / width);
  for (let i = 0; i < count; i++) {
    const outcome = compute(i);
    flags |= acceptElement(cpu, i, outcome);
    result |= atElement(outcome.bits, ...place(i));
  }
  if (flags) cpu.fpc = (cpu.fpc | (flags << 16)) >>> 0;
  return result;
}
