/**
 * Hexadecimal floating point, unnormalised multiplication (Principles of Operation, chapter 18: MULTIPLY
 * UNNORMALIZED MY, MYH, MYL and MULTIPLY AND ADD UNNORMALIZED MAY, MAYH, MAYL).
 *
 * Invariant: nothing is normalised and nothing is recognised as exceptional; the characteristic is that of
 * the product, modulo 128, and digits left of the fraction are lost.
 */
import { hfpExtended, hfpLong, packHfp, unpackHfp, type HexNumber } from './hfpFormat.ts';

const fractionMask = (1n << 112n) - 1n;

function unnormalizedProduct(a: bigint, b: bigint): HexNumber {
  const x = unpackHfp(hfpLong, a);
  const y = unpackHfp(hfpLong, b);
  return {
    negative: x.negative !== y.negative,
    characteristic: x.characteristic + y.characteristic - 64,
    fraction: x.fraction * y.fraction,
  };
}

/**
 * MULTIPLY UNNORMALIZED: long times long.
 * @returns the extended pattern; MYH takes its high-order long, MYL the low-order one
 */
export function multiplyUnnormalizedHfp(a: bigint, b: bigint): bigint {
  const product = unnormalizedProduct(a, b);
  return packHfp(hfpExtended, product.negative, product.characteristic, product.fraction);
}

/**
 * MULTIPLY AND ADD UNNORMALIZED: long times long plus long, at the characteristic of the product. Addend
 * digits right of the fraction take part in the sum before it is truncated.
 */
export function multiplyAddUnnormalizedHfp(multiplicand: bigint, multiplier: bigint, addend: bigint): bigint {
  const product = unnormalizedProduct(multiplicand, multiplier);
  const value = unpackHfp(hfpLong, addend);
  const shift = value.characteristic - product.characteristic;
  const below = BigInt(4 * Math.max(0, -shift));
  const aligned = (value.fraction << 56n) << BigInt(4 * Math.max(0, shift));
  const widened = product.fraction << below;
  const sum = (product.negative ? -widened : widened) + (value.negative ? -aligned : aligned);
  const magnitude = sum < 0n ? -sum : sum;
  return packHfp(hfpExtended, sum < 0n, product.characteristic, (magnitude >> below) & fractionMask);
}
