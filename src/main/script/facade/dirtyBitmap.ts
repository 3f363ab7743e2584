/** Dirty logs as scripts are given them: the bitmap, and the frames that it names. */
import type { MemorySlot } from "../../../engine/devices/kvm/memorySlots.ts";

/** Bytes of a slot's bitmap: one bit a frame, in whole 64-bit words; none without a slot. */
export const bitmapBytes = (slot: MemorySlot | undefined, frameShift: bigint): number =>
  (slot ? 8 * Math.ceil(Number(slot.size >> frameShift) / 64) : 0);

/** Guest frames whose bits are set, bit 0 of byte 0 being the slot's first. */
export function framesOf(
  bitmap: Uint8Array, slot: MemorySlot | undefined, frameShift: bigint,
): bigint[] {
  const first = (slot?.guestAddress ?? 0n) >> frameShift;
  const frames: bigint[] = [];
  bitmap.forEach((byte, at) => {
    for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) frames.push(first + BigInt(8 * at + bit));
  });
  return frames;
}
