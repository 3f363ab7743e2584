/**
 * Adapter-interruption suppression (AIS), the per-ISC part of the floating interrupt controller.
 * UAPI: Documentation/virt/kvm/devices/s390_flic.rst, KVM_DEV_FLIC_AISM and _AISM_ALL.
 *
 * `simm` and `nimm` are the whole state, and both must travel with a machine. Per ISC (simm, nimm):
 * 0,0 ALL (never suppress) - 1,0 SINGLE (one more) - 1,1 NO (suppress) - 0,1 reached by AISM_ALL only,
 * suppresses.
 */
import { errno, type Errno } from "../../api/errno.ts";
import { ok, refuse, type Result } from "../../base/result.ts";

export type AisMode = "all" | "single";
/** Two 8-bit masks; ISC 0 is the most significant bit. */
export type AisState = { readonly simm: number; readonly nimm: number };

export const aisAtReset: AisState = { simm: 0, nimm: 0 };
export const ISC_COUNT = 8;

/** Sets one ISC's mode, re-arming it. Refuses an ISC that does not exist with EINVAL. */
export function setAisMode(state: AisState, isc: number, mode: AisMode): Result<AisState, Errno> {
  if (!isIsc(isc)) return refuse(errno.EINVAL);
  const bit = aisMask(isc);
  return ok({
    simm: mode === "single" ? state.simm | bit : state.simm & ~bit,
    nimm: state.nimm & ~bit,
  });
}

/**
 * Decides one adapter interrupt. The caller injects it when `delivered`, and takes `next` only if that
 * worked.
 */
export function admitAdapterInterrupt(state: AisState, isc: number): { delivered: boolean; next: AisState } {
  const bit = aisMask(isc);
  if (state.nimm & bit) return { delivered: false, next: state };
  // Single-interruption mode closes behind the one interrupt it lets through.
  const next = state.simm & bit ? { ...state, nimm: state.nimm | bit } : state;
  return { delivered: true, next };
}

const isIsc = (isc: number): boolean => Number.isInteger(isc) && isc >= 0 && isc < ISC_COUNT;

/** The ISC's bit. An adapter may carry an ISC above 7 (it is never checked); such an adapter has no bit. */
const aisMask = (isc: number): number => (isc < ISC_COUNT ? 0x80 >> isc : 0);

/** Decides one forwarded PCI event where it obeys the same modes; what they are afterwards is set. */
export function admitForwarded(
  holder: { ais: AisState; readonly facility72: boolean }, isc: number,
): boolean {
  if (!holder.facility72) return true;
  const { delivered, next } = admitAdapterInterrupt(holder.ais, isc);
  holder.ais = next;
  return delivered;
}
