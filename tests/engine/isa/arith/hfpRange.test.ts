/** Hexadecimal floating point at the ends of its range, and against binary floating point. */
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
import { hfpExtended, hfpLong, hfpShort } from '../../../../src/engine/isa/s390/arith/hfpFormat.ts';
import { rounding } from '../../../../src/engine/isa/s390/arith/rounding.ts';
import { bfpOperand } from './operands.ts';
import { noMasks, bothMasks, scaleDigits, unitsOf, hfpOperand } from './hfpValues.ts';

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
