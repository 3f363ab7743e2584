/**
 * Guest memory as a virtio device sees it: either byte order, and every address checked before use.
 * Reads outside RAM give `undefined`, writes give false; nothing throws for what a guest wrote.
 */
import type { GuestMemory } from "../../memory/guestMemory.ts";
import type { ByteOrder } from "./virtioBits.ts";

export class RingMemory {
  private readonly memory: GuestMemory;

  constructor(memory: GuestMemory) {
    this.memory = memory;
  }

  /** True if all bytes exist. Takes 64-bit guest addresses. */
  contains(address: bigint, length: number): boolean {
    return this.memory.contains(Number(address), length);
  }

  u16(address: number, order: ByteOrder): number {
    const value = this.memory.u16(address);
    return order === "big" ? value : ((value & 0xff) << 8) | (value >>> 8);
  }

  setU16(address: number, value: number, order: ByteOrder): void {
    const stored = order === "big" ? value : ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
    this.memory.setU16(address, stored & 0xffff, "virtio");
  }

  setU32(address: number, value: number, order: ByteOrder): void {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, order === "little");
    this.memory.write(address, bytes, "virtio");
  }

  read(address: number, length: number): Uint8Array {
    return this.memory.read(address, length);
  }

  write(address: number, bytes: Uint8Array): void {
    this.memory.write(address, bytes, "virtio");
  }
}
