/**
 * Moving decimal digits between formats without checking them (Principles of Operation, chapter 7: PACK,
 * UNPACK, MOVE WITH OFFSET, PACK ASCII, PACK UNICODE, UNPACK ASCII, UNPACK UNICODE).
 *
 * PACK, UNPACK and MOVE WITH OFFSET work inside one storage view, because their operands may overlap and the
 * manual then defines the result by processing right to left, each byte stored as soon as it is formed.
 *
 * Invariant: a source byte is fetched once; its second digit stays at hand for the next result byte.
 */
import { isMinusCode, isSignCode, type DecimalException } from './decimalFormat.ts';

/** A field inside a storage view. */
export interface Field {
  readonly at: number;
  readonly length: number;
}

/** PACK: zoned to packed; the rightmost byte swaps its halves, missing digits are zeros. */
export function pack(storage: Uint8Array, first: Field, second: Field): void {
  let from = second.at + second.length - 1;
  const last = storage[from--]!;
  let to = first.at + first.length - 1;
  storage[to--] = ((last & 0x0f) << 4) | (last >> 4);
  const nextDigit = (): number => (from >= second.at ? storage[from--]! & 0x0f : 0);
  for (; to >= first.at; to--) {
    const low = nextDigit();
    storage[to] = (nextDigit() << 4) | low;
  }
}

/** UNPACK: packed to zoned with zones F; the rightmost byte swaps its halves. */
export function unpack(storage: Uint8Array, first: Field, second: Field): void {
  let from = second.at + second.length - 1;
  const last = storage[from--]!;
  let to = first.at + first.length - 1;
  storage[to--] = ((last & 0x0f) << 4) | (last >> 4);
  while (to >= first.at) {
    const byte = from >= second.at ? storage[from--]! : 0;
    storage[to--] = 0xf0 | (byte & 0x0f);
    if (to >= first.at) storage[to--] = 0xf0 | (byte >> 4);
  }
}

/** MOVE WITH OFFSET: the second operand lands left of the rightmost four bits of the first. */
export function moveWithOffset(storage: Uint8Array, first: Field, second: Field): void {
  let from = second.at + second.length - 1;
  let to = first.at + first.length - 1;
  let byte = storage[from--]!;
  storage[to] = ((byte & 0x0f) << 4) | (storage[to]! & 0x0f);
  for (to--; to >= first.at; to--) {
    const high = byte >> 4;
    byte = from >= second.at ? storage[from--]! : 0;
    storage[to] = ((byte & 0x0f) << 4) | high;
  }
}

export type MoveResult =
  | { readonly bytes: Uint8Array; readonly cc: number; readonly exception?: undefined }
  | { readonly bytes?: undefined; readonly exception: Extract<DecimalException, 'specification'> };

/**
 * PACK ASCII and PACK UNICODE: the rightmost digits of the characters, sign plus, always 16 bytes.
 * @param source 1-32 ASCII bytes, or 2-64 bytes of two-byte characters
 * @param characterBytes 1 for PKA, 2 for PKU
 */
export function packCharacters(source: Uint8Array, characterBytes: 1 | 2): MoveResult {
  const count = source.length / characterBytes;
  if (count > 32 || !Number.isInteger(count) || count === 0) return { exception: 'specification' };
  const bytes = new Uint8Array(16);
  bytes[15] = 0x0c;
  for (let i = 0; i < Math.min(count, 31); i++) {
    const digit = source[source.length - 1 - i * characterBytes]! & 0x0f;
    const place = 30 - i;
    bytes[place >> 1]! |= place & 1 ? digit : digit << 4;
  }
  return { bytes, cc: 0 };
}

/**
 * UNPACK ASCII and UNPACK UNICODE: digits of 16 packed bytes as characters 0x30 + digit.
 * @param length bytes of the result: 1-32 for UNPKA, 2-64 and even for UNPKU
 * @returns condition code 0 plus, 1 minus, 3 no valid sign
 */
export function unpackCharacters(source: Uint8Array, length: number, characterBytes: 1 | 2): MoveResult {
  const count = length / characterBytes;
  if (count > 32 || !Number.isInteger(count) || count === 0) return { exception: 'specification' };
  const bytes = new Uint8Array(length);
  for (let i = 0; i < count; i++) {
    const place = 30 - i;
    const digit = place < 0 ? 0 : place & 1 ? source[place >> 1]! & 0x0f : source[place >> 1]! >> 4;
    bytes[length - 1 - i * characterBytes] = 0x30 | digit;
  }
  const sign = source[15]! & 0x0f;
  return { bytes, cc: !isSignCode(sign) ? 3 : isMinusCode(sign) ? 1 : 0 };
}
