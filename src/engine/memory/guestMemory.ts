/**
 * The only way for anything but the CPU engine to read or write guest RAM.
 *
 * Guest RAM is stored reversed: the byte of absolute address A lies at host offset `top - 1 - A`, so that the
 * engine's little-endian host accesses of any size yield big-endian guest values without a swap. Nobody
 * outside this file and the engine's address arithmetic knows. Addresses here are absolute (after prefixing)
 * byte addresses.
 *
 * Every writer names itself: a write marks the page dirty and tells the code cache, so channel programs and
 * adapters that write over instructions are seen by the CPU.
 */
import { PAGE_BYTES } from "../api/snapshot.ts";
import { assert } from "../base/assert.ts";
import type { MemoryWriter } from "./memoryWriter.ts";
import type { PagedStorage } from "./pageSet.ts";

/** Fewer bytes are stored one by one in less time than a view of them is made. */
const SHORT = 32;

export class GuestMemory implements PagedStorage {
  readonly size: number;
  readonly order = "descending";
  private readonly top: number;
  private bytes: Uint8Array;
  private view: DataView;
  private words: Uint32Array;
  /**
   * Called before every write with the absolute address and length; the engine uses it to drop code and mark
   * pages, and a save under way to keep what is there.
   */
  beforeWrite: ((address: number, length: number, writer: MemoryWriter) => void) | undefined;

  /**
   * `buffer` holds the RAM at host offsets `top - size` .. `top - 1`, reversed. `size` is a multiple of 4096
   * bytes.
   */
  constructor(buffer: ArrayBufferLike, top: number, size: number) {
    assert(
      size % 4096 === 0 && size <= top && top <= buffer.byteLength,
      "guest RAM must lie inside its buffer",
    );
    this.size = size;
    this.top = top;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.words = new Uint32Array(buffer, 0, buffer.byteLength >>> 2);
  }

  /** RAM without an engine, for device tests. */
  static standalone(size: number): GuestMemory {
    return new GuestMemory(new ArrayBuffer(size), size, size);
  }

  /** True if all `length` bytes at `address` exist. */
  contains(address: number, length: number): boolean {
    return address >= 0 && length >= 0 && address + length <= this.size;
  }

  u8(address: number): number {
    this.check(address, 1);
    return this.bytes[this.top - 1 - address]!;
  }
  u16(address: number): number {
    this.check(address, 2);
    return this.view.getUint16(this.top - address - 2, true);
  }
  u32(address: number): number {
    this.check(address, 4);
    return this.view.getUint32(this.top - address - 4, true);
  }
  u64(address: number): bigint {
    this.check(address, 8);
    return this.view.getBigUint64(this.top - address - 8, true);
  }

  setU8(address: number, value: number, writer: MemoryWriter): void {
    this.check(address, 1);
    this.beforeWrite?.(address, 1, writer);
    this.bytes[this.top - 1 - address] = value;
  }
  setU16(address: number, value: number, writer: MemoryWriter): void {
    this.check(address, 2);
    this.beforeWrite?.(address, 2, writer);
    this.view.setUint16(this.top - address - 2, value, true);
  }
  setU32(address: number, value: number, writer: MemoryWriter): void {
    this.check(address, 4);
    this.beforeWrite?.(address, 4, writer);
    this.view.setUint32(this.top - address - 4, value, true);
  }
  setU64(address: number, value: bigint, writer: MemoryWriter): void {
    this.check(address, 8);
    this.beforeWrite?.(address, 8, writer);
    this.view.setBigUint64(this.top - address - 8, value, true);
  }

  /** A copy of `length` bytes in guest order. */
  read(address: number, length: number): Uint8Array {
    this.check(address, length);
    const start = this.top - address - length;
    return this.bytes.slice(start, start + length).reverse();
  }

  /** Stores `data`, given in guest order. */
  write(address: number, data: Uint8Array, writer: MemoryWriter): void {
    this.check(address, data.length);
    if (data.length > 0) this.beforeWrite?.(address, data.length, writer);
    const end = this.top - address;
    if (data.length < SHORT) for (let i = 0; i < data.length; i++) this.bytes[end - 1 - i] = data[i]!;
    else {
      this.bytes.set(data, end - data.length);
      this.bytes.subarray(end - data.length, end).reverse();
    }
  }

  fill(address: number, length: number, value: number, writer: MemoryWriter): void {
    this.check(address, length);
    if (length > 0) this.beforeWrite?.(address, length, writer);
    this.bytes.fill(value, this.top - address - length, this.top - address);
  }

  /** Stores a whole page, given as `copyPage` gives it. */
  storePage(page: number, data: Uint8Array, writer: MemoryWriter): void {
    this.check(page * PAGE_BYTES, PAGE_BYTES);
    this.beforeWrite?.(page * PAGE_BYTES, PAGE_BYTES, writer);
    this.bytes.set(data, this.top - (page + 1) * PAGE_BYTES);
  }
  /** Takes a page over from another memory. */
  takePage(page: number, from: GuestMemory, writer: MemoryWriter): void {
    const start = from.top - (page + 1) * PAGE_BYTES;
    this.storePage(page, from.bytes.subarray(start, start + PAGE_BYTES), writer);
  }
  isZeroPage(page: number): boolean {
    const end = (this.top - page * PAGE_BYTES) >>> 2;
    for (let at = end - PAGE_BYTES / 4; at < end; at++) if (this.words[at] !== 0) return false;
    return true;
  }
  copyPage(page: number, into: Uint8Array, at: number): void {
    const start = this.top - (page + 1) * PAGE_BYTES;
    into.set(this.bytes.subarray(start, start + PAGE_BYTES), at);
  }

  private check(address: number, length: number): void {
    // A device must ask `contains` before it follows an address that the guest gave.
    assert(
      this.contains(address, length),
      `guest RAM access at ${address} + ${length} outside 0..${this.size}`,
    );
  }
}
