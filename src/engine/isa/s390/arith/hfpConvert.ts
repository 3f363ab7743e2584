/**
 * Hexadecimal floating point: changes of format, integers and the sign operations (Principles of Operation,
 * chapter 18: LOAD LENGTHENED, LOAD ROUNDED, LOAD FP INTEGER, CONVERT FROM FIXED, CONVERT TO FIXED, LOAD AND
 * TEST, LOAD COMPLEMENT, LOAD NEGATIVE, LOAD POSITIVE).
 *
 * Invariant: LOAD ROUNDED and LOAD LENGTHENED never normalise; conversions deliver normalised numbers.
 */
import {
  deliverHfp,
  hexLength,
  hfpCc,
  hfpTrueZero,
  packHfp,
  unpackHfp,
  type HfpFormat,
  type HfpResult,
} from './hfpFormat.ts';
import { rounding, roundsUp, tail, type Rounding, type Tail } from './rounding.ts';

/** LOAD LENGTHENED: zeros on the right; an extended zero fraction becomes a true zero of the same sign. */
export function loadLengthenedHfp(source: HfpFormat, target: HfpFormat, bits: bigint): bigint {
  const { negative, characteristic, fraction } = unpackHfp(source, bits);
  if (fraction === 0n && target.digits === 28) return hfpTrueZero(target, negative);
  return packHfp(target, negative, characteristic, fraction << BigInt(4 * (target.digits - source.digits)));
}

/** LOAD ROUNDED: adds one half of the last kept digit to the magnitude; the carry may overflow. */
export function loadRoundedHfp(source: HfpFormat, target: HfpFormat, bits: bigint): HfpResult {
  const value = unpackHfp(source, bits);
  const drop = BigInt(4 * (source.digits - target.digits));
  const rounded = (value.fraction + (1n << (drop - 1n))) >> drop;
  const isCarry = hexLength(rounded) > target.digits;
  const fraction = isCarry ? rounded >> 4n : rounded;
  const characteristic = value.characteristic + (isCarry ? 1 : 0);
  const result = packHfp(target, value.negative, characteristic, fraction);
  const cc = hfpCc(value.negative, fraction);
  return characteristic > 127 ? { bits: result, cc, exception: 'exponent-overflow' } : { bits: result, cc };
}

/** LOAD FP INTEGER: truncates toward zero and normalises; a magnitude below one gives a true zero. */
export function loadFpIntegerHfp(format: HfpFormat, bits: bigint): bigint {
  const { negative, characteristic, fraction } = unpackHfp(format, bits);
  const drop = Math.max(0, 64 + format.digits - characteristic);
  const integer = (fraction >> BigInt(4 * drop)) << BigInt(4 * drop);
  if (integer === 0n) return 0n;
  const shift = format.digits - hexLength(integer);
  const value = { negative, characteristic: characteristic - shift, fraction: integer << BigInt(4 * shift) };
  return deliverHfp(format, value, { exponentUnderflow: false }).bits;
}

/** CONVERT FROM FIXED: normalised, excess digits truncated. The integer is given by its value. */
export function convertIntegerToHfp(format: HfpFormat, integer: bigint): bigint {
  if (integer === 0n) return 0n;
  const magnitude = integer < 0n ? -integer : integer;
  const length = hexLength(magnitude);
  const shift = format.digits - length;
  const fraction = shift >= 0 ? magnitude << BigInt(4 * shift) : magnitude >> BigInt(-4 * shift);
  return packHfp(format, integer < 0n, 64 + length, fraction);
}

/**
 * The rounding method of M3 in CONVERT TO FIXED (HFP) and CONVERT HFP TO BFP; 0 is toward zero here.
 * @returns undefined where M3 is a specification exception
 */
export function hfpRoundingOf(m3: number): Rounding | undefined {
  const methods: readonly (Rounding | undefined)[] = [
    rounding.towardZero,
    rounding.nearestAway,
    undefined,
    undefined,
    rounding.nearestEven,
    rounding.towardZero,
    rounding.towardPositive,
    rounding.towardNegative,
  ];
  return methods[m3];
}

/** CONVERT TO FIXED: condition code 0 zero, 1 less, 2 greater, 3 saturated; no exception exists. */
export function convertHfpToInteger(
  format: HfpFormat,
  bits: bigint,
  width: 32 | 64,
  method: Rounding,
): { integer: bigint; cc: number } {
  const { negative, characteristic, fraction } = unpackHfp(format, bits);
  if (fraction === 0n) return { integer: 0n, cc: 0 };
  const shift = 4 * (characteristic - 64 - format.digits);
  let magnitude: bigint;
  if (shift >= 0) {
    magnitude = fraction << BigInt(shift);
  } else {
    const kept = fraction >> BigInt(-shift);
    const discarded = tailBelow(fraction - (kept << BigInt(-shift)), -shift);
    magnitude = roundsUp(method, negative, Number(kept & 1n), discarded) ? kept + 1n : kept;
  }
  const limit = 1n << BigInt(width - 1);
  if (negative && magnitude > limit) return { integer: -limit, cc: 3 };
  if (!negative && magnitude >= limit) return { integer: limit - 1n, cc: 3 };
  return { integer: negative ? -magnitude : magnitude, cc: negative ? 1 : 2 };
}

function tailBelow(discarded: bigint, width: number): Tail {
  if (discarded === 0n) return tail.none;
  const half = 1n << BigInt(width - 1);
  return discarded < half ? tail.belowHalf : discarded === half ? tail.half : tail.aboveHalf;
}

export type HfpSignOperation = 'test' | 'complement' | 'negative' | 'positive';

/**
 * LOAD AND TEST, COMPLEMENT, NEGATIVE and POSITIVE. Extended ones rewrite the low-order characteristic and
 * turn a zero fraction into a true zero of the resulting sign.
 */
export function loadSignHfp(
  format: HfpFormat,
  operation: HfpSignOperation,
  bits: bigint,
): { bits: bigint; cc: number } {
  const { negative, characteristic, fraction } = unpackHfp(format, bits);
  const signs = { test: negative, complement: !negative, negative: true, positive: false };
  const sign = signs[operation];
  const cc = hfpCc(sign, fraction);
  if (format.digits === 28 && fraction === 0n) return { bits: hfpTrueZero(format, sign), cc };
  return { bits: packHfp(format, sign, characteristic, fraction), cc };
}
