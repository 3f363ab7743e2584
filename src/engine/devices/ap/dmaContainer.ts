/**
 * The VFIO container of one VM: which guest memory devices may reach, and which pages are pinned for them.
 *
 * An I/O virtual address (iova) of an AP matrix device is a guest absolute address. Pin records are kept by
 * the exact address asked for, so two addresses in one page are two records.
 */
import { errno } from "../../api/errno.ts";
import { ok, refuse, type Result } from "../../base/result.ts";

/** Bytes. */
export const PAGE = 4096n;
const pageOf = (address: bigint): bigint => address & ~(PAGE - 1n);

/** One VFIO_IOMMU_MAP_DMA; bytes, whole pages. */
export interface DmaMapping {
  readonly iova: bigint;
  readonly size: bigint;
  readonly read: boolean;
  readonly write: boolean;
}

export interface PinRecord {
  readonly iova: bigint;
  readonly count: number;
}

export interface DmaContainerState {
  readonly mappings: readonly DmaMapping[];
  readonly pins: readonly PinRecord[];
}

/** Host absolute address of the page of guest memory at a guest absolute address, if there is one. */
export type HostPageOf = (guestPage: bigint) => bigint | undefined;
/** Told of every unmapping while pins remain, so that a driver can let go of them. */
export type UnmapListener = (iova: bigint, size: bigint) => void;

/** Rounds of asking drivers to let go before the host stops. */
const FRUITLESS_ROUNDS_MAX = 10;

export class DmaContainer {
  private mappings: DmaMapping[] = [];
  private pins = new Map<bigint, number>();
  private readonly listeners = new Set<UnmapListener>();
  private readonly hostPageOf: HostPageOf;

  constructor(hostPageOf: HostPageOf) {
    this.hostPageOf = hostPageOf;
  }

  onUnmap(listener: UnmapListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** VFIO_IOMMU_MAP_DMA: -EINVAL for what is not in whole pages or grants nothing, -EEXIST for an overlap. */
  map(mapping: DmaMapping): number {
    const { iova, size } = mapping;
    if (size === 0n || (iova | size) & (PAGE - 1n) || !(mapping.read || mapping.write)) return errno.EINVAL;
    if (this.mappings.some((other) => other.iova < iova + size && iova < other.iova + other.size))
      return errno.EEXIST;
    this.mappings.push(mapping);
    return 0;
  }

  /**
   * VFIO_IOMMU_UNMAP_DMA of whole mappings within the range: bytes unmapped, or "host-stopped" when a pin
   * in it stays however often its owner is asked (the kernel stops on that).
   */
  unmap(iova: bigint, size: bigint): bigint | "host-stopped" {
    const isWithin = (mapping: DmaMapping): boolean =>
      mapping.iova >= iova && mapping.iova + mapping.size <= iova + size;
    let unmapped = 0n;
    for (const mapping of this.mappings.filter(isWithin)) {
      for (let round = 0; this.hasPins(mapping); round++) {
        if (round > FRUITLESS_ROUNDS_MAX) return "host-stopped";
        for (const listener of [...this.listeners]) listener(mapping.iova, mapping.size);
      }
      this.mappings = this.mappings.filter((other) => other !== mapping);
      unmapped += mapping.size;
    }
    return unmapped;
  }

  /** Pins the page at an address, read and write: its host absolute address, or -EINVAL, -EPERM, -EFAULT. */
  pin(iova: bigint): Result<bigint, number> {
    const page = pageOf(iova);
    const mapping = this.mappings.find((entry) => page >= entry.iova && page < entry.iova + entry.size);
    if (!mapping) return refuse(errno.EINVAL);
    if (!mapping.read || !mapping.write) return refuse(errno.EPERM);
    const host = this.hostPageOf(page);
    if (host === undefined) return refuse(errno.EFAULT);
    this.pins.set(iova, (this.pins.get(iova) ?? 0) + 1);
    return ok(host);
  }

  /** Undoes one pin of exactly this address; false if there is none (the kernel warns). */
  unpin(iova: bigint): boolean {
    const count = this.pins.get(iova);
    if (count === undefined) return false;
    if (count === 1) this.pins.delete(iova);
    else this.pins.set(iova, count - 1);
    return true;
  }

  /** How often an address is pinned. */
  pinCount(iova: bigint): number {
    return this.pins.get(iova) ?? 0;
  }

  /** Pinned guest pages, ascending: what the container itself reports as possibly written by a device. */
  pinnedPages(): bigint[] {
    const pages = new Set([...this.pins.keys()].map(pageOf));
    return [...pages].sort((a, b) => (a < b ? -1 : 1));
  }

  save(): DmaContainerState {
    const pins = [...this.pins].map(([iova, count]) => ({ iova, count }));
    return { mappings: [...this.mappings], pins };
  }

  load({ mappings, pins }: DmaContainerState): void {
    this.mappings = [...mappings];
    this.pins = new Map(pins.map(({ iova, count }) => [iova, count]));
  }

  private hasPins({ iova, size }: DmaMapping): boolean {
    return [...this.pins.keys()].some((pinned) => pinned >= iova && pinned < iova + size);
  }
}
