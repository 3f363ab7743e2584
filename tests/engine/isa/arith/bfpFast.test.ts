/** The fast path of binary floating point equals the exact core wherever it decides, and decides often. */
import { describe, expect, it } from 'vitest';
import { Prng } from '../../../../src/engine/base/prng.ts';
import * as exactCore from '../../../../src/engine/isa/s390/arith/bfpArithmetic.ts';
import * as dispatch from '../../../../src/engine/isa/s390/arith/bfpDispatch.ts';
import * as fast from '../../../../src/engine/isa/s390/arith/bfpFast.ts';
import {
  convertBfpToInteger,
  convertIntegerToBfp,
  fixed32,
  loadRoundedBfp,
} from '../../../../src/engine/isa/s390/arith/bfpConvert.ts';
import { compareBfp } from '../../../../src/engine/isa/s390/arith/bfpCompare.ts';
import { bfpLong, bfpShort, type BfpFormat } from '../../../../src/engine/isa/s390/arith/bfpFormat.ts';
import { bfpOperand } from './operands.ts';

const nearestEven = { rounding: 0, masks: 0 } as const;
const trapInexact = { rounding: 0, masks: 0xf8 } as const;

const view = new DataView(new ArrayBuffer(8));

function toNumber(format: BfpFormat, bits: bigint): number {
  if (format === bfpLong) {
    view.setBigUint64(0, bits);
    return view.getFloat64(0);
  }
  view.setUint32(0, Number(bits));
  return view.getFloat32(0);
}

type Operation = (
  format: BfpFormat,
  operands: bigint[],
  core: typeof exactCore | typeof dispatch,
  trap: boolean,
) => unknown;

const operations: [string, number, Operation][] = [
  ['add', 2, (f, [a, b], core, t) => core.addBfp(f, a!, b!, t ? trapInexact : nearestEven)],
  ['subtract', 2, (f, [a, b], core, t) => core.subtractBfp(f, a!, b!, t ? trapInexact : nearestEven)],
  ['multiply', 2, (f, [a, b], core, t) => core.multiplyBfp(f, a!, b!, t ? trapInexact : nearestEven)],
  ['divide', 2, (f, [a, b], core, t) => core.divideBfp(f, a!, b!, t ? trapInexact : nearestEven)],
  ['square root', 1, (f, [a], core, t) => core.squareRootBfp(f, a!, t ? trapInexact : nearestEven)],
  [
    'multiply and add',
    3,
    (f, [a, b, c], core, t) => core.multiplyAddBfp(f, a!, b!, c!, t ? trapInexact : nearestEven),
  ],
];

function hexOf(value: unknown): string {
  return JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? v.toString(16) : v));
}

describe.each([bfpShort, bfpLong])('fast path, $name', (format) => {
  it.each(operations)('%s equals the exact core on edge-crowded operands', (name, arity, operation) => {
    const prng = new Prng(0xfa57 + arity + name.length);
    for (let i = 0; i < 25_000; i++) {
      const operands: bigint[] = [];
      for (let k = 0; k < arity; k++) operands.push(bfpOperand(prng, format, operands[0]));
      if (arity === 3 && i % 4 === 0) operands[2] = nearProduct(prng, format, operands);
      const trap = i % 8 === 0;
      const ours = hexOf(operation(format, operands, dispatch, trap));
      const precise = hexOf(operation(format, operands, exactCore, trap));
      const text = `${name} ${operands.map((o) => o.toString(16))}`;
      if (ours !== precise) expect.fail(`${text}: ${ours}, exact ${precise}`);
    }
  });
});

/** An addend that nearly cancels the product, where double rounding would show. */
function nearProduct(prng: Prng, format: BfpFormat, [a, b]: bigint[]): bigint {
  const product = exactCore.multiplyBfp(format, a!, b!, nearestEven).bits ^ format.signBit;
  return (product & ~7n) | BigInt(prng.below(8));
}

describe('fast path elsewhere', () => {
  it('rounds long to short as LOAD ROUNDED does', () => {
    const prng = new Prng(11);
    for (let i = 0; i < 8000; i++) {
      const bits = bfpOperand(prng, bfpLong);
      const flags = fast.fastRoundToShort(toNumber(bfpLong, bits));
      if (flags === fast.undecided) continue;
      view.setFloat32(0, fast.fastResult[0]!);
      const precise = loadRoundedBfp(bfpLong, bfpShort, bits, nearestEven);
      expect([BigInt(view.getUint32(0)), flags]).toEqual([precise.bits, precise.flags]);
    }
  });

  it('compares and converts as the exact core does', () => {
    const prng = new Prng(12);
    for (let i = 0; i < 4000; i++) {
      const a = bfpOperand(prng, bfpLong);
      const b = i % 9 === 0 ? a : bfpOperand(prng, bfpLong, a);
      const cc = fast.fastCompare(toNumber(bfpLong, a), toNumber(bfpLong, b));
      const comparison = compareBfp(bfpLong, a, b, nearestEven);
      expect(cc === fast.undecided ? 3 : cc).toBe(comparison.cc);
      const flags = fast.fastToFixed32TowardZero(toNumber(bfpLong, a));
      const precise = convertBfpToInteger(bfpLong, a, fixed32, { rounding: 1, masks: 0 });
      if (flags === fast.undecided) expect(precise.cc).toBe(3);
      else expect([BigInt(fast.fastResult[0]!), flags]).toEqual([precise.integer, precise.flags]);
      const integer = BigInt.asIntN(64, prng.u64() >> BigInt(prng.below(64)));
      const conversion = convertIntegerToBfp(bfpLong, integer, nearestEven);
      expect(fast.fastFromFixed64(integer)).toBe(conversion.flags);
      view.setFloat64(0, fast.fastResult[0]!);
      expect(view.getBigUint64(0)).toBe(conversion.bits);
    }
  });

  it('decides nearly every operation on everyday numbers', () => {
    const prng = new Prng(13);
    let decided = 0;
    for (let i = 0; i < 1000; i++) {
      const a = (prng.u32() - 0x8000_0000) / 1024;
      const b = prng.u32() / 7 + 1;
      const answers = [
        fast.fastAddLong(a, b),
        fast.fastMultiplyLong(a, b),
        fast.fastDivideLong(a, b),
        fast.fastSquareRootLong(b),
        fast.fastMultiplyAddLong(a, b, a),
      ];
      decided += answers.filter((flags) => flags !== fast.undecided).length;
    }
    expect(decided).toBeGreaterThan(4990);
  });
});
