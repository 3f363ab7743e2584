/**
 * Collaborative memory management (CMMA): one usage value per guest frame, which the guest sets and a
 * migration has to carry (KVM_S390_GET_CMMA_BITS, Documentation/virt/kvm/api.rst). Migration mode says that
 * changes are being collected; it needs every memory slot to be logged.
 */
import { errno } from "../../api/errno.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import { KVM_S390_CMMA_PEEK } from "../../uapi/s390Memory.ts";
import type { MemorySlots } from "./memorySlots.ts";

/** Defects of the past, each switchable. */
export interface StorageAttributeQuirks {
  /** Migration mode stays on when a slot is no longer logged. */
  readonly modeOutlivesLogging: boolean;
  /** A start in a hole between slots is taken for a start in the slot below it. */
  readonly holeFindsLowerSlot: boolean;
}

export interface CmmaRequest {
  readonly startFrame: bigint;
  /** Values wanted at most. */
  readonly count: number;
  readonly flags: number;
}

/** `values`: one byte per frame from `startFrame` on. `remaining`: frames still to be collected. */
export interface CmmaValues {
  readonly startFrame: bigint;
  readonly values: Uint8Array;
  readonly remaining: number;
}

export class StorageAttributes {
  migrationMode = false;
  private readonly slots: MemorySlots;
  private readonly quirks: Partial<StorageAttributeQuirks>;
  private readonly usage = new Map<bigint, number>();
  private changed = new Set<bigint>();

  constructor(slots: MemorySlots, quirks: Partial<StorageAttributeQuirks> = {}) {
    this.slots = slots;
    this.quirks = quirks;
    slots.onLoggingOff = () => { if (!quirks.modeOutlivesLogging) this.stopMigration(); };
  }

  /** The guest's ESSA on a frame: its new usage value, 0 to 255. */
  set(frame: bigint, value: number): void {
    this.usage.set(frame, value);
    if (this.migrationMode) this.changed.add(frame);
  }

  /** KVM_S390_VM_MIGRATION_START: -EINVAL without slots or with an unlogged one; every frame is due. */
  startMigration(): number {
    if (this.migrationMode) return 0;
    if (!this.slots.allLogged) return errno.EINVAL;
    this.migrationMode = true;
    for (const { guestAddress, size } of this.slots.list())
      for (let frame = guestAddress >> 12n; frame < (guestAddress + size) >> 12n; frame++)
        this.changed.add(frame);
    return 0;
  }

  /** KVM_S390_VM_MIGRATION_STOP: always 0. */
  stopMigration(): number {
    this.migrationMode = false;
    this.changed = new Set();
    return 0;
  }

  /**
   * Hands the values of a run of frames to `take`: with PEEK from the start given, else from the next frame
   * that changed; those count as collected once `take` agrees. -EINVAL for another flag, or out of migration
   * mode without PEEK; -EFAULT to peek where no slot is, or when they were not taken.
   */
  get(request: CmmaRequest, take: (values: CmmaValues) => boolean): number {
    const found = this.read(request);
    if (!found.ok) return found.error;
    const { startFrame, values } = found.value;
    const collected = request.flags & KVM_S390_CMMA_PEEK ? 0 : values.length;
    if (!take({ ...found.value, remaining: this.changed.size - collected })) return errno.EFAULT;
    for (let n = 0; n < collected; n++) this.changed.delete(startFrame + BigInt(n));
    return 0;
  }

  private read({ startFrame, count, flags }: CmmaRequest): Result<Omit<CmmaValues, "remaining">, number> {
    const peek = (flags & KVM_S390_CMMA_PEEK) !== 0;
    if (flags & ~KVM_S390_CMMA_PEEK || (!peek && !this.migrationMode)) return refuse(errno.EINVAL);
    const first = peek ? startFrame : this.nextChanged(startFrame);
    if (first === undefined || count === 0) return ok({ startFrame, values: new Uint8Array(0) });
    const values: number[] = [];
    const isWanted = (frame: bigint): boolean =>
      peek ? this.slots.translate(frame << 12n) !== undefined : this.changed.has(frame);
    for (let frame = first; values.length < count && isWanted(frame); frame++)
      values.push(this.usage.get(frame) ?? 0);
    return values.length ? ok({ startFrame: first, values: Uint8Array.from(values) }) : refuse(errno.EFAULT);
  }

  /** The first changed frame from here on, around the end to the lowest. */
  private nextChanged(start: bigint): bigint | undefined {
    const ascending = [...this.changed].sort((a, b) => Number(a - b));
    return ascending.find((frame) => frame >= this.searchFrom(start)) ?? ascending[0];
  }

  private searchFrom(start: bigint): bigint {
    if (!this.quirks.holeFindsLowerSlot || this.slots.translate(start << 12n) !== undefined) return start;
    const below = this.slots.list().map(({ guestAddress }) => guestAddress >> 12n)
      .filter((frame) => frame < start);
    return below.length ? below.reduce((a, b) => (a > b ? a : b)) : start;
  }
}
