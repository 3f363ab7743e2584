/**
 * One XICS source: masking without losing events, and its state at user space. A masked source keeps P = 1 in
 * hardware, so that events are latched in Q, and remembers what P and Q were.
 */
import {
  KVM_XICS_LEVEL_SENSITIVE, KVM_XICS_MASKED, KVM_XICS_PENDING, KVM_XICS_PRESENTED, KVM_XICS_QUEUED,
} from "../../uapi/xive.ts";
import { ESB_PENDING, ESB_QUEUED } from "../xive/esb.ts";
import { PRIORITY_MASKED } from "../xive/hostXive.ts";
import { hostSetPq, hostSourceEoi, selected, type IrqState } from "../xive/irqState.ts";
import type { KvmXive } from "../xive/kvmXive.ts";
import type { Xics } from "./xics.ts";

/** Guest priorities 0 to 5 and "masked" are hardware's; all others share 6. */
export const hardwarePriority = (guest: number): number =>
  guest === PRIORITY_MASKED || guest <= 5 ? guest : 6;

/** Masks and returns the priority it had. A source that is masked already is not touched. */
export function maskSource(device: KvmXive, state: IrqState): number {
  const priority = state.guestPriority;
  state.guestPriority = PRIORITY_MASKED;
  if (priority === PRIORITY_MASKED) return priority;
  const before = hostSetPq(device.host, selected(state), ESB_PENDING);
  state.oldP = (before & 2) !== 0;
  state.oldQ = (before & 1) !== 0;
  return priority;
}

/** Back to `priority`. An event that waits in Q is sent now, unless the guest still owes an EOI. */
export function unmaskSource(device: KvmXive, state: IrqState, priority: number): void {
  if (state.guestPriority === PRIORITY_MASKED) {
    if (state.oldQ) hostSetPq(device.host, selected(state), ESB_QUEUED);
    if (!state.oldP) hostSourceEoi(device.host, selected(state));
  }
  state.guestPriority = priority;
}

/** KVM_DEV_XICS_GRP_SOURCES: takes over a saved source. A target that cannot be had is not an error. */
export function setSourceState(device: Xics, state: IrqState, value: bigint): void {
  const server = Number(value & 0xffff_ffffn);
  const guestPriority = Number((value >> 32n) & 0xffn);
  const priority = hardwarePriority(guestPriority);
  // Whatever it was before, it is masked now.
  state.guestPriority = 0;
  maskSource(device, state);
  state.actPriority = PRIORITY_MASKED;
  if (priority !== PRIORITY_MASKED && device.provision(priority)) device.target(state, server, priority);

  const isDelayed = takeDelayed(device, state.number);
  const isPending = isDelayed || (value & KVM_XICS_PENDING) !== 0n;
  state.lsi = (value & KVM_XICS_LEVEL_SENSITIVE) !== 0n;
  state.asserted = state.lsi && isPending;
  state.oldP = (value & KVM_XICS_PRESENTED) !== 0n && !isPending;
  state.oldQ = (value & KVM_XICS_QUEUED) !== 0n || isPending;
  if (value & KVM_XICS_MASKED) state.guestPriority = PRIORITY_MASKED;
  else unmaskSource(device, state, guestPriority);
  state.savedPriority = guestPriority;
  state.valid = true;
}

/** Whether a vCPU's saved state presented this source before it existed; that is then done with. */
function takeDelayed(device: Xics, irq: number): boolean {
  let isDelayed = false;
  for (const { icp } of device.vcpus.values()) {
    if (icp.delayedIrq !== irq) continue;
    icp.delayedIrq = 0;
    isDelayed = true;
  }
  return isDelayed;
}
