/**
 * Binary floating point: the three formats, taking them apart and classifying them
 * (Principles of Operation, chapter 19, "BFP Data Formats" and "Classes of BFP Data").
 *
 * Invariant: a finite unpacked value is exactly significand * 2^exponent with the sign apart; nothing is
 * normalised or rounded here.
 */

/** Parameters of one format; `exponentMin` and `exponentMax` are those of the leading one. */
export interface BfpFormat {
  readonly name: 'short' | 'long' | 'extended';
  readonly width: bigint;
  /** Significand bits including the implied one. */
  readonly precision: number;
  readonly fractionBits: bigint;
  readonly exponentMax: number;
  readonly exponentMin: number;
  /** Power of two by which a trapped overflow or underflow result is scaled. */
  readonly trapScale: number;
  /** The same for LOAD ROUNDED, whose trapped result stays in the source format. */
  readonly roundedTrapScale: number;
  readonly signBit: bigint;
  readonly fractionMask: bigint;
  /** The exponent field filled with ones: plus infinity. */
  readonly infinity: bigint;
  readonly quietBit: bigint;
  /** Largest finite magnitude. */
  readonly largest: bigint;
  /** The default quiet NaN: plus, payload zero. */
  readonly defaultNan: bigint;
}

function defineFormat(
  name: BfpFormat['name'],
  width: number,
  precision: number,
  trapScale: number,
  roundedTrapScale: number,
): BfpFormat {
  const fractionBits = BigInt(precision - 1);
  const exponentMax = 2 ** (width - precision - 1) - 1;
  const fractionMask = (1n << fractionBits) - 1n;
  const infinity = BigInt(2 * exponentMax + 1) << fractionBits;
  const quietBit = 1n << (fractionBits - 1n);
  return {
    name,
    width: BigInt(width),
    precision,
    fractionBits,
    exponentMax,
    exponentMin: 1 - exponentMax,
    trapScale,
    roundedTrapScale,
    signBit: 1n << BigInt(width - 1),
    fractionMask,
    infinity,
    quietBit,
    largest: infinity - 1n,
    defaultNan: infinity | quietBit,
  };
}

export const bfpShort = defineFormat('short', 32, 24, 192, 0);
export const bfpLong = defineFormat('long', 64, 53, 1536, 512);
export const bfpExtended = defineFormat('extended', 128, 113, 24576, 8192);

/** Classes in the order of the bit pairs of TEST DATA CLASS. */
export const bfpClass = {
  zero: 0,
  normal: 1,
  subnormal: 2,
  infinity: 3,
  quietNan: 4,
  signalingNan: 5,
} as const;
export type BfpClass = (typeof bfpClass)[keyof typeof bfpClass];

export function classifyBfp(format: BfpFormat, bits: bigint): BfpClass {
  const magnitude = bits & (format.signBit - 1n);
  if (magnitude === 0n) return bfpClass.zero;
  if (magnitude < 1n << format.fractionBits) return bfpClass.subnormal;
  if (magnitude < format.infinity) return bfpClass.normal;
  if (magnitude === format.infinity) return bfpClass.infinity;
  return magnitude & format.quietBit ? bfpClass.quietNan : bfpClass.signalingNan;
}

export function isBfpNan(format: BfpFormat, bits: bigint): boolean {
  return (bits & (format.signBit - 1n)) > format.infinity;
}

export function isBfpSignalingNan(format: BfpFormat, bits: bigint): boolean {
  return isBfpNan(format, bits) && !(bits & format.quietBit);
}

export function isBfpInfinity(format: BfpFormat, bits: bigint): boolean {
  return (bits & (format.signBit - 1n)) === format.infinity;
}

export function isBfpZero(format: BfpFormat, bits: bigint): boolean {
  return (bits & (format.signBit - 1n)) === 0n;
}

export function isBfpNegative(format: BfpFormat, bits: bigint): boolean {
  return (bits & format.signBit) !== 0n;
}

/** A finite value, exactly (-1)^negative * significand * 2^exponent. */
export interface BinaryValue {
  readonly negative: boolean;
  readonly significand: bigint;
  readonly exponent: number;
}

/** Takes a finite number apart; infinities and NaNs are the caller's to exclude. */
export function unpackBfp(format: BfpFormat, bits: bigint): BinaryValue {
  const biased = Number((bits & format.infinity) >> format.fractionBits);
  const fraction = bits & format.fractionMask;
  const unit = format.exponentMin - (format.precision - 1);
  const negative = (bits & format.signBit) !== 0n;
  if (biased === 0) return { negative, significand: fraction, exponent: unit };
  return { negative, significand: fraction | (1n << format.fractionBits), exponent: unit + biased - 1 };
}

/**
 * Puts a finite value together. The significand has at most `precision` bits, and exactly that many unless
 * the exponent is the smallest one, so denormals and the carry into the exponent need no case of their own.
 */
export function packBfp(format: BfpFormat, negative: boolean, significand: bigint, exponent: number): bigint {
  const unit = format.exponentMin - (format.precision - 1);
  const sign = negative ? format.signBit : 0n;
  return sign | ((BigInt(exponent - unit) << format.fractionBits) + significand);
}

const doubleView = new DataView(new ArrayBuffer(8));

/** Number of significant bits of a non-negative integer. */
export function bitLength(value: bigint): number {
  const approximate = Number(value);
  if (approximate < 0x1_0000_0000) return 32 - Math.clz32(approximate);
  if (approximate === Infinity) return 1024 + bitLength(value >> 1024n);
  doubleView.setFloat64(0, approximate);
  const length = (doubleView.getUint16(0) >> 4) - 1022;
  // The conversion may have rounded up to the next power of two.
  return value >> BigInt(length - 1) === 0n ? length - 1 : length;
}

/** The condition code of a BFP result: 0 zero, 1 less, 2 greater, 3 NaN. */
export function bfpSignCc(format: BfpFormat, bits: bigint): number {
  if (isBfpNan(format, bits)) return 3;
  if (isBfpZero(format, bits)) return 0;
  return bits & format.signBit ? 1 : 2;
}

/** TEST DATA CLASS: 1 when the class and sign of the operand is selected by the twelve mask bits. */
export function testBfpDataClass(format: BfpFormat, bits: bigint, mask: number): 0 | 1 {
  const position = 2 * classifyBfp(format, bits) + (bits & format.signBit ? 1 : 0);
  return (mask & (0x800 >> position)) !== 0 ? 1 : 0;
}
