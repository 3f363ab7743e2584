/**
 * The storage side of one channel command: data chaining, indirect data addressing, skipping, residual count.
 * Principles of Operation, chapter 15, "Data Chaining" and "Indirect Data Addressing".
 *
 * Invariant: no byte outside RAM is touched, and an address error counts only if the device really transfers
 * that far.
 */
import type { GuestMemory } from "../../memory/guestMemory.ts";
import {
  addressLimit, CCW_BYTES, ccwFlag, type Ccw, fetchCcw, hasInvalidFields, isTransferInChannel, transferTarget,
} from "./ccw.ts";
import type { ChannelData } from "./ccwDevice.ts";
import { orbFlag, subchannelStatus } from "./channelLayouts.ts";

/** Bytes of a data chain that are looked at; no device here moves more in one command. */
const GATHER_BYTES_MAX = 0x2_0000;
const GATHER_CCWS_MAX = 256;

interface Area {
  /** Offset of its first byte inside the command's data. */
  readonly offset: number;
  readonly length: number;
  readonly address: number;
  readonly skip: boolean;
}

export class ChainedData implements ChannelData {
  readonly length: number;
  /** Highest offset the device transferred. */
  transferred = 0;
  /** Subchannel status of the first error met, or 0. */
  failure = 0;
  /** True if one of the chained CCWs has its program-controlled-interruption flag on. */
  programControlled = false;
  private readonly memory: GuestMemory;
  private readonly areas: Area[] = [];
  private readonly ccws: { ccw: Ccw; end: number }[] = [];
  /** Transfers at or beyond this offset meet a program check. */
  private validLength = 0;
  private broken = false;

  constructor(memory: GuestMemory, first: Ccw, orbFlags: number) {
    this.memory = memory;
    this.length = this.gather(first, orbFlags);
  }

  read(offset: number, length: number): Uint8Array | undefined {
    if (!this.advance(offset, length)) return undefined;
    const bytes = new Uint8Array(length);
    this.forEachPart(offset, length, (area, from, at, size) => {
      bytes.set(this.memory.read(area.address + from, size), at);
    });
    return bytes;
  }

  write(offset: number, bytes: Uint8Array): boolean {
    if (!this.advance(offset, bytes.length)) return false;
    this.forEachPart(offset, bytes.length, (area, from, at, size) => {
      if (!area.skip) this.memory.write(area.address + from, bytes.subarray(at, at + size), "css");
    });
    return true;
  }

  /** The CCW in control when the device ended, and what was left of its count. */
  ending(): { ccw: Ccw; residual: number } {
    const last = this.ccws.find(({ end }) => end >= this.transferred) ?? this.ccws[this.ccws.length - 1]!;
    return { ccw: last.ccw, residual: last.end - this.transferred };
  }

  private advance(offset: number, length: number): boolean {
    if (this.failure !== 0) return false;
    const end = offset + length;
    if (end > this.length && !this.broken) return false;
    if (end > this.validLength) {
      this.failure = subchannelStatus.programCheck;
      return false;
    }
    this.transferred = Math.max(this.transferred, end);
    return true;
  }

  private forEachPart(offset: number, length: number,
    use: (area: Area, from: number, at: number, size: number) => void): void {
    for (const area of this.areas) {
      const start = Math.max(offset, area.offset);
      const end = Math.min(offset + length, area.offset + area.length);
      if (start < end) use(area, start - area.offset, start - offset, end - start);
    }
  }

  /** Walks the data chain and returns the sum of the counts. */
  private gather(first: Ccw, orbFlags: number): number {
    const format1 = (orbFlags & orbFlag.format1) !== 0;
    let ccw: Ccw | undefined = first;
    let total = 0;
    while (ccw) {
      this.addAreas(ccw, total, orbFlags);
      total += ccw.count;
      this.ccws.push({ ccw, end: total });
      if ((ccw.flags & ccwFlag.programControlled) !== 0) this.programControlled = true;
      if ((ccw.flags & ccwFlag.chainData) === 0) break;
      if (total >= GATHER_BYTES_MAX || this.ccws.length >= GATHER_CCWS_MAX) break;
      ccw = this.nextInChain(ccw, format1);
      if (!ccw) this.broken = true;
    }
    return total;
  }

  private nextInChain(ccw: Ccw, format1: boolean): Ccw | undefined {
    let next = fetchCcw(this.memory, ccw.address + CCW_BYTES, format1);
    if (next && isTransferInChannel(next, format1)) {
      const target = transferTarget(next, format1);
      next = target === undefined ? undefined : fetchCcw(this.memory, target, format1);
      if (next && isTransferInChannel(next, format1)) return undefined;
    }
    if (!next || hasInvalidFields(next, format1) || (next.flags & ccwFlag.suspend) !== 0) return undefined;
    return next;
  }

  private addAreas(ccw: Ccw, offset: number, orbFlags: number): void {
    if (this.validLength !== offset) return;
    const skip = (ccw.flags & ccwFlag.skip) !== 0;
    if ((ccw.flags & ccwFlag.indirect) !== 0) this.addIndirect(ccw, offset, orbFlags, skip);
    else this.addArea(ccw.dataAddress, ccw.count, addressLimit((orbFlags & orbFlag.format1) !== 0), skip);
  }

  /** Adds what exists of `length` bytes at `address`; false if not all of it does. */
  private addArea(address: number, length: number, limit: number, skip: boolean): boolean {
    const existing = Math.max(0, Math.min(length, this.memory.size - address, limit - address));
    this.areas.push({ offset: this.validLength, length: existing, address, skip });
    this.validLength += existing;
    return existing === length;
  }

  private addIndirect(ccw: Ccw, offset: number, orbFlags: number, skip: boolean): void {
    const format2 = (orbFlags & orbFlag.format2Idaw) !== 0;
    const wordBytes = format2 ? 8 : 4;
    const block = format2 && (orbFlags & orbFlag.idaw2K) === 0 ? 4096 : 2048;
    const limit = format2 ? this.memory.size : addressLimit(true);
    if (ccw.dataAddress % wordBytes !== 0) return;
    for (let list = ccw.dataAddress, done = 0; done < ccw.count; list += wordBytes) {
      if (!this.memory.contains(list, wordBytes)) return;
      const word = format2 ? this.memory.u64(list) : BigInt(this.memory.u32(list));
      const address = Number(word);
      if (done > 0 && address % block !== 0) return;
      const length = Math.min(ccw.count - done, block - (address % block));
      if (!this.addArea(address, length, limit, skip)) return;
      done = this.validLength - offset;
    }
  }
}
