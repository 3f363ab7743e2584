/**
 * Configuring one event queue of the XIVE native device. KVM holds a reference to the guest page that
 * hardware writes; it goes when the queue does.
 */
import { errno } from "../../api/errno.ts";
import { KVM_XIVE_EQ_ALWAYS_NOTIFY, type XiveEq } from "../../uapi/xive.ts";
import { SINGLE_ESCALATION_PRIORITY, type ConnectedVcpu } from "../xive/kvmXive.ts";
import type { XiveNative } from "./xiveNative.ts";

/** The one size KVM takes: 64 KiB. */
const QUEUE_SHIFT = 16;

/** KVM_DEV_XIVE_GRP_EQ_CONFIG after copy-in and the checks of its name: 0 or an errno. */
export function configureQueue(
  device: XiveNative,
  vcpu: ConnectedVcpu,
  priority: number,
  wanted: XiveEq,
): number {
  if (wanted.qshift === 0) return disableQueueing(device, vcpu, priority);
  const { host, pages } = device;
  if (wanted.flags !== KVM_XIVE_EQ_ALWAYS_NOTIFY) return errno.EINVAL;
  if (wanted.qshift !== QUEUE_SHIFT) return errno.EINVAL;
  if (wanted.qaddr & ((1n << BigInt(QUEUE_SHIFT)) - 1n)) return errno.EINVAL;
  if (pages.pageShift < QUEUE_SHIFT || !pages.hold(wanted.qaddr)) return errno.EINVAL;

  const queue = vcpu.queues[priority]!;
  const previous = queue.page;
  Object.assign(queue, { guestAddress: wanted.qaddr, guestShift: wanted.qshift });
  if (!host.configureQueue(vcpu.vp, priority, wanted.qaddr, QUEUE_SHIFT)) {
    pages.release(wanted.qaddr);
    return errno.EIO;
  }
  Object.assign(queue, { page: wanted.qaddr, shift: QUEUE_SHIFT });
  if (previous !== undefined && !device.defects.has("xive.queue.leakPage")) pages.release(previous);

  // Toggle 1 and index 0 are a fresh queue, which is what there is now.
  const isFresh = wanted.qtoggle === 1 && wanted.qindex === 0;
  const isRestored = isFresh || host.setQueueState(vcpu.vp, priority, wanted.qtoggle, wanted.qindex);
  if (isRestored && attachEscalation(device, vcpu, priority)) return 0;
  clearQueue(device, vcpu, priority);
  return errno.EIO;
}

/** The END goes on notifying without a queue. */
function disableQueueing(device: XiveNative, vcpu: ConnectedVcpu, priority: number): number {
  const queue = vcpu.queues[priority]!;
  const previous = queue.page;
  Object.assign(queue, { guestAddress: 0n, guestShift: 0 });
  if (!device.host.configureQueue(vcpu.vp, priority, undefined, 0)) return errno.EIO;
  queue.page = undefined;
  if (previous !== undefined) device.pages.release(previous);
  return 0;
}

function attachEscalation(device: XiveNative, vcpu: ConnectedVcpu, priority: number): boolean {
  const queue = vcpu.queues[priority]!;
  if (queue.hasEscalation) return true;
  const gather = device.singleEscalation ? SINGLE_ESCALATION_PRIORITY : undefined;
  if (!device.host.attachEscalation(vcpu.vp, priority, gather)) return false;
  queue.hasEscalation = true;
  vcpu.escalationPriority = gather;
  return true;
}

/** Frees escalation, END and page. The count of sources stays. */
export function clearQueue(device: XiveNative, vcpu: ConnectedVcpu, priority: number): void {
  const queue = vcpu.queues[priority]!;
  device.host.disableQueue(vcpu.vp, priority);
  if (queue.page !== undefined) device.pages.release(queue.page);
  Object.assign(queue, { page: undefined, guestAddress: 0n, guestShift: 0, hasEscalation: false });
}
