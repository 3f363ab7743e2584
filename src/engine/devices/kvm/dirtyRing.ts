/**
 * A dirty ring (KVM_CAP_DIRTY_LOG_RING): instead of bitmaps, one ring of entries per CPU in memory that the
 * VMM shares. KVM fills entries, the VMM collects them and marks them, KVM takes the marked ones back
 * (Documentation/virt/kvm/api.rst, KVM_RESET_DIRTY_RINGS). Kernels of our profiles do not offer it on s390.
 *
 * The VMM may write anything into an entry at any time: nothing read from one is believed.
 */
import { errno } from "../../api/errno.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import { struct } from "../../uapi/struct.ts";

export const KVM_DIRTY_GFN_F_DIRTY = 1;
export const KVM_DIRTY_GFN_F_RESET = 2;
export const dirtyGfn = struct("struct kvm_dirty_gfn", 16, { flags: [0, 4], slot: [4, 4], offset: [8, 8] });

const ENTRIES_MAX = 65536;
/** Entries kept free for pages that one exit may still dirty. */
const RESERVED = 64;
const U64 = (1n << 64n) - 1n;

/** Defects of the past, each switchable. */
export interface DirtyRingQuirks {
  /** Offset and distance are added before the slot's end is looked at, and the sum wraps. */
  readonly offsetSumWraps: boolean;
}

/** Pages of a slot, or undefined if there is none; and what is done to a page that is to be logged again. */
export interface DirtyRingSlots {
  pagesOf(slot: number): bigint | undefined;
  protect(slot: number, page: bigint): void;
}

/** What a ring leaves in a snapshot. */
export interface DirtyRingSnapshot {
  /** All entries, 16 bytes each. */
  readonly shared: Uint8Array;
  readonly pushed: number;
  readonly taken: number;
}

export class DirtyRing {
  /** Memory shared with the VMM: entries of 16 bytes. */
  readonly shared: Uint8Array;
  private readonly entries: number;
  private readonly slots: DirtyRingSlots;
  private readonly quirks: DirtyRingQuirks;
  /** Entries ever pushed and ever taken back. */
  private pushed = 0;
  private taken = 0;

  private constructor(entries: number, slots: DirtyRingSlots, quirks: DirtyRingQuirks) {
    this.entries = entries;
    this.shared = new Uint8Array(entries * dirtyGfn.size);
    this.slots = slots;
    this.quirks = quirks;
  }

  /**
   * A ring of so many bytes: -EINVAL unless a power of two with more entries than are kept free, -E2BIG above
   * 65,536 entries.
   */
  static ofBytes(
    bytes: number, slots: DirtyRingSlots, quirks: DirtyRingQuirks = { offsetSumWraps: false },
  ): Result<DirtyRing, number> {
    const entries = bytes / dirtyGfn.size;
    if (!Number.isInteger(Math.log2(bytes)) || entries <= RESERVED) return refuse(errno.EINVAL);
    if (entries > ENTRIES_MAX) return refuse(errno.E2BIG);
    return ok(new DirtyRing(entries, slots, quirks));
  }

  /** The CPU must leave the guest (KVM_EXIT_DIRTY_RING_FULL) before it may dirty more. */
  get isSoftFull(): boolean {
    return this.pushed - this.taken >= this.entries - RESERVED;
  }

  /** KVM logs one page; false when the ring is full to the last entry, which a soft-full exit prevents. */
  push(slot: number, page: bigint): boolean {
    if (this.pushed - this.taken >= this.entries) return false;
    const entry = dirtyGfn.encode({ flags: KVM_DIRTY_GFN_F_DIRTY, slot, offset: page });
    this.shared.set(entry, this.placeOf(this.pushed));
    this.pushed++;
    return true;
  }

  /** Takes back what the VMM has marked, in order, up to the first entry it has not; the number taken. */
  reset(): number {
    let count = 0;
    for (; this.taken < this.pushed; this.taken++, count++) {
      const at = this.placeOf(this.taken);
      const entry = dirtyGfn.decode(this.shared, at);
      if (!(entry.flags & KVM_DIRTY_GFN_F_RESET)) break;
      this.shared.set(dirtyGfn.encode({ ...entry, flags: 0 }), at);
      this.relog(entry.slot, entry.offset);
    }
    return count;
  }

  save(): DirtyRingSnapshot {
    return { shared: this.shared.slice(), pushed: this.pushed, taken: this.taken };
  }

  /** Takes over a ring of the same size, or refuses and changes nothing. */
  load({ shared, pushed, taken }: DirtyRingSnapshot): Result<void, string> {
    if (shared.length !== this.shared.length) return refuse("a dirty ring of another size");
    if (taken > pushed || pushed - taken > this.entries)
      return refuse(`a dirty ring of ${this.entries} entries from which ${taken} of ${pushed} were taken`);
    this.shared.set(shared);
    Object.assign(this, { pushed, taken });
    return ok(undefined);
  }

  /** The page is logged again, if the entry still names one. */
  private relog(slot: number, offset: bigint): void {
    const pages = this.slots.pagesOf(slot);
    if (pages === undefined) return;
    const next = (offset + 1n) & U64;
    const isWithin = this.quirks.offsetSumWraps ? next <= pages : offset < pages;
    if (isWithin) this.slots.protect(slot, offset);
  }

  private placeOf(index: number): number {
    return (index % this.entries) * dirtyGfn.size;
  }
}
