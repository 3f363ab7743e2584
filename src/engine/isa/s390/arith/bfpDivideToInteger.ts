/**
 * Binary floating point: DIVIDE TO INTEGER (Principles of Operation, chapter 19).
 *
 * Invariant: when the quotient does not fit the precision, the delivered quotient is truncated and
 * dividend = quotient * divisor + remainder holds exactly, so repeating the instruction on the remainder
 * ends in the true remainder.
 */
import {
  bitLength,
  isBfpInfinity,
  isBfpNegative,
  isBfpZero,
  packBfp,
  unpackBfp,
  type BfpFormat,
  type BinaryValue,
} from './bfpFormat.ts';
import { packInteger } from './bfpConvert.ts';
import { bfpInvalid, propagateBfpNan } from './bfpNan.ts';
import { deliverBfp } from './bfpRound.ts';
import { exact, type IeeeContext } from './ieee.ts';
import { roundsUp, tail, type Rounding, type Tail } from './rounding.ts';

/** Remainder (first operand), quotient (third operand) and condition code. */
export interface DivideToIntegerResult {
  readonly remainder: bigint;
  readonly quotient: bigint;
  readonly flags: number;
  readonly dxc: number;
  /** 0 complete, 1 complete with quotient overflow or NaN, 2 incomplete, 3 incomplete with overflow. */
  readonly cc: number;
}

/**
 * DIVIDE TO INTEGER.
 * @param quotientRounding the method of M4 for the final quotient
 * @param context its rounding method is that of the FPC and rounds the final remainder
 */
export function divideToIntegerBfp(
  format: BfpFormat,
  a: bigint,
  b: bigint,
  quotientRounding: Rounding,
  context: IeeeContext,
): DivideToIntegerResult {
  const isInvalid = isBfpInfinity(format, a) || isBfpZero(format, b);
  const special =
    propagateBfpNan(format, [a, b], context) ?? (isInvalid ? bfpInvalid(format, context) : undefined);
  if (special) {
    const { bits, flags, dxc } = special;
    return { remainder: bits, quotient: bits, flags, dxc, cc: 1 };
  }
  const negative = isBfpNegative(format, a) !== isBfpNegative(format, b);
  if (isBfpZero(format, a) || isBfpInfinity(format, b)) {
    const { bits, flags, dxc } = isBfpZero(format, a)
      ? exact(a)
      : deliverBfp(format, unpackBfp(format, a), false, context);
    return { remainder: bits, quotient: negative ? format.signBit : 0n, flags, dxc, cc: 0 };
  }
  return divideFinite(format, unpackBfp(format, a), unpackBfp(format, b), quotientRounding, context);
}

function tailOfRemainder(remainder: bigint, divisor: bigint): Tail {
  if (remainder === 0n) return tail.none;
  const twice = remainder * 2n;
  return twice < divisor ? tail.belowHalf : twice === divisor ? tail.half : tail.aboveHalf;
}

function divideFinite(
  format: BfpFormat,
  a: BinaryValue,
  b: BinaryValue,
  method: Rounding,
  context: IeeeContext,
): DivideToIntegerResult {
  const negative = a.negative !== b.negative;
  const exponent = Math.min(a.exponent, b.exponent);
  const dividend = a.significand << BigInt(a.exponent - exponent);
  const divisor = b.significand << BigInt(b.exponent - exponent);
  let quotient = dividend / divisor;
  const excess = bitLength(quotient) - format.precision;
  const rest = dividend - quotient * divisor;
  if (excess <= 0) {
    if (roundsUp(method, negative, Number(quotient & 1n), tailOfRemainder(rest, divisor))) quotient++;
  } else {
    quotient = (quotient >> BigInt(excess)) << BigInt(excess);
  }
  const difference = dividend - quotient * divisor;
  const remainder = deliverRemainder(format, a.negative, difference, exponent, context);
  const isOverflow = bitLength(quotient) - 1 > format.exponentMax;
  const isIncomplete = excess > 0 && difference !== 0n;
  return {
    remainder: remainder.bits,
    quotient: packQuotient(format, negative, quotient, isOverflow),
    flags: remainder.flags,
    dxc: remainder.dxc,
    cc: (isIncomplete ? 2 : 0) + (isOverflow ? 1 : 0),
  };
}

/** The remainder; an exact zero takes the sign of the dividend. */
function deliverRemainder(
  format: BfpFormat,
  dividendNegative: boolean,
  difference: bigint,
  exponent: number,
  context: IeeeContext,
): { bits: bigint; flags: number; dxc: number } {
  if (difference === 0n) return exact(dividendNegative ? format.signBit : 0n);
  const negative = dividendNegative !== difference < 0n;
  const significand = difference < 0n ? -difference : difference;
  return deliverBfp(format, { negative, significand, exponent }, false, context);
}

/** The quotient; one too large for the format is scaled down as a trapped overflow would be. */
function packQuotient(format: BfpFormat, negative: boolean, quotient: bigint, isOverflow: boolean): bigint {
  if (!isOverflow) return packInteger(format, negative, quotient);
  const drop = bitLength(quotient) - format.precision;
  return packBfp(format, negative, quotient >> BigInt(drop), drop - format.trapScale);
}
