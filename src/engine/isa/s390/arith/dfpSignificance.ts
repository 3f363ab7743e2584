/**
 * Decimal floating point: operations on exponent and significance (Principles of Operation, chapter 20:
 * QUANTIZE, REROUND, EXTRACT and INSERT BIASED EXPONENT, EXTRACT SIGNIFICANCE, SHIFT SIGNIFICAND, LOAD FP
 * INTEGER).
 *
 * Invariant: extraction, insertion and shifts never signal, whatever the operand is.
 */
import { decodeDfp, dfpInfinity, digitCount, encodeDfp, power10 } from './dfpFormat.ts';
import type { DfpFormat, DfpKind } from './dfpFormat.ts';
import { deliverDfp, dfpInvalid, propagateDfpNan, roundDecimal, type RoundedDecimal } from './dfpRound.ts';
import { completeInexact, exact, type IeeeContext, type IeeeResult } from './ieee.ts';

/**
 * QUANTIZE: the source with the exponent of the quantum operand; a coefficient too long for it is invalid.
 * NaNs take precedence source first.
 */
export function quantizeDfp(
  format: DfpFormat,
  source: bigint,
  quantum: bigint,
  context: IeeeContext,
): IeeeResult {
  const [value, model] = [decodeDfp(format, source), decodeDfp(format, quantum)];
  const nan = propagateDfpNan(format, [value, model], context);
  if (nan) return nan;
  if (value.kind === 'infinity' || model.kind === 'infinity') {
    if (value.kind !== model.kind) return dfpInvalid(format, context);
    return exact(dfpInfinity(format, value.negative));
  }
  const shift = value.exponent - model.exponent;
  if (value.coefficient !== 0n && digitCount(value.coefficient) + shift > format.precision) {
    return dfpInvalid(format, context);
  }
  if (value.coefficient === 0n) return exact(encodeDfp(format, { ...value, exponent: model.exponent }));
  const rounded = roundDecimal(value, model.exponent, context.rounding);
  if (digitCount(rounded.coefficient) > format.precision) return dfpInvalid(format, context);
  const { coefficient, exponent } = rounded;
  const bits = encodeDfp(format, { ...value, coefficient, exponent });
  return rounded.isInexact ? completeInexact(bits, 0, rounded.isIncremented, context) : exact(bits);
}

/**
 * REROUND: rounds to the requested number of significant digits; 0 or a number that is not less than the
 * digits present leaves the value as it is.
 * @param significance the rightmost six bits of the second operand
 */
export function reroundDfp(
  format: DfpFormat,
  source: bigint,
  significance: number,
  context: IeeeContext,
): IeeeResult {
  const value = decodeDfp(format, source);
  const nan = propagateDfpNan(format, [value], context);
  if (nan) return nan;
  if (value.kind === 'infinity') return exact(dfpInfinity(format, value.negative));
  const digits = digitCount(value.coefficient);
  if (significance === 0 || digits <= significance) return exact(encodeDfp(format, value));
  const rounded = roundDecimal(value, value.exponent + digits - significance, context.rounding);
  const { coefficient, exponent } = withinExponent(format, rounded, significance);
  if (digitCount(coefficient) > format.precision) {
    return deliverDfp(format, { negative: value.negative, coefficient, exponent }, exponent, context);
  }
  const bits = encodeDfp(format, { ...value, coefficient, exponent });
  return rounded.isInexact ? completeInexact(bits, 0, rounded.isIncremented, context) : exact(bits);
}

/** Takes back a rounding carry; an exponent above the greatest is lowered by zeros on the right. */
function withinExponent(
  format: DfpFormat,
  rounded: RoundedDecimal,
  significance: number,
): { coefficient: bigint; exponent: number } {
  const isCarry = digitCount(rounded.coefficient) > significance;
  const coefficient = isCarry ? rounded.coefficient / 10n : rounded.coefficient;
  const exponent = rounded.exponent + (isCarry ? 1 : 0);
  const above = Math.max(0, exponent - (format.biasedMax - format.bias));
  return { coefficient: coefficient * power10(above), exponent: exponent - above };
}

const specialExponent = { infinity: -1, 'quiet-nan': -2, 'signaling-nan': -3 } as const;

/** EXTRACT BIASED EXPONENT: -1 infinity, -2 quiet NaN, -3 signaling NaN. */
export function extractBiasedExponentDfp(format: DfpFormat, bits: bigint): bigint {
  const value = decodeDfp(format, bits);
  if (value.kind !== 'finite') return BigInt(specialExponent[value.kind]);
  return BigInt(value.exponent + format.bias);
}

/** EXTRACT SIGNIFICANCE: number of significant digits, 0 for zero; -1, -2, -3 as for the exponent. */
export function extractSignificanceDfp(format: DfpFormat, bits: bigint): bigint {
  const value = decodeDfp(format, bits);
  if (value.kind !== 'finite') return BigInt(specialExponent[value.kind]);
  return BigInt(digitCount(value.coefficient));
}

function kindOfBiased(format: DfpFormat, biased: bigint): DfpKind {
  if (biased === -1n) return 'infinity';
  if (biased === -3n) return 'signaling-nan';
  return biased >= 0n && biased <= BigInt(format.biasedMax) ? 'finite' : 'quiet-nan';
}

/**
 * INSERT BIASED EXPONENT: the digits and sign of the operand under a new exponent.
 * @param biased signed 64-bit value; -1 makes an infinity, -3 a signaling NaN, anything else out of range a
 *   quiet NaN, each keeping all digits but the leftmost
 */
export function insertBiasedExponentDfp(format: DfpFormat, bits: bigint, biased: bigint): bigint {
  const value = decodeDfp(format, bits);
  const kind = kindOfBiased(format, biased);
  const exponent = kind === 'finite' ? Number(biased) - format.bias : 0;
  return encodeDfp(format, { kind, negative: value.negative, coefficient: value.coefficient, exponent });
}

/**
 * SHIFT SIGNIFICAND LEFT and RIGHT: digits shifted out are lost, sign and exponent stay. Infinities and NaNs
 * shift their payload.
 * @param places the rightmost six bits of the second-operand address
 */
export function shiftSignificandDfp(
  format: DfpFormat,
  bits: bigint,
  places: number,
  direction: 'left' | 'right',
): bigint {
  const value = decodeDfp(format, bits);
  const digits = value.kind === 'finite' ? format.precision : format.precision - 1;
  const factor = power10(places);
  const coefficient =
    direction === 'left' ? (value.coefficient * factor) % power10(digits) : value.coefficient / factor;
  return encodeDfp(format, { ...value, coefficient });
}

/** LOAD FP INTEGER: rounds away the fraction; the ideal exponent is 0, or the operand's when greater. */
export function loadFpIntegerDfp(format: DfpFormat, bits: bigint, context: IeeeContext): IeeeResult {
  const value = decodeDfp(format, bits);
  const nan = propagateDfpNan(format, [value], context);
  if (nan) return nan;
  if (value.kind === 'infinity') return exact(dfpInfinity(format, value.negative));
  if (value.exponent >= 0) return exact(encodeDfp(format, value));
  const { coefficient, exponent, isInexact, isIncremented } = roundDecimal(value, 0, context.rounding);
  const integer = encodeDfp(format, { ...value, coefficient, exponent });
  return isInexact ? completeInexact(integer, 0, isIncremented, context) : exact(integer);
}
