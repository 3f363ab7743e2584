/** Injection by software: irqfds on the software path, KVM_IRQ_LINE, and emulated devices. */
import { errno } from "../../api/errno.ts";
import { isMapped } from "./guestSource.ts";
import type { Passthrough } from "./passthrough.ts";

/** Levels of an irqfd's routing and of KVM_IRQ_LINE; SET and any other number is one event. */
export const LEVEL_UNSET = -2;
export const LEVEL_SET_LEVEL = -3;

/**
 * Raises or lowers a source's line, or sends one event: 0; -EINVAL for a number without a valid source, and
 * for one that a device has been mapped to, whose events come from hardware alone.
 */
export function setIrq(p: Passthrough, lisn: number, level: number): number {
  const source = p.source(lisn);
  if (!source || isMapped(source)) {
    p.tell("set-irq", "refused", lisn, -1, source ? "pt_number" : "valid", errno.EINVAL);
    return errno.EINVAL;
  }
  if (level === 0 || level === LEVEL_UNSET) {
    source.asserted = false;
    return 0;
  }
  if ((level === 1 && source.lsi) || level === LEVEL_SET_LEVEL) source.asserted = true;
  p.tellOf("set-irq", "trigger", source, "P", p.hardware.pq(source.ipi));
  p.hardware.trigger(source.ipi);
  return 0;
}
