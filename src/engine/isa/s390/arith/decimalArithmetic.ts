/**
 * Packed decimal arithmetic (Principles of Operation, chapter 8: AP, SP, ZAP, CP, MP, DP, SRP, TP).
 *
 * Operands are the bytes of the fields, 1-16 of them; overlap needs no care here because every operand is
 * read whole before a result exists.
 *
 * Invariant: no result is produced from an operand with an invalid digit or sign.
 */
import {
  digitsOf,
  isSignCode,
  powerOfTen,
  readPacked,
  refuseDecimal,
  storeSum,
  toHex,
  writePacked,
  type DecimalResult,
} from './decimalFormat.ts';

function signedValue(number: { negative: boolean; magnitude: bigint }): bigint {
  return number.negative ? -number.magnitude : number.magnitude;
}

function storeSigned(length: number, value: bigint): DecimalResult {
  return storeSum(length, value < 0n, value < 0n ? -value : value);
}

/** ADD DECIMAL (AP). */
export function addDecimal(first: Uint8Array, second: Uint8Array): DecimalResult {
  const a = readPacked(first);
  const b = readPacked(second);
  if (!a || !b) return refuseDecimal('data');
  return storeSigned(first.length, signedValue(a) + signedValue(b));
}

/** SUBTRACT DECIMAL (SP). */
export function subtractDecimal(first: Uint8Array, second: Uint8Array): DecimalResult {
  const a = readPacked(first);
  const b = readPacked(second);
  if (!a || !b) return refuseDecimal('data');
  return storeSigned(first.length, signedValue(a) - signedValue(b));
}

/** ZERO AND ADD (ZAP): the first operand is not looked at, only its length matters. */
export function zeroAndAddDecimal(firstLength: number, second: Uint8Array): DecimalResult {
  const b = readPacked(second);
  return b ? storeSum(firstLength, b.negative, b.magnitude) : refuseDecimal('data');
}

/** COMPARE DECIMAL (CP): condition code 0 equal, 1 first low, 2 first high; `bytes` stays empty. */
export function compareDecimal(first: Uint8Array, second: Uint8Array): DecimalResult {
  const a = readPacked(first);
  const b = readPacked(second);
  if (!a || !b) return refuseDecimal('data');
  const difference = signedValue(a) - signedValue(b);
  return { bytes: new Uint8Array(0), cc: difference === 0n ? 0 : difference < 0n ? 1 : 2 };
}

function areFactorLengthsValid(first: Uint8Array, second: Uint8Array): boolean {
  return second.length <= 8 && second.length < first.length;
}

/**
 * MULTIPLY DECIMAL (MP). The multiplicand must have as many bytes of leading zeros as the multiplier has
 * bytes. The sign follows algebra even when the product is zero. The condition code does not change.
 */
export function multiplyDecimal(first: Uint8Array, second: Uint8Array): DecimalResult {
  if (!areFactorLengthsValid(first, second)) return refuseDecimal('specification');
  const a = readPacked(first);
  const b = readPacked(second);
  if (!a || !b) return refuseDecimal('data');
  if (first.subarray(0, second.length).some((byte) => byte !== 0)) return refuseDecimal('data');
  return { bytes: writePacked(first.length, a.negative !== b.negative, a.magnitude * b.magnitude), cc: 0 };
}

/**
 * DIVIDE DECIMAL (DP): quotient on the left, remainder on the right in the length of the divisor. The
 * remainder has the sign of the dividend; both signs hold even for zero. The condition code does not change.
 */
export function divideDecimal(first: Uint8Array, second: Uint8Array): DecimalResult {
  if (!areFactorLengthsValid(first, second)) return refuseDecimal('specification');
  const a = readPacked(first);
  const b = readPacked(second);
  if (!a || !b) return refuseDecimal('data');
  const quotientLength = first.length - second.length;
  if (b.magnitude === 0n) return refuseDecimal('decimal-divide');
  const quotient = a.magnitude / b.magnitude;
  if (quotient >= powerOfTen(digitsOf(quotientLength))) return refuseDecimal('decimal-divide');
  const bytes = new Uint8Array(first.length);
  bytes.set(writePacked(quotientLength, a.negative !== b.negative, quotient));
  bytes.set(writePacked(second.length, a.negative, a.magnitude % b.magnitude), quotientLength);
  return { bytes, cc: 0 };
}

/**
 * SHIFT AND ROUND DECIMAL (SRP).
 * @param shift the rightmost six bits of the second-operand address; 32-63 are right shifts by 64 - shift
 * @param roundingDigit I3, added to the last digit shifted out to the right
 */
export function shiftAndRoundDecimal(first: Uint8Array, shift: number, roundingDigit: number): DecimalResult {
  const a = readPacked(first);
  if (!a || roundingDigit > 9) return refuseDecimal('data');
  const places = (shift & 0x3f) < 32 ? shift & 0x3f : (shift & 0x3f) - 64;
  if (places >= 0) return storeSum(first.length, a.negative, a.magnitude * powerOfTen(places));
  const kept = a.magnitude / powerOfTen(-places - 1) + BigInt(roundingDigit);
  return storeSum(first.length, a.negative, kept / 10n);
}

/** TEST DECIMAL (TP): condition code 0 valid, 1 sign invalid, 2 a digit invalid, 3 both. */
export function testDecimal(bytes: Uint8Array): number {
  const isSignInvalid = !isSignCode(bytes[bytes.length - 1]! & 0x0f);
  const isDigitInvalid = /[^0-9]/.test(toHex(bytes).slice(0, -1));
  return (isSignInvalid ? 1 : 0) + (isDigitInvalid ? 2 : 0);
}
