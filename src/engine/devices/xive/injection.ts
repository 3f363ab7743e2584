/**
 * Software raising an interrupt number of a guest through KVM: KVM_IRQ_LINE and irqfds. PQ is not asked; the
 * source itself does that.
 */
import { errno } from "../../api/errno.ts";
import { KVM_INTERRUPT_SET_LEVEL, KVM_INTERRUPT_UNSET } from "../../uapi/xive.ts";
import { hostTrigger } from "./irqState.ts";
import type { KvmXive } from "./kvmXive.ts";

/**
 * `level` is signed: 0 and UNSET lower a line, SET_LEVEL raises it for any kind of source, 1 for a
 * level-sensitive one; everything else is one event. 0, or -EINVAL for a number that is not there or is a
 * passed-through device's.
 */
export function setKvmIrq(device: KvmXive, irq: number, level: number): number {
  const state = device.irqs.valid(irq);
  if (!state || state.passthrough) return errno.EINVAL;
  if (level === 0 || level === KVM_INTERRUPT_UNSET) {
    state.asserted = false;
    return 0;
  }
  if (level === KVM_INTERRUPT_SET_LEVEL || (level === 1 && state.lsi)) state.asserted = true;
  hostTrigger(device.host, state.ipi);
  return 0;
}
