/**
 * Conversion of radix said once more with fractions: the value of a pattern as numerator and denominator, and
 * that value rounded to so many digits of a base. It shares no arithmetic with the module under test.
 */
import { decodeDfp } from '../../../../src/engine/isa/s390/arith/dfpFormat.ts';
import type { FloatingFormat } from '../../../../src/engine/isa/s390/arith/floatingDatum.ts';

/** A magnitude, numerator / denominator, and its sign. */
export interface Fraction {
  readonly negative: boolean;
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const scaled = (negative: boolean, significand: bigint, base: bigint, exponent: number): Fraction =>
  exponent >= 0
    ? { negative, numerator: significand * base ** BigInt(exponent), denominator: 1n }
    : { negative, numerator: significand, denominator: base ** BigInt(-exponent) };

/** The finite number that a pattern stands for; undefined for infinities and NaNs. */
export function fractionOf(of: FloatingFormat, bits: bigint): Fraction | undefined {
  if (of.family === 'dfp') {
    const { kind, negative, coefficient, exponent } = decodeDfp(of.format, bits);
    return kind === 'finite' ? scaled(negative, coefficient, 10n, exponent) : undefined;
  }
  const width = Number(of.format.width);
  const text = bits.toString(2).padStart(width, '0');
  const negative = text[0] === '1';
  if (of.family === 'hfp') {
    const digits = width === 128 ? text.slice(8, 64) + text.slice(72) : text.slice(8);
    const characteristic = parseInt(text.slice(1, 8), 2);
    return scaled(negative, BigInt(`0b${digits}`), 16n, characteristic - 64 - digits.length / 4);
  }
  const exponentBits = { 32: 8, 64: 11, 128: 15 }[width]!;
  const biased = parseInt(text.slice(1, 1 + exponentBits), 2);
  const fraction = text.slice(1 + exponentBits);
  if (biased === 2 ** exponentBits - 1) return undefined;
  const unit = (biased || 1) - (2 ** (exponentBits - 1) - 1) - fraction.length;
  return scaled(negative, BigInt(`0b${biased ? 1 : 0}${fraction}`), 2n, unit);
}

/** Base, digits, and the exponents of the leading digit of the least normal and of the greatest number. */
interface Range {
  readonly base: bigint;
  readonly digits: number;
  readonly least: number;
  readonly greatest: number;
}

export function rangeOf(of: FloatingFormat): Range {
  switch (of.family) {
    case 'hfp':
      return { base: 16n, digits: of.format.digits, least: -65, greatest: 62 };
    case 'bfp': {
      const greatest = { 32: 127, 64: 1023, 128: 16383 }[Number(of.format.width)]!;
      return { base: 2n, digits: of.format.precision, least: 1 - greatest, greatest };
    }
    case 'dfp': {
      const greatest = { 32: 96, 64: 384, 128: 6144 }[of.format.width]!;
      return { base: 10n, digits: of.format.precision, least: 1 - greatest, greatest };
    }
  }
}

/** Exponent of the leading digit of a fraction that is not zero. */
export function leadingExponent({ numerator, denominator }: Fraction, base: bigint): number {
  const length = (value: bigint): number => value.toString(Number(base)).length;
  const guess = length(numerator) - length(denominator);
  const isBelow =
    guess >= 0
      ? numerator < denominator * base ** BigInt(guess)
      : numerator * base ** BigInt(-guess) < denominator;
  return isBelow ? guess - 1 : guess;
}

/**
 * A fraction rounded to a multiple of base^unit, by the names of the methods in the FPC's decimal encoding.
 * The last digit's parity of the third method is that of its lowest bit.
 */
export function rounded(
  { negative, numerator, denominator }: Fraction,
  base: bigint,
  unit: number,
  method: number,
): { readonly value: Fraction; readonly isExact: boolean; readonly isUp: boolean } {
  const up = unit > 0 ? base ** BigInt(unit) : 1n;
  const down = unit < 0 ? base ** BigInt(-unit) : 1n;
  const [top, bottom] = [numerator * down, denominator * up];
  const below = top / bottom;
  const rest = 2n * (top - below * bottom);
  const isExact = rest === 0n;
  const nearest = rest > bottom;
  const isTie = rest === bottom;
  const last = below % (base === 10n ? 10n : 2n);
  const decisions = [
    nearest || (isTie && (below & 1n) === 1n),
    false,
    !negative,
    negative,
    nearest || isTie,
    nearest,
    true,
    last === 0n || last === 5n,
  ];
  const isUp = !isExact && decisions[method]!;
  const kept = below + (isUp ? 1n : 0n);
  return { value: { negative, numerator: kept * up, denominator: down }, isExact, isUp };
}

export const isSame = (a: Fraction, b: Fraction): boolean =>
  a.negative === b.negative && a.numerator * b.denominator === b.numerator * a.denominator;
