/** One VM as the passthrough driver sees it: KVM's side of it, and the container of its devices. */
import type { Crycb } from "./crycb.ts";
import type { DmaContainer } from "./dmaContainer.ts";

export interface ApVm {
  /** Tells VMs apart; a snapshot names the VM of a matrix device by it. */
  readonly name: string;
  readonly crycb: Crycb;
  readonly container: DmaContainer;
  /** The matrix device that answers this VM's AQIC, by its name: KVM's hook. */
  hook: string | undefined;
  /** True if a memory slot backs the guest absolute address. */
  hasMemory(address: bigint): boolean;
  /** The host's ISC, -ENODEV without a GISA. */
  registerGisc(isc: number): number;
  unregisterGisc(isc: number): number;
  /** 31-bit address of the VM's GISA; undefined without one. */
  gisaAddress(): number | undefined;
}
