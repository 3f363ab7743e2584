/** Hexadecimal floating point as exact numbers, read from the patterns by the tests alone. */
import { expect } from 'vitest';
import type { Prng } from '../../../../src/engine/base/prng.ts';
import {
  hfpExtended,
  hfpLong,
  hfpShort,
  type HfpFormat,
} from '../../../../src/engine/isa/s390/arith/hfpFormat.ts';
import { randomBits } from './operands.ts';

export const noMasks = { exponentUnderflow: false, significance: false };
export const bothMasks = { exponentUnderflow: true, significance: true };
export const formats = [hfpShort, hfpLong, hfpExtended];

/** Everything is counted in units of 16^-160, which divides every digit of every format. */
export const scaleDigits = 160;

/** The value in units, read independently of the module under test; the wrap says how far 128 was passed. */
export function unitsOf(format: HfpFormat, bits: bigint, wrap = 0): bigint {
  const text = bits.toString(16).padStart(format.width / 4, '0');
  const top = parseInt(text.slice(0, 2), 16);
  const digits = format === hfpExtended ? text.slice(2, 16) + text.slice(18) : text.slice(2);
  const place = (top & 127) + 128 * wrap - 64 - digits.length + scaleDigits + 128;
  const units = BigInt(`0x${digits}`) << BigInt(4 * place);
  return top & 128 ? -units : units;
}

export function hfpOperand(prng: Prng, format: HfpFormat, near?: bigint): bigint {
  const digits = format.digits;
  let fraction = randomBits(prng, digits * 4);
  const kind = prng.below(8);
  if (kind === 0) fraction = 0n;
  if (kind === 1) fraction >>= BigInt(4 * prng.below(digits));
  if (kind === 2) fraction = (1n << BigInt(4 * digits)) - 1n - BigInt(prng.below(3));
  if (kind === 3) fraction = 1n << BigInt(4 * (digits - 1));
  let characteristic = prng.below(3) === 0 ? prng.below(128) : 58 + prng.below(12);
  if (near !== undefined && prng.below(2)) {
    const other = Number(near >> BigInt(format.width - 8)) & 127;
    characteristic = Math.min(127, Math.max(0, other - 3 + prng.below(7)));
  }
  const sign = prng.below(2) << 7;
  const top = BigInt(sign | characteristic);
  if (format !== hfpExtended) return (top << BigInt(4 * digits)) | fraction;
  const low = BigInt(sign | ((characteristic - 14) & 127));
  return (((top << 56n) | (fraction >> 56n)) << 64n) | (low << 56n) | (fraction & ((1n << 56n) - 1n));
}

export const wrapOf = (exception?: string): number =>
  exception === 'exponent-overflow' ? 1 : exception === 'exponent-underflow' ? -1 : 0;

export const abs = (value: bigint): bigint => (value < 0n ? -value : value);

export function isNormalized(format: HfpFormat, bits: bigint): boolean {
  return ((bits >> BigInt(format.width - 12)) & 15n) !== 0n;
}

/** The delivered magnitude is the exact one truncated: numerator / denominator in units. */
export function expectTruncated(
  format: HfpFormat,
  result: { bits: bigint; exception?: string },
  numerator: bigint,
  denominator: bigint,
): void {
  if (numerator === 0n) {
    expect(result).toMatchObject({ bits: 0n });
    return;
  }
  const units = unitsOf(format, result.bits, wrapOf(result.exception));
  const unit = abs(unitsOf(format, result.bits, wrapOf(result.exception))) >> BigInt(4 * (format.digits - 1));
  const rest = abs(numerator) - abs(units) * abs(denominator);
  expect(units < 0n).toBe(numerator < 0n !== denominator < 0n);
  expect(isNormalized(format, result.bits)).toBe(true);
  expect(rest >= 0n && rest < unit * abs(denominator)).toBe(true);
}
