/** A CPU's way into and out of the waiting state, and its stop request. */
import { interruptType } from "../../uapi/s390Interrupt.ts";
import type { Flic } from "./flic.ts";
import { pendingBit } from "./interruptBits.ts";
import { cpustat } from "./local.ts";
import type { VcpuPort } from "./vcpuPort.ts";
import { PSW_EXT, PSW_IO, PSW_MCHK } from "./vcpus.ts";

/**
 * `runnable`: something is there for the CPU; `disabled-wait`: nothing can ever wake it; `idle`: it sleeps,
 * counted among the idle until it leaves.
 */
export type IdleEntry = "runnable" | "disabled-wait" | "idle";

/** The waiting PSW is loaded already. Restores the GISA's alert mask when nothing registered is pending. */
export function enterIdle(flic: Flic, port: VcpuPort): IdleEntry {
  const slot = flic.vcpus.of(port.id);
  if (flic.hasDeliverable(port) || slot.local.has(pendingBit.SIGP_STOP)) return "runnable";
  if (!(port.pswMaskHigh() & (PSW_EXT | PSW_IO | PSW_MCHK))) return "disabled-wait";
  if (flic.gisa && flic.gisa.pendingOrRestore() & (port.crLow(6) >>> 24)) return "runnable";
  slot.idle = true;
  slot.local.cpuflags |= cpustat.WAIT;
  return "idle";
}

export function leaveIdle(flic: Flic, port: VcpuPort): void {
  const slot = flic.vcpus.of(port.id);
  slot.idle = false;
  slot.local.cpuflags &= ~cpustat.WAIT;
}

/** A stop waits until nothing is deliverable any more; then it is taken, with its flags. */
export function takeStop(flic: Flic, port: VcpuPort): { readonly storeStatus: boolean } | undefined {
  const { local } = flic.vcpus.of(port.id);
  const bit = pendingBit.SIGP_STOP;
  if (!local.has(bit) || flic.hasDeliverable(port)) return undefined;
  const storeStatus = (local.stopFlags & 1) !== 0;
  local.stopFlags = 0;
  local.cpuflags &= ~cpustat.STOP_INT;
  flic.decisions.note("taken", local.drop(bit), interruptType.SIGP_STOP, bit, port.id);
  if (storeStatus && flic.profile.quirks.stopAndStoreForgets) flic.clearLocal(port.id);
  return { storeStatus };
}
