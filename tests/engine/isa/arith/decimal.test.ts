/**
 * Decimal: golden answers of QEMU for what it has, the examples of appendix A of the Principles of Operation,
 * and for the arithmetic a second implementation that works digit by digit.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../../../src/engine/base/prng.ts';
import * as arithmetic from '../../../../src/engine/isa/s390/arith/decimalArithmetic.ts';
import { convertToBinary, convertToDecimal } from '../../../../src/engine/isa/s390/arith/decimalBinary.ts';
import { edit } from '../../../../src/engine/isa/s390/arith/decimalEdit.ts';
import { toHex, type DecimalResult } from '../../../../src/engine/isa/s390/arith/decimalFormat.ts';
import * as move from '../../../../src/engine/isa/s390/arith/decimalMove.ts';
import { seedOf } from './bfpCases.ts';
import { decimalCases, goldenDecimalVectors, packedOperand } from './decimalCases.ts';

const golden: Record<string, string[]> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'golden', 'decimal.json'), 'utf8'),
);

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const shown = (r: DecimalResult): string => `${toHex(r.bytes)} ${r.exception ?? ''}${r.cc}`.trim();

describe('golden answers of qemu-s390x', () => {
  it.each(decimalCases.map((c) => [c.name, c] as const))('%s', (name, decimalCase) => {
    const prng = new Prng(seedOf(name));
    for (let i = 0; i < goldenDecimalVectors; i++) {
      const vector = decimalCase.vector(prng);
      expect(vector.ours, vector.text).toBe(golden[name]![i]);
    }
  });
});

describe('examples of the Principles of Operation', () => {
  it('adds, compares, divides, multiplies and shifts', () => {
    expect(shown(arithmetic.addDecimal(bytes('38460d'), bytes('112c')))).toBe('38348d 1');
    expect(arithmetic.compareDecimal(bytes('1725356d'), bytes('72142d')).cc).toBe(1);
    expect(shown(arithmetic.divideDecimal(bytes('012345678c'), bytes('321d')))).toBe('38460d018c 0');
    expect(shown(arithmetic.multiplyDecimal(bytes('000038460d'), bytes('321d')))).toBe('012345660c 0');
    expect(shown(arithmetic.shiftAndRoundDecimal(bytes('000123450c'), 3, 0))).toBe('123450000c 2');
    expect(shown(arithmetic.shiftAndRoundDecimal(bytes('001239600d'), 60, 5))).toBe('000000124d 1');
    expect(shown(arithmetic.zeroAndAddDecimal(5, bytes('38460d')))).toBe('000038460d 1');
  });

  it('converts', () => {
    expect(convertToBinary(bytes('000000000025594c'), 32)).toEqual({ integer: 0x63fan });
    expect(toHex(convertToDecimal(0x0f0fn, 32))).toBe('000000000003855c');
  });

  it('edits, with the credit sign for a negative amount only', () => {
    const pattern = bytes('4020206b2020214b202040c3d9');
    const run = (text: string): unknown => {
      const source = bytes(text);
      const result = edit(pattern, (offset) => source[offset]!);
      return [toHex(result.bytes), result.cc, result.mark, result.sourceLength];
    };
    expect(run('0257426c')).toEqual(['4040f26bf5f7f44bf2f6404040', 2, 2, 4]);
    expect(run('0000026d')).toEqual(['404040404040404bf2f640c3d9', 1, -1, 4]);
    expect(run('0000000c')).toEqual(['404040404040404bf0f0404040', 0, -1, 4]);
  });

  it('moves', () => {
    const storage = bytes('7788990c 123456 f1f2f3f4c5 0000000000 12345d');
    move.moveWithOffset(storage, { at: 0, length: 4 }, { at: 4, length: 3 });
    expect(toHex(storage.subarray(0, 4))).toBe('0123456c');
    move.pack(storage, { at: 12, length: 5 }, { at: 7, length: 5 });
    expect(toHex(storage.subarray(12, 17))).toBe('000012345c');
    move.unpack(storage, { at: 7, length: 5 }, { at: 17, length: 3 });
    expect(toHex(storage.subarray(7, 12))).toBe('f1f2f3f4d5');
  });
});

/** Schoolbook model: digits least significant first. */
interface Digits {
  readonly minus: boolean;
  readonly digits: number[];
}

function digitsOf(field: Uint8Array): Digits | undefined {
  const nibbles = [...field].flatMap((byte) => [byte >> 4, byte & 15]).reverse();
  const [sign, ...digits] = nibbles;
  if (sign! < 10 || digits.some((digit) => digit > 9)) return undefined;
  return { minus: sign === 11 || sign === 13, digits };
}

function compareDigits(a: number[], b: number[]): number {
  for (let i = Math.max(a.length, b.length) - 1; i >= 0; i--) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function addDigits(a: Digits, b: Digits): Digits {
  const isSame = a.minus === b.minus;
  const [large, small] = isSame || compareDigits(a.digits, b.digits) >= 0 ? [a, b] : [b, a];
  const digits: number[] = [];
  let carry = 0;
  for (let i = 0; i < 32; i++) {
    const digit = (large.digits[i] ?? 0) + (isSame ? 1 : -1) * (small.digits[i] ?? 0) + carry;
    carry = Math.floor(digit / 10);
    digits.push(digit - 10 * carry);
  }
  return { minus: large.minus, digits };
}

function storeDigits(length: number, value: Digits): string {
  const kept = value.digits.slice(0, 2 * length - 1);
  const isOverflow = value.digits.slice(2 * length - 1).some((digit) => digit !== 0);
  const isZero = !isOverflow && kept.every((digit) => digit === 0);
  const minus = value.minus && !isZero;
  const text = Array.from({ length: 2 * length - 1 }, (_, i) => kept[i] ?? 0).reverse().join('');
  const cc = isOverflow ? 'decimal-overflow3' : isZero ? '0' : minus ? '1' : '2';
  return `${text}${minus ? 'd' : 'c'} ${cc}`;
}

describe('a digit-by-digit model', () => {
  it('agrees on AP, SP, ZAP and CP', () => {
    const prng = new Prng(71);
    for (let i = 0; i < 5000; i++) {
      const [first, second] = [
        packedOperand(prng, 1 + prng.below(16)),
        packedOperand(prng, 1 + prng.below(16)),
      ];
      if (i % 5 === 0) first.set(second.subarray(-first.length), Math.max(0, first.length - second.length));
      const [a, b] = [digitsOf(first), digitsOf(second)];
      const expected = (value: (x: Digits, y: Digits) => string): string => (a && b ? value(a, b) : 'data0');
      const negated = (x: Digits): Digits => ({ ...x, minus: !x.minus });
      expect(shown(arithmetic.addDecimal(first, second))).toBe(
        expected((x, y) => storeDigits(first.length, addDigits(x, y))),
      );
      const difference = expected((x, y) => storeDigits(first.length, addDigits(x, negated(y))));
      expect(shown(arithmetic.subtractDecimal(first, second))).toBe(difference);
      const order = expected((x, y) => storeDigits(17, addDigits(x, negated(y))).slice(-1));
      expect(shown(arithmetic.compareDecimal(first, second))).toBe(order);
      const copied = b ? storeDigits(first.length, b) : 'data0';
      expect(shown(arithmetic.zeroAndAddDecimal(first.length, second))).toBe(copied);
    }
  });

  it('agrees on SRP in both directions', () => {
    const prng = new Prng(72);
    for (let i = 0; i < 5000; i++) {
      const field = packedOperand(prng, 1 + prng.below(16));
      const [shift, digit] = [prng.below(64), prng.below(11)];
      const value = digitsOf(field);
      let expected = 'data0';
      if (value && digit < 10) {
        let digits = value.digits;
        if (shift < 32) digits = [...Array<number>(shift).fill(0), ...digits];
        for (let n = 64 - shift; shift >= 32 && n > 1; n--) digits = digits.slice(1);
        const plus = (list: number[]): Digits => ({ minus: false, digits: list });
        if (shift >= 32) digits = addDigits(plus(digits), plus([digit])).digits.slice(1);
        expected = storeDigits(field.length, { minus: value.minus, digits });
      }
      expect(shown(arithmetic.shiftAndRoundDecimal(field, shift, digit))).toBe(expected);
    }
  });
});

describe('laws', () => {
  it('DP: quotient times divisor plus remainder is the dividend, with the signs of algebra', () => {
    const prng = new Prng(73);
    let divided = 0;
    for (let i = 0; i < 6000; i++) {
      const [first, second] = [
        packedOperand(prng, 2 + prng.below(15)),
        packedOperand(prng, 1 + prng.below(9)),
      ];
      const result = arithmetic.divideDecimal(first, second);
      if (second.length > 8 || second.length >= first.length) {
        expect(result.exception).toBe('specification');
        continue;
      }
      if (result.exception) continue;
      divided++;
      const cut = first.length - second.length;
      const [quotient, remainder] = [result.bytes.subarray(0, cut), result.bytes.subarray(cut)];
      const product = arithmetic.multiplyDecimal(
        Uint8Array.from([...new Uint8Array(second.length + 1), ...quotient]),
        second,
      );
      const sum = arithmetic.addDecimal(product.bytes, remainder);
      expect(arithmetic.compareDecimal(sum.bytes, first).cc).toBe(0);
      expect(remainder[remainder.length - 1]! & 15).toBe(digitsOf(first)!.minus ? 13 : 12);
      expect(quotient[cut - 1]! & 15).toBe(digitsOf(first)!.minus === digitsOf(second)!.minus ? 12 : 13);
    }
    expect(divided).toBeGreaterThan(1000);
  });

  it('MP refuses a multiplicand without the leading zeros, and keeps a minus zero', () => {
    expect(arithmetic.multiplyDecimal(bytes('100c'), bytes('2c')).exception).toBe('data');
    expect(shown(arithmetic.multiplyDecimal(bytes('00000c'), bytes('2d')))).toBe('00000d 0');
    expect(arithmetic.divideDecimal(bytes('00012c'), bytes('0c')).exception).toBe('decimal-divide');
    expect(arithmetic.divideDecimal(bytes('00999c'), bytes('1c')).exception).toBeUndefined();
    expect(arithmetic.divideDecimal(bytes('01000c'), bytes('1c')).exception).toBe('decimal-divide');
  });

  it('CVB undoes CVD and refuses what does not fit', () => {
    const prng = new Prng(74);
    for (let i = 0; i < 1000; i++) {
      for (const width of [32, 64] as const) {
        const integer = BigInt.asIntN(width, prng.u64() >> BigInt(prng.below(64)));
        expect(convertToBinary(convertToDecimal(integer, width), width)).toEqual({ integer });
      }
    }
    expect(convertToBinary(bytes('000002147483648c'), 32).exception).toBe('fixed-point-divide');
    expect(convertToBinary(bytes('000002147483648d'), 32)).toEqual({ integer: -0x8000_0000n });
    expect(convertToBinary(bytes('0000000000000a0c'), 32).exception).toBe('data');
  });

  it('PKA and PKU use every character; UNPKA gives them back', () => {
    const digits = '1234567890123456789012345678901';
    const ascii = Uint8Array.from(digits, (digit) => digit.charCodeAt(0));
    const packed = move.packCharacters(ascii, 1);
    expect(toHex(packed.bytes!)).toBe(`${digits}c`);
    expect(Buffer.from(move.unpackCharacters(packed.bytes!, 31, 1).bytes!).toString()).toBe(digits);
    const wide = Uint8Array.from([...ascii].flatMap((byte) => [0, byte]));
    expect(move.packCharacters(wide, 2)).toEqual(packed);
    expect(move.packCharacters(new Uint8Array(33), 1).exception).toBe('specification');
    expect(move.packCharacters(new Uint8Array(7), 2).exception).toBe('specification');
  });

  it('UNPACK uses the leftmost byte and keeps the digit of an overlapped byte at hand', () => {
    const storage = bytes('1234567c');
    move.unpack(storage, { at: 0, length: 4 }, { at: 0, length: 4 });
    expect(toHex(storage)).toBe('f5f5f6c7');
  });

  it('ED takes a digit above 9 in a left half as a data exception', () => {
    expect(edit(bytes('4020'), () => 0xa0).exception).toBe('data');
    expect(
      edit(bytes('40c1'), () => expect.fail('no digit is needed')),
    ).toMatchObject({ cc: 0, sourceLength: 0 });
  });
});
