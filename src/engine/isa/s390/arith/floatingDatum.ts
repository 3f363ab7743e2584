/**
 * A floating-point datum of any radix, as conversion between radices sees it (Principles of Operation,
 * chapter 9, "Floating-Point Data", for the three families: chapters 18, 19 and 20).
 *
 * Invariant: a finite datum is exactly (-1)^negative * significand * base^exponent; nothing is rounded here.
 */
import { bfpClass, classifyBfp, isBfpNegative, unpackBfp, type BfpFormat } from './bfpFormat.ts';
import { decodeDfp, type DfpFormat, type DfpKind } from './dfpFormat.ts';
import { unpackHfp, type HfpFormat } from './hfpFormat.ts';

/** A format with the family that it belongs to: hexadecimal, binary, decimal. */
export type FloatingFormat =
  | { readonly family: 'hfp'; readonly format: HfpFormat }
  | { readonly family: 'bfp'; readonly format: BfpFormat }
  | { readonly family: 'dfp'; readonly format: DfpFormat };

export interface FloatingDatum {
  readonly kind: DfpKind;
  readonly negative: boolean;
  /** Of a NaN: its payload, the fraction right of the quiet bit or the trailing digits. */
  readonly significand: bigint;
  /** HFP numbers are told in powers of two. */
  readonly base: 2 | 10;
  readonly exponent: number;
}

/** What `bits` in a format stand for. HFP has numbers only, and those need not be normalised. */
export function readFloating(of: FloatingFormat, bits: bigint): FloatingDatum {
  switch (of.family) {
    case 'hfp': {
      const { negative, characteristic, fraction } = unpackHfp(of.format, bits);
      const exponent = 4 * (characteristic - 64 - of.format.digits);
      return { kind: 'finite', negative, significand: fraction, base: 2, exponent };
    }
    case 'bfp':
      return readBfp(of.format, bits);
    case 'dfp': {
      const { kind, negative, coefficient, exponent } = decodeDfp(of.format, bits);
      return { kind, negative, significand: coefficient, base: 10, exponent };
    }
  }
}

function readBfp(format: BfpFormat, bits: bigint): FloatingDatum {
  const kind = kindOfBfp(format, bits);
  if (kind === 'finite') return { kind, base: 2, ...unpackBfp(format, bits) };
  const significand = bits & (format.quietBit - 1n);
  return { kind, negative: isBfpNegative(format, bits), significand, base: 2, exponent: 0 };
}

function kindOfBfp(format: BfpFormat, bits: bigint): DfpKind {
  switch (classifyBfp(format, bits)) {
    case bfpClass.infinity:
      return 'infinity';
    case bfpClass.quietNan:
      return 'quiet-nan';
    case bfpClass.signalingNan:
      return 'signaling-nan';
    default:
      return 'finite';
  }
}
