/**
 * Hexadecimal floating point. QEMU has none, so the oracle is the definition: the exact rational value, read
 * from the pattern by this test alone, and examples of the Principles of Operation.
 */
import { describe, expect, it } from 'vitest';
import { Prng } from '../../../../src/engine/base/prng.ts';
import * as arithmetic from '../../../../src/engine/isa/s390/arith/hfpArithmetic.ts';
import * as convert from '../../../../src/engine/isa/s390/arith/hfpConvert.ts';
import { hfpExtended, hfpLong, hfpShort } from '../../../../src/engine/isa/s390/arith/hfpFormat.ts';
import {
  multiplyAddUnnormalizedHfp,
  multiplyUnnormalizedHfp,
} from '../../../../src/engine/isa/s390/arith/hfpUnnormalized.ts';
import { rounding } from '../../../../src/engine/isa/s390/arith/rounding.ts';
import {
  noMasks,
  bothMasks,
  formats,
  scaleDigits,
  unitsOf,
  hfpOperand,
  wrapOf,
  abs,
  expectTruncated,
} from './hfpValues.ts';

describe.each(formats)('$name', (format) => {
  it('adds with one guard digit: exact unless digits are shifted past it', () => {
    const prng = new Prng(81);
    for (let i = 0; i < 2000; i++) {
      const a = hfpOperand(prng, format);
      const b = hfpOperand(prng, format, a);
      const result = arithmetic.addHfp(format, a, b, { exponentUnderflow: true, significance: false });
      const exact = unitsOf(format, a) + unitsOf(format, b);
      const topOf = (x: bigint): number => Number(x >> BigInt(format.width - 8)) & 127;
      const place = Math.max(topOf(a), topOf(b)) + 128 - 64 - format.digits - 1 + scaleDigits;
      const guard = 1n << BigInt(4 * place);
      const delivered = unitsOf(format, result.bits, wrapOf(result.exception));
      const lastDigit = abs(delivered) >> BigInt(4 * (format.digits - 1));
      expect(abs(delivered - exact) < guard + lastDigit + 1n).toBe(true);
      if (Math.abs(topOf(a) - topOf(b)) <= 1 && exact !== 0n) expectTruncated(format, result, exact, 1n);
      expect(arithmetic.addHfp(format, b, a, bothMasks)).toEqual(arithmetic.addHfp(format, a, b, bothMasks));
      const signBits = format === hfpExtended ? (1n << 127n) | (1n << 63n) : 1n << BigInt(format.width - 1);
      expect(
        arithmetic.subtractHfp(format, a, b ^ signBits, bothMasks),
      ).toEqual(arithmetic.addHfp(format, a, b, bothMasks));
      const difference = arithmetic.subtractHfp(
        format,
        a,
        b,
        { exponentUnderflow: true, significance: false },
      );
      expect(arithmetic.compareHfp(format, a, b)).toBe(difference.cc);
    }
  });

  it('divides to the truncated quotient', () => {
    const prng = new Prng(82);
    for (let i = 0; i < 1200; i++) {
      const a = hfpOperand(prng, format);
      const b = hfpOperand(prng, format);
      const result = arithmetic.divideHfp(format, a, b, { exponentUnderflow: true });
      const [x, y] = [unitsOf(format, a), unitsOf(format, b)];
      if (y === 0n) expect(result.exception).toBe('floating-point-divide');
      else expectTruncated(format, result, x << BigInt(4 * (scaleDigits + 128)), y);
    }
  });

  it('halves exactly or truncates, and takes square roots to the nearest', () => {
    const prng = new Prng(83);
    for (let i = 0; i < 2000; i++) {
      const a = hfpOperand(prng, format);
      expectTruncated(
        format,
        arithmetic.halveHfp(format, a, { exponentUnderflow: true }),
        unitsOf(format, a),
        2n,
      );
      const root = arithmetic.squareRootHfp(format, a);
      const units = unitsOf(format, a);
      if (units < 0n) expect(root.exception).toBe('square-root');
      if (units <= 0n) continue;
      const value = unitsOf(format, root.bits);
      const half = value >> BigInt(4 * (format.digits - 1) + 1);
      const square = units << BigInt(4 * (scaleDigits + 128));
      const ulp = (half * 32n) / 16n;
      expect((value - ulp) ** 2n <= square && square <= (value + ulp) ** 2n).toBe(true);
    }
  });

  it('LOAD FP INTEGER truncates; CONVERT TO FIXED rounds by M3; CONVERT FROM FIXED truncates', () => {
    const prng = new Prng(84);
    const one = 1n << BigInt(4 * (scaleDigits + 128));
    for (let i = 0; i < 1200; i++) {
      const a = hfpOperand(prng, format);
      const units = unitsOf(format, a);
      expect(unitsOf(format, convert.loadFpIntegerHfp(format, a))).toBe((units / one) * one);
      const truncated = convert.convertHfpToInteger(format, a, 64, rounding.towardZero);
      if (truncated.cc !== 3) expect(truncated.integer).toBe(units / one);
      else expect(abs(units / one) >= (1n << 63n)).toBe(true);
      const nearest = convert.convertHfpToInteger(format, a, 64, rounding.nearestEven);
      if (nearest.cc !== 3) expect(abs(2n * (units - nearest.integer * one)) <= one).toBe(true);
      const integer = BigInt.asIntN(64, prng.u64()) >> BigInt(prng.below(64));
      expectTruncated(format, { bits: convert.convertIntegerToHfp(format, integer) }, integer * one, 1n);
    }
  });

  it('gives a true zero, or the characteristic and an interruption, when significance is lost', () => {
    const top = 0x45n << BigInt(format.width - 8);
    const low = format === hfpExtended ? 0x37n << 56n : 0n;
    const a = top | low | 0x123n;
    expect(arithmetic.subtractHfp(format, a, a, noMasks)).toEqual({ bits: 0n, cc: 0 });
    const kept = { bits: top | low, cc: 0, exception: 'significance' };
    expect(arithmetic.subtractHfp(format, a, a, bothMasks)).toEqual(kept);
  });
});

describe('multiplication', () => {
  it.each([
    [hfpShort, hfpShort],
    [hfpShort, hfpLong],
    [hfpLong, hfpLong],
    [hfpLong, hfpExtended],
    [hfpExtended, hfpExtended],
  ])('is the truncated product, %o to %o', (source, target) => {
    const prng = new Prng(85);
    for (let i = 0; i < 1200; i++) {
      const a = hfpOperand(prng, source);
      const b = hfpOperand(prng, source);
      const result = arithmetic.multiplyHfp(source, target, a, b, { exponentUnderflow: true });
      const one = 1n << BigInt(4 * (scaleDigits + 128));
      expectTruncated(target, result, unitsOf(source, a) * unitsOf(source, b), one);
    }
  });

  it.each([hfpShort, hfpLong])('with addition truncates only the sum, $name', (format) => {
    const prng = new Prng(86);
    const one = 1n << BigInt(4 * (scaleDigits + 128));
    for (let i = 0; i < 1200; i++) {
      const [a, b, c] = [hfpOperand(prng, format), hfpOperand(prng, format), hfpOperand(prng, format)];
      const product = unitsOf(format, a) * unitsOf(format, b);
      const addend = unitsOf(format, c) * one;
      expectTruncated(
        format,
        arithmetic.multiplyAddHfp(format, a, b, c, { exponentUnderflow: true }),
        product + addend,
        one,
      );
      const difference = arithmetic.multiplySubtractHfp(format, a, b, c, { exponentUnderflow: true });
      expectTruncated(format, difference, product - addend, one);
    }
  });

  it('unnormalised keeps every digit at the characteristic of the product', () => {
    const prng = new Prng(87);
    for (let i = 0; i < 1200; i++) {
      const [a, b, c] = [hfpOperand(prng, hfpLong), hfpOperand(prng, hfpLong), hfpOperand(prng, hfpLong)];
      const [ca, cb] = [a, b].map((x) => Number(x >> 56n) & 127);
      const characteristic = ca! + cb! - 64;
      const product = multiplyUnnormalizedHfp(a, b);
      expect(Number((product >> 120n) & 127n)).toBe(characteristic & 127);
      expect(Number((product >> 56n) & 127n)).toBe((characteristic - 14) & 127);
      const wrap = Math.floor(characteristic / 128);
      const one = 1n << BigInt(4 * (scaleDigits + 128));
      expect(unitsOf(hfpExtended, product, wrap) * one).toBe(unitsOf(hfpLong, a) * unitsOf(hfpLong, b));
      const sum = multiplyAddUnnormalizedHfp(a, b, c);
      expect(
        multiplyAddUnnormalizedHfp(a, b, 0n) & ~((1n << 127n) | (1n << 63n)),
      ).toBe(product & ~((1n << 127n) | (1n << 63n)));
      const exact = unitsOf(hfpLong, a) * unitsOf(hfpLong, b) + unitsOf(hfpLong, c) * one;
      const digit = 1n << BigInt(4 * (characteristic - 64 - 28 + scaleDigits + 128));
      const expected = (abs(exact) / one / digit) & ((1n << 112n) - 1n);
      const fraction = (((sum >> 64n) & ((1n << 56n) - 1n)) << 56n) | (sum & ((1n << 56n) - 1n));
      expect(fraction).toBe(expected);
      expect(sum >> 127n).toBe(exact < 0n ? 1n : 0n);
    }
  });
});
