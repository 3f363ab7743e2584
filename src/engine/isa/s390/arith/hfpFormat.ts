/**
 * Hexadecimal floating point: formats, results and exceptions (Principles of Operation, chapter 18).
 *
 * A number is (-1)^sign * 0.f * 16^(characteristic - 64), f being 6, 14 or 28 hexadecimal digits. An
 * extended number is two longs; the characteristic of the low-order one is 14 less, modulo 128, and its sign
 * is the same.
 *
 * Invariant: the two bytes of sign and characteristic appear in one place only, {@link packHfp}.
 */

export interface HfpFormat {
  readonly name: 'short' | 'long' | 'extended';
  readonly width: number;
  /** Hexadecimal digits of the fraction. */
  readonly digits: number;
}

export const hfpShort: HfpFormat = { name: 'short', width: 32, digits: 6 };
export const hfpLong: HfpFormat = { name: 'long', width: 64, digits: 14 };
export const hfpExtended: HfpFormat = { name: 'extended', width: 128, digits: 28 };

export interface HexNumber {
  readonly negative: boolean;
  /** Unbounded while an operation is under way. */
  readonly characteristic: number;
  readonly fraction: bigint;
}

export type HfpException =
  | 'exponent-overflow'
  | 'exponent-underflow'
  | 'significance'
  | 'floating-point-divide'
  | 'square-root';

/** The two bits of the program mask that change HFP results. */
export interface HfpMasks {
  /** PSW bit 22. */
  readonly exponentUnderflow: boolean;
  /** PSW bit 23. */
  readonly significance: boolean;
}

/**
 * The outcome. The exceptions of overflow, underflow and significance complete the operation with `bits`;
 * the divide and square-root exceptions suppress it, and `bits` is meaningless.
 */
export interface HfpResult {
  readonly bits: bigint;
  /** 0 fraction zero, 1 less than zero, 2 greater; for the instructions that set it. */
  readonly cc: number;
  readonly exception?: HfpException;
}

const longFractionMask = (1n << 56n) - 1n;

export function unpackHfp(format: HfpFormat, bits: bigint): HexNumber {
  const top = Number(bits >> BigInt(format.width - 8)) & 0xff;
  const negative = (top & 0x80) !== 0;
  const characteristic = top & 0x7f;
  if (format.digits === 28) {
    const fraction = (((bits >> 64n) & longFractionMask) << 56n) | (bits & longFractionMask);
    return { negative, characteristic, fraction };
  }
  return { negative, characteristic, fraction: bits & ((1n << BigInt(format.digits * 4)) - 1n) };
}

/** Puts a number together; the characteristic is taken modulo 128. */
export function packHfp(
  format: HfpFormat,
  negative: boolean,
  characteristic: number,
  fraction: bigint,
): bigint {
  const sign = negative ? 0x80 : 0;
  const top = BigInt(sign | (characteristic & 0x7f));
  if (format.digits !== 28) return (top << BigInt(format.digits * 4)) | fraction;
  const low = BigInt(sign | ((characteristic - 14) & 0x7f));
  return (((top << 56n) | (fraction >> 56n)) << 64n) | (low << 56n) | (fraction & longFractionMask);
}

/** A true zero: all bits zero, but for the sign where an instruction keeps it. */
export function hfpTrueZero(format: HfpFormat, negative = false): bigint {
  if (!negative) return 0n;
  return format.digits === 28 ? (1n << 127n) | (1n << 63n) : 1n << BigInt(format.width - 1);
}

export function hfpCc(negative: boolean, fraction: bigint): number {
  return fraction === 0n ? 0 : negative ? 1 : 2;
}

/** Number of hexadecimal digits of a non-negative integer; 0 for zero. */
export function hexLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(16).length;
}

/** Prenormalises: no leading zero digit, unless the fraction is zero. */
export function normaliseHfp(format: HfpFormat, value: HexNumber): HexNumber {
  if (value.fraction === 0n) return value;
  const shift = format.digits - hexLength(value.fraction);
  return {
    negative: value.negative,
    characteristic: value.characteristic - shift,
    fraction: value.fraction << BigInt(4 * shift),
  };
}

/**
 * Delivers a result whose characteristic may have left 0-127.
 * Overflow keeps the characteristic modulo 128 and interrupts; underflow does the same under its mask and
 * otherwise gives a true zero.
 */
export function deliverHfp(
  format: HfpFormat,
  value: HexNumber,
  masks: Pick<HfpMasks, 'exponentUnderflow'>,
): HfpResult {
  const { negative, characteristic, fraction } = value;
  if (fraction === 0n) return { bits: 0n, cc: 0 };
  const bits = packHfp(format, negative, characteristic, fraction);
  const cc = hfpCc(negative, fraction);
  if (characteristic > 127) return { bits, cc, exception: 'exponent-overflow' };
  if (characteristic >= 0) return { bits, cc };
  return masks.exponentUnderflow ? { bits, cc, exception: 'exponent-underflow' } : { bits: 0n, cc: 0 };
}
