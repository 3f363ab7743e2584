/** Conversion between radices: every pair of formats and every rounding method against exact fractions. */
import { describe, expect, it } from 'vitest';
import { Prng } from '../../../../src/engine/base/prng.ts';
import { bfpExtended, bfpLong, bfpShort } from '../../../../src/engine/isa/s390/arith/bfpFormat.ts';
import {
  decodeDfp,
  dfpDefaultNan,
  dfpExtended,
  dfpInfinity,
  dfpLong,
  dfpShort,
} from '../../../../src/engine/isa/s390/arith/dfpFormat.ts';
import { readFloating, type FloatingFormat } from '../../../../src/engine/isa/s390/arith/floatingDatum.ts';
import { hfpExtended, hfpLong, hfpShort } from '../../../../src/engine/isa/s390/arith/hfpFormat.ts';
import type { IeeeContext, IeeeResult } from '../../../../src/engine/isa/s390/arith/ieee.ts';
import { convertRadix, type RadixControls } from '../../../../src/engine/isa/s390/arith/radixConversion.ts';
import { parse, quiet, shown } from './dfpText.ts';
import { hfpOperand } from './hfpValues.ts';
import { bfpOperand, dfpOperand } from './operands.ts';
import { fractionOf, isSame, leadingExponent, rangeOf, rounded, type Fraction } from './rationalOracle.ts';

const hfp = [hfpShort, hfpLong, hfpExtended].map((format) => ({ family: 'hfp', format }) as const);
const bfp = [bfpShort, bfpLong, bfpExtended].map((format) => ({ family: 'bfp', format }) as const);
const dfp = [dfpShort, dfpLong, dfpExtended].map((format) => ({ family: 'dfp', format }) as const);
const all: readonly FloatingFormat[] = [...hfp, ...bfp, ...dfp];
const nameOf = (of: FloatingFormat): string => `${of.family} ${of.format.name}`;
const pairs = all.flatMap((source) =>
  all.flatMap((target) => (source.family === target.family ? [] : [{ source, target }])),
);
const plain: RadixControls = {
  reportsHfpOverflow: true,
  underflowIsInexact: false,
  prefersQuantumOne: false,
};

function convert(
  source: FloatingFormat,
  target: FloatingFormat,
  bits: bigint,
  context: IeeeContext = quiet,
  controls: Partial<RadixControls> = {},
): IeeeResult {
  return convertRadix(readFloating(source, bits), target, { ...plain, ...controls }, context);
}

function operand(prng: Prng, of: FloatingFormat): bigint {
  if (of.family === 'hfp') return hfpOperand(prng, of.format);
  return of.family === 'bfp' ? bfpOperand(prng, of.format) : dfpOperand(prng, of.format);
}

/** Where the units of a target end: subnormal numbers have fewer digits, HFP has none. */
function unitOf(target: FloatingFormat, value: Fraction): number {
  const { base, digits, least } = rangeOf(target);
  const leading = leadingExponent(value, base);
  return (target.family === 'hfp' ? leading : Math.max(leading, least)) - digits + 1;
}

/** What a quiet conversion of a finite number must be: value, or undefined beyond the range, and flags. */
function expected(target: FloatingFormat, value: Fraction, method: number): string {
  if (value.numerator === 0n) return 'exact 0';
  const { base, least, greatest } = rangeOf(target);
  const isTiny = leadingExponent(value, base) < least;
  const { value: near, isExact } = rounded(value, base, unitOf(target, value), method);
  if (near.numerator !== 0n && leadingExponent(near, base) > greatest) return 'beyond 28';
  if (target.family === 'hfp' && leadingExponent(near, base) < least) return 'below 18';
  return `${isExact ? 'exact' : 'rounded'} ${isExact ? 0 : isTiny && target.family !== 'hfp' ? '18' : '8'}`;
}

describe.each(pairs.map((pair) => [`${nameOf(pair.source)} to ${nameOf(pair.target)}`, pair] as const))(
  '%s',
  (name, { source, target }) => {
    it('is the nearest number by every method, with the flags of what was lost', () => {
      const prng = new Prng(name.length * 7919 + all.indexOf(source) * 31 + all.indexOf(target));
      const { base } = rangeOf(target);
      let checked = 0;
      for (let i = 0; i < 120; i++) {
        const bits = operand(prng, source);
        const value = fractionOf(source, bits);
        if (!value) continue;
        checked++;
        const method = (i & 7) as IeeeContext['rounding'];
        const result = convert(source, target, bits, { rounding: method, masks: 0 });
        const verdict = expected(target, value, method);
        const what = `${bits.toString(16)} by ${method}: ${verdict}`;
        expect(result.flags.toString(16), what).toBe(verdict.split(' ')[1]);
        const got = fractionOf(target, result.bits);
        if (verdict.startsWith('beyond')) continue;
        expect(got, what).toBeDefined();
        const zero = { ...value, numerator: 0n };
        const near =
          value.numerator === 0n || verdict.startsWith('below')
            ? zero
            : rounded(value, base, unitOf(target, value), method).value;
        expect(isSame(got!, near), what).toBe(true);
      }
      expect(checked).toBeGreaterThan(40);
    });
  },
);

describe('conversion there and back', () => {
  const trips: readonly (readonly [FloatingFormat, FloatingFormat])[] = [
    [bfp[0]!, dfp[1]!], [bfp[1]!, dfp[2]!], [dfp[0]!, bfp[1]!], [dfp[1]!, bfp[2]!], [hfp[0]!, dfp[1]!],
    [hfp[1]!, dfp[2]!], [hfp[0]!, bfp[1]!], [hfp[1]!, bfp[2]!],
  ];
  it.each(trips.map(([a, b]) => [nameOf(a), nameOf(b), a, b] as const))(
    'keeps every %s by way of %s',
    (_a, _b, from, by) => {
      const prng = new Prng(11);
      for (let i = 0; i < 400; i++) {
        const bits = operand(prng, from);
        const value = fractionOf(from, bits);
        if (!value) continue;
        const there = convert(from, by, bits);
        const back = convert(by, from, there.bits);
        if ((there.flags | back.flags) & 0x30) continue;
        expect(isSame(fractionOf(from, back.bits)!, value), bits.toString(16)).toBe(true);
      }
    },
  );

  it('reads decimal numbers as the host does', () => {
    const prng = new Prng(3);
    const view = new DataView(new ArrayBuffer(8));
    for (let i = 0; i < 3000; i++) {
      const bits = dfpOperand(prng, dfpLong);
      const value = decodeDfp(dfpLong, bits);
      if (value.kind !== 'finite') continue;
      view.setFloat64(0, Number(shown(dfpLong, bits)));
      expect(convert(dfp[1]!, bfp[1]!, bits).bits, shown(dfpLong, bits)).toBe(view.getBigUint64(0));
    }
  });
});

describe('quantum of an exact decimal result', () => {
  const long = (value: number): bigint => {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    return view.getBigUint64(0);
  };
  it.each([
    [1, '1000000000000000E-15', '1E0'],
    [100, '1000000000000000E-13', '100E0'],
    [0.5, '5000000000000000E-16', '5E-1'],
    [1e22, '1000000000000000E7', '1000000000000000E7'],
    [0, '0E-398', '0E0'],
    [-0, '-0E-398', '-0E0'],
  ])('%d is smallest without, and nearest to one with the preferred-quantum control', (value, least, one) => {
    const to = (prefersQuantumOne: boolean): string =>
      shown(dfpLong, convert(bfp[1]!, dfp[1]!, long(value), quiet, { prefersQuantumOne }).bits);
    expect([to(false), to(true)]).toEqual([least, one]);
  });
});

describe('infinities and NaNs', () => {
  it('infinities keep their sign between BFP and DFP', () => {
    expect(convert(bfp[1]!, dfp[2]!, 0xfff0n << 48n).bits).toBe(dfpInfinity(dfpExtended, true));
    expect(convert(dfp[0]!, bfp[0]!, dfpInfinity(dfpShort, false)).bits).toBe(bfpShort.infinity);
  });
  it('a payload goes over as an integer where it fits, quiet and signaling', () => {
    const there = convert(bfp[0]!, dfp[0]!, 0x7fc0_3039n);
    expect([shown(dfpShort, there.bits), there.flags]).toEqual(['quiet-nan12345', 0]);
    const signaling = convert(dfp[0]!, bfp[0]!, parse(dfpShort, '-sNaN12345'));
    expect([signaling.bits, signaling.flags]).toEqual([0xffc0_3039n, 0x80]);
    expect(convert(dfp[2]!, bfp[0]!, parse(dfpExtended, 'NaN4194304')).bits).toBe(0x7fc0_0000n);
    expect(shown(dfpShort, convert(bfp[0]!, dfp[0]!, 0x7fdf_ffffn).bits)).toBe('quiet-nan0');
  });
  it('a trapped signaling NaN is suppressed', () => {
    const result = convert(bfp[0]!, dfp[0]!, 0x7f80_0001n, { ...quiet, masks: 0x80 });
    expect([result.flags, result.dxc]).toEqual([0, 0x80]);
  });
  it('HFP gets its largest number, and an invalid operation even from a quiet NaN', () => {
    const of = (bits: bigint): (bigint | number)[] => {
      const { bits: got, flags } = convert(bfp[0]!, hfp[0]!, bits);
      return [got, flags];
    };
    expect(of(0x7f80_0000n)).toEqual([0x7fff_ffffn, 0x80]);
    expect(of(0xff80_0000n)).toEqual([0xffff_ffffn, 0x80]);
    expect(of(0xffc0_0000n)).toEqual([0x7fff_ffffn, 0x80]);
  });
});

describe('results out of range', () => {
  const trapping: IeeeContext = { ...quiet, masks: 0xf8 };
  it('a trapped overflow or underflow is scaled', () => {
    const over = convert(dfp[2]!, bfp[0]!, parse(dfpExtended, '1E+45'), trapping);
    const whole = convert(dfp[2]!, bfp[1]!, parse(dfpExtended, '1E+45')).bits;
    expect(over.dxc & 0xf0).toBe(0x20);
    // The exponent field of the long result, brought to the short bias, less 192.
    const exponent = Number((whole >> 52n) & 0x7ffn) - 1023 - 192 + 127;
    expect(Number((over.bits >> 23n) & 0xffn)).toBe(exponent);
    const under = convert(bfp[1]!, dfp[0]!, 1n, trapping);
    expect([under.dxc & 0xf0, shown(dfpShort, under.bits)]).toEqual([0x10, dfpNan]);
    const small = convert(dfp[2]!, bfp[1]!, parse(dfpExtended, '1E-400'), trapping);
    const want = fractionOf(dfp[2]!, parse(dfpExtended, '1E-400'))!;
    const lifted = { ...want, numerator: want.numerator << 1536n };
    const near = rounded(lifted, 2n, unitOf(bfp[1]!, lifted), 0).value;
    expect(isSame(fractionOf(bfp[1]!, small.bits)!, near)).toBe(true);
  });
  const dfpNan = shown(dfpShort, dfpDefaultNan(dfpShort));
  it('what scaling does not bring back is the default NaN', () => {
    const far = convert(bfp[2]!, dfp[0]!, bfpExtended.largest, trapping);
    expect([far.dxc & 0xf0, far.bits]).toEqual([0x20, dfpDefaultNan(dfpShort)]);
    const farBinary = convert(dfp[2]!, bfp[0]!, parse(dfpExtended, '1E+6000'), trapping);
    expect([farBinary.dxc & 0xf0, farBinary.bits]).toEqual([0x20, bfpShort.defaultNan]);
  });
  it('HFP reports an overflow as its control says', () => {
    const huge = 0x7e7f_ffffn + (1n << 23n);
    const to = (reportsHfpOverflow: boolean, masks = 0): readonly number[] => {
      const { flags, dxc } = convert(
        bfp[1]!, hfp[0]!, (0x7fen << 52n) | huge, { ...quiet, masks }, { reportsHfpOverflow },
      );
      return [flags, dxc];
    };
    expect([to(true), to(false)]).toEqual([[0x28, 0], [0x80, 0]]);
    expect([to(true, 0x20), to(false, 0x80)]).toEqual([[0, 0x28], [0, 0x80]]);
  });
  it('HFP reports an underflow as its control says, and gives a true zero of the sign', () => {
    const tiny = (1n << 63n) | 1n;
    const to = (underflowIsInexact: boolean, masks = 0): readonly (bigint | number)[] => {
      const { bits, flags, dxc } = convert(
        bfp[1]!, hfp[2]!, tiny, { ...quiet, masks }, { underflowIsInexact },
      );
      return [bits, flags, dxc];
    };
    const zero = (1n << 127n) | (1n << 63n);
    expect([to(false), to(true)]).toEqual([[zero, 0x18, 0], [zero, 0x08, 0]]);
    expect([to(false, 0x10), to(true, 0x18)]).toEqual([[zero, 0, 0x18], [zero, 0, 0x08]]);
  });
  it('a trapped inexact result tells whether it was incremented; a suppressed one is silent', () => {
    const tenth = parse(dfpLong, '0.1');
    const to = (rounding: 1 | 2): number => convert(dfp[1]!, bfp[1]!, tenth, { rounding, masks: 8 }).dxc;
    expect([to(1), to(2)]).toEqual([0x08, 0x0c]);
    const silent = convert(dfp[1]!, bfp[1]!, tenth, { ...trapping, inexactSuppressed: true });
    expect([silent.flags, silent.dxc]).toEqual([0, 0]);
  });
});
