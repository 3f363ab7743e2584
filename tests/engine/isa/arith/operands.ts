/** Seeded operands that crowd around the edges of a binary format: zeros, denormals, ties, powers, NaNs. */
import type { Prng } from '../../../../src/engine/base/prng.ts';
import type { BfpFormat } from '../../../../src/engine/isa/s390/arith/bfpFormat.ts';
import { encodeDfp, power10, type DfpFormat } from '../../../../src/engine/isa/s390/arith/dfpFormat.ts';

export function randomBits(prng: Prng, width: number): bigint {
  let value = 0n;
  for (let i = 0; i < width; i += 32) value = (value << 32n) | BigInt(prng.u32());
  return value & ((1n << BigInt(width)) - 1n);
}

/** A bit string of long runs: carries travel far and ties are common. */
function runs(prng: Prng, width: number): bigint {
  let value = prng.below(2) === 0 ? 0n : (1n << BigInt(width)) - 1n;
  for (let i = prng.below(4); i >= 0; i--) value ^= (1n << BigInt(prng.below(width + 1))) - 1n;
  return value;
}

function edgeOf(prng: Prng, format: BfpFormat): bigint {
  const one = BigInt(format.exponentMax) << format.fractionBits;
  return prng.pick([
    0n,
    1n,
    format.fractionMask,
    format.fractionMask + 1n,
    format.fractionMask + 2n,
    format.largest,
    format.infinity,
    format.defaultNan,
    format.infinity | 1n,
    format.infinity | (format.quietBit >> 1n) | 5n,
    format.defaultNan | 3n,
    one,
    one + 1n,
    one - 1n,
    one + (1n << format.fractionBits),
    one - (1n << format.fractionBits),
  ]);
}

/** One operand; `near` keeps the exponent close to that of another operand. */
export function bfpOperand(prng: Prng, format: BfpFormat, near?: bigint): bigint {
  const sign = prng.below(2) === 0 ? 0n : format.signBit;
  const kind = prng.below(16);
  if (kind < 3) return sign | edgeOf(prng, format);
  const width = Number(format.width);
  if (kind === 3) return randomBits(prng, width);
  const fraction = (kind & 1 ? runs : randomBits)(prng, format.precision - 1) & format.fractionMask;
  const span = 2 * format.exponentMax + 1;
  let exponent = prng.below(span);
  if (kind < 8 && near !== undefined) {
    const other = Number((near & format.infinity) >> format.fractionBits);
    exponent = other - format.precision - 2 + prng.below(2 * format.precision + 5);
  } else if (kind < 12) {
    exponent = format.exponentMax - 70 + prng.below(140);
  } else if (kind === 12) {
    exponent = prng.below(4);
  } else if (kind === 13) {
    exponent = span - 1 - prng.below(4);
  } else if (kind === 14) {
    exponent = Math.floor(format.exponentMax / 2) - 4 + prng.below(8);
  }
  exponent = Math.min(span - 1, Math.max(0, exponent));
  return sign | (BigInt(exponent) << format.fractionBits) | fraction;
}

/** A decimal operand: any pattern, or a number of few or all digits whose exponent is mostly near zero. */
export function dfpOperand(prng: Prng, format: DfpFormat): bigint {
  if (prng.below(6) === 0) return randomBits(prng, format.width);
  const digits = 1 + prng.below(format.precision);
  let coefficient = randomBits(prng, 128) % power10(digits);
  if (prng.below(4) === 0) coefficient = power10(digits) - BigInt(prng.below(2));
  if (coefficient >= power10(format.precision)) coefficient -= 1n;
  const spans = [8, 50, 110, 400, 2 * format.bias] as const;
  const span = Math.min(prng.pick(spans), 2 * format.bias - 40);
  const exponent = prng.below(span) - Math.floor(span / 2);
  return encodeDfp(format, { kind: 'finite', negative: prng.below(2) === 1, coefficient, exponent });
}
