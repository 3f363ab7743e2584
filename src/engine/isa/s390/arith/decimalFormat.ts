/**
 * Packed decimal: digits, signs and results (Principles of Operation, chapter 8, "Decimal-Number Formats").
 *
 * Invariant: a number is read from bytes only by {@link readPacked}, which checks every digit and the sign,
 * and is written only with preferred signs (C plus, D minus).
 */

export type DecimalException =
  | 'data'
  | 'decimal-overflow'
  | 'decimal-divide'
  | 'fixed-point-divide'
  | 'specification';

/**
 * The outcome of a decimal instruction. `decimal-overflow` completes with `bytes` and condition code 3, and
 * interrupts only when PSW bit 21 is one; every other exception leaves storage unchanged and `bytes` empty.
 */
export interface DecimalResult {
  readonly bytes: Uint8Array;
  readonly cc: number;
  readonly exception?: DecimalException;
}

/** A packed number: the sign apart, because minus zero exists. */
export interface PackedNumber {
  readonly negative: boolean;
  readonly magnitude: bigint;
}

export const signPlus = 0xc;
export const signMinus = 0xd;

/** Sign codes A, C, E and F are plus, B and D minus. */
export function isSignCode(nibble: number): boolean {
  return nibble >= 0xa;
}

export function isMinusCode(nibble: number): boolean {
  return nibble === 0xb || nibble === 0xd;
}

const noBytes = new Uint8Array(0);

export function refuseDecimal(exception: DecimalException): DecimalResult {
  return { bytes: noBytes, cc: 0, exception };
}

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += (byte + 0x100).toString(16).slice(1);
  return text;
}

/** Decimal digits of a packed field: two a byte, less the sign. */
export function digitsOf(length: number): number {
  return 2 * length - 1;
}

/** The number in a packed field; undefined when a digit or the sign is invalid (a data exception). */
export function readPacked(bytes: Uint8Array): PackedNumber | undefined {
  const text = toHex(bytes);
  const digits = text.slice(0, -1);
  const sign = bytes[bytes.length - 1]! & 0x0f;
  if (!isSignCode(sign) || /[^0-9]/.test(digits)) return undefined;
  return { negative: isMinusCode(sign), magnitude: BigInt(digits) };
}

/** Writes a packed field of the given length; digits that do not fit are dropped on the left. */
export function writePacked(length: number, negative: boolean, magnitude: bigint): Uint8Array {
  const digits = magnitude.toString().padStart(digitsOf(length), '0').slice(-digitsOf(length));
  const text = digits + (negative ? 'd' : 'c');
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export function powerOfTen(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

/**
 * Stores a sum, a shifted or a copied number: a zero is plus unless digits were lost, and the condition code
 * is 0 zero, 1 less, 2 greater or 3 overflow.
 */
export function storeSum(length: number, negative: boolean, magnitude: bigint): DecimalResult {
  if (magnitude >= powerOfTen(digitsOf(length))) {
    return { bytes: writePacked(length, negative, magnitude), cc: 3, exception: 'decimal-overflow' };
  }
  const isMinus = negative && magnitude !== 0n;
  return { bytes: writePacked(length, isMinus, magnitude), cc: magnitude === 0n ? 0 : isMinus ? 1 : 2 };
}
