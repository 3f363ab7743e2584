/**
 * Memory slots of one machine: guest addresses to user addresses to guest RAM, and which guest frames
 * were written (the dirty log, KVM_GET_DIRTY_LOG).
 *
 * A slot maps guest-physical memory to user addresses; the process maps user addresses to RAM. The two change
 * independently, which is why an address translated once may later lead elsewhere, or nowhere.
 */
import { errno, type Errno } from "../../api/errno.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import { KVM_MEM_LOG_DIRTY_PAGES, KVM_MEM_READONLY } from "../../uapi/irqRouting.ts";
import type { AdapterPages } from "../flic/indicators.ts";

/** What an architecture asks of a slot. */
export interface SlotRules {
  /** Bytes that guest address, size and user address are multiples of. */
  readonly unit: bigint;
  /** log2 of a frame's bytes. */
  readonly frameShift: bigint;
  /** KVM_MEM_* that are known. */
  readonly flags: number;
}
export const s390SlotRules: SlotRules =
  { unit: 0x100000n, frameShift: 12n, flags: KVM_MEM_READONLY | KVM_MEM_LOG_DIRTY_PAGES };
/** POWER with pages of 64 KiB; read-only memory is not offered there. */
export const powerSlotRules: SlotRules =
  { unit: 0x10000n, frameShift: 16n, flags: KVM_MEM_LOG_DIRTY_PAGES };
const ADDRESSES = 1n << 64n;
/** KVM_MEM_MAX_NR_PAGES. */
const PAGES_MAX = (1n << 31n) - 1n;
/** All bitmaps together; what this kernel has memory for. */
export const BITMAP_BYTES_MAX = 8 * 2 ** 20;
/** Slot numbers end here, on kernels from 5.12 on. */
export const USER_SLOTS = 32767;

export interface MemorySlot {
  readonly slot: number;
  /** KVM_MEM_*. */
  readonly flags: number;
  /** Bytes; all three are multiples of the rules' unit, but for the size of a machine's only slot. */
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

/** What slots leave in a snapshot: themselves and every log, as KVM_GET_DIRTY_LOG would give it. */
export interface MemorySlotsSnapshot {
  readonly slots: readonly MemorySlot[];
  readonly logs: readonly { readonly slot: number; readonly bitmap: Uint8Array }[];
}

const isLogged = ({ flags }: MemorySlot): boolean => (flags & KVM_MEM_LOG_DIRTY_PAGES) !== 0;

export class MemorySlots implements AdapterPages {
  /** Told when a slot that was logged is no longer. */
  onLoggingOff: (() => void) | undefined;
  private slots: MemorySlot[] = [];
  private mappings: UserMapping[] = [];
  /** Bit n of a slot's bitmap, counted from the right of byte 0 on, is its n-th frame. */
  private readonly bitmaps = new Map<number, Uint8Array>();
  private readonly rules: SlotRules;

  constructor(rules = s390SlotRules) {
    this.rules = rules;
  }

  /** A machine with one logged slot: guest address 0 at `userAddress`, all of RAM mapped and writable. */
  static whole(size: number, userAddress = 0x3ff_0000_0000n, rules = s390SlotRules): MemorySlots {
    const made = new MemorySlots(rules);
    const flags = KVM_MEM_LOG_DIRTY_PAGES;
    made.slots = [{ slot: 0, flags, guestAddress: 0n, size: BigInt(size), userAddress }];
    made.mappings = [{ userAddress, size: BigInt(size), ram: 0, writable: true }];
    made.bitmaps.set(0, made.emptyBitmap(BigInt(size)));
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
   * for what is not in whole units, for an unknown flag or number, for an end that does not fit 64 bits, for
   * deleting nothing, and for a slot whose size, user address or read-only flag would change; -EEXIST for an
   * overlap; -ENOMEM for a log that there is no room for.
   */
  set(region: MemorySlot): number {
    const old = this.slots.find(({ slot }) => slot === region.slot);
    const others = this.slots.filter((slot) => slot !== old);
    const { flags, unit, frameShift } = this.rules;
    if (region.flags & ~flags) return errno.EINVAL;
    if ((region.guestAddress | region.size | region.userAddress) & (unit - 1n)) return errno.EINVAL;
    if (region.slot >= USER_SLOTS) return errno.EINVAL;
    if (region.guestAddress + region.size >= ADDRESSES) return errno.EINVAL;
    if (region.size >> frameShift > PAGES_MAX) return errno.EINVAL;
    if (region.size === 0n) return old ? this.remove(old, others) : errno.EINVAL;
    if (old && !mayBecome(old, region)) return errno.EINVAL;
    const end = region.guestAddress + region.size;
    const overlaps = (other: MemorySlot): boolean =>
      other.guestAddress < end && region.guestAddress < other.guestAddress + other.size;
    if (others.some(overlaps)) return errno.EEXIST;
    const isNewLog = isLogged(region) && !this.bitmaps.has(region.slot);
    const logBytes = this.loggedBytes() + this.bitmapBytes(region.size);
    if (isNewLog && logBytes > BITMAP_BYTES_MAX) return errno.ENOMEM;
    this.slots = [...others, region];
    if (!isLogged(region)) this.stopLogging(region.slot);
    else if (isNewLog) this.bitmaps.set(region.slot, this.emptyBitmap(region.size));
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
    const { frameShift } = this.rules;
    const slot = this.slotAt(frame << frameShift);
    const bitmap = slot && this.bitmaps.get(slot.slot);
    if (!bitmap) return;
    const index = Number(frame - (slot.guestAddress >> frameShift));
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
          this.markFrameDirty(
            (slot.guestAddress + (user - slot.userAddress)) >> this.rules.frameShift);
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
        const first = guestAddress >> this.rules.frameShift;
        for (const index of setBits(bitmap)) frames.push(first + BigInt(index));
        return true;
      });
    return frames.sort((a, b) => Number(a - b));
  }

  /** What the process maps is its own and not in it. */
  save(): MemorySlotsSnapshot {
    const logs = [...this.bitmaps].map(([slot, bitmap]) => ({ slot, bitmap: bitmap.slice() }));
    return { slots: this.list(), logs: logs.sort((a, b) => a.slot - b.slot) };
  }

  /** Takes over slots that could have been set one after the other, or refuses and changes nothing. */
  load({ slots, logs }: MemorySlotsSnapshot): Result<void, string> {
    const made = new MemorySlots(this.rules);
    for (const slot of slots)
      if (made.set(slot) !== 0) return refuse(`memory slot ${slot.slot} cannot be set beside the others`);
    if (made.slots.length !== slots.length) return refuse("a memory slot is there twice");
    const bitmaps = new Map(logs.map(({ slot, bitmap }) => [slot, bitmap.slice()]));
    const isLogOf = ({ slot, size }: MemorySlot): boolean =>
      fits(bitmaps.get(slot), made.bitmaps.get(slot), Number(size >> this.rules.frameShift));
    if (bitmaps.size !== logs.length || bitmaps.size !== made.bitmaps.size || !slots.every(isLogOf))
      return refuse("a log is not that of its memory slot");
    this.slots = made.slots;
    this.bitmaps.clear();
    for (const [slot, bitmap] of bitmaps) this.bitmaps.set(slot, bitmap);
    return ok(undefined);
  }

  /** The slot a frame is in, or the next one above it; -ENOENT beyond the last. */
  slotFrom(frame: bigint): Result<MemorySlot, Errno> {
    const address = frame << this.rules.frameShift;
    const above = this.slots.filter((slot) => address < slot.guestAddress + slot.size);
    const [first] = above.sort((a, b) => Number(a.guestAddress - b.guestAddress));
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

  /** One bit a frame, in whole 64-bit words. */
  private bitmapBytes(size: bigint): number {
    return 8 * Math.ceil(Number(size >> this.rules.frameShift) / 64);
  }
  private emptyBitmap(size: bigint): Uint8Array {
    return new Uint8Array(this.bitmapBytes(size));
  }
  private loggedBytes(): number {
    return [...this.bitmaps.values()].reduce((sum, { length }) => sum + length, 0);
  }

  private slotAt(guestAddress: bigint): MemorySlot | undefined {
    return this.slots.find(
      (slot) => guestAddress >= slot.guestAddress && guestAddress < slot.guestAddress + slot.size);
  }
}

const mayBecome = (old: MemorySlot, region: MemorySlot): boolean =>
  old.size === region.size && old.userAddress === region.userAddress
  && ((old.flags ^ region.flags) & KVM_MEM_READONLY) === 0;

/** A log of the length it must have, with no bit behind the slot's last frame; none where none must be. */
function fits(log: Uint8Array | undefined, empty: Uint8Array | undefined, frames: number): boolean {
  if (!log || !empty) return log === empty;
  return log.length === empty.length && [...setBits(log)].every((index) => index < frames);
}

function* setBits(bitmap: Uint8Array): Generator<number> {
  for (const [at, byte] of bitmap.entries())
    for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) yield at * 8 + bit;
}
