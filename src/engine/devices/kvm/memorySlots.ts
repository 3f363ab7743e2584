/**
 * Memory slots of one s390 machine: guest addresses to user addresses to guest RAM.
 *
 * A slot maps guest-physical memory to user addresses; the process maps user addresses to RAM. The two change
 * independently, which is why an address translated once may later lead elsewhere, or nowhere.
 */
import { errno } from "../../api/errno.ts";
import { KVM_MEM_READONLY } from "../../uapi/irqRouting.ts";
import type { AdapterPages } from "../flic/indicators.ts";

const SEGMENT = 0x100000n;
const SEGMENT_MASK = SEGMENT - 1n;

export interface MemorySlot {
  readonly slot: number;
  readonly flags: number;
  /** Bytes; all three are multiples of one segment (1 MiB), but for the size of a machine's only slot. */
  readonly guestAddress: bigint;
  readonly size: bigint;
  readonly userAddress: bigint;
}

/** A stretch of the process's address space that is guest RAM. */
export interface UserMapping {
  readonly userAddress: bigint;
  readonly size: bigint;
  /** Absolute RAM address of its first byte. */
  readonly ram: number;
  readonly writable: boolean;
}

export class MemorySlots implements AdapterPages {
  private slots: MemorySlot[] = [];
  private mappings: UserMapping[] = [];
  /** Frames marked through a frame number that lies in a slot, since the last `takeDirtyFrames`. */
  private dirty = new Set<bigint>();

  /** A machine with one slot: guest address 0 at `userAddress`, all of RAM mapped and writable. */
  static whole(size: number, userAddress = 0x3ff_0000_0000n): MemorySlots {
    const made = new MemorySlots();
    made.slots = [{ slot: 0, flags: 0, guestAddress: 0n, size: BigInt(size), userAddress }];
    made.mappings = [{ userAddress, size: BigInt(size), ram: 0, writable: true }];
    return made;
  }

  /** Replaces what the process maps; slots are not told. */
  mapUser(mappings: readonly UserMapping[]): void {
    this.mappings = [...mappings];
  }

  list(): readonly MemorySlot[] {
    return [...this.slots];
  }

  /**
   * KVM_SET_USER_MEMORY_REGION: size 0 deletes. -EINVAL for what is not in whole segments, -EEXIST for an
   * overlap.
   */
  set(region: MemorySlot): number {
    const others = this.slots.filter(({ slot }) => slot !== region.slot);
    if ((region.guestAddress | region.size | region.userAddress) & SEGMENT_MASK) return errno.EINVAL;
    if (region.flags & ~(KVM_MEM_READONLY | 1)) return errno.EINVAL;
    if (region.size === 0n) {
      if (others.length === this.slots.length) return errno.EINVAL;
      this.slots = others;
      return 0;
    }
    const end = region.guestAddress + region.size;
    const overlaps = (other: MemorySlot): boolean =>
      other.guestAddress < end && region.guestAddress < other.guestAddress + other.size;
    if (others.some(overlaps)) return errno.EEXIST;
    this.slots = [...others, region];
    return 0;
  }

  /** The offset within the guest's segment is kept. */
  translate(guestAddress: bigint): bigint | undefined {
    const slot = this.slotAt(guestAddress);
    return slot && slot.userAddress + (guestAddress - slot.guestAddress);
  }

  pageForWrite(userAddress: bigint): number | undefined {
    const page = userAddress & ~4095n;
    const mapping = this.mappings.find(
      (entry) => page >= entry.userAddress && page + 4096n <= entry.userAddress + entry.size);
    return mapping?.writable ? mapping.ram + Number(page - mapping.userAddress) : undefined;
  }

  markFrameDirty(frame: bigint): void {
    if (this.slotAt(frame << 12n)) this.dirty.add(frame);
  }

  /** Marks the guest frames that show the page of RAM at this absolute address. */
  markFrameOfRam(address: number): void {
    const page = BigInt(address & ~4095);
    for (const { userAddress, size, ram } of this.mappings) {
      const offset = page - BigInt(ram);
      if (offset < 0n || offset >= size) continue;
      const user = userAddress + offset;
      for (const slot of this.slots)
        if (user >= slot.userAddress && user < slot.userAddress + slot.size)
          this.markFrameDirty((slot.guestAddress + (user - slot.userAddress)) >> 12n);
    }
  }

  /** Guest frames marked dirty by indicator writes, ascending; forgotten by this. */
  takeDirtyFrames(): bigint[] {
    const frames = [...this.dirty].sort((a, b) => (a < b ? -1 : 1));
    this.dirty = new Set();
    return frames;
  }

  private slotAt(guestAddress: bigint): MemorySlot | undefined {
    return this.slots.find(
      (slot) => guestAddress >= slot.guestAddress && guestAddress < slot.guestAddress + slot.size);
  }
}
