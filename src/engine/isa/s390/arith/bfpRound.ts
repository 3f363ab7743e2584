/**
 * Binary floating point: from a precise value to a delivered result (Principles of Operation, chapter 19,
 * "Normal Numbers, Rounding and Exceptions", chapter 9 for the trap actions).
 *
 * Invariant: tininess is judged on the precise value before rounding; a value is rounded exactly once,
 * either to the precision or, for a denormal result, to the smallest unit.
 */
import { bitLength, packBfp, type BfpFormat, type BinaryValue } from './bfpFormat.ts';
import { completeInexact, dxcOfRange, exact, ieeeFlag, type IeeeContext, type IeeeResult } from './ieee.ts';
import { overflowsToInfinity, roundsUp, tail, type Rounding, type Tail } from './rounding.ts';

interface Rounded {
  readonly significand: bigint;
  readonly exponent: number;
  readonly isInexact: boolean;
  readonly isIncremented: boolean;
}

function tailOf(significand: bigint, drop: bigint, isSticky: boolean): Tail {
  const discarded = significand & ((1n << drop) - 1n);
  const half = 1n << (drop - 1n);
  if (discarded > half) return tail.aboveHalf;
  if (discarded === half) return isSticky ? tail.aboveHalf : tail.half;
  return discarded !== 0n || isSticky ? tail.belowHalf : tail.none;
}

/**
 * Rounds a magnitude to a multiple of 2^unit.
 * @param isSticky the precise value is a little larger than the significand says; then the significand
 *   must reach at least two bits below the unit, which every caller's guard bits ensure
 */
export function roundBinary(
  value: BinaryValue,
  isSticky: boolean,
  unit: number,
  method: Rounding,
): Rounded {
  const drop = unit - value.exponent;
  if (drop <= 0) {
    const significand = value.significand << BigInt(-drop);
    return { significand, exponent: unit, isInexact: false, isIncremented: false };
  }
  const shift = BigInt(drop);
  const kept = value.significand >> shift;
  const discarded = tailOf(value.significand, shift, isSticky);
  const isIncremented = roundsUp(method, value.negative, Number(kept & 1n), discarded);
  return {
    significand: isIncremented ? kept + 1n : kept,
    exponent: unit,
    isInexact: discarded !== tail.none,
    isIncremented,
  };
}

function normalise(format: BfpFormat, rounded: Rounded): Rounded {
  if (rounded.significand >> BigInt(format.precision) === 0n) return rounded;
  return { ...rounded, significand: rounded.significand >> 1n, exponent: rounded.exponent + 1 };
}

/** How a trapped overflow or underflow is delivered: the format and the power of two. */
export interface TrapDelivery {
  readonly format: BfpFormat;
  readonly scale: number;
}

function deliverScaled(
  delivery: TrapDelivery,
  negative: boolean,
  rounded: Rounded,
  flag: number,
): IeeeResult {
  const scale = flag === ieeeFlag.overflow ? -delivery.scale : delivery.scale;
  const missing = delivery.format.precision - bitLength(rounded.significand);
  const significand = rounded.significand << BigInt(missing);
  const exponent = rounded.exponent - missing + scale;
  const dxc = dxcOfRange(flag, rounded.isInexact, rounded.isIncremented);
  return { bits: packBfp(delivery.format, negative, significand, exponent), flags: 0, dxc };
}

function deliverOverflow(format: BfpFormat, negative: boolean, context: IeeeContext): IeeeResult {
  const isInfinity = overflowsToInfinity(context.rounding, negative);
  const magnitude = isInfinity ? format.infinity : format.largest;
  const bits = magnitude | (negative ? format.signBit : 0n);
  return completeInexact(bits, ieeeFlag.overflow, isInfinity, context);
}

/**
 * Rounds a precise value that is not zero and delivers it with its exceptions.
 * @param isSticky see {@link roundBinary}
 * @param delivery where trapped results go; the format itself unless the operation is LOAD ROUNDED
 */
export function deliverBfp(
  format: BfpFormat,
  value: BinaryValue,
  isSticky: boolean,
  context: IeeeContext,
  delivery: TrapDelivery = { format, scale: format.trapScale },
): IeeeResult {
  const leading = value.exponent + bitLength(value.significand) - 1;
  const isTiny = leading < format.exponentMin;
  const precisionUnit = leading - format.precision + 1;
  if (isTiny && !(context.masks & ieeeFlag.underflow)) {
    return deliverTiny(format, value, isSticky, context);
  }
  const rounded = normalise(format, roundBinary(value, isSticky, precisionUnit, context.rounding));
  if (isTiny) return deliverScaled(delivery, value.negative, rounded, ieeeFlag.underflow);
  if (rounded.exponent + format.precision - 1 > format.exponentMax) {
    return context.masks & ieeeFlag.overflow
      ? deliverScaled(delivery, value.negative, rounded, ieeeFlag.overflow)
      : deliverOverflow(format, value.negative, context);
  }
  const bits = packBfp(format, value.negative, rounded.significand, rounded.exponent);
  return rounded.isInexact ? completeInexact(bits, 0, rounded.isIncremented, context) : exact(bits);
}

function deliverTiny(
  format: BfpFormat,
  value: BinaryValue,
  isSticky: boolean,
  context: IeeeContext,
): IeeeResult {
  const unit = format.exponentMin - format.precision + 1;
  const rounded = roundBinary(value, isSticky, unit, context.rounding);
  const bits = packBfp(format, value.negative, rounded.significand, rounded.exponent);
  if (!rounded.isInexact) return exact(bits);
  return completeInexact(bits, ieeeFlag.underflow, rounded.isIncremented, context);
}
