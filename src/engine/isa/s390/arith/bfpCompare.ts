/**
 * Binary floating point: comparison and the operations that only look at the sign
 * (Principles of Operation, chapter 19: COMPARE, COMPARE AND SIGNAL, LOAD AND TEST; chapter 9 and 19 for
 * LOAD COMPLEMENT, LOAD NEGATIVE, LOAD POSITIVE).
 *
 * Invariant: no comparison rounds; the sign operations never signal, not even for a signaling NaN.
 */
import { bfpSignCc, isBfpNan, isBfpSignalingNan, type BfpFormat } from './bfpFormat.ts';
import { propagateBfpNan } from './bfpNan.ts';
import { exact, ieeeFlag, raiseSuppressing, type IeeeContext, type IeeeResultWithCc } from './ieee.ts';

/** A comparison: condition code 0 equal, 1 first low, 2 first high, 3 unordered. */
export interface BfpComparison {
  readonly cc: number;
  readonly flags: number;
  readonly dxc: number;
}

/** An integer that orders like the number it encodes; both zeros are 0. */
function orderKey(format: BfpFormat, bits: bigint): bigint {
  const magnitude = bits & (format.signBit - 1n);
  return bits & format.signBit ? -magnitude : magnitude;
}

function compare(
  format: BfpFormat,
  a: bigint,
  b: bigint,
  isInvalid: boolean,
  context: IeeeContext,
): BfpComparison {
  const { flags, dxc } = isInvalid ? raiseSuppressing(ieeeFlag.invalid, 0n, context) : exact(0n);
  if (isBfpNan(format, a) || isBfpNan(format, b)) return { cc: 3, flags, dxc };
  const left = orderKey(format, a);
  const right = orderKey(format, b);
  return { cc: left === right ? 0 : left < right ? 1 : 2, flags, dxc };
}

/** COMPARE: only a signaling NaN is invalid. */
export function compareBfp(format: BfpFormat, a: bigint, b: bigint, context: IeeeContext): BfpComparison {
  const isInvalid = isBfpSignalingNan(format, a) || isBfpSignalingNan(format, b);
  return compare(format, a, b, isInvalid, context);
}

/** COMPARE AND SIGNAL: any NaN is invalid. */
export function compareAndSignalBfp(
  format: BfpFormat,
  a: bigint,
  b: bigint,
  context: IeeeContext,
): BfpComparison {
  return compare(format, a, b, isBfpNan(format, a) || isBfpNan(format, b), context);
}

/** LOAD AND TEST: a signaling NaN is invalid and is loaded quiet. */
export function loadAndTestBfp(format: BfpFormat, bits: bigint, context: IeeeContext): IeeeResultWithCc {
  const result = propagateBfpNan(format, [bits], context) ?? exact(bits);
  return { ...result, cc: bfpSignCc(format, bits) };
}

/** LOAD COMPLEMENT: the sign inverted. */
export function loadComplementBfp(format: BfpFormat, bits: bigint): { bits: bigint; cc: number } {
  const result = bits ^ format.signBit;
  return { bits: result, cc: bfpSignCc(format, result) };
}

/** LOAD NEGATIVE: the sign made minus. */
export function loadNegativeBfp(format: BfpFormat, bits: bigint): { bits: bigint; cc: number } {
  const result = bits | format.signBit;
  return { bits: result, cc: bfpSignCc(format, result) };
}

/** LOAD POSITIVE: the sign made plus. */
export function loadPositiveBfp(format: BfpFormat, bits: bigint): { bits: bigint; cc: number } {
  const result = bits & (format.signBit - 1n);
  return { bits: result, cc: bfpSignCc(format, result) };
}
