/**
 * The bytes of a section: CBOR (RFC 8949) with definite lengths, shortest integers, no tags and no floating
 * point, so that one value has exactly one encoding. Self-describing: a later version reads what an earlier
 * one wrote without its schema.
 *
 * Invariant: decoding never throws and never allocates more than a small multiple of what it was given.
 */
import { assert } from "../base/assert.ts";
import { ok, refuse, type Result } from "../base/result.ts";

/** Integers from 2^53 on are bigints; `encode` takes either for any integer of 64 bits. */
export type Plain = null | boolean | number | bigint | string | Uint8Array | readonly Plain[] | PlainMap;
export interface PlainMap {
  readonly [name: string]: Plain;
}

const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, simple: 7 } as const;
const simple = { false: 20, true: 21, null: 22 } as const;
const DEPTH_MAX = 16;
const U32_MAX = 0xffff_ffff;
const U64_MAX = 0xffff_ffff_ffff_ffffn;

export const isPlainMap = (value: Plain): value is PlainMap =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

// ---- encoding
const utf8 = new TextEncoder();

class Writer {
  bytes = new Uint8Array(4096);
  length = 0;

  private room(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, this.bytes.length * 2));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    return at;
  }
  private head(kind: number, argument: number | bigint): void {
    assert(argument >= 0 && argument <= U64_MAX, `${argument} does not fit 64 bits`);
    if (argument <= U32_MAX) return this.shortHead(kind, Number(argument));
    const at = this.room(9);
    this.bytes[at] = (kind << 5) | 27;
    let rest = BigInt(argument);
    for (let i = 8; i > 0; i--, rest >>= 8n) this.bytes[at + i] = Number(rest & 0xffn);
  }
  /** Of 32 bits, without a bigint: nearly every head of a state is one. */
  private shortHead(kind: number, argument: number): void {
    const size = argument < 24 ? 0 : argument <= 0xff ? 1 : argument <= 0xffff ? 2 : 4;
    const at = this.room(1 + size);
    this.bytes[at] = (kind << 5) | (size === 0 ? argument : 24 + Math.log2(size));
    for (let i = size, rest = argument; i > 0; i--, rest >>>= 8) this.bytes[at + i] = rest & 0xff;
  }
  private run(kind: number, data: Uint8Array): void {
    this.head(kind, data.length);
    const at = this.room(data.length);
    this.bytes.set(data, at);
  }
  private text(value: string): void {
    const before = this.length;
    this.head(major.text, value.length);
    const at = this.room(value.length);
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) {
        this.length = before;
        return this.run(major.text, utf8.encode(value));
      }
      this.bytes[at + i] = code;
    }
  }
  put(value: Plain): void {
    if (value === null) this.head(major.simple, simple.null);
    else if (typeof value === "boolean") this.head(major.simple, value ? simple.true : simple.false);
    else if (typeof value === "number" || typeof value === "bigint") {
      assert(typeof value === "bigint" || Number.isSafeInteger(value), `${value} is no integer`);
      if (value >= 0) this.head(major.unsigned, value);
      else this.head(major.negative, -1n - BigInt(value));
    } else if (typeof value === "string") this.text(value);
    else if (value instanceof Uint8Array) this.run(major.bytes, value);
    else if (isPlainMap(value)) {
      const entries = Object.entries(value);
      this.head(major.map, entries.length);
      for (const [name, item] of entries) {
        this.put(name);
        this.put(item);
      }
    } else {
      this.head(major.array, value.length);
      for (const item of value) this.put(item);
    }
  }
}

/** Maps keep the order of their keys. */
export function encodePlain(value: Plain): Uint8Array {
  const writer = new Writer();
  writer.put(value);
  return writer.bytes.slice(0, writer.length);
}

// ---- decoding
/** Thrown and caught in this file only: a refusal from deep inside. */
class Malformed extends Error {}

class Reader {
  private readonly bytes: Uint8Array;
  private readonly text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
  private take(count: number): number {
    const at = this.at;
    if (count > this.bytes.length - at)
      throw new Malformed(`${count} bytes are promised at byte ${at}, ${this.bytes.length - at} are there`);
    this.at += count;
    return at;
  }
  private argument(info: number): bigint {
    if (info < 24) return BigInt(info);
    if (info > 27) throw new Malformed(`byte ${this.at - 1} has a length that is not used here`);
    const size = 1 << (info - 24);
    const at = this.take(size);
    let value = 0n;
    for (let i = 0; i < size; i++) value = (value << 8n) | BigInt(this.bytes[at + i]!);
    const least = size === 1 ? 24n : 1n << BigInt(size * 4);
    if (value < least) throw new Malformed(`the number before byte ${this.at} is longer than it need be`);
    return value;
  }
  /** A count of things that take at least one byte each. */
  private count(info: number): number {
    const count = this.argument(info);
    if (count > BigInt(this.bytes.length - this.at))
      throw new Malformed(`${count} items are promised at byte ${this.at}, more than there are bytes`);
    return Number(count);
  }
  item(depth: number): Plain {
    if (depth > DEPTH_MAX) throw new Malformed(`values nest deeper than ${DEPTH_MAX}`);
    const first = this.bytes[this.take(1)]!;
    const info = first & 31;
    switch (first >> 5) {
      case major.unsigned: return integer(this.argument(info));
      case major.negative: return integer(-1n - this.argument(info));
      case major.bytes: {
        const length = this.count(info);
        const at = this.take(length);
        return this.bytes.slice(at, at + length);
      }
      case major.text: return this.string(info);
      case major.array: {
        const items: Plain[] = [];
        for (let left = this.count(info); left > 0; left--) items.push(this.item(depth + 1));
        return items;
      }
      case major.map: return this.map(info, depth);
      case major.simple:
        if (info === simple.false || info === simple.true) return info === simple.true;
        if (info === simple.null) return null;
    }
    throw new Malformed(`byte ${this.at - 1} begins a value that is not used here`);
  }
  private string(info: number): string {
    const length = this.count(info);
    const at = this.take(length);
    try {
      return this.text.decode(this.bytes.subarray(at, at + length));
    } catch {
      throw new Malformed(`the text at byte ${at} is not UTF-8`);
    }
  }
  private map(info: number, depth: number): PlainMap {
    const entries = new Map<string, Plain>();
    for (let left = this.count(info); left > 0; left--) {
      const name = this.item(depth + 1);
      if (typeof name !== "string") throw new Malformed(`the name before byte ${this.at} is no text`);
      if (entries.has(name)) throw new Malformed(`"${name}" is there twice`);
      entries.set(name, this.item(depth + 1));
    }
    // No prototype: a name such as `__proto__` is a name like any other.
    return Object.assign(Object.create(null) as PlainMap, Object.fromEntries(entries));
  }
}

const integer = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value;

/** Exactly one value; refuses with what is wrong and where. */
export function decodePlain(bytes: Uint8Array): Result<Plain, string> {
  const reader = new Reader(bytes);
  try {
    const value = reader.item(0);
    if (reader.at !== bytes.length) return refuse(`${bytes.length - reader.at} bytes follow its end`);
    return ok(value);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return refuse(error.message);
  }
}
