/**
 * set_mapped: a PHB source takes the place of a guest source's IPI, step by step in Linux 6.1's order.
 * Between two steps the device, the guest and the host go on; the block lock keeps out faults and other
 * switches.
 *
 * Whatever the guest had in the IPI moves over with the selection: an open or closed source, an entry whose
 * EOI is still to come, an event latched in Q. Linux 6.1 lets some of it go (`defects.ts`).
 */
import { errno } from "../../api/errno.ts";
import { ESB_OFF, ESB_QUEUED } from "../xive/esb.ts";
import { isMapped, type GuestSource } from "./guestSource.ts";
import { hasLatchedEvent, hasP, MASKED } from "./hardware.ts";
import type { Passthrough } from "./passthrough.ts";
import { routeToGuest, zapPages } from "./switchOperation.ts";
import { lockForSwitch, switchStep, type SwitchStep } from "./switchStep.ts";

const step = switchStep("set-mapped", ({ ipi }) => ipi);

/** A source that was never created has no IPI to take the place of: refused like a missing block. */
const find: SwitchStep = {
  name: "find source",
  run(p, operation) {
    const source = p.source(operation.lisn);
    const isFree = source && (!isMapped(source) || p.has("passthrough.table.allowRemap"));
    if (!isFree) operation.result = errno.EINVAL;
    return isFree ? "next" : "done";
  },
};

const forward = step("forward host interrupt", (p, _source, operation) => {
  operation.result = p.host.forward(p.host.get(operation.hostIrq)!);
  return operation.result === 0 ? "next" : "done";
});

const mask = step("lock and mask", lockForSwitch);

const hardOff = step("IPI off", (p, source, operation) => {
  operation.guestPq = p.hardware.setPq(source.ipi, ESB_OFF) ?? ESB_OFF;
  if (hasLatchedEvent(operation.guestPq) && p.has("passthrough.set.dropIpiQ"))
    p.tell("set-mapped", "lost software event", source.lisn, source.ipi, "Q", operation.guestPq);
});

const zap = step("zap pages", (p, source) => zapPages(p, source, source.ipi));

const select = step("select PHB source", (p, source, { hostIrq }) => {
  source.pt = p.host.get(hostIrq)!.source;
});

const route = step("route PHB source", (p, source) => routeToGuest(p, source, source.pt));

/** The PHB source becomes what the IPI was to the guest. */
const resume = step("resume", (p, source, { priority, guestPq }) => {
  const isNative = p.mode === "native";
  if (isNative && p.has("passthrough.set.leavePhbPending")) return;
  const wasMasked = isNative ? guestPq === ESB_OFF : priority === MASKED;
  const isOwed = isNative ? hasP(guestPq) : source.oldP;
  const isLatched = hasLatchedEvent(guestPq) || (!wasMasked && !isNative && source.oldQ);
  if (isLatched && !p.has("passthrough.set.dropIpiQ")) p.hardware.setPq(source.pt, ESB_QUEUED);
  if (isNative && wasMasked) p.hardware.setPq(source.pt, ESB_OFF);
  if (!wasMasked && (!isOwed || p.has("passthrough.set.ignoreOldP"))) openPhb(p, source);
});

const openPhb = (p: Passthrough, { pt }: GuestSource): void =>
  p.hardware.endOfInterrupt(pt, !p.has("passthrough.set.eoiWithoutResend"));

const unlock = step("unlock", (p, source, { priority }) => {
  // What masking remembered is spent, unless the guest itself still has the source masked.
  if (priority !== MASKED || p.has("passthrough.set.forgetOldP")) source.oldP = source.oldQ = false;
  source.guestPriority = priority;
  p.sources.unlock(source.lisn);
});

/**
 * The IPI may go off only when nobody can reach it any more: not the guest by its pages, and not software,
 * which is refused as soon as the PHB source is selected. By the defects "before zap" and "before
 * selection".
 */
const middles: readonly (readonly SwitchStep[])[] = [
  [zap, select, hardOff],
  [select, hardOff, zap],
  [zap, hardOff, select],
  [hardOff, zap, select],
];
const orders = middles.map((middle): readonly SwitchStep[] =>
  [find, forward, mask, ...middle, route, resume, unlock]);

/** The steps in this machine's order. */
export function setMappedSteps(p: Passthrough): readonly SwitchStep[] {
  const isBeforeZap = p.has("passthrough.set.hardOffBeforeZap") ? 1 : 0;
  const isBeforeSelection = p.has("passthrough.set.hardOffBeforeSelection") ? 2 : 0;
  return orders[isBeforeZap + isBeforeSelection]!;
}
