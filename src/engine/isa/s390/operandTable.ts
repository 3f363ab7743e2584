/**
 * Tables that instructions look up (Principles of Operation, chapter 7: TRANSLATE, COMPRESSION CALL).
 *
 * Invariant: only pages with a needed entry are touched, so a short text does not fault on the rest.
 */
import type { HelperCpu } from "./helperCpu.ts";

/** A table of one- or two-byte entries in storage, fetched page by page as entries are needed. */
export class OperandTable {
  readonly cpu: HelperCpu;
  readonly address: bigint;
  readonly b: number;
  readonly unit: 1 | 2;
  private readonly bytes: number;
  private readonly pages = new Map<number, Uint8Array>();

  /** @param b register that names the space in access-register mode */
  constructor(cpu: HelperCpu, address: bigint, b: number, unit: 1 | 2, entries: number) {
    this.cpu = cpu;
    this.address = address;
    this.b = b;
    this.unit = unit;
    this.bytes = entries * unit;
  }

  /** The byte at an offset into the table, which must be inside. */
  byte(offset: number): number {
    const skew = Number(this.address & 0xfffn);
    const page = (offset + skew) >> 12;
    const from = Math.max(0, page * 4096 - skew);
    let data = this.pages.get(page);
    if (!data) {
      const to = Math.min(this.bytes, (page + 1) * 4096 - skew);
      data = this.cpu.loadBytes(this.cpu.wrap(this.address + BigInt(from)), to - from, this.b);
      this.pages.set(page, data);
    }
    return data[offset - from]!;
  }

  /** Entry `index`, as an unsigned number. */
  at(index: number): number {
    return this.unit === 1 ? this.byte(index) : this.byte(index * 2) * 256 + this.byte(index * 2 + 1);
  }
}
