/**
 * Event assignment structures (EAS): where the event of a source goes. One 64-bit word each, bits numbered
 * from the left (bit 0 is the most significant):
 *   0 valid, 4-7 END block, 8-31 END index, 32 masked, 33-63 END data (EISN, the guest's own number).
 * The END block is kept but only block 0 exists here.
 */
import { assert } from "../../base/assert.ts";

const VALID = 0x80000000;
const END_FIELDS = 0x0fffffff;
const END_INDEX = 0x00ffffff;
const MASKED = 0x80000000;
const DATA = 0x7fffffff;

/** VALID and MASKED, nothing else: a source that is claimed and goes nowhere. */
export const EAS_VALID_MASKED = 0x8000_0000_8000_0000n;

export class EasTable {
  readonly count: number;
  /** Bits 0-31 and 32-63 of each. */
  private readonly high: Uint32Array;
  private readonly low: Uint32Array;

  constructor(count: number) {
    this.count = count;
    this.high = new Uint32Array(count);
    this.low = new Uint32Array(count);
  }

  has(source: number): boolean {
    return Number.isInteger(source) && source >= 0 && source < this.count;
  }

  get(source: number): bigint {
    return (BigInt(this.high[source]!) << 32n) | BigInt(this.low[source]!);
  }

  set(source: number, value: bigint): void {
    assert(this.has(source), `no EAS ${source}`);
    this.high[source] = Number(BigInt.asUintN(32, value >> 32n));
    this.low[source] = Number(BigInt.asUintN(32, value));
  }

  isValid(source: number): boolean {
    return this.has(source) && (this.high[source]! & VALID) !== 0;
  }

  isMasked(source: number): boolean {
    return (this.low[source]! & MASKED) !== 0;
  }

  /** Block and index in one: 0 to 2^28-1, block in the upper four bits. */
  end(source: number): number {
    return this.high[source]! & END_FIELDS;
  }

  endIndex(source: number): number {
    return this.high[source]! & END_INDEX;
  }

  data(source: number): number {
    return this.low[source]! & DATA;
  }

  /** A valid EAS to END `end` with 31 bits of data. */
  route(source: number, end: number, data: number, isMasked = false): void {
    assert(this.has(source), `no EAS ${source}`);
    this.high[source] = (VALID | (end & END_FIELDS)) >>> 0;
    this.low[source] = ((isMasked ? MASKED : 0) | (data & DATA)) >>> 0;
  }

  /** Sets VALID and MASKED and leaves the rest, so a routing of the past shows through. */
  claim(source: number): void {
    this.high[source]! |= VALID;
    this.low[source]! |= MASKED;
  }

  /** Clears VALID alone. */
  release(source: number): void {
    this.high[source]! &= ~VALID;
  }
}
