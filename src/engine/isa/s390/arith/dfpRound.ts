/**
 * Decimal floating point: from a precise value to a delivered result (Principles of Operation, chapter 20,
 * "Rounding" and "Ideal Exponent", chapter 9 for the trap actions and the quantum exception).
 *
 * Invariant: an exact result takes the exponent nearest to the ideal one among those that hold it exactly;
 * an inexact one takes the least exponent that the precision allows.
 */
import {
  decodeDfp,
  dfpDefaultNan,
  dfpExponentMin,
  dfpInfinity,
  dfpSignCc,
  digitCount,
  encodeDfp,
  power10,
  type DfpFormat,
  type DfpValue,
} from './dfpFormat.ts';
import { completeInexact, dxcOfRange, exact, ieeeFlag, raiseSuppressing } from './ieee.ts';
import type { IeeeContext, IeeeResult } from './ieee.ts';
import { overflowsToInfinity, roundsUp, tail, type Rounding, type Tail } from './rounding.ts';

/** A precise value that is not zero: coefficient * 10^exponent, and a little more if sticky. */
export interface DecimalValue {
  readonly negative: boolean;
  readonly coefficient: bigint;
  readonly exponent: number;
  /** Then the coefficient has at least two digits more than the precision. */
  readonly isSticky?: boolean;
}

export interface RoundedDecimal {
  readonly coefficient: bigint;
  readonly exponent: number;
  readonly isInexact: boolean;
  readonly isIncremented: boolean;
}

/** Rounds a magnitude to a multiple of 10^unit. */
export function roundDecimal(value: DecimalValue, unit: number, method: Rounding): RoundedDecimal {
  const drop = unit - value.exponent;
  if (drop <= 0) {
    const coefficient = value.coefficient * power10(-drop);
    return { coefficient, exponent: unit, isInexact: false, isIncremented: false };
  }
  const divisor = power10(drop);
  const kept = value.coefficient / divisor;
  const discarded = tailOf(value.coefficient - kept * divisor, divisor, value.isSticky === true);
  const isIncremented = roundsUp(method, value.negative, Number(kept % 10n), discarded);
  const coefficient = isIncremented ? kept + 1n : kept;
  return { coefficient, exponent: unit, isInexact: discarded !== tail.none, isIncremented };
}

function tailOf(discarded: bigint, unit: bigint, isSticky: boolean): Tail {
  const twice = discarded * 2n;
  if (twice > unit) return tail.aboveHalf;
  if (twice === unit) return isSticky ? tail.aboveHalf : tail.half;
  return discarded !== 0n || isSticky ? tail.belowHalf : tail.none;
}

/** Where a trapped overflow or underflow is delivered. */
export interface DfpTrapDelivery {
  readonly format: DfpFormat;
  readonly scale: number;
}

function leastExponent(format: DfpFormat): number {
  return -format.bias;
}

function greatestExponent(format: DfpFormat): number {
  return format.biasedMax - format.bias;
}

const clamp = (value: number, least: number, greatest: number): number =>
  Math.min(greatest, Math.max(least, value));

/** A zero with the exponent nearest to the ideal one. */
export function deliverDfpZero(
  format: DfpFormat,
  negative: boolean,
  ideal: number,
  context: IeeeContext,
): IeeeResult {
  const exponent = clamp(ideal, leastExponent(format), greatestExponent(format));
  const bits = encodeDfp(format, { kind: 'finite', negative, coefficient: 0n, exponent });
  return withQuantum(exact(bits), exponent !== ideal, context);
}

/** Adds the quantum exception, the last in priority, to a completed finite result. */
function withQuantum(result: IeeeResult, isLost: boolean, context: IeeeContext): IeeeResult {
  if (!isLost || !context.quantumRecognised || result.dxc !== 0) return result;
  if (context.masks & ieeeFlag.quantum) return { ...result, dxc: ieeeFlag.quantum };
  return { ...result, flags: result.flags | ieeeFlag.quantum };
}

/** Brings a rounding carry back within the precision. */
function withinPrecision(format: DfpFormat, rounded: RoundedDecimal): RoundedDecimal {
  if (rounded.coefficient < power10(format.precision)) return rounded;
  return { ...rounded, coefficient: rounded.coefficient / 10n, exponent: rounded.exponent + 1 };
}

/** Moves an exact coefficient to the exponent nearest to the ideal one within the limits. */
function towardIdeal(
  value: RoundedDecimal,
  ideal: number,
  precision: number,
  least: number,
  greatest: number,
): RoundedDecimal {
  let { coefficient, exponent } = value;
  const goal = clamp(ideal, least, greatest);
  while (exponent < goal && coefficient % 10n === 0n) {
    coefficient /= 10n;
    exponent++;
  }
  const room = precision - digitCount(coefficient);
  const down = Math.min(room, exponent - goal);
  if (down > 0) {
    coefficient *= power10(down);
    exponent -= down;
  }
  return { ...value, coefficient, exponent };
}

function deliverScaled(
  delivery: DfpTrapDelivery,
  negative: boolean,
  rounded: RoundedDecimal,
  flag: number,
): IeeeResult {
  const exponent = rounded.exponent + (flag === ieeeFlag.overflow ? -delivery.scale : delivery.scale);
  const { coefficient } = rounded;
  const bits = encodeDfp(delivery.format, { kind: 'finite', negative, coefficient, exponent });
  return { bits, flags: 0, dxc: dxcOfRange(flag, rounded.isInexact, rounded.isIncremented) };
}

function deliverOverflow(format: DfpFormat, negative: boolean, context: IeeeContext): IeeeResult {
  const isInfinity = overflowsToInfinity(context.rounding, negative);
  const coefficient = power10(format.precision) - 1n;
  const largest: DfpValue = { kind: 'finite', negative, coefficient, exponent: greatestExponent(format) };
  const bits = isInfinity ? dfpInfinity(format, negative) : encodeDfp(format, largest);
  return completeInexact(bits, ieeeFlag.overflow, isInfinity, context);
}

/** Rounds to the precision as if the exponent had no limits; exact values move toward the ideal exponent. */
function roundToPrecision(
  format: DfpFormat,
  value: DecimalValue,
  ideal: number,
  method: Rounding,
): RoundedDecimal {
  const unit = value.exponent + digitCount(value.coefficient) - format.precision;
  const rounded = withinPrecision(format, roundDecimal(value, Math.max(unit, value.exponent), method));
  if (rounded.isInexact) return rounded;
  return towardIdeal(rounded, ideal, format.precision, -Infinity, Infinity);
}

/**
 * Rounds a precise value that is not zero and delivers it with its exceptions.
 * @param ideal the ideal exponent of the operation
 */
export function deliverDfp(
  format: DfpFormat,
  value: DecimalValue,
  ideal: number,
  context: IeeeContext,
  delivery: DfpTrapDelivery = { format, scale: format.trapScale },
): IeeeResult {
  const leading = value.exponent + digitCount(value.coefficient) - 1;
  const greatestLeading = greatestExponent(format) + format.precision - 1;
  const isTiny = leading < dfpExponentMin(format);
  // A rounding carry adds one digit at most, so far from both limits nothing can overflow.
  if (!isTiny && leading < greatestLeading) return deliverInRange(format, value, ideal, isTiny, context);
  const free = roundToPrecision(format, value, ideal, context.rounding);
  if (isTiny && context.masks & ieeeFlag.underflow) {
    return deliverScaled(delivery, value.negative, free, ieeeFlag.underflow);
  }
  if (free.exponent + digitCount(free.coefficient) - 1 > greatestLeading) {
    return context.masks & ieeeFlag.overflow
      ? deliverScaled(delivery, value.negative, free, ieeeFlag.overflow)
      : deliverOverflow(format, value.negative, context);
  }
  return deliverInRange(format, value, ideal, isTiny, context);
}

function deliverInRange(
  format: DfpFormat,
  value: DecimalValue,
  ideal: number,
  isTiny: boolean,
  context: IeeeContext,
): IeeeResult {
  const leading = value.exponent + digitCount(value.coefficient) - 1;
  const unit = Math.max(leading - format.precision + 1, leastExponent(format), value.exponent);
  let rounded = withinPrecision(format, roundDecimal(value, unit, context.rounding));
  if (!rounded.isInexact) {
    rounded = towardIdeal(rounded, ideal, format.precision, leastExponent(format), greatestExponent(format));
  }
  const { coefficient, exponent, isInexact, isIncremented } = rounded;
  const bits = encodeDfp(format, { kind: 'finite', negative: value.negative, coefficient, exponent });
  const flags = isTiny && isInexact ? ieeeFlag.underflow : 0;
  const result = isInexact ? completeInexact(bits, flags, isIncremented, context) : exact(bits);
  return withQuantum(result, exponent !== ideal, context);
}

/** The result when at least one operand is a NaN: signaling before quiet, earlier before later. */
export function propagateDfpNan(
  format: DfpFormat,
  operands: readonly DfpValue[],
  context: IeeeContext,
): IeeeResult | undefined {
  const signaling = operands.find((operand) => operand.kind === 'signaling-nan');
  if (signaling) {
    const bits = encodeDfp(format, { ...signaling, kind: 'quiet-nan' });
    return raiseSuppressing(ieeeFlag.invalid, bits, context);
  }
  const quiet = operands.find((operand) => operand.kind === 'quiet-nan');
  return quiet && exact(encodeDfp(format, quiet));
}

export function dfpInvalid(format: DfpFormat, context: IeeeContext): IeeeResult {
  return raiseSuppressing(ieeeFlag.invalid, dfpDefaultNan(format), context);
}

/** The condition code of a delivered result. */
export function dfpResultCc(format: DfpFormat, bits: bigint): number {
  return dfpSignCc(decodeDfp(format, bits));
}
