/** A split virtqueue in guest memory, its descriptors and rings written by hand, in either byte order. */
import { RingMemory } from "../../../../src/engine/devices/virtio/ringMemory.ts";
import type { ByteOrder } from "../../../../src/engine/devices/virtio/virtioBits.ts";
import { Virtqueue } from "../../../../src/engine/devices/virtio/virtqueue.ts";
import { GuestMemory } from "../../../../src/engine/memory/guestMemory.ts";

export const RAM = 0x1_0000;
export const TABLE = 0x1000, AVAILABLE = 0x2000, USED = 0x3000, INDIRECT = 0x4000, DATA = 0x8000;
export const NEXT = 1, WRITE = 2, IS_INDIRECT = 4;

export interface Descriptor {
  readonly address: number;
  readonly length: number;
  readonly flags: number;
  readonly next: number;
}

export function setup(size = 4, order: ByteOrder = "little") {
  const memory = GuestMemory.standalone(RAM);
  const queue = new Virtqueue(new RingMemory(memory), 8);
  queue.order = order;
  /** Where the byte of this significance is. */
  const place = (at: number, bytes: number, byte: number): number =>
    at + (order === "big" ? bytes - 1 - byte : byte);
  const put = (at: number, bytes: number, value: number): void => {
    for (let byte = 0; byte < bytes; byte++)
      memory.setU8(place(at, bytes, byte), Math.floor(value / 256 ** byte) % 256, "loader");
  };
  const get = (at: number, bytes: number): number =>
    Array.from({ length: bytes }, (_, byte) => memory.u8(place(at, bytes, byte)) * 256 ** byte)
      .reduce((sum, part) => sum + part, 0);
  const describeAt = (at: number, { address, length, flags, next }: Descriptor): void => {
    put(at, 8, address);
    put(at + 8, 4, length);
    put(at + 12, 2, flags);
    put(at + 14, 2, next);
  };
  const placeRings = () => queue.place(size, BigInt(TABLE), BigInt(AVAILABLE), BigInt(USED));
  /** Offers chains of these heads, from ring entry `at` on. */
  const offer = (heads: readonly number[], at = 0): void => {
    heads.forEach((head, index) => put(AVAILABLE + 4 + 2 * ((at + index) % size), 2, head));
    put(AVAILABLE + 2, 2, (at + heads.length) % 0x1_0000);
  };
  return { memory, queue, put, get, describeAt, place: placeRings, offer };
}
