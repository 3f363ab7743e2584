/**
 * Packed decimal to and from binary integers (Principles of Operation, chapter 7: CONVERT TO BINARY,
 * CONVERT TO DECIMAL).
 *
 * Invariant: integers are passed by value, signed.
 */
import { readPacked, writePacked, type DecimalException } from './decimalFormat.ts';

export interface BinaryConversion {
  /** The value, wrapped to the width when it did not fit. */
  readonly integer: bigint;
  /**
   * `data` suppresses. `fixed-point-divide` completes CVB and CVBY, with the rightmost 32 bits loaded, and
   * suppresses CVBG.
   */
  readonly exception?: Extract<DecimalException, 'data' | 'fixed-point-divide'>;
}

/** CONVERT TO BINARY: CVB and CVBY take 8 bytes to 32 bits, CVBG 16 bytes to 64 bits. */
export function convertToBinary(bytes: Uint8Array, width: 32 | 64): BinaryConversion {
  const number = readPacked(bytes);
  if (!number) return { integer: 0n, exception: 'data' };
  const value = number.negative ? -number.magnitude : number.magnitude;
  const integer = BigInt.asIntN(width, value);
  return integer === value ? { integer } : { integer, exception: 'fixed-point-divide' };
}

/** CONVERT TO DECIMAL: CVD and CVDY deliver 8 bytes from 32 bits, CVDG 16 bytes from 64 bits. */
export function convertToDecimal(integer: bigint, width: 32 | 64): Uint8Array {
  return writePacked(width / 4, integer < 0n, integer < 0n ? -integer : integer);
}
