/**
 * Hexadecimal floating point arithmetic (Principles of Operation, chapter 18: ADD NORMALIZED, ADD
 * UNNORMALIZED, SUBTRACT, COMPARE, MULTIPLY, MULTIPLY AND ADD/SUBTRACT, DIVIDE, HALVE, SQUARE ROOT).
 *
 * Invariant: addition keeps exactly one guard digit during alignment, and every other loss is truncation;
 * only SQUARE ROOT rounds.
 */
import { integerSquareRoot } from './bfpArithmetic.ts';
import {
  deliverHfp,
  hexLength,
  hfpCc,
  normaliseHfp,
  packHfp,
  unpackHfp,
  type HexNumber,
  type HfpFormat,
  type HfpMasks,
  type HfpResult,
} from './hfpFormat.ts';

const noUnderflowMask = { exponentUnderflow: false } as const;

/** The aligned sum with its guard digit: signed, in units of one sixteenth of the last digit. */
function alignedSum(a: HexNumber, b: HexNumber): { sum: bigint; characteristic: number } {
  const characteristic = Math.max(a.characteristic, b.characteristic);
  const align = (x: HexNumber): bigint => {
    const magnitude = (x.fraction << 4n) >> BigInt(4 * (characteristic - x.characteristic));
    return x.negative ? -magnitude : magnitude;
  };
  return { sum: align(a) + align(b), characteristic };
}

function significanceResult(format: HfpFormat, characteristic: number, masks: HfpMasks): HfpResult {
  if (!masks.significance) return { bits: 0n, cc: 0 };
  return { bits: packHfp(format, false, characteristic, 0n), cc: 0, exception: 'significance' };
}

function addNumbers(
  format: HfpFormat,
  a: HexNumber,
  b: HexNumber,
  isNormalized: boolean,
  masks: HfpMasks,
): HfpResult {
  const { sum, characteristic } = alignedSum(a, b);
  const negative = sum < 0n;
  const magnitude = negative ? -sum : sum;
  const carry = hexLength(magnitude) > format.digits + 1;
  if (carry) {
    const shifted = { negative, characteristic: characteristic + 1, fraction: magnitude >> 8n };
    return deliverHfp(format, shifted, masks);
  }
  if (!isNormalized) {
    const fraction = magnitude >> 4n;
    if (fraction === 0n) return significanceResult(format, characteristic, masks);
    return { bits: packHfp(format, negative, characteristic, fraction), cc: hfpCc(negative, fraction) };
  }
  if (magnitude === 0n) return significanceResult(format, characteristic, masks);
  const shift = format.digits + 1 - hexLength(magnitude);
  const fraction = (magnitude << BigInt(4 * shift)) >> 4n;
  return deliverHfp(format, { negative, characteristic: characteristic - shift, fraction }, masks);
}

function negate(value: HexNumber): HexNumber {
  return { ...value, negative: !value.negative };
}

/** ADD NORMALIZED (AE, AD, AX). */
export function addHfp(format: HfpFormat, a: bigint, b: bigint, masks: HfpMasks): HfpResult {
  return addNumbers(format, unpackHfp(format, a), unpackHfp(format, b), true, masks);
}

/** SUBTRACT NORMALIZED (SE, SD, SX). */
export function subtractHfp(format: HfpFormat, a: bigint, b: bigint, masks: HfpMasks): HfpResult {
  return addNumbers(format, unpackHfp(format, a), negate(unpackHfp(format, b)), true, masks);
}

/** ADD UNNORMALIZED (AU, AW): the guard digit has no say in whether the sum is zero. */
export function addUnnormalizedHfp(format: HfpFormat, a: bigint, b: bigint, masks: HfpMasks): HfpResult {
  return addNumbers(format, unpackHfp(format, a), unpackHfp(format, b), false, masks);
}

/** SUBTRACT UNNORMALIZED (SU, SW). */
export function subtractUnnormalizedHfp(format: HfpFormat, a: bigint, b: bigint, masks: HfpMasks): HfpResult {
  return addNumbers(format, unpackHfp(format, a), negate(unpackHfp(format, b)), false, masks);
}

/**
 * COMPARE: condition code 0 equal, 1 first low, 2 first high. The comparison is a subtraction with one guard
 * digit, so unlike patterns that differ below it are equal, and so are all zero fractions.
 */
export function compareHfp(format: HfpFormat, a: bigint, b: bigint): number {
  const { sum } = alignedSum(unpackHfp(format, a), negate(unpackHfp(format, b)));
  return sum === 0n ? 0 : sum < 0n ? 1 : 2;
}

/** The exact normalised product, in twice the digits of the operands. */
function exactProduct(source: HfpFormat, a: HexNumber, b: HexNumber): HexNumber {
  const x = normaliseHfp(source, a);
  const y = normaliseHfp(source, b);
  const product = x.fraction * y.fraction;
  const shift = product === 0n ? 0 : 2 * source.digits - hexLength(product);
  return {
    negative: x.negative !== y.negative,
    characteristic: x.characteristic + y.characteristic - 64 - shift,
    fraction: product << BigInt(4 * shift),
  };
}

function resizeFraction(fraction: bigint, from: number, to: number): bigint {
  return to >= from ? fraction << BigInt(4 * (to - from)) : fraction >> BigInt(4 * (from - to));
}

/**
 * MULTIPLY: MEE short by short to short, MDE (ME) short to long, MD long to long, MXD long to extended,
 * MX extended to extended; truncated to the target.
 */
export function multiplyHfp(
  source: HfpFormat,
  target: HfpFormat,
  a: bigint,
  b: bigint,
  masks: Pick<HfpMasks, 'exponentUnderflow'>,
): HfpResult {
  const product = exactProduct(source, unpackHfp(source, a), unpackHfp(source, b));
  const fraction = resizeFraction(product.fraction, 2 * source.digits, target.digits);
  return deliverHfp(target, { ...product, fraction }, masks);
}

function multiplyAndAdd(
  format: HfpFormat,
  product: HexNumber,
  addend: HexNumber,
  masks: Pick<HfpMasks, 'exponentUnderflow'>,
): HfpResult {
  const productDigits = 2 * format.digits;
  const productScale = product.characteristic - productDigits;
  const addendScale = addend.characteristic - format.digits;
  const scale = Math.min(productScale, addendScale);
  const signed = (x: HexNumber, own: number): bigint => {
    const magnitude = x.fraction << BigInt(4 * (own - scale));
    return x.negative ? -magnitude : magnitude;
  };
  const sum = signed(product, productScale) + signed(addend, addendScale);
  const magnitude = sum < 0n ? -sum : sum;
  const length = hexLength(magnitude);
  const fraction = resizeFraction(magnitude, length, format.digits);
  return deliverHfp(format, { negative: sum < 0n, characteristic: scale + length, fraction }, masks);
}

/**
 * MULTIPLY AND ADD (MAE, MAD): third operand times second plus first. The product and the sum are exact;
 * only the final fraction is truncated. A zero sum is a true zero without a significance exception.
 */
export function multiplyAddHfp(
  format: HfpFormat,
  multiplicand: bigint,
  multiplier: bigint,
  addend: bigint,
  masks: Pick<HfpMasks, 'exponentUnderflow'>,
): HfpResult {
  const product = exactProduct(format, unpackHfp(format, multiplicand), unpackHfp(format, multiplier));
  return multiplyAndAdd(format, product, unpackHfp(format, addend), masks);
}

/** MULTIPLY AND SUBTRACT (MSE, MSD): the product minus the first operand. */
export function multiplySubtractHfp(
  format: HfpFormat,
  multiplicand: bigint,
  multiplier: bigint,
  subtrahend: bigint,
  masks: Pick<HfpMasks, 'exponentUnderflow'>,
): HfpResult {
  const product = exactProduct(format, unpackHfp(format, multiplicand), unpackHfp(format, multiplier));
  return multiplyAndAdd(format, product, negate(unpackHfp(format, subtrahend)), masks);
}

/** DIVIDE: truncated quotient; a divisor with zero fraction is the divide exception. */
export function divideHfp(
  format: HfpFormat,
  a: bigint,
  b: bigint,
  masks: Pick<HfpMasks, 'exponentUnderflow'>,
): HfpResult {
  const divisor = normaliseHfp(format, unpackHfp(format, b));
  if (divisor.fraction === 0n) return { bits: 0n, cc: 0, exception: 'floating-point-divide' };
  const dividend = normaliseHfp(format, unpackHfp(format, a));
  const isLarge = dividend.fraction >= divisor.fraction;
  const shift = isLarge ? format.digits - 1 : format.digits;
  const value = {
    negative: dividend.negative !== divisor.negative,
    characteristic: dividend.characteristic - divisor.characteristic + 64 + (isLarge ? 1 : 0),
    fraction: (dividend.fraction << BigInt(4 * shift)) / divisor.fraction,
  };
  return deliverHfp(format, value, masks);
}

/** HALVE: half the operand, normalised; never a significance exception. */
export function halveHfp(
  format: HfpFormat,
  a: bigint,
  masks: Pick<HfpMasks, 'exponentUnderflow'>,
): HfpResult {
  const { negative, characteristic, fraction } = unpackHfp(format, a);
  const half = fraction << 3n;
  if (half === 0n) return { bits: 0n, cc: 0 };
  const shift = format.digits + 1 - hexLength(half);
  const normalised = (half << BigInt(4 * shift)) >> 4n;
  const value = { negative, characteristic: characteristic - shift, fraction: normalised };
  return deliverHfp(format, value, masks);
}

/** SQUARE ROOT, rounded by its guard digit; of a negative number it is the square-root exception. */
export function squareRootHfp(format: HfpFormat, a: bigint): HfpResult {
  const operand = normaliseHfp(format, unpackHfp(format, a));
  if (operand.fraction === 0n) return { bits: 0n, cc: 0 };
  if (operand.negative) return { bits: 0n, cc: 0, exception: 'square-root' };
  const isOdd = (operand.characteristic & 1) !== 0;
  const root = integerSquareRoot(operand.fraction << BigInt(4 * (format.digits + (isOdd ? 1 : 2))));
  const characteristic = (operand.characteristic + (isOdd ? 1 : 0) - 64) / 2 + 64;
  const value = { negative: false, characteristic, fraction: (root + 8n) >> 4n };
  return deliverHfp(format, value, noUnderflowMask);
}
