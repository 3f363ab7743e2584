/** Binary floating point: the exact core against golden answers of QEMU, and the laws QEMU cannot show. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../../../src/engine/base/prng.ts';
import * as arithmetic from '../../../../src/engine/isa/s390/arith/bfpArithmetic.ts';
import * as convert from '../../../../src/engine/isa/s390/arith/bfpConvert.ts';
import { compareAndSignalBfp, loadAndTestBfp } from '../../../../src/engine/isa/s390/arith/bfpCompare.ts';
import { divideToIntegerBfp } from '../../../../src/engine/isa/s390/arith/bfpDivideToInteger.ts';
import {
  bfpExtended,
  bfpLong,
  bfpShort,
  isBfpInfinity,
  isBfpNan,
  isBfpZero,
  unpackBfp,
  type BfpFormat,
} from '../../../../src/engine/isa/s390/arith/bfpFormat.ts';
import { rounding, type Rounding } from '../../../../src/engine/isa/s390/arith/rounding.ts';
import { bfpCases, goldenVectors, seedOf } from './bfpCases.ts';
import { bfpOperand } from './operands.ts';

const golden: Record<string, string> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'golden', 'bfp.json'), 'utf8'),
);
const quietContext = { rounding: rounding.nearestEven, masks: 0 };
const allTraps = { rounding: rounding.nearestEven, masks: 0xf8 };
const formats = [bfpShort, bfpLong, bfpExtended];

describe('golden answers of qemu-s390x', () => {
  it.each(bfpCases.map((bfpCase) => [bfpCase.name, bfpCase] as const))('%s', (name, bfpCase) => {
    const prng = new Prng(seedOf(name));
    const bytes = Buffer.from(golden[name]!, 'base64');
    const size = bfpCase.width / 8;
    for (let i = 0; i < goldenVectors; i++) {
      const vector = bfpCase.vector(prng);
      if (vector.deviation !== undefined) continue;
      const answer = bytes.subarray(i * (size + 2), (i + 1) * (size + 2));
      const ours = Buffer.alloc(size + 2);
      if (size > 0) ours.write(vector.ours.bits.toString(16).padStart(2 * size, '0'), 0, 'hex');
      ours[size] = vector.ours.flags;
      ours[size + 1] = vector.ours.cc;
      expect(ours.toString('hex'), vector.text).toBe(answer.toString('hex'));
    }
  });
});

describe('where the peer deviates, the Principles of Operation', () => {
  it('MDEBR and MXDBR are the product of the lengthened operands, and exact', () => {
    const prng = new Prng(21);
    for (const [source, target] of [
      [bfpShort, bfpLong],
      [bfpLong, bfpExtended],
    ] as const) {
      for (let i = 0; i < 2000; i++) {
        const a = bfpOperand(prng, source);
        const b = bfpOperand(prng, source, a);
        const product = arithmetic.multiplyBfpLengthened(source, target, a, b, quietContext);
        const [wideA, wideB] = [a, b].map(
          (bits) => convert.loadLengthenedBfp(source, target, bits, quietContext),
        );
        const wide = arithmetic.multiplyBfp(target, wideA!.bits, wideB!.bits, quietContext);
        if (!isBfpNan(source, a) && !isBfpNan(source, b)) expect(product).toEqual(wide);
        expect(product.flags & 0x38).toBe(0);
      }
    }
  });

  it('fused operations prefer a signaling NaN; zero times infinity is invalid whatever the addend', () => {
    const [signaling, quiet, one] = [0x7f800001n, 0xffc00003n, 0x3f800000n];
    const add = (a: bigint, b: bigint, c: bigint): unknown =>
      arithmetic.multiplyAddBfp(bfpShort, a, b, c, quietContext);
    expect(add(quiet, signaling, one)).toEqual({ bits: 0x7fc00001n, flags: 0x80, dxc: 0 });
    expect(add(quiet, one, signaling)).toEqual({ bits: 0x7fc00001n, flags: 0x80, dxc: 0 });
    const minus = bfpShort.signBit;
    for (const addend of [quiet, signaling, one])
      for (const [zero, infinity] of [[0n, bfpShort.infinity], [minus, bfpShort.infinity | minus]] as const)
        for (const answer of [add(zero, infinity, addend), add(infinity, zero, addend)])
          expect(answer).toEqual({ bits: bfpShort.defaultNan, flags: 0x80, dxc: 0 });
  });

  it('LOAD AND TEST signals and quiets; a converted NaN is also inexact, unless M4 suppresses it', () => {
    const signaling = 0x7ff0_0000_0000_0001n;
    expect(loadAndTestBfp(bfpLong, signaling, quietContext)).toEqual({
      bits: 0x7ff8_0000_0000_0001n,
      flags: 0x80,
      dxc: 0,
      cc: 3,
    });
    const suppressed = { ...quietContext, inexactSuppressed: true };
    expect(convert.convertBfpToInteger(bfpLong, signaling, convert.fixed32, quietContext).flags).toBe(0x88);
    expect(convert.convertBfpToInteger(bfpLong, signaling, convert.fixed32, suppressed).flags).toBe(0x80);
  });
});

describe('traps', () => {
  it('invalid and division by zero suppress with the DXC alone', () => {
    expect(
      arithmetic.divideBfp(bfpLong, 0x3ff0_0000_0000_0000n, 0n, allTraps),
    ).toMatchObject({ flags: 0, dxc: 0x40 });
    expect(arithmetic.divideBfp(bfpLong, 0n, 0n, allTraps)).toMatchObject({ flags: 0, dxc: 0x80 });
    expect(
      compareAndSignalBfp(bfpLong, bfpLong.defaultNan, 0n, allTraps),
    ).toMatchObject({ flags: 0, dxc: 0x80 });
  });

  it.each(formats)('$name: a trapped range exception delivers the rounded value, scaled', (format) => {
    const prng = new Prng(31);
    const scale = { short: 192, long: 1536, extended: 24576 }[format.name];
    let seen = 0;
    for (let i = 0; i < 4000; i++) {
      const a = bfpOperand(prng, format);
      const b = bfpOperand(prng, format, a);
      const trapped = arithmetic.multiplyBfp(format, a, b, allTraps);
      if (!(trapped.dxc & 0x30)) continue;
      seen++;
      const sign = trapped.dxc & 0x20 ? 1 : -1;
      const value = unpackBfp(format, trapped.bits);
      const [x, y] = [unpackBfp(format, a), unpackBfp(format, b)];
      const product = x.significand * y.significand;
      const shift = x.exponent + y.exponent - (value.exponent + sign * scale);
      const [up, down] = [BigInt(Math.max(0, -shift)), BigInt(Math.max(0, shift))];
      const difference = (value.significand << up) - (product << down);
      const half = shift >= 0 ? 0n : 1n << BigInt(-shift - 1);
      expect(difference <= half && -difference <= half).toBe(true);
      expect(trapped.dxc & 0x0c).toBe(difference === 0n ? 0 : difference > 0n ? 0x0c : 0x08);
      expect(trapped.flags).toBe(0);
    }
    expect(seen).toBeGreaterThan(50);
  });

  it('inexact alone completes with the same result and tells truncation from increment', () => {
    const prng = new Prng(33);
    for (let i = 0; i < 4000; i++) {
      const a = bfpOperand(prng, bfpLong);
      const b = bfpOperand(prng, bfpLong, a);
      const method = prng.pick([0, 1, 2, 3, 4, 7] as Rounding[]);
      const untrapped = arithmetic.divideBfp(bfpLong, a, b, { rounding: method, masks: 0 });
      const trapped = arithmetic.divideBfp(bfpLong, a, b, { rounding: method, masks: 0x08 });
      expect(trapped.bits).toBe(untrapped.bits);
      expect(trapped.flags | (trapped.dxc & 0x08)).toBe(untrapped.flags);
      if (method === rounding.towardZero && trapped.dxc !== 0) expect(trapped.dxc).toBe(0x08);
    }
  });

  it('an exact tiny result underflows only when the trap is enabled', () => {
    const [two, tiny] = [0x4000_0000_0000_0000n, 0x0010_0000_0000_0000n];
    expect(
      arithmetic.divideBfp(bfpLong, tiny, two, quietContext),
    ).toEqual({ bits: tiny >> 1n, flags: 0, dxc: 0 });
    const scaled = BigInt(0x3ff - 1023 + 1536) << 52n;
    expect(arithmetic.divideBfp(bfpLong, tiny, two, allTraps)).toEqual({ bits: scaled, flags: 0, dxc: 0x10 });
  });

  it('LOAD ROUNDED delivers a trapped overflow in the source format, scaled by 512', () => {
    const large = (0x3ffn + 200n) << 52n;
    const result = convert.loadRoundedBfp(bfpLong, bfpShort, large | 1n, allTraps);
    expect(result).toEqual({
      bits: (0x3ffn + 200n - 512n) << 52n,
      flags: 0,
      dxc: 0x28,
      isInSourceFormat: true,
    });
  });
});

/** The exact rational a finite pattern stands for, times 2^1200 for long. */
function scaledInteger(format: BfpFormat, bits: bigint): bigint {
  const value = unpackBfp(format, bits);
  const magnitude = value.significand << BigInt(value.exponent + format.exponentMax + format.precision);
  return value.negative ? -magnitude : magnitude;
}

describe('DIVIDE TO INTEGER', () => {
  it.each([bfpShort, bfpLong])('$name: the remainder is exact and repeating ends', (format) => {
    const prng = new Prng(41);
    for (let i = 0; i < 1500; i++) {
      const b = bfpOperand(prng, format);
      const first = bfpOperand(prng, format, b);
      if ([first, b].some((bits) => isBfpNan(format, bits) || isBfpInfinity(format, bits))) continue;
      if (isBfpZero(format, b)) continue;
      const divisor = scaledInteger(format, b);
      let dividend = first;
      for (let step = 0; ; step++) {
        const result = divideToIntegerBfp(format, dividend, b, rounding.towardZero, quietContext);
        const difference = scaledInteger(format, dividend) - scaledInteger(format, result.remainder);
        expect(difference % divisor).toBe(0n);
        expect(result.flags).toBe(0);
        dividend = result.remainder;
        if (result.cc < 2) break;
        expect(step).toBeLessThan(100);
      }
      expect(scaledInteger(format, dividend)).toBe(scaledInteger(format, first) % divisor);
    }
  });

  it('rounds the final quotient by M4 and leaves a partial one truncated', () => {
    const divide = (a: bigint, b: bigint, method: Rounding): unknown =>
      divideToIntegerBfp(bfpShort, a, b, method, quietContext);
    const [five, two, twoTo26, three] = [0x40a00000n, 0x40000000n, 0x4c800000n, 0x40400000n];
    const nearest = divide(five, two, rounding.nearestEven);
    expect(nearest).toMatchObject({ quotient: two, remainder: 0x3f800000n, cc: 0 });
    const upward = divide(five, two, rounding.towardPositive);
    expect(upward).toMatchObject({ quotient: three, remainder: 0xbf800000n, cc: 0 });
    expect(divide(twoTo26, three, rounding.nearestEven)).toMatchObject({ remainder: 0x40800000n, cc: 2 });
  });

  it('scales an overflowing quotient and says so in the condition code', () => {
    const result = divideToIntegerBfp(bfpShort, bfpShort.largest, 1n, rounding.nearestEven, quietContext);
    const quotient = (BigInt(127 + 149 + 127 - 192) << 23n) | 0x7fffffn;
    expect(result).toMatchObject({ remainder: 0n, cc: 1, quotient });
  });
});
