/**
 * Decimal floating point arithmetic and comparison (Principles of Operation, chapter 20: ADD, SUBTRACT,
 * MULTIPLY, DIVIDE, COMPARE, COMPARE AND SIGNAL, COMPARE BIASED EXPONENT, LOAD AND TEST).
 *
 * Invariant: every value is computed exactly, or to more digits than the precision with the rest known to be
 * non-zero, and rounded once.
 */
import { decodeDfp, dfpInfinity, dfpSignCc, digitCount, encodeDfp, power10 } from './dfpFormat.ts';
import type { DfpFormat, DfpValue } from './dfpFormat.ts';
import { deliverDfp, deliverDfpZero, dfpInvalid, propagateDfpNan, type DecimalValue } from './dfpRound.ts';
import { exact, ieeeFlag, raiseSuppressing } from './ieee.ts';
import type { IeeeContext, IeeeResult, IeeeResultWithCc } from './ieee.ts';
import { rounding } from './rounding.ts';

/** ADD. The ideal exponent is the smaller one. */
export function addDfp(format: DfpFormat, a: bigint, b: bigint, context: IeeeContext): IeeeResult {
  return addValues(format, decodeDfp(format, a), decodeDfp(format, b), context);
}

/** SUBTRACT; a NaN second operand keeps its sign. */
export function subtractDfp(format: DfpFormat, a: bigint, b: bigint, context: IeeeContext): IeeeResult {
  const second = decodeDfp(format, b);
  const isNan = second.kind === 'quiet-nan' || second.kind === 'signaling-nan';
  const negated = isNan ? second : { ...second, negative: !second.negative };
  return addValues(format, decodeDfp(format, a), negated, context);
}

function addValues(format: DfpFormat, a: DfpValue, b: DfpValue, context: IeeeContext): IeeeResult {
  const nan = propagateDfpNan(format, [a, b], context);
  if (nan) return nan;
  if (a.kind === 'infinity') {
    const isOpposite = b.kind === 'infinity' && a.negative !== b.negative;
    return isOpposite ? dfpInvalid(format, context) : exact(dfpInfinity(format, a.negative));
  }
  if (b.kind === 'infinity') return exact(dfpInfinity(format, b.negative));
  const ideal = Math.min(a.exponent, b.exponent);
  if (b.coefficient === 0n && a.coefficient !== 0n) return deliverDfp(format, a, ideal, context);
  if (a.coefficient === 0n && b.coefficient !== 0n) return deliverDfp(format, b, ideal, context);
  const sum = sumOf(format, a, b);
  if (sum.coefficient === 0n) {
    const isSame = a.negative === b.negative;
    const negative = isSame ? a.negative : context.rounding === rounding.towardNegative;
    return deliverDfpZero(format, negative, ideal, context);
  }
  return deliverDfp(format, sum, ideal, context);
}

/** The exact sum; a summand too small to meet the other only leaves its trace below it. */
function sumOf(format: DfpFormat, a: DfpValue, b: DfpValue): DecimalValue {
  const top = (x: DfpValue): number => x.exponent + digitCount(x.coefficient);
  const [large, small] = top(a) >= top(b) ? [a, b] : [b, a];
  const floor = Math.min(large.exponent, top(large) - 2 * format.precision - 4);
  if (small.coefficient !== 0n && top(small) < floor) {
    const widened = large.coefficient * power10(large.exponent - floor);
    const coefficient = large.negative === small.negative ? widened : widened - 1n;
    return { negative: large.negative, coefficient, exponent: floor, isSticky: true };
  }
  const exponent = Math.min(a.exponent, b.exponent);
  const signed = (x: DfpValue): bigint => {
    const magnitude = x.coefficient * power10(x.exponent - exponent);
    return x.negative ? -magnitude : magnitude;
  };
  const sum = signed(a) + signed(b);
  return { negative: sum < 0n, coefficient: sum < 0n ? -sum : sum, exponent };
}

/** MULTIPLY. The ideal exponent is the sum of the exponents. */
export function multiplyDfp(format: DfpFormat, a: bigint, b: bigint, context: IeeeContext): IeeeResult {
  const [x, y] = [decodeDfp(format, a), decodeDfp(format, b)];
  const nan = propagateDfpNan(format, [x, y], context);
  if (nan) return nan;
  const negative = x.negative !== y.negative;
  const isZero = (v: DfpValue): boolean => v.kind === 'finite' && v.coefficient === 0n;
  if (x.kind === 'infinity' || y.kind === 'infinity') {
    return isZero(x) || isZero(y) ? dfpInvalid(format, context) : exact(dfpInfinity(format, negative));
  }
  const exponent = x.exponent + y.exponent;
  const coefficient = x.coefficient * y.coefficient;
  if (coefficient === 0n) return deliverDfpZero(format, negative, exponent, context);
  return deliverDfp(format, { negative, coefficient, exponent }, exponent, context);
}

/** DIVIDE. The ideal exponent is the difference of the exponents. */
export function divideDfp(format: DfpFormat, a: bigint, b: bigint, context: IeeeContext): IeeeResult {
  const [x, y] = [decodeDfp(format, a), decodeDfp(format, b)];
  const nan = propagateDfpNan(format, [x, y], context);
  if (nan) return nan;
  const negative = x.negative !== y.negative;
  if (x.kind === 'infinity') {
    return y.kind === 'infinity' ? dfpInvalid(format, context) : exact(dfpInfinity(format, negative));
  }
  const ideal = x.exponent - y.exponent;
  if (y.kind === 'infinity') {
    const zero = { kind: 'finite', negative, coefficient: 0n, exponent: -format.bias } as const;
    return exact(encodeDfp(format, zero));
  }
  if (y.coefficient === 0n) {
    if (x.coefficient === 0n) return dfpInvalid(format, context);
    return raiseSuppressing(ieeeFlag.divideByZero, dfpInfinity(format, negative), context);
  }
  if (x.coefficient === 0n) return deliverDfpZero(format, negative, ideal, context);
  const shift = Math.max(0, format.precision + 3 + digitCount(y.coefficient) - digitCount(x.coefficient));
  const widened = x.coefficient * power10(shift);
  const coefficient = widened / y.coefficient;
  const isSticky = coefficient * y.coefficient !== widened;
  return deliverDfp(format, { negative, coefficient, exponent: ideal - shift, isSticky }, ideal, context);
}

/** A comparison: condition code 0 equal, 1 first low, 2 first high, 3 unordered. */
export interface DfpComparison {
  readonly cc: number;
  readonly flags: number;
  readonly dxc: number;
}

const isNanValue = (value: DfpValue): boolean => value.kind === 'quiet-nan' || value.kind === 'signaling-nan';

function order(a: DfpValue, b: DfpValue): number {
  const sign = (v: DfpValue): number =>
    v.kind === 'finite' && v.coefficient === 0n ? 0 : v.negative ? -1 : 1;
  if (sign(a) !== sign(b)) return sign(a) - sign(b);
  if (sign(a) === 0) return 0;
  return sign(a) * orderMagnitudes(a, b);
}

function orderMagnitudes(a: DfpValue, b: DfpValue): number {
  if (a.kind === 'infinity' || b.kind === 'infinity') {
    return (a.kind === 'infinity' ? 1 : 0) - (b.kind === 'infinity' ? 1 : 0);
  }
  const top = a.exponent + digitCount(a.coefficient) - b.exponent - digitCount(b.coefficient);
  if (top !== 0) return top;
  const exponent = Math.min(a.exponent, b.exponent);
  const aligned = (x: DfpValue): bigint => x.coefficient * power10(x.exponent - exponent);
  const difference = aligned(a) - aligned(b);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

function compareValues(a: DfpValue, b: DfpValue, isInvalid: boolean, context: IeeeContext): DfpComparison {
  const { flags, dxc } = isInvalid ? raiseSuppressing(ieeeFlag.invalid, 0n, context) : exact(0n);
  if (isNanValue(a) || isNanValue(b)) return { cc: 3, flags, dxc };
  const difference = order(a, b);
  return { cc: difference === 0 ? 0 : difference < 0 ? 1 : 2, flags, dxc };
}

/** COMPARE: numerically, so members of a cohort are equal; only a signaling NaN is invalid. */
export function compareDfp(format: DfpFormat, a: bigint, b: bigint, context: IeeeContext): DfpComparison {
  const [x, y] = [decodeDfp(format, a), decodeDfp(format, b)];
  return compareValues(x, y, x.kind === 'signaling-nan' || y.kind === 'signaling-nan', context);
}

/** COMPARE AND SIGNAL: any NaN is invalid. */
export function compareAndSignalDfp(
  format: DfpFormat,
  a: bigint,
  b: bigint,
  context: IeeeContext,
): DfpComparison {
  const [x, y] = [decodeDfp(format, a), decodeDfp(format, b)];
  return compareValues(x, y, isNanValue(x) || isNanValue(y), context);
}

/**
 * COMPARE BIASED EXPONENT: condition code 0 equal, 1 first low, 2 first high. Two infinities are equal and so
 * are two NaNs; any other pair with an infinity or a NaN is unordered, 3.
 */
export function compareBiasedExponentDfp(format: DfpFormat, a: bigint, b: bigint): number {
  const [x, y] = [decodeDfp(format, a), decodeDfp(format, b)];
  if (x.kind === 'finite' && y.kind === 'finite') {
    return x.exponent === y.exponent ? 0 : x.exponent < y.exponent ? 1 : 2;
  }
  const isEqual = (x.kind === 'infinity' && y.kind === 'infinity') || (isNanValue(x) && isNanValue(y));
  return isEqual ? 0 : 3;
}

/** LOAD AND TEST: canonical, a signaling NaN is invalid and loaded quiet. */
export function loadAndTestDfp(format: DfpFormat, bits: bigint, context: IeeeContext): IeeeResultWithCc {
  const value = decodeDfp(format, bits);
  const nan = propagateDfpNan(format, [value], context);
  if (nan) return { ...nan, cc: 3 };
  const canonical = value.kind === 'infinity' ? { ...value, coefficient: 0n } : value;
  return { ...exact(encodeDfp(format, canonical)), cc: dfpSignCc(value) };
}
