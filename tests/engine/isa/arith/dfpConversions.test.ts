/** Decimal floating point to and from integers, packed and zoned decimal. */
import { describe, expect, it } from 'vitest';
import { Prng } from '../../../../src/engine/base/prng.ts';
import { fixed32, fixed64, logical64 } from '../../../../src/engine/isa/s390/arith/bfpConvert.ts';
import * as convert from '../../../../src/engine/isa/s390/arith/dfpConvert.ts';
import { dfpExtended, dfpLong } from '../../../../src/engine/isa/s390/arith/dfpFormat.ts';
import * as packed from '../../../../src/engine/isa/s390/arith/dfpPacked.ts';
import { dfpRoundingOf } from '../../../../src/engine/isa/s390/arith/rounding.ts';
import { dfp, quiet, shown } from './dfpText.ts';

describe('integers', () => {
  it('come back when they fit, and saturate as binary floating point does', () => {
    const prng = new Prng(94);
    for (let i = 0; i < 2000; i++) {
      const integer = BigInt.asIntN(64, prng.u64()) >> BigInt(prng.below(64));
      const { bits, flags } = convert.convertIntegerToDfp(dfpExtended, integer, quiet);
      expect(flags).toBe(0);
      const cc = integer === 0n ? 0 : integer < 0n ? 1 : 2;
      expect(
        convert.convertDfpToInteger(dfpExtended, bits, fixed64, quiet),
      ).toEqual({ integer, cc, flags: 0, dxc: 0 });
    }
    const toFixed = (text: string, range = fixed32): unknown => convert.convertDfpToInteger(
      dfpLong,
      dfp(text),
      range,
      quiet,
    );
    expect(toFixed('2147483647.5')).toEqual({ integer: 0x7fff_ffffn, cc: 3, flags: 0x88, dxc: 0 });
    expect(toFixed('2147483646.5')).toEqual({ integer: 0x7fff_fffen, cc: 2, flags: 0x08, dxc: 0 });
    expect(toFixed('-0.5', logical64)).toEqual({ integer: 0n, cc: 1, flags: 0x08, dxc: 0 });
    expect(toFixed('-1', logical64)).toEqual({ integer: 0n, cc: 3, flags: 0x88, dxc: 0 });
    expect(toFixed('NaN')).toEqual({ integer: -0x8000_0000n, cc: 3, flags: 0x88, dxc: 0 });
    expect(
      shown(dfpLong, convert.convertIntegerToDfp(dfpLong, 12345678901234567n, quiet).bits),
    ).toBe('1234567890123457E1');
  });

  it('rounding fields of M3 and M4', () => {
    expect([8, 9, 10, 11, 12, 13, 14, 15].map((m) => dfpRoundingOf(m, 0))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([0, 1, 3, 4, 5, 6, 7].map((m) => dfpRoundingOf(m, 6))).toEqual([6, 4, 7, 0, 1, 2, 3]);
  });
});

describe('packed and zoned', () => {
  const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
  const fieldOf = (field: packed.DfpToField): unknown =>
    field.bytes ? [Buffer.from(field.bytes).toString('hex'), field.cc] : field.exception;

  it('registers', () => {
    expect(
      packed.convertPackedRegisterToDfp(dfpLong, 0x123456789012345dn, true),
    ).toBe(dfp('-123456789012345'));
    expect(
      packed.convertPackedRegisterToDfp(dfpLong, 0x1234567890123456n, false),
    ).toBe(dfp('1234567890123456'));
    expect(packed.convertPackedRegisterToDfp(dfpLong, 0x1234567890123456n, true)).toBeUndefined();
    expect(packed.convertPackedRegisterToDfp(dfpLong, 0x123456789012345an, false)).toBeUndefined();
    expect(
      packed.convertDfpToPackedRegister(dfpLong, dfp('-1234567890123456'), true),
    ).toBe(0x234567890123456dn);
    expect(packed.convertDfpToPackedRegister(dfpLong, dfp('5E+9'), true, 0xf)).toBe(0x5fn);
    expect(
      packed.convertDfpToPackedRegister(dfpLong, dfp('-1234567890123456'), false),
    ).toBe(0x1234567890123456n);
  });

  it('storage fields', () => {
    const signed = { isSigned: true };
    expect(packed.convertZonedToDfp(dfpLong, hex('f1f2d3'), signed)).toEqual({ bits: dfp('-123') });
    expect(packed.convertZonedToDfp(dfpLong, hex('f1f273'), signed)).toEqual({ exception: 'data' });
    expect(
      packed.convertZonedToDfp(dfpLong, hex('f1f273'), { isSigned: false }),
    ).toEqual({ bits: dfp('123') });
    expect(
      packed.convertZonedToDfp(dfpLong, new Uint8Array(17), signed),
    ).toEqual({ exception: 'specification' });
    expect(
      packed.convertPackedToDfp(dfpLong, hex('012345678901234567'), { isSigned: false }),
    ).toEqual({ exception: 'data' });
    expect(packed.convertPackedToDfp(dfpLong, hex('12345d'), signed)).toEqual({ bits: dfp('-12345') });
    const zoned = packed.convertDfpToZoned(dfpLong, dfp('-1234'), 3, signed);
    expect(fieldOf(zoned)).toEqual(['f2f3d4', 3]);
    const ascii = packed.convertDfpToZoned(dfpLong, dfp('12'), 3, { isSigned: false, isAscii: true });
    expect(fieldOf(ascii)).toEqual(['303132', 2]);
    const zero = packed.convertDfpToPacked(
      dfpLong,
      dfp('-0'),
      2,
      { isSigned: true, forcesPlusZero: true, plusIsF: true },
    );
    expect(fieldOf(zero)).toEqual(['000f', 0]);
  });
});
