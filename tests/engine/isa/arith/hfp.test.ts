/**
 * Hexadecimal floating point. QEMU has none, so the oracle is the definition: the exact rational value, read
 * from the pattern by this test alone, and examples of the Principles of Operation.
 */
import { describe, expect, it } from 'vitest';
import { Prng } from '../../../../src/engine/base/prng.ts';
import {
  bfpLong,
  bfpShort,
  isBfpInfinity,
  isBfpNan,
  unpackBfp,
} from '../../../../src/engine/isa/s390/arith/bfpFormat.ts';
import { convertBfpToHfp, convertHfpToBfp } from '../../../../src/engine/isa/s390/arith/bfpHfp.ts';
import * as arithmetic from '../../../../src/engine/isa/s390/arith/hfpArithmetic.ts';
import * as convert from '../../../../src/engine/isa/s390/arith/hfpConvert.ts';
import {
  hfpExtended,
  hfpLong,
  hfpShort,
  type HfpFormat,
} from '../../../../src/engine/isa/s390/arith/hfpFormat.ts';
import {
  multiplyAddUnnormalizedHfp,
  multiplyUnnormalizedHfp,
} from '../../../../src/engine/isa/s390/arith/hfpUnnormalized.ts';
import { rounding } from '../../../../src/engine/isa/s390/arith/rounding.ts';
import { bfpOperand, randomBits } from './operands.ts';

const noMasks = { exponentUnderflow: false, significance: false };
const bothMasks = { exponentUnderflow: true, significance: true };
const formats = [hfpShort, hfpLong, hfpExtended];

/** Everything is counted in units of 16^-160, which divides every digit of every format. */
const scaleDigits = 160;

/** The value in units, read independently of the module under test; the wrap says how far 128 was passed. */
function unitsOf(format: HfpFormat, bits: bigint, wrap = 0): bigint {
  const text = bits.toString(16).padStart(format.width / 4, '0');
  const top = parseInt(text.slice(0, 2), 16);
  const digits = format === hfpExtended ? text.slice(2, 16) + text.slice(18) : text.slice(2);
  const place = (top & 127) + 128 * wrap - 64 - digits.length + scaleDigits + 128;
  const units = BigInt(`0x${digits}`) << BigInt(4 * place);
  return top & 128 ? -units : units;
}

function hfpOperand(prng: Prng, format: HfpFormat, near?: bigint): bigint {
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

const wrapOf = (exception?: string): number =>
  exception === 'exponent-overflow' ? 1 : exception === 'exponent-underflow' ? -1 : 0;

const abs = (value: bigint): bigint => (value < 0n ? -value : value);

function isNormalized(format: HfpFormat, bits: bigint): boolean {
  return ((bits >> BigInt(format.width - 12)) & 15n) !== 0n;
}

/** The delivered magnitude is the exact one truncated: numerator / denominator in units. */
function expectTruncated(
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

describe('range', () => {
  it('overflow wraps and interrupts; underflow does so under its mask only', () => {
    const [big, small] = [0x7f100000n, 0x01100000n];
    expect(arithmetic.multiplyHfp(hfpShort, hfpShort, big, big, noMasks)).toEqual({
      bits: 0x3d100000n,
      cc: 2,
      exception: 'exponent-overflow',
    });
    expect(arithmetic.multiplyHfp(hfpShort, hfpShort, small, small, noMasks)).toEqual({ bits: 0n, cc: 0 });
    expect(arithmetic.multiplyHfp(hfpShort, hfpShort, small, small, bothMasks)).toEqual({
      bits: 0x41100000n,
      cc: 2,
      exception: 'exponent-underflow',
    });
    expect(
      convert.loadRoundedHfp(hfpLong, hfpShort, 0x7fff_ffff_ffff_ffffn).exception,
    ).toBe('exponent-overflow');
  });

  it('ADD UNNORMALIZED leaves zeros in front and does not see the guard digit', () => {
    expect(arithmetic.addUnnormalizedHfp(hfpShort, 0x45000123n, 0xc5000120n, noMasks).bits).toBe(0x45000003n);
    expect(
      arithmetic.addUnnormalizedHfp(hfpShort, 0x45000000n, 0x44000001n, noMasks),
    ).toEqual({ bits: 0n, cc: 0 });
    expect(arithmetic.addHfp(hfpShort, 0x45000000n, 0x44000001n, noMasks).bits).toBe(0x3f100000n);
  });

  it('adds as the example of the Principles of Operation', () => {
    expect(arithmetic.addHfp(hfpShort, 0xc3082100n, 0x41123456n, noMasks).bits).toBe(0xc280ecbbn);
  });

  it('LOAD LENGTHENED is undone by LOAD ROUNDED', () => {
    const prng = new Prng(88);
    for (const [small, large] of [
      [hfpShort, hfpLong],
      [hfpShort, hfpExtended],
      [hfpLong, hfpExtended],
    ] as const) {
      for (let i = 0; i < 500; i++) {
        const a = hfpOperand(prng, small);
        const back = convert.loadRoundedHfp(large, small, convert.loadLengthenedHfp(small, large, a));
        if (unitsOf(small, a) !== 0n) expect(back.bits).toBe(a);
      }
    }
  });
});

describe('binary and hexadecimal', () => {
  it('BFP to HFP is exact within range and comes back', () => {
    const prng = new Prng(89);
    for (const format of [bfpShort, bfpLong]) {
      for (let i = 0; i < 2000; i++) {
        const a = bfpOperand(prng, format);
        const result = convertBfpToHfp(format, a);
        if (isBfpNan(format, a) || isBfpInfinity(format, a)) {
          expect(result.cc).toBe(3);
          continue;
        }
        const value = unpackBfp(format, a);
        const place = 4 * (scaleDigits + 128) + value.exponent;
        if (result.cc === 3 || place < 0 || result.bits << 1n === 1n << 64n) continue;
        const units = value.significand << BigInt(place);
        const hfp = unitsOf(hfpLong, result.bits);
        if (hfp === 0n) continue;
        expect(hfp).toBe(value.negative ? -units : units);
        expect(convertHfpToBfp(format, result.bits, rounding.nearestEven).bits).toBe(a);
      }
    }
  });

  it('HFP beyond short BFP has condition code 3 and becomes infinity or the largest number', () => {
    const huge = 0x7f10_0000_0000_0000n;
    expect(convertHfpToBfp(bfpShort, huge, rounding.nearestEven)).toEqual({ bits: bfpShort.infinity, cc: 3 });
    expect(convertHfpToBfp(bfpShort, huge, rounding.towardZero)).toEqual({ bits: bfpShort.largest, cc: 3 });
    expect(
      convertHfpToBfp(bfpShort, 1n << 63n, rounding.towardZero),
    ).toEqual({ bits: bfpShort.signBit, cc: 0 });
  });
});
