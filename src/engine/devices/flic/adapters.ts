/**
 * I/O adapters: sources of adapter interrupts, registered once for the life of the machine
 * (KVM_DEV_FLIC_ADAPTER_REGISTER and _MODIFY).
 */
import { errno } from "../../api/errno.ts";
import type { KernelProfile } from "../../uapi/kernelProfile.ts";
import {
  KVM_S390_ADAPTER_SUPPRESSIBLE, KVM_S390_IO_ADAPTER_MAP, KVM_S390_IO_ADAPTER_MASK, KVM_S390_IO_ADAPTER_UNMAP,
} from "../../uapi/flic.ts";
import type { AdapterPages } from "./indicators.ts";

export const ADAPTER_COUNT = 64;
/** Mappings one adapter may ever have asked for; a refused one still counts. */
export const MAPS_END = 256;

/** A pinned page: it stays the page it was when mapped, whatever happens to the memory slots. */
export interface AdapterMap {
  /** Exact guest address the caller gave, the key of lookups. */
  readonly guestAddress: bigint;
  /** Absolute RAM address of the page. */
  readonly page: number;
}

export interface Adapter {
  readonly id: number;
  /** As registered: 0 to 255, never checked. */
  readonly isc: number;
  readonly maskable: boolean;
  masked: boolean;
  /** Indicator bits are numbered from the left over the whole page. */
  readonly swap: boolean;
  readonly suppressible: boolean;
  /** Kernels that pin pages only. */
  readonly maps: AdapterMap[];
  mapsAsked: number;
}

/** Buffer of ADAPTER_REGISTER, decoded. */
export interface AdapterRegistration {
  readonly id: number;
  readonly isc: number;
  readonly maskable: number;
  readonly swap: number;
  readonly flags: number;
}

/** Buffer of ADAPTER_MODIFY, decoded. */
export interface AdapterRequest {
  readonly id: number;
  readonly type: number;
  readonly mask: number;
  readonly addr: bigint;
}

export class Adapters {
  private readonly slots: (Adapter | undefined)[] = Array.from({ length: ADAPTER_COUNT }, () => undefined);

  get(id: number): Adapter | undefined {
    return this.slots[id];
  }

  all(): Adapter[] {
    return this.slots.filter((adapter) => adapter !== undefined);
  }

  canRegister(id: number): boolean {
    return id < ADAPTER_COUNT && !this.slots[id];
  }

  /** -EINVAL for an id of 64 or more, or one that is taken. */
  register({ id, isc, maskable, swap, flags }: AdapterRegistration): number {
    if (!this.canRegister(id)) return errno.EINVAL;
    this.slots[id] = {
      id, isc, maskable: maskable !== 0, masked: false, swap: swap !== 0,
      suppressible: (flags & KVM_S390_ADAPTER_SUPPRESSIBLE) !== 0, maps: [], mapsAsked: 0,
    };
    return 0;
  }

  /** MASK, MAP or UNMAP; what mapping does depends on the kernel. */
  modify(request: AdapterRequest, profile: KernelProfile, pages: AdapterPages): number {
    const adapter = this.get(request.id);
    if (!adapter) return errno.EINVAL;
    const pinned = profile.adapterPages === "pinned";
    switch (request.type) {
      case KVM_S390_IO_ADAPTER_MASK:
        if (!adapter.maskable) return errno.EINVAL;
        adapter.masked = request.mask !== 0;
        return 0;
      case KVM_S390_IO_ADAPTER_MAP:
        return pinned ? mapPage(adapter, request.addr, pages) : 0;
      case KVM_S390_IO_ADAPTER_UNMAP:
        return pinned ? unmapPage(adapter, request.addr) : 0;
      default:
        return errno.EINVAL;
    }
  }

  replaceAll(adapters: readonly Adapter[]): void {
    this.slots.fill(undefined);
    for (const adapter of adapters) this.slots[adapter.id] = { ...adapter, maps: [...adapter.maps] };
  }
}

function mapPage(adapter: Adapter, guestAddress: bigint, pages: AdapterPages): number {
  if (guestAddress === 0n) return errno.EINVAL;
  const user = pages.translate(guestAddress);
  if (user === undefined) return errno.EFAULT;
  const page = pages.pageForWrite(user);
  if (page === undefined) return errno.EFAULT;
  adapter.mapsAsked++;
  if (adapter.mapsAsked >= MAPS_END) return errno.EINVAL;
  adapter.maps.push({ guestAddress, page });
  return 0;
}

function unmapPage(adapter: Adapter, guestAddress: bigint): number {
  const index = adapter.maps.findIndex((map) => map.guestAddress === guestAddress);
  if (guestAddress === 0n || index < 0) return errno.EINVAL;
  adapter.maps.splice(index, 1);
  adapter.mapsAsked--;
  return 0;
}
