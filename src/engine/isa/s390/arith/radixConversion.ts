/**
 * Conversion between hexadecimal, binary and decimal floating point: PFPO-convert-floating-point-radix
 * (Principles of Operation, chapter 9, "PERFORM FLOATING-POINT OPERATION").
 *
 * A value is converted exactly and rounded once. Where the manual's text was not at hand the rule is derived
 * from the rest of the chapter and from IEEE Std 754: payloads of NaNs go over as integers where they fit;
 * a trapped overflow or underflow that scaling does not bring back into the target is the default NaN
 * (754-1985, 7.3); a quantum exception is not recognised, for the function has no quantum-exception control.
 */
import { bitLength, type BfpFormat, type BinaryValue } from './bfpFormat.ts';
import { deliverBfp, roundBinary } from './bfpRound.ts';
import { dfpDefaultNan, encodeDfp, power10, type DfpFormat } from './dfpFormat.ts';
import { deliverDfp, deliverDfpZero } from './dfpRound.ts';
import type { FloatingDatum, FloatingFormat } from './floatingDatum.ts';
import { hfpTrueZero, packHfp, type HfpFormat } from './hfpFormat.ts';
import { completeInexact, dxcOfRange, exact, ieeeFlag, raiseSuppressing } from './ieee.ts';
import type { IeeeContext, IeeeResult } from './ieee.ts';

/** Controls that depend on the target's radix: bits 58 and 59 of general register 0 (derived). */
export interface RadixControls {
  /** Bit 58, HFP: an overflow is an IEEE overflow; otherwise an invalid operation. */
  readonly reportsHfpOverflow: boolean;
  /** Bit 59, HFP: an underflow is an inexact result and nothing more; otherwise an IEEE underflow. */
  readonly underflowIsInexact: boolean;
  /** Bit 58, DFP: an exact result has the quantum nearest to one; otherwise the smallest. */
  readonly prefersQuantumOne: boolean;
}

/** Converts a datum of one radix to a format of another. */
export function convertRadix(
  source: FloatingDatum,
  target: FloatingFormat,
  controls: RadixControls,
  context: IeeeContext,
): IeeeResult {
  switch (target.family) {
    case 'hfp':
      return toHfp(source, target.format, controls, context);
    case 'bfp':
      return toBfp(source, target.format, context);
    case 'dfp':
      return toDfp(source, target.format, controls.prefersQuantumOne ? 0 : -Infinity, context);
  }
}

/** The value in binary, with at least `bits` significant bits where it is not exact. */
function inBinary(source: FloatingDatum, bits: number): { value: BinaryValue; isSticky: boolean } {
  const { negative, significand, base, exponent } = source;
  if (base === 2) return { value: { negative, significand, exponent }, isSticky: false };
  if (exponent >= 0) {
    const whole = significand * power10(exponent);
    return { value: { negative, significand: whole, exponent: 0 }, isSticky: false };
  }
  const divisor = power10(-exponent);
  const shift = Math.max(0, bits + 1 + bitLength(divisor) - bitLength(significand));
  const dividend = significand << BigInt(shift);
  const quotient = dividend / divisor;
  return {
    value: { negative, significand: quotient, exponent: -shift },
    isSticky: quotient * divisor !== dividend,
  };
}

const withoutRange = (context: IeeeContext): IeeeContext => ({
  ...context,
  masks: context.masks & ~(ieeeFlag.overflow | ieeeFlag.underflow),
});

/** A trapped range exception: the value scaled into the target's range, or the default NaN beyond it. */
function settleTrapped(
  result: IeeeResult,
  format: { readonly trapScale: number },
  defaultNan: bigint,
  context: IeeeContext,
  deliver: (shift: number, context: IeeeContext) => IeeeResult,
): IeeeResult {
  const isOverflow = (result.dxc & ieeeFlag.overflow) !== 0;
  if (!isOverflow && !(result.dxc & ieeeFlag.underflow)) return result;
  const scaled = deliver(isOverflow ? -format.trapScale : format.trapScale, withoutRange(context));
  const isBeyond = (scaled.flags & (ieeeFlag.overflow | ieeeFlag.underflow)) !== 0;
  return { ...result, bits: isBeyond ? defaultNan : scaled.bits };
}

function toBfp(source: FloatingDatum, format: BfpFormat, context: IeeeContext): IeeeResult {
  const sign = source.negative ? format.signBit : 0n;
  if (source.kind === 'infinity') return exact(sign | format.infinity);
  if (source.kind !== 'finite') {
    const payload = source.significand < format.quietBit ? source.significand : 0n;
    return deliverNan(source, sign | format.defaultNan | payload, context);
  }
  if (source.significand === 0n) return exact(sign);
  const { value, isSticky } = inBinary(source, format.precision + 2);
  const deliver = (shift: number, under: IeeeContext): IeeeResult =>
    deliverBfp(format, { ...value, exponent: value.exponent + shift }, isSticky, under);
  return settleTrapped(deliver(0, context), format, format.defaultNan, context, deliver);
}

function toDfp(source: FloatingDatum, format: DfpFormat, ideal: number, context: IeeeContext): IeeeResult {
  const { kind, negative, significand, exponent } = source;
  if (kind === 'infinity') return exact(encodeDfp(format, { kind, negative, coefficient: 0n, exponent: 0 }));
  if (kind !== 'finite') {
    const coefficient = significand < power10(format.precision - 1) ? significand : 0n;
    const bits = encodeDfp(format, { kind: 'quiet-nan', negative, coefficient, exponent: 0 });
    return deliverNan(source, bits, context);
  }
  if (significand === 0n) return deliverDfpZero(format, negative, ideal, context);
  // A power of one half is one of five with as many decimal places.
  const value =
    exponent >= 0
      ? { negative, coefficient: significand << BigInt(exponent), exponent: 0 }
      : { negative, coefficient: significand * 5n ** BigInt(-exponent), exponent };
  const deliver = (shift: number, under: IeeeContext): IeeeResult =>
    deliverDfp(format, { ...value, exponent: value.exponent + shift }, ideal, under);
  return settleTrapped(deliver(0, context), format, dfpDefaultNan(format), context, deliver);
}

/** A NaN of the target: the invalid operation of a signaling one is recognised. */
const deliverNan = (source: FloatingDatum, bits: bigint, context: IeeeContext): IeeeResult =>
  source.kind === 'signaling-nan' ? raiseSuppressing(ieeeFlag.invalid, bits, context) : exact(bits);

/** HFP has neither infinity nor NaN: both are invalid operations that give the largest number. */
function toHfp(
  source: FloatingDatum,
  format: HfpFormat,
  controls: RadixControls,
  context: IeeeContext,
): IeeeResult {
  const largest = (negative: boolean): bigint =>
    packHfp(format, negative, 127, (1n << BigInt(4 * format.digits)) - 1n);
  if (source.kind !== 'finite') {
    const isNegative = source.kind === 'infinity' && source.negative;
    return raiseSuppressing(ieeeFlag.invalid, largest(isNegative), context);
  }
  const { negative } = source;
  if (source.significand === 0n) return exact(hfpTrueZero(format, negative));
  const { value, isSticky } = inBinary(source, 4 * format.digits + 2);
  const length = Math.ceil((value.exponent + bitLength(value.significand)) / 4);
  const rounded = roundBinary(value, isSticky, 4 * (length - format.digits), context.rounding);
  const isCarry = rounded.significand >> BigInt(4 * format.digits) !== 0n;
  const characteristic = 64 + length + (isCarry ? 1 : 0);
  if (characteristic > 127) return hfpOverflow(largest(negative), controls, context);
  if (characteristic < 0) return hfpUnderflow(hfpTrueZero(format, negative), controls, context);
  const fraction = isCarry ? rounded.significand >> 4n : rounded.significand;
  const bits = packHfp(format, negative, characteristic, fraction);
  return rounded.isInexact ? completeInexact(bits, 0, rounded.isIncremented, context) : exact(bits);
}

function hfpOverflow(bits: bigint, controls: RadixControls, context: IeeeContext): IeeeResult {
  if (!controls.reportsHfpOverflow) return raiseSuppressing(ieeeFlag.invalid, bits, context);
  return outOfRange(ieeeFlag.overflow, bits, context);
}

function hfpUnderflow(bits: bigint, controls: RadixControls, context: IeeeContext): IeeeResult {
  if (controls.underflowIsInexact) return completeInexact(bits, 0, false, context);
  return outOfRange(ieeeFlag.underflow, bits, context);
}

/** HFP results out of range are the same whether the condition traps or not. */
const outOfRange = (flag: number, bits: bigint, context: IeeeContext): IeeeResult =>
  context.masks & flag
    ? { bits, flags: 0, dxc: dxcOfRange(flag, true, false) }
    : completeInexact(bits, flag, false, context);
