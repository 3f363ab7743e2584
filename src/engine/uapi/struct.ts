/**
 * Structure codecs: one table gives layout, decoder and encoder, so they cannot disagree. Offsets are the
 * ones a C compiler gives on s390x and on powerpc64le, which agree in all but the order of bytes within a
 * field; tests compare every table with compiled layouts.
 */
import { assert } from "../base/assert.ts";

/**
 * Byte offset and size of each field. Sizes 1, 2 and 4 decode to numbers, 8 to bigint, any other to bytes.
 */
export type Fields = Readonly<Record<string, readonly [offset: number, size: number]>>;
export type FieldValue<Size> = Size extends 8 ? bigint : Size extends 1 | 2 | 4 ? number : Uint8Array;
export type Decoded<F extends Fields> = { -readonly [K in keyof F]: FieldValue<F[K][1]> };

export interface Struct<F extends Fields> {
  readonly name: string;
  /** Bytes, tail padding included. */
  readonly size: number;
  readonly fields: F;
  /** All fields of the structure at `at`; the buffer must hold `size` bytes there. */
  decode(bytes: Uint8Array, at?: number): Decoded<F>;
  /** `size` bytes with the given fields; what is not given, and all padding, is zero. */
  encode(values: Partial<Decoded<F>>): Uint8Array;
}

/** Describes the C structure `name` of a process whose fields are in this order of bytes. */
export function struct<const F extends Fields>(
  name: string, size: number, fields: F, order: "big" | "little" = "big",
): Struct<F> {
  const isLittle = order === "little";
  return {
    name, size, fields,
    decode(bytes, at = 0) {
      assert(at + size <= bytes.length, `${name} needs ${size} bytes at ${at} of ${bytes.length}`);
      const view = new DataView(bytes.buffer, bytes.byteOffset + at, size);
      const out: Record<string, number | bigint | Uint8Array> = {};
      for (const [field, [offset, width]] of Object.entries(fields))
        out[field] = readField(view, offset, width, isLittle);
      return out as Decoded<F>;
    },
    encode(values) {
      const bytes = new Uint8Array(size);
      const view = new DataView(bytes.buffer);
      for (const [field, value] of Object.entries(values)) {
        const [offset, width] = fields[field]!;
        writeField(view, offset, width, value as number | bigint | Uint8Array, isLittle);
      }
      return bytes;
    },
  };
}

function readField(
  view: DataView, offset: number, width: number, isLittle: boolean,
): number | bigint | Uint8Array {
  if (width === 1) return view.getUint8(offset);
  if (width === 2) return view.getUint16(offset, isLittle);
  if (width === 4) return view.getUint32(offset, isLittle);
  if (width === 8) return view.getBigUint64(offset, isLittle);
  return new Uint8Array(view.buffer, view.byteOffset + offset, width).slice();
}

function writeField(
  view: DataView, offset: number, width: number, value: number | bigint | Uint8Array, isLittle: boolean,
): void {
  if (width === 1) view.setUint8(offset, value as number);
  else if (width === 2) view.setUint16(offset, value as number, isLittle);
  else if (width === 4) view.setUint32(offset, value as number, isLittle);
  else if (width === 8) view.setBigUint64(offset, value as bigint, isLittle);
  else new Uint8Array(view.buffer, view.byteOffset + offset, width).set(value as Uint8Array);
}
