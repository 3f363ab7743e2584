/**
 * The pages of a guest's memory as KVM's XIVE device sees them: what is mapped behind an address, who holds a
 * reference, and which frames the dirty log knows. Frames are guest addresses divided by the host's page
 * size.
 */

import type { MemorySlots } from "./memorySlots.ts";

/** log2 of the host's page size in bytes. */
export const HOST_PAGE_SHIFT = 16;

export class GuestPages {
  readonly pageShift: number;
  private readonly size: bigint;
  private readonly references = new Map<bigint, number>();
  private readonly slots: MemorySlots | undefined;
  private dirty = new Set<bigint>();

  /**
   * `size` bytes of memory from guest address 0, as far as `slots` show them to the guest; `pageShift` is
   * that of the mapping behind all of it.
   */
  constructor(size: number, pageShift = HOST_PAGE_SHIFT, slots?: MemorySlots) {
    this.size = BigInt(size);
    this.pageShift = pageShift;
    this.slots = slots;
  }

  /** Takes a reference to the page at `address`; false where there is no memory. */
  hold(address: bigint): boolean {
    if (address >= this.size || (this.slots && this.slots.translate(address) === undefined)) return false;
    const frame = address >> BigInt(this.pageShift);
    this.references.set(frame, (this.references.get(frame) ?? 0) + 1);
    return true;
  }

  release(address: bigint): void {
    const frame = address >> BigInt(this.pageShift);
    const left = (this.references.get(frame) ?? 0) - 1;
    if (left > 0) this.references.set(frame, left);
    else this.references.delete(frame);
  }

  /** References held in all. */
  held(): number {
    return [...this.references.values()].reduce((sum, count) => sum + count, 0);
  }

  /** In the dirty log of the slot it is in, too. */
  markDirty(address: bigint): void {
    if (address >= this.size) return;
    this.dirty.add(address >> BigInt(this.pageShift));
    this.slots?.markFrameDirty(address >> BigInt(HOST_PAGE_SHIFT));
  }

  /** Frames marked since this was last asked, ascending. */
  takeDirty(): bigint[] {
    const frames = [...this.dirty].sort((a, b) => Number(a - b));
    this.dirty = new Set();
    return frames;
  }
}
