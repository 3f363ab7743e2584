/** KVM's side of AP passthrough for one VM: its control block, its hook, its GISA, its memory. */
import type { ApNotificationPort } from "../apPorts.ts";
import type { ApVm } from "../ap/apVm.ts";
import { Crycb } from "../ap/crycb.ts";
import { DmaContainer } from "../ap/dmaContainer.ts";
import type { Flic } from "../flic/flic.ts";
import type { GuestMemory } from "../../memory/guestMemory.ts";
import type { MemorySlots } from "./memorySlots.ts";

/** What of a host and of a VM's creation decides about AP. */
export interface ApVmOptions {
  /** Tells VMs of one host apart. Default "vm". */
  readonly name?: string;
  /** The host has AP instructions. Default true. */
  readonly hostHasAp?: boolean;
  /** The host has AP extended addressing. Default true. */
  readonly apxa?: boolean;
  /** Host absolute address of the guest's first byte of RAM. */
  readonly hostBase?: bigint;
}

const HOST_BASE = 0x1_0000_0000n;

export class KvmApVm implements ApVm, ApNotificationPort {
  readonly name: string;
  readonly hostHasAp: boolean;
  readonly crycb: Crycb;
  readonly container: DmaContainer;
  hook: string | undefined;
  private readonly flic: Flic;
  private readonly memory: GuestMemory;
  private readonly slots: MemorySlots;
  private readonly hostBase: bigint;

  constructor(flic: Flic, slots: MemorySlots, facility76: boolean, options: ApVmOptions = {}) {
    this.flic = flic;
    this.slots = slots;
    this.memory = flic.memory;
    this.name = options.name ?? "vm";
    this.hostHasAp = options.hostHasAp ?? true;
    this.hostBase = options.hostBase ?? HOST_BASE;
    this.crycb = new Crycb({ facility76, apxa: options.apxa ?? true });
    this.container = new DmaContainer((guestPage) => this.hostPageOf(guestPage));
  }

  hasMemory(address: bigint): boolean {
    return this.slots.translate(address) !== undefined;
  }

  registerGisc(isc: number): number {
    return this.flic.registerGisc(isc);
  }

  unregisterGisc(isc: number): number {
    return this.flic.unregisterGisc(isc);
  }

  gisaAddress(): number | undefined {
    return this.flic.gisa?.address;
  }

  /** True if this is RAM of the guest. */
  holds(hostAddress: bigint): boolean {
    return hostAddress >= this.hostBase && hostAddress < this.hostBase + BigInt(this.memory.size);
  }

  /**
   * The hardware's store of one notification-indicator byte. No CPU does it, so KVM's own dirty log does not
   * hear of it; the container's pinned pages are what tells.
   */
  writeIndicator(hostAddress: bigint): void {
    if (!this.holds(hostAddress)) return;
    const at = Number(hostAddress - this.hostBase);
    this.memory.setU8(at, 0x80, "ap");
    if (!this.flic.profile.quirks.indicatorByteUnlogged) this.slots.markFrameOfRam(at);
  }

  /** Ignored unless the address is of this VM's GISA. */
  interrupt(gisa: number, guestIsc: number): void {
    if (gisa === this.gisaAddress()) this.flic.gisaAlert?.machineInterrupt(guestIsc);
  }

  private hostPageOf(guestPage: bigint): bigint | undefined {
    const user = this.slots.translate(guestPage);
    const ram = user === undefined ? undefined : this.slots.pageForWrite(user);
    return ram === undefined ? undefined : this.hostBase + BigInt(ram);
  }
}
