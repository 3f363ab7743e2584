/**
 * Decimal floating point. QEMU has none; the arithmetic is held against libmpdec (golden/dfp.json, written by
 * peer/writeDfpGolden.py), the encodings against the tables of the standard, the rest against laws.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../../../src/engine/base/prng.ts';
import * as arithmetic from '../../../../src/engine/isa/s390/arith/dfpArithmetic.ts';
import * as convert from '../../../../src/engine/isa/s390/arith/dfpConvert.ts';
import {
  decodeDfp,
  dfpExtended,
  dfpLong,
  dfpShort,
  encodeDfp,
  testDfpDataClass,
  testDfpDataGroup,
  type DfpFormat,
} from '../../../../src/engine/isa/s390/arith/dfpFormat.ts';
import * as significance from '../../../../src/engine/isa/s390/arith/dfpSignificance.ts';
import type { Rounding } from '../../../../src/engine/isa/s390/arith/rounding.ts';
import { randomBits } from './operands.ts';
import { dfp, parse, quiet, shown } from './dfpText.ts';

type Row = [string, string, Rounding, string[], string, number];
const rows: Row[] = JSON.parse(readFileSync(join(import.meta.dirname, 'golden', 'dfp.json'), 'utf8'));
const formats: Record<string, DfpFormat> = { short: dfpShort, long: dfpLong, extended: dfpExtended };
const narrower: Record<string, DfpFormat> = { long: dfpShort, extended: dfpLong };

function compute(row: Row): { format: DfpFormat; bits: bigint; flags: number } {
  const [name, operation, mode, operands] = row;
  const format = formats[name]!;
  const context = { rounding: mode, masks: 0 };
  const [a, b] = [parse(format, operands[0]!), operands[1] ? parse(format, operands[1]) : 0n];
  switch (operation) {
    case 'add':
      return { format, ...arithmetic.addDfp(format, a, b, context) };
    case 'subtract':
      return { format, ...arithmetic.subtractDfp(format, a, b, context) };
    case 'multiply':
      return { format, ...arithmetic.multiplyDfp(format, a, b, context) };
    case 'divide':
      return { format, ...arithmetic.divideDfp(format, a, b, context) };
    case 'quantize':
      return { format, ...significance.quantizeDfp(format, a, b, context) };
    case 'integer':
      return { format, ...significance.loadFpIntegerDfp(format, a, context) };
    case 'reround':
      return { format, ...significance.reroundDfp(format, a, Number(operands[1]), context) };
    default:
      return {
        format: narrower[name]!,
        ...convert.loadRoundedDfp(format, narrower[name]!, a, false, context)
      };
  }
}

describe('golden answers of libmpdec', () => {
  const operations = [...new Set(rows.map((row) => row[1]))].filter((operation) => operation !== 'compare');
  it.each(operations)('%s', (operation) => {
    const own = rows.filter((row) => row[1] === operation);
    for (const row of own) {
      const result = compute(row);
      const ours = `${shown(result.format, result.bits)} flags ${result.flags}`;
      expect(ours, JSON.stringify(row)).toBe(
        `${shown(result.format, parse(result.format, row[4]))} flags ${row[5]}`,
      );
    }
    expect(own.length).toBeGreaterThan(20);
  });

  it('compare', () => {
    for (const [name, operation, , operands, result, flags] of rows) {
      if (operation !== 'compare') continue;
      const [a, b] = operands.map((text) => parse(formats[name]!, text));
      const comparison = arithmetic.compareDfp(formats[name]!, a!, b!, quiet);
      const expected = result.includes('NaN') ? 3 : { '0': 0, '-1': 1, '1': 2 }[result];
      expect([comparison.cc, comparison.flags], operands.join(' ')).toEqual([expected, flags]);
    }
  });
});

describe('encoding', () => {
  it('of known numbers', () => {
    expect(parse(dfpLong, '1')).toBe(0x2238000000000001n);
    expect(parse(dfpLong, '-7.50')).toBe(0xa2300000000003d0n);
    expect(parse(dfpLong, '9.999999999999999E+384')).toBe(0x77fcff3fcff3fcffn);
    expect(parse(dfpExtended, '1')).toBe(0x22080000000000000000000000000001n);
    expect(parse(dfpShort, '9.999999E+96')).toBe(0x77f3fcffn);
    expect(parse(dfpLong, '-sNaN')).toBe(0xfe00000000000000n);
  });

  it.each(Object.values(formats))('$name: every pattern decodes to what encodes canonically', (format) => {
    const prng = new Prng(91);
    for (let i = 0; i < 3000; i++) {
      const bits = randomBits(prng, format.width);
      const value = decodeDfp(format, bits);
      const canonical = encodeDfp(format, value);
      expect(decodeDfp(format, canonical)).toEqual(value);
      expect(encodeDfp(format, decodeDfp(format, canonical))).toBe(canonical);
    }
  });

  it('accepts the 24 redundant declets and makes none', () => {
    const values = new Map<bigint, bigint>();
    let redundant = 0;
    for (let declet = 0n; declet < 1024n; declet++) {
      const value = decodeDfp(dfpLong, declet).coefficient;
      if (values.has(value)) redundant++;
      else values.set(value, declet);
      expect(encodeDfp(dfpLong, decodeDfp(dfpLong, declet))).toBe(values.get(value));
    }
    expect([values.size, redundant]).toEqual([1000, 24]);
  });
});

describe('exponent and significance', () => {
  it('extraction and insertion undo each other, specials have negative codes', () => {
    const prng = new Prng(92);
    for (const format of [dfpLong, dfpExtended]) {
      for (let i = 0; i < 1000; i++) {
        const bits = encodeDfp(format, decodeDfp(format, randomBits(prng, format.width)));
        const biased = significance.extractBiasedExponentDfp(format, bits);
        if (biased !== -1n) expect(significance.insertBiasedExponentDfp(format, bits, biased)).toBe(bits);
        const other = BigInt(prng.below(format.biasedMax + 1));
        const moved = significance.insertBiasedExponentDfp(format, bits, other);
        expect(significance.extractBiasedExponentDfp(format, moved)).toBe(other);
      }
    }
    expect(
      shown(dfpLong, significance.insertBiasedExponentDfp(dfpLong, dfp('-1234567890123456'), 768n)),
    ).toBe(
      '-quiet-nan234567890123456',
    );
    expect(significance.extractSignificanceDfp(dfpLong, dfp('0E+5'))).toBe(0n);
    expect(significance.extractSignificanceDfp(dfpLong, dfp('1230'))).toBe(4n);
    expect(significance.extractSignificanceDfp(dfpLong, dfp('sNaN'))).toBe(-3n);
  });

  it('shifts lose digits and keep sign and exponent', () => {
    const shift = (text: string, n: number, way: 'left' | 'right'): string =>
      shown(dfpLong, significance.shiftSignificandDfp(dfpLong, dfp(text), n, way));
    expect(shift('-1234567890123456E+3', 2, 'left')).toBe('-3456789012345600E3');
    expect(shift('-1234567890123456E+3', 2, 'right')).toBe('-12345678901234E3');
    expect(shift('NaN123456789012345', 1, 'left')).toBe('quiet-nan234567890123450');
    expect(shift('1', 63, 'left')).toBe('0E0');
  });

  it('compares biased exponents', () => {
    const compare = (a: string, b: string): number => arithmetic.compareBiasedExponentDfp(
      dfpLong,
      dfp(a),
      dfp(b),
    );
    expect([compare('1', '5'), compare('1', '1E+1'), compare('1E+1', '1')]).toEqual([0, 1, 2]);
    expect(
      [compare('NaN', 'sNaN'), compare('Infinity', '-Infinity'), compare('NaN', 'Infinity')],
    ).toEqual([0, 0, 3]);
  });

  it('classes and groups: exactly one bit of each answers', () => {
    const prng = new Prng(93);
    for (const format of Object.values(formats)) {
      for (let i = 0; i < 300; i++) {
        const bits = randomBits(prng, format.width);
        for (const test of [testDfpDataClass, testDfpDataGroup]) {
          const answers = Array.from({ length: 12 }, (_, n) => test(format, bits, 1 << n));
          expect(answers.filter((answer) => answer === 1)).toHaveLength(1);
        }
      }
    }
    expect(testDfpDataClass(dfpLong, dfp('-1E-398'), 0x100)).toBe(1);
    expect(testDfpDataClass(dfpLong, dfp('1000000000000000E-398'), 0x080)).toBe(1);
    expect(testDfpDataGroup(dfpLong, dfp('0E-398'), 0x200)).toBe(1);
    expect(testDfpDataGroup(dfpLong, dfp('1000000000000000'), 0x008)).toBe(1);
    expect(testDfpDataGroup(dfpLong, dfp('1'), 0x020)).toBe(1);
  });
});

describe('exceptions', () => {
  it('quantum: recognised when the ideal exponent is not delivered, unless suppressed', () => {
    const recognised = { ...quiet, quantumRecognised: true };
    const third = arithmetic.divideDfp(dfpLong, dfp('1'), dfp('3'), recognised);
    expect(third.flags).toBe(0x0c);
    expect(arithmetic.divideDfp(dfpLong, dfp('1'), dfp('4'), recognised).flags).toBe(0x04);
    expect(arithmetic.divideDfp(dfpLong, dfp('1'), dfp('4'), quiet).flags).toBe(0);
    expect(arithmetic.divideDfp(dfpLong, dfp('8'), dfp('4'), recognised).flags).toBe(0);
    expect(arithmetic.divideDfp(dfpLong, dfp('1'), dfp('4'), { ...recognised, masks: 0x04 }).dxc).toBe(0x04);
  });

  it('trapped overflow and underflow deliver the scaled value', () => {
    const traps = { ...quiet, masks: 0xf8 };
    const large = arithmetic.multiplyDfp(dfpLong, dfp('3E+369'), dfp('5E+300'), traps);
    expect([shown(dfpLong, large.bits), large.dxc, large.flags]).toEqual(['15E93', 0x20, 0]);
    const small = arithmetic.multiplyDfp(dfpLong, dfp('3E-398'), dfp('5E-300'), traps);
    expect([shown(dfpLong, small.bits), small.dxc, small.flags]).toEqual(['15E-122', 0x10, 0]);
    const narrow = convert.loadRoundedDfp(dfpLong, dfpShort, dfp('12345678E+200'), false, traps);
    expect(
      [shown(dfpLong, narrow.bits), narrow.dxc, narrow.isInSourceFormat],
    ).toEqual(['1234568E9', 0x2c, true]);
  });

  it('LOAD AND TEST makes canonical and quiet', () => {
    const signaling = arithmetic.loadAndTestDfp(dfpLong, dfp('-sNaN5'), quiet);
    expect([shown(dfpLong, signaling.bits), signaling.flags, signaling.cc]).toEqual(['-quiet-nan5', 0x80, 3]);
    expect(arithmetic.loadAndTestDfp(dfpLong, 0x3ffn, quiet).bits).toBe(0x0ffn);
  });

  it('M4 bit 0 lets LOAD LENGTHENED keep a signaling NaN', () => {
    const signaling = parse(dfpShort, 'sNaN12');
    const keep = convert.loadLengthenedDfp(dfpShort, dfpLong, signaling, true, quiet);
    const convertIt = convert.loadLengthenedDfp(dfpShort, dfpLong, signaling, false, quiet);
    expect([shown(dfpLong, keep.bits), keep.flags]).toEqual(['signaling-nan12', 0]);
    expect([shown(dfpLong, convertIt.bits), convertIt.flags]).toEqual(['quiet-nan12', 0x80]);
  });
});
