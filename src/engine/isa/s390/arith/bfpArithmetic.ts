/**
 * Binary floating point arithmetic, computed exactly and rounded once (Principles of Operation, chapter 19:
 * ADD, SUBTRACT, MULTIPLY, DIVIDE, SQUARE ROOT, MULTIPLY AND ADD/SUBTRACT).
 *
 * Invariant: pure functions of bit patterns; this is the reference the fast path is measured against.
 */
import {
  bitLength,
  isBfpInfinity,
  isBfpNegative,
  isBfpZero,
  unpackBfp,
  type BfpFormat,
  type BinaryValue,
} from './bfpFormat.ts';
import { bfpInvalid, propagateBfpNan, resizeBfpNan } from './bfpNan.ts';
import { deliverBfp } from './bfpRound.ts';
import { exact, ieeeFlag, raiseSuppressing, type IeeeContext, type IeeeResult } from './ieee.ts';
import { rounding, type Rounding } from './rounding.ts';

function signedZero(format: BfpFormat, negative: boolean): bigint {
  return negative ? format.signBit : 0n;
}

function signedInfinity(format: BfpFormat, negative: boolean): bigint {
  return format.infinity | signedZero(format, negative);
}

/** The sign of an exact zero sum of operands of unlike sign. */
function zeroSumIsNegative(method: Rounding): boolean {
  return method === rounding.towardNegative;
}

interface ExactSum {
  readonly value: BinaryValue;
  readonly isSticky: boolean;
}

/**
 * The sum of two non-zero values. When they lie too far apart to meet within the guard bits, the smaller
 * one only leaves its trace below the larger one.
 */
function addBinary(a: BinaryValue, b: BinaryValue, guardBits: number): ExactSum {
  const aTop = a.exponent + bitLength(a.significand);
  const bTop = b.exponent + bitLength(b.significand);
  const [large, small] = aTop >= bTop ? [a, b] : [b, a];
  const smallTop = Math.min(aTop, bTop);
  const floor = Math.min(large.exponent, Math.max(aTop, bTop) - guardBits);
  if (smallTop < floor) {
    const widened = large.significand << BigInt(large.exponent - floor);
    const significand = large.negative === small.negative ? widened : widened - 1n;
    return { value: { negative: large.negative, significand, exponent: floor }, isSticky: true };
  }
  const exponent = Math.min(a.exponent, b.exponent);
  const left = a.significand << BigInt(a.exponent - exponent);
  const right = b.significand << BigInt(b.exponent - exponent);
  const sum = (a.negative ? -left : left) + (b.negative ? -right : right);
  const value = { negative: sum < 0n, significand: sum < 0n ? -sum : sum, exponent };
  return { value, isSticky: false };
}

/** ADD: first operand plus second operand. */
export function addBfp(format: BfpFormat, a: bigint, b: bigint, context: IeeeContext): IeeeResult {
  const nan = propagateBfpNan(format, [a, b], context);
  if (nan) return nan;
  if (isBfpInfinity(format, a)) {
    return isBfpInfinity(format, b) && a !== b ? bfpInvalid(format, context) : exact(a);
  }
  if (isBfpInfinity(format, b)) return exact(b);
  return addFinite(format, unpackBfp(format, a), unpackBfp(format, b), context);
}

function addFinite(format: BfpFormat, a: BinaryValue, b: BinaryValue, context: IeeeContext): IeeeResult {
  if (a.significand === 0n && b.significand === 0n) {
    const negative = a.negative === b.negative ? a.negative : zeroSumIsNegative(context.rounding);
    return exact(signedZero(format, negative));
  }
  if (a.significand === 0n) return deliverBfp(format, b, false, context);
  if (b.significand === 0n) return deliverBfp(format, a, false, context);
  const sum = addBinary(a, b, 2 * format.precision + 4);
  if (sum.value.significand === 0n) {
    return exact(signedZero(format, zeroSumIsNegative(context.rounding)));
  }
  return deliverBfp(format, sum.value, sum.isSticky, context);
}

/** SUBTRACT: first operand minus second operand; a NaN second operand keeps its sign. */
export function subtractBfp(format: BfpFormat, a: bigint, b: bigint, context: IeeeContext): IeeeResult {
  const nan = propagateBfpNan(format, [a, b], context);
  return nan ?? addBfp(format, a, b ^ format.signBit, context);
}

function multiplyBinary(a: BinaryValue, b: BinaryValue): BinaryValue {
  return {
    negative: a.negative !== b.negative,
    significand: a.significand * b.significand,
    exponent: a.exponent + b.exponent,
  };
}

/** MULTIPLY with the product in the format of the operands. */
export function multiplyBfp(format: BfpFormat, a: bigint, b: bigint, context: IeeeContext): IeeeResult {
  return multiplyBfpLengthened(format, format, a, b, context);
}

/** MULTIPLY with the product in a wider format (MDEBR, MXDBR); wider products are always exact. */
export function multiplyBfpLengthened(
  source: BfpFormat,
  target: BfpFormat,
  a: bigint,
  b: bigint,
  context: IeeeContext,
): IeeeResult {
  const nan = propagateBfpNan(source, [a, b], context);
  if (nan) return { ...nan, bits: resizeBfpNan(source, target, nan.bits) };
  const negative = isBfpNegative(source, a) !== isBfpNegative(source, b);
  if (isBfpInfinity(source, a) || isBfpInfinity(source, b)) {
    if (isBfpZero(source, a) || isBfpZero(source, b)) return bfpInvalid(target, context);
    return exact(signedInfinity(target, negative));
  }
  const product = multiplyBinary(unpackBfp(source, a), unpackBfp(source, b));
  if (product.significand === 0n) return exact(signedZero(target, negative));
  return deliverBfp(target, product, false, context);
}

/** DIVIDE: first operand by second operand. */
export function divideBfp(format: BfpFormat, a: bigint, b: bigint, context: IeeeContext): IeeeResult {
  const nan = propagateBfpNan(format, [a, b], context);
  if (nan) return nan;
  const negative = isBfpNegative(format, a) !== isBfpNegative(format, b);
  if (isBfpInfinity(format, a)) {
    return isBfpInfinity(format, b) ? bfpInvalid(format, context) : exact(signedInfinity(format, negative));
  }
  if (isBfpInfinity(format, b)) return exact(signedZero(format, negative));
  if (isBfpZero(format, b)) {
    if (isBfpZero(format, a)) return bfpInvalid(format, context);
    return raiseSuppressing(ieeeFlag.divideByZero, signedInfinity(format, negative), context);
  }
  if (isBfpZero(format, a)) return exact(signedZero(format, negative));
  const dividend = unpackBfp(format, a);
  const divisor = unpackBfp(format, b);
  const shift = Math.max(
    0,
    format.precision + 3 + bitLength(divisor.significand) - bitLength(dividend.significand),
  );
  const widened = dividend.significand << BigInt(shift);
  const significand = widened / divisor.significand;
  const exponent = dividend.exponent - divisor.exponent - shift;
  const isSticky = significand * divisor.significand !== widened;
  return deliverBfp(format, { negative, significand, exponent }, isSticky, context);
}

/** Floor of the square root of a non-negative integer. */
export function integerSquareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** SQUARE ROOT; of minus zero it is minus zero. */
export function squareRootBfp(format: BfpFormat, a: bigint, context: IeeeContext): IeeeResult {
  const nan = propagateBfpNan(format, [a], context);
  if (nan) return nan;
  if (isBfpZero(format, a)) return exact(a);
  if (isBfpNegative(format, a)) return bfpInvalid(format, context);
  if (isBfpInfinity(format, a)) return exact(a);
  const operand = unpackBfp(format, a);
  let shift = 2 * format.precision + 6 - bitLength(operand.significand);
  if ((operand.exponent - shift) & 1) shift++;
  const radicand = operand.significand << BigInt(shift);
  const significand = integerSquareRoot(radicand);
  const exponent = (operand.exponent - shift) / 2;
  const isSticky = significand * significand !== radicand;
  return deliverBfp(format, { negative: false, significand, exponent }, isSticky, context);
}

/**
 * MULTIPLY AND ADD: third operand times second operand plus first operand, rounded once.
 * NaNs take precedence in the order multiplicand, multiplier, addend; zero times infinity is invalid even
 * when the addend is a NaN, and gives the default NaN then.
 */
export function multiplyAddBfp(
  format: BfpFormat,
  multiplicand: bigint,
  multiplier: bigint,
  addend: bigint,
  context: IeeeContext,
): IeeeResult {
  const a = multiplicand;
  const b = multiplier;
  const isInvalidProduct =
    (isBfpInfinity(format, a) && isBfpZero(format, b)) || (isBfpZero(format, a) && isBfpInfinity(format, b));
  if (isInvalidProduct) return bfpInvalid(format, context);
  const nan = propagateBfpNan(format, [a, b, addend], context);
  if (nan) return nan;
  const negative = isBfpNegative(format, a) !== isBfpNegative(format, b);
  if (isBfpInfinity(format, a) || isBfpInfinity(format, b)) {
    const infinity = signedInfinity(format, negative);
    const isOpposite = isBfpInfinity(format, addend) && addend !== infinity;
    return isOpposite ? bfpInvalid(format, context) : exact(infinity);
  }
  if (isBfpInfinity(format, addend)) return exact(addend);
  const product = multiplyBinary(unpackBfp(format, a), unpackBfp(format, b));
  return addFinite(format, product, unpackBfp(format, addend), context);
}

/** MULTIPLY AND SUBTRACT: the product minus the first operand; a NaN addend keeps its sign. */
export function multiplySubtractBfp(
  format: BfpFormat,
  multiplicand: bigint,
  multiplier: bigint,
  subtrahend: bigint,
  context: IeeeContext,
): IeeeResult {
  const isNan = (subtrahend & (format.signBit - 1n)) > format.infinity;
  const addend = isNan ? subtrahend : subtrahend ^ format.signBit;
  return multiplyAddBfp(format, multiplicand, multiplier, addend, context);
}
