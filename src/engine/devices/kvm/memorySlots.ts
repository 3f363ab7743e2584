/**
 * Memory slots of one s390 machine: guest addresses to user addresses to guest RAM, and which guest frames
 * were written (the dirty log, KVM_GET_DIRTY_LOG).
 *
 * A slot maps guest-physical memory to user addresses; the process maps user addresses to RAM. The two change
 * independently, which is why an address translated once may later lead elsewhere, or nowhere.
 */
import { errno, type Errno } from "../../api/errno.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import { KVM_MEM_LOG_DIRTY_PAGES, KVM_MEM_READONLY } from "../../uapi/irqRouting.ts";
import type { AdapterPages } from "../flic/indicators.ts";

const SEGMENT = 0x100000n;
const SEGMENT_MASK = SEGMENT - 1n;
/** Slot numbers end here, on kernels from 5.12 on. */
export const USER_SLOTS = 32767;

export interface MemorySlot {
  readonly slot: number;
  /** KVM_MEM_*. */
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

const isLogged = ({ flags }: MemorySlot): boolean => (flags & KVM_MEM_LOG_DIRTY_PAGES) !== 0;

export class MemorySlots implements AdapterPages {
  /** Told when a slot that was logged is no longer. */
  onLoggingOff: (() => void) | undefined;
  private slots: MemorySlot[] = [];
  private mappings: UserMapping[] = [];
  /** Bit n of a slot's bitmap, counted from the right of byte 0 on, is its n-th frame. */
  private readonly bitmaps = new Map<number, Uint8Array>();

  /** A machine with one logged slot: guest address 0 at `userAddress`, all of RAM mapped and writable. */
  static whole(size: number, userAddress = 0x3ff_0000_0000n): MemorySlots {
    const made = new MemorySlots();
    const flags = KVM_MEM_LOG_DIRTY_PAGES;
    made.slots = [{ slot: 0, flags, guestAddress: 0n, size: BigInt(size), userAddress }];
    made.mappings = [{ userAddress, size: BigInt(size), ram: 0, writable: true }];
    made.bitmaps.set(0, emptyBitmap(BigInt(size)));
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
   * KVM_SET_USER_MEMORY_REGION: size 0 deletes, other flags or another guest address change a slot. -EINVAL
   * for what is not in whole segments, for an unknown flag or number, for deleting nothing, and for a slot
   * whose size, user address or read-only flag would change; -EEXIST for an overlap.
   */
  set(region: MemorySlot): number {
    const old = this.slots.find(({ slot }) => slot === region.slot);
    const others = this.slots.filter((slot) => slot !== old);
    if (region.flags & ~(KVM_MEM_READONLY | KVM_MEM_LOG_DIRTY_PAGES)) return errno.EINVAL;
    if ((region.guestAddress | region.size | region.userAddress) & SEGMENT_MASK) return errno.EINVAL;
    if (region.slot >= USER_SLOTS) return errno.EINVAL;
    if (region.size === 0n) return old ? this.remove(old, others) : errno.EINVAL;
    if (old && !mayBecome(old, region)) return errno.EINVAL;
    const end = region.guestAddress + region.size;
    const overlaps = (other: MemorySlot): boolean =>
      other.guestAddress < end && region.guestAddress < other.guestAddress + other.size;
    if (others.some(overlaps)) return errno.EEXIST;
    this.slots = [...others, region];
    if (!isLogged(region)) this.stopLogging(region.slot);
    else if (!this.bitmaps.has(region.slot)) this.bitmaps.set(region.slot, emptyBitmap(region.size));
    return 0;
  }

  /** True if there are slots and every one is logged. */
  get allLogged(): boolean {
    return this.slots.length > 0 && this.slots.every(isLogged);
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

  /** Marks nothing for a number that is no frame of a logged slot. */
  markFrameDirty(frame: bigint): void {
    const slot = this.slotAt(frame << 12n);
    const bitmap = slot && this.bitmaps.get(slot.slot);
    if (!bitmap) return;
    const index = Number(frame - (slot.guestAddress >> 12n));
    bitmap[index >> 3]! |= 1 << (index & 7);
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

  /**
   * KVM_GET_DIRTY_LOG: a slot's bitmap, whole 64-bit words of it, handed to `take`; cleared once that took
   * it. -EINVAL for a number out of range, -ENOENT for no slot or one that is not logged, -EFAULT when it was
   * not taken, with every bit kept.
   */
  getDirtyLog(slot: number, take: (bitmap: Uint8Array) => boolean): number {
    if (slot >= USER_SLOTS) return errno.EINVAL;
    const bitmap = this.bitmaps.get(slot);
    if (!bitmap) return errno.ENOENT;
    if (!take(bitmap.slice())) return errno.EFAULT;
    bitmap.fill(0);
    return 0;
  }

  /** Dirty frames of all slots, ascending; all logs are cleared by this. */
  takeDirtyFrames(): bigint[] {
    const frames: bigint[] = [];
    for (const { slot, guestAddress } of this.slots)
      this.getDirtyLog(slot, (bitmap) => {
        for (const index of setBits(bitmap)) frames.push((guestAddress >> 12n) + BigInt(index));
        return true;
      });
    return frames.sort((a, b) => (a < b ? -1 : 1));
  }

  /** The slot a frame is in, or the next one above it; -ENOENT beyond the last. */
  slotFrom(frame: bigint): Result<MemorySlot, Errno> {
    const address = frame << 12n;
    const above = this.slots.filter((slot) => address < slot.guestAddress + slot.size);
    const [first] = above.sort((a, b) => (a.guestAddress < b.guestAddress ? -1 : 1));
    return first ? ok(first) : refuse(errno.ENOENT);
  }

  private remove(old: MemorySlot, others: MemorySlot[]): number {
    this.slots = others;
    this.stopLogging(old.slot);
    return 0;
  }

  private stopLogging(slot: number): void {
    if (this.bitmaps.delete(slot)) this.onLoggingOff?.();
  }

  private slotAt(guestAddress: bigint): MemorySlot | undefined {
    return this.slots.find(
      (slot) => guestAddress >= slot.guestAddress && guestAddress < slot.guestAddress + slot.size);
  }
}

const mayBecome = (old: MemorySlot, region: MemorySlot): boolean =>
  old.size === region.size && old.userAddress === region.userAddress
  && ((old.flags ^ region.flags) & KVM_MEM_READONLY) === 0;

/** One bit a frame, in whole 64-bit words. */
const emptyBitmap = (size: bigint): Uint8Array => new Uint8Array(8 * Math.ceil(Number(size >> 12n) / 64));

function* setBits(bitmap: Uint8Array): Generator<number> {
  for (let at = 0; at < bitmap.length; at++)
    for (let bit = 0; bit < 8; bit++) if (bitmap[at]! & (1 << bit)) yield at * 8 + bit;
}
