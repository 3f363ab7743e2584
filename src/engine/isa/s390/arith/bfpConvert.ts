/**
 * Binary floating point: changes of format and conversion from and to integers
 * (Principles of Operation, chapter 19: LOAD LENGTHENED, LOAD ROUNDED, LOAD FP INTEGER, CONVERT FROM FIXED,
 * CONVERT FROM LOGICAL, CONVERT TO FIXED, CONVERT TO LOGICAL).
 *
 * Invariant: the rounding method and the inexact control of M3 and M4 are already in the context.
 */
import {
  isBfpInfinity,
  isBfpNan,
  isBfpNegative,
  isBfpZero,
  packBfp,
  unpackBfp,
  bitLength,
  type BfpFormat,
} from './bfpFormat.ts';
import { propagateBfpNan, resizeBfpNan } from './bfpNan.ts';
import { deliverBfp, roundBinary } from './bfpRound.ts';
import { completeInexact, exact, ieeeFlag, raiseSuppressing } from './ieee.ts';
import type { IeeeContext, IeeeResult } from './ieee.ts';

function changeFormat(
  source: BfpFormat,
  target: BfpFormat,
  bits: bigint,
  context: IeeeContext,
): IeeeResult {
  const nan = propagateBfpNan(source, [bits], context);
  if (nan) return { ...nan, bits: resizeBfpNan(source, target, nan.bits) };
  const sign = isBfpNegative(source, bits) ? target.signBit : 0n;
  if (isBfpInfinity(source, bits)) return exact(sign | target.infinity);
  if (isBfpZero(source, bits)) return exact(sign);
  const isNarrowing = target.width < source.width;
  const delivery = isNarrowing ? { format: source, scale: source.roundedTrapScale } : undefined;
  return deliverBfp(target, unpackBfp(source, bits), false, context, delivery);
}

/** LOAD LENGTHENED: exact; only a signaling NaN is reported. */
export function loadLengthenedBfp(
  source: BfpFormat,
  target: BfpFormat,
  bits: bigint,
  context: IeeeContext,
): IeeeResult {
  return changeFormat(source, target, bits, context);
}

/** The result of LOAD ROUNDED; `isInSourceFormat` tells a trapped result, which fills the source's width. */
export interface LoadRoundedResult extends IeeeResult {
  readonly isInSourceFormat: boolean;
}

/** LOAD ROUNDED. A trapped overflow or underflow delivers the rounded, scaled value in the source format. */
export function loadRoundedBfp(
  source: BfpFormat,
  target: BfpFormat,
  bits: bigint,
  context: IeeeContext,
): LoadRoundedResult {
  const result = changeFormat(source, target, bits, context);
  const isInSourceFormat = (result.dxc & (ieeeFlag.overflow | ieeeFlag.underflow)) !== 0;
  return { ...result, isInSourceFormat };
}

/** LOAD FP INTEGER: rounds to an integer in the same format; a zero result keeps the operand's sign. */
export function loadFpIntegerBfp(format: BfpFormat, bits: bigint, context: IeeeContext): IeeeResult {
  const nan = propagateBfpNan(format, [bits], context);
  if (nan) return nan;
  if (isBfpInfinity(format, bits)) return exact(bits);
  const value = unpackBfp(format, bits);
  if (value.exponent >= 0) return exact(bits);
  const rounded = roundBinary(value, false, 0, context.rounding);
  if (!rounded.isInexact) return exact(bits);
  const integer = packInteger(format, value.negative, rounded.significand);
  return completeInexact(integer, 0, rounded.isIncremented, context);
}

/** An integer that fits the precision, as a BFP number. */
export function packInteger(format: BfpFormat, negative: boolean, magnitude: bigint): bigint {
  if (magnitude === 0n) return negative ? format.signBit : 0n;
  const shift = format.precision - bitLength(magnitude);
  const significand = shift >= 0 ? magnitude << BigInt(shift) : magnitude >> BigInt(-shift);
  return packBfp(format, negative, significand, -shift);
}

/** CONVERT FROM FIXED and FROM LOGICAL: the integer is given by its value. */
export function convertIntegerToBfp(format: BfpFormat, integer: bigint, context: IeeeContext): IeeeResult {
  if (integer === 0n) return exact(0n);
  const negative = integer < 0n;
  const value = { negative, significand: negative ? -integer : integer, exponent: 0 };
  return deliverBfp(format, value, false, context);
}

/** Which integers a conversion may deliver. */
export interface IntegerRange {
  readonly least: bigint;
  readonly greatest: bigint;
  /** What a NaN converts to. */
  readonly ofNan: bigint;
}

export const fixed32: IntegerRange = { least: -0x8000_0000n, greatest: 0x7fff_ffffn, ofNan: -0x8000_0000n };
export const fixed64: IntegerRange = { least: -(1n << 63n), greatest: (1n << 63n) - 1n, ofNan: -(1n << 63n) };
export const logical32: IntegerRange = { least: 0n, greatest: 0xffff_ffffn, ofNan: 0n };
export const logical64: IntegerRange = { least: 0n, greatest: (1n << 64n) - 1n, ofNan: 0n };

/** The integer as a value (signed for the fixed ranges) with condition code 0 zero, 1 <0, 2 >0, 3 special. */
export interface IntegerConversion {
  readonly integer: bigint;
  readonly cc: number;
  readonly flags: number;
  readonly dxc: number;
}

/** The special case: saturated, invalid and, unless suppressed by M4, also inexact. */
export function convertOutOfRange(integer: bigint, context: IeeeContext): IntegerConversion {
  const invalid = raiseSuppressing(ieeeFlag.invalid, 0n, context);
  if (invalid.dxc !== 0) return { integer, cc: 3, flags: 0, dxc: invalid.dxc };
  const { flags, dxc } = completeInexact(0n, ieeeFlag.invalid, false, context);
  return { integer, cc: 3, flags, dxc };
}

/** CONVERT TO FIXED and TO LOGICAL. The condition code tells the operand's sign, not the integer's. */
export function convertBfpToInteger(
  format: BfpFormat,
  bits: bigint,
  range: IntegerRange,
  context: IeeeContext,
): IntegerConversion {
  if (isBfpNan(format, bits)) return convertOutOfRange(range.ofNan, context);
  const negative = isBfpNegative(format, bits);
  const limit = negative ? range.least : range.greatest;
  if (isBfpInfinity(format, bits)) return convertOutOfRange(limit, context);
  const value = unpackBfp(format, bits);
  if (value.significand === 0n) return { integer: 0n, cc: 0, flags: 0, dxc: 0 };
  const cc = negative ? 1 : 2;
  if (value.exponent > 64) return convertOutOfRange(limit, context);
  const rounded = roundBinary(value, false, 0, context.rounding);
  const integer = negative ? -rounded.significand : rounded.significand;
  if (integer < range.least || integer > range.greatest) return convertOutOfRange(limit, context);
  if (!rounded.isInexact) return { integer, cc, flags: 0, dxc: 0 };
  const { flags, dxc } = completeInexact(0n, 0, rounded.isIncremented, context);
  return { integer, cc, flags, dxc };
}
