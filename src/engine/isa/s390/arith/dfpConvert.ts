/**
 * Decimal floating point: changes of format and binary integers (Principles of Operation, chapter 20: LOAD
 * LENGTHENED, LOAD ROUNDED, CONVERT FROM FIXED, FROM LOGICAL, TO FIXED, TO LOGICAL).
 *
 * Invariant: the rounding method and the controls of M3 and M4 are already in the context.
 */
import { convertOutOfRange, type IntegerConversion, type IntegerRange } from './bfpConvert.ts';
import { decodeDfp, dfpInfinity, digitCount, encodeDfp, power10 } from './dfpFormat.ts';
import type { DfpFormat, DfpValue } from './dfpFormat.ts';
import { deliverDfp, deliverDfpZero, roundDecimal } from './dfpRound.ts';
import { completeInexact, exact, ieeeFlag, raiseSuppressing } from './ieee.ts';
import type { IeeeContext, IeeeResult } from './ieee.ts';

/** The payload in the other format: the rightmost digits. */
function resizeSpecial(target: DfpFormat, value: DfpValue): bigint {
  return encodeDfp(target, { ...value, coefficient: value.coefficient % power10(target.precision - 1) });
}

/**
 * An infinity or a NaN in another format.
 * @param keepsSpecial M4 bit 0: a signaling NaN is not an invalid operation and an infinity keeps its digits
 */
function convertSpecial(
  target: DfpFormat,
  value: DfpValue,
  keepsSpecial: boolean,
  context: IeeeContext,
): IeeeResult | undefined {
  if (value.kind === 'finite') return undefined;
  if (value.kind === 'infinity' && !keepsSpecial) return exact(dfpInfinity(target, value.negative));
  if (value.kind === 'signaling-nan' && !keepsSpecial) {
    const quiet = resizeSpecial(target, { ...value, kind: 'quiet-nan' });
    return raiseSuppressing(ieeeFlag.invalid, quiet, context);
  }
  return exact(resizeSpecial(target, value));
}

/** LOAD LENGTHENED (LDETR, LXDTR): exact, exponent kept. */
export function loadLengthenedDfp(
  source: DfpFormat,
  target: DfpFormat,
  bits: bigint,
  keepsSpecial: boolean,
  context: IeeeContext,
): IeeeResult {
  const value = decodeDfp(source, bits);
  return convertSpecial(target, value, keepsSpecial, context) ?? exact(encodeDfp(target, value));
}

/** The result of LOAD ROUNDED; a trapped range exception is delivered in the source format. */
export interface DfpLoadRoundedResult extends IeeeResult {
  readonly isInSourceFormat: boolean;
}

/** LOAD ROUNDED (LEDTR, LDXTR). The ideal exponent is that of the source. */
export function loadRoundedDfp(
  source: DfpFormat,
  target: DfpFormat,
  bits: bigint,
  keepsSpecial: boolean,
  context: IeeeContext,
): DfpLoadRoundedResult {
  const value = decodeDfp(source, bits);
  const special = convertSpecial(target, value, keepsSpecial, context);
  if (special) return { ...special, isInSourceFormat: false };
  if (value.coefficient === 0n) {
    const zero = deliverDfpZero(target, value.negative, value.exponent, context);
    return { ...zero, isInSourceFormat: false };
  }
  const delivery = { format: source, scale: source.roundedTrapScale };
  const result = deliverDfp(target, value, value.exponent, context, delivery);
  const isInSourceFormat = (result.dxc & (ieeeFlag.overflow | ieeeFlag.underflow)) !== 0;
  return { ...result, isInSourceFormat };
}

/** CONVERT FROM FIXED and FROM LOGICAL: ideal exponent 0; the integer is given by its value. */
export function convertIntegerToDfp(format: DfpFormat, integer: bigint, context: IeeeContext): IeeeResult {
  const negative = integer < 0n;
  if (integer === 0n) return deliverDfpZero(format, false, 0, context);
  const coefficient = negative ? -integer : integer;
  return deliverDfp(format, { negative, coefficient, exponent: 0 }, 0, context);
}

/** CONVERT TO FIXED and TO LOGICAL: condition code 0 zero, 1 less, 2 greater, 3 saturated or NaN. */
export function convertDfpToInteger(
  format: DfpFormat,
  bits: bigint,
  range: IntegerRange,
  context: IeeeContext,
): IntegerConversion {
  const value = decodeDfp(format, bits);
  const isNan = value.kind === 'quiet-nan' || value.kind === 'signaling-nan';
  if (isNan) return convertOutOfRange(range.ofNan, context);
  const limit = value.negative ? range.least : range.greatest;
  if (value.kind === 'infinity') return convertOutOfRange(limit, context);
  if (value.coefficient === 0n) return { integer: 0n, cc: 0, flags: 0, dxc: 0 };
  if (value.exponent + digitCount(value.coefficient) > 21) return convertOutOfRange(limit, context);
  const rounded = roundDecimal(value, 0, context.rounding);
  const integer = value.negative ? -rounded.coefficient : rounded.coefficient;
  if (integer < range.least || integer > range.greatest) return convertOutOfRange(limit, context);
  const cc = value.negative ? 1 : 2;
  if (!rounded.isInexact) return { integer, cc, flags: 0, dxc: 0 };
  const { flags, dxc } = completeInexact(0n, 0, rounded.isIncremented, context);
  return { integer, cc, flags, dxc };
}
