/**
 * Binary floating point: which NaN an operation delivers (Principles of Operation, chapter 19, "NaNs" and
 * the result figures of each instruction).
 *
 * Invariant: a signaling NaN anywhere goes before every quiet NaN, among equals the earlier operand wins,
 * and what is delivered is quiet and keeps its sign and payload.
 */
import { isBfpNan, isBfpSignalingNan, type BfpFormat } from './bfpFormat.ts';
import { exact, ieeeFlag, raiseSuppressing, type IeeeContext, type IeeeResult } from './ieee.ts';

/** The result when at least one operand is a NaN; undefined when none is. */
export function propagateBfpNan(
  format: BfpFormat,
  operands: readonly bigint[],
  context: IeeeContext,
): IeeeResult | undefined {
  let quiet: bigint | undefined;
  for (const operand of operands) {
    if (!isBfpNan(format, operand)) continue;
    if (isBfpSignalingNan(format, operand)) {
      return raiseSuppressing(ieeeFlag.invalid, operand | format.quietBit, context);
    }
    quiet ??= operand;
  }
  return quiet === undefined ? undefined : exact(quiet);
}

/** Invalid operation without a NaN operand: the default quiet NaN. */
export function bfpInvalid(format: BfpFormat, context: IeeeContext): IeeeResult {
  return raiseSuppressing(ieeeFlag.invalid, format.defaultNan, context);
}

/** Moves a NaN into another format: the payload keeps its left end. */
export function resizeBfpNan(from: BfpFormat, to: BfpFormat, bits: bigint): bigint {
  const sign = bits & from.signBit ? to.signBit : 0n;
  const fraction = bits & from.fractionMask;
  const shift = to.fractionBits - from.fractionBits;
  return sign | to.infinity | (shift >= 0n ? fraction << shift : fraction >> -shift);
}
