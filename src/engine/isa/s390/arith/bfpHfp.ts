/**
 * Conversion between binary and hexadecimal floating point (Principles of Operation, chapter 9: CONVERT BFP
 * TO HFP THDER, THDR and CONVERT HFP TO BFP TBEDR, TBDR).
 *
 * Invariant: no IEEE exception is recognised in either direction; the condition code alone tells a value
 * that had no counterpart.
 */
import {
  bfpShort,
  isBfpInfinity,
  isBfpNan,
  isBfpNegative,
  isBfpZero,
  unpackBfp,
  bitLength,
  type BfpFormat,
} from './bfpFormat.ts';
import { deliverBfp } from './bfpRound.ts';
import { hfpLong, hfpTrueZero, packHfp, unpackHfp } from './hfpFormat.ts';
import type { Rounding } from './rounding.ts';

const largestHfp = (1n << 63n) - 1n;

/**
 * CONVERT BFP TO HFP: short or long BFP to long HFP; every significand fits the 56 bits.
 * @returns condition code 0 zero, 1 less, 2 greater, 3 infinity, NaN or too large (the largest HFP number)
 */
export function convertBfpToHfp(source: BfpFormat, bits: bigint): { bits: bigint; cc: number } {
  const negative = isBfpNegative(source, bits);
  const sign = negative ? 1n << 63n : 0n;
  if (isBfpNan(source, bits)) return { bits: largestHfp, cc: 3 };
  if (isBfpInfinity(source, bits)) return { bits: sign | largestHfp, cc: 3 };
  if (isBfpZero(source, bits)) return { bits: sign, cc: 0 };
  const value = unpackBfp(source, bits);
  const top = value.exponent + bitLength(value.significand);
  const characteristic = Math.ceil(top / 4) + 64;
  if (characteristic > 127) return { bits: sign | largestHfp, cc: 3 };
  const cc = negative ? 1 : 2;
  if (characteristic < 0) return { bits: hfpTrueZero(hfpLong, negative), cc };
  const shift = value.exponent + 56 - 4 * (characteristic - 64);
  const fraction = shift >= 0 ? value.significand << BigInt(shift) : value.significand >> BigInt(-shift);
  return { bits: packHfp(hfpLong, negative, characteristic, fraction), cc };
}

/**
 * CONVERT HFP TO BFP: long HFP to short or long BFP.
 * @param method the method of M3, see hfpRoundingOf
 * @returns condition code 0 zero, 1 less, 2 greater, 3 beyond the largest normal number of the target
 */
export function convertHfpToBfp(
  target: BfpFormat,
  bits: bigint,
  method: Rounding,
): { bits: bigint; cc: number } {
  const { negative, characteristic, fraction } = unpackHfp(hfpLong, bits);
  if (fraction === 0n) return { bits: negative ? target.signBit : 0n, cc: 0 };
  const exponent = 4 * (characteristic - 64) - 56;
  const context = { rounding: method, masks: 0 };
  const result = deliverBfp(target, { negative, significand: fraction, exponent }, false, context);
  const isBeyond = target === bfpShort && exceedsLargestShort(fraction, exponent);
  return { bits: result.bits, cc: isBeyond ? 3 : negative ? 1 : 2 };
}

function exceedsLargestShort(significand: bigint, exponent: number): boolean {
  const largest = ((1n << 24n) - 1n) << 104n;
  return exponent >= 0 && significand << BigInt(exponent) > largest;
}
