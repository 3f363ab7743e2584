/** A switch between IPI and PHB source that is under way, and what its steps share. */
import type { Pq } from "../xive/esb.ts";
import { filePageOf } from "./addressSpace.ts";
import type { GuestSource } from "./guestSource.ts";
import { MASKED, type Eas } from "./hardware.ts";
import type { Passthrough } from "./passthrough.ts";
import { overlayPages } from "./remap.ts";

export interface SwitchOperation {
  readonly kind: "set-mapped" | "clr-mapped";
  readonly lisn: number;
  readonly hostIrq: number;
  /** The KVM_IRQFD connection that asked, or -1. */
  readonly irqfd: number;
  /** Index of the next step. */
  at: number;
  /** Priority that the guest had open when the lock was taken. */
  priority: number;
  /** PQ as the guest left it in the source that it loses. */
  guestPq: Pq;
  /** 0 or an errno of the switch itself, when it has ended. */
  result: number;
  /** What the call that asked for it returns. */
  returns: number;
  /** The kernel would have ended here. */
  fatal: "" | "null dereference";
}

export const switchOperation = (
  kind: SwitchOperation["kind"], lisn: number, hostIrq: number, irqfd = -1,
): SwitchOperation =>
  ({ kind, lisn, hostIrq, irqfd, at: 0, priority: MASKED, guestPq: 0, result: 0, returns: 0, fatal: "" });

/**
 * Clears the page table entries of a source as the strategy can; `leaving` is the hardware number of the one
 * that the guest loses. XICS guests have no pages.
 */
export function zapPages(p: Passthrough, source: GuestSource, leaving: number): void {
  if (p.mode === "xics" || p.has("passthrough.zap.skip")) return;
  const { lisn } = source;
  if (p.strategy.overlay === "at-irqfd") overlayPages(p, lisn, 1);
  switch (p.strategy.zap) {
    case "none": break;
    case "last-vma": p.space.zapLastMapping(lisn); break;
    case "file-range": p.space.zapFileRange(filePageOf(lisn), 2); break;
    case "by-page": p.space.zapSource(leaving); break;
  }
}

/** Routes one of a guest's sources to where the guest wants its events. */
export function routeToGuest(p: Passthrough, source: GuestSource, hardwareSource: number): void {
  const { actServer: target, actPriority: priority } = source;
  const eas: Eas = { space: "guest", target, priority, data: p.entryDataOf(source) };
  p.hardware.setRoute(hardwareSource, eas);
}
