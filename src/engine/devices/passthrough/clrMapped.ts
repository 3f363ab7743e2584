/**
 * clr_mapped: the IPI takes its place again and the PHB source goes back to the host, step by step in Linux
 * 6.1's order; only that the guest loses its pages before anything else is touched.
 *
 * The guest's state moves back with the selection, as in set_mapped. An entry that the guest has not ended is
 * ended at the IPI, and the host hears of what was latched.
 */
import { errno } from "../../api/errno.ts";
import { ESB_OFF, ESB_PENDING, ESB_QUEUED, ESB_RESET, type Pq } from "../xive/esb.ts";
import { isMapped, selectedOf, type GuestSource } from "./guestSource.ts";
import { hasLatchedEvent, hasP, MASKED } from "./hardware.ts";
import { unmaskAndUnlock } from "./masking.ts";
import type { Passthrough } from "./passthrough.ts";
import { routeToGuest, zapPages, type SwitchOperation } from "./switchOperation.ts";
import { lockForSwitch, switchStep, type SwitchStep } from "./switchStep.ts";

const step = switchStep("clr-mapped", selectedOf);

const find: SwitchStep = {
  name: "find source",
  run(p, operation) {
    if (p.source(operation.lisn)) return "next";
    operation.result = errno.EINVAL;
    return "done";
  },
};

const mask = step("lock and mask", lockForSwitch);

const zap = step("zap pages", (p, source, { hostIrq }) => zapPages(p, source, p.host.get(hostIrq)!.source));

/**
 * Native: KVM never masked, so this is where the guest's P, Q and mask are read; what is latched stays so.
 */
const takeOver = step("take over from guest", (p, source, operation) => {
  if (p.mode === "xics") return;
  const selected = selectedOf(source);
  operation.guestPq = p.hardware.pq(selected);
  if (p.has("passthrough.clr.hostEoiUnmasks")) return;
  p.hardware.setPq(selected, hasLatchedEvent(operation.guestPq) ? ESB_QUEUED : ESB_PENDING);
});

const resend = step("resend to host", (p, source, operation) => {
  if (!source.oldP) return "next";
  if (!isMapped(source)) {
    operation.fatal = "null dereference";
    return "done";
  }
  p.hardware.setPq(source.pt, ESB_QUEUED);
  return "next";
});

const takeBack = step("take host interrupt back", (p, source, operation) => {
  const one = p.host.get(operation.hostIrq)!;
  operation.result = p.host.takeBack(one);
  if (operation.result === 0) return "next";
  if (p.has("passthrough.clr.returnLocked")) return "done";
  one.isForwarded = true;
  if (p.mode === "native") p.hardware.setPq(selectedOf(source), operation.guestPq);
  unmaskAndUnlock(p, source, operation.priority);
  return "done";
});

const deselect = step("select IPI", (_p, source) => {
  source.pt = -1;
});

const route = step("route IPI", (p, source) => routeToGuest(p, source, source.ipi));

const resume = step("resume", (p, source, operation) => {
  p.hardware.setPq(source.ipi, ipiPqAfter(p, source, operation));
});

function ipiPqAfter(p: Passthrough, source: GuestSource, { priority, guestPq }: SwitchOperation): Pq {
  const ignoresP = p.has("passthrough.clr.unmaskDespiteP");
  if (p.mode === "xics")
    return priority === MASKED || (source.oldP && !ignoresP) ? ESB_PENDING : ESB_RESET;
  if (p.has("passthrough.clr.leaveIpiPending")) return ESB_PENDING;
  if (guestPq === ESB_OFF) return ESB_OFF;
  return hasP(guestPq) && !ignoresP ? ESB_PENDING : ESB_RESET;
}

const unlock = step("unlock", (p, source, { priority }) => {
  source.guestPriority = priority;
  p.sources.unlock(source.lisn);
});

const toHost = [takeOver, resend, takeBack] as const;
const toGuest = [route, resume] as const;
/**
 * Software may inject again when the IPI is selected, so that comes last; the host may have the source back
 * when the guest cannot reach it any more, so that comes first. By the defects "zap late" and "select
 * early".
 */
const middles: readonly (readonly SwitchStep[])[] = [
  [zap, ...toHost, ...toGuest, deselect],
  [...toHost, zap, ...toGuest, deselect],
  [zap, ...toHost, deselect, ...toGuest],
  [...toHost, deselect, zap, ...toGuest],
];
const orders = middles.map((middle): readonly SwitchStep[] => [find, mask, ...middle, unlock]);

/** The steps in this machine's order. */
export function clrMappedSteps(p: Passthrough): readonly SwitchStep[] {
  const isZapLate = p.has("passthrough.clr.zapLate") ? 1 : 0;
  const isSelectEarly = p.has("passthrough.clr.selectBeforeResume") ? 2 : 0;
  return orders[isZapLate + isSelectEarly]!;
}
