/**
 * Presentation: which dispatched thread context an event is for. Each context offers up to four CAM lines;
 * more than one match is a configuration error and counts as none.
 */
import { xiveStep, type XiveObserver } from "./observer.ts";
import {
  CAM_LINE, CONTEXT_VALID, IPB, RING_OS, RING_PHYS, RING_POOL, RING_USER, ipbBit,
  type Ring, type ThreadContext,
} from "./threadContext.ts";

/** Whom an END notifies, from its words 6 and 7. */
export interface NotificationTarget {
  readonly format: 0 | 1;
  /** NVT block (upper 4 bits) and index (19 bits). */
  readonly nvt: number;
  /** Format 0: part of the CAM line is to be ignored. No such line is offered here. */
  readonly ignore: boolean;
  /** Format 1. */
  readonly logicalServer: number;
  readonly priority: number;
}

const HW_CAM = 0x80;
const LOGICAL_SERVER = 0x7fffffff;

/** The ring of a context that an event matches, most privileged first. */
export function matchingRing(context: ThreadContext, target: NotificationTarget): Ring | undefined {
  const offers = (ring: Ring, cam: number): boolean =>
    (context.word2(ring) & CONTEXT_VALID) !== 0 && cam === target.nvt;
  const cam = (ring: Ring): number => context.word2(ring) & CAM_LINE;
  if (target.format === 1) {
    const user = context.word2(RING_USER);
    const isUser = (user & CONTEXT_VALID) !== 0 && (user & LOGICAL_SERVER) === target.logicalServer;
    return isUser && offers(RING_OS, cam(RING_OS)) ? RING_USER : undefined;
  }
  if (target.ignore) return undefined;
  if (offers(RING_PHYS, HW_CAM | (context.thread & 0x7f))) return RING_PHYS;
  if (offers(RING_POOL, cam(RING_POOL))) return RING_POOL;
  return offers(RING_OS, cam(RING_OS)) ? RING_OS : undefined;
}

/** Makes the event pending in the one context that matches. False if there is no such one. */
export function present(
  contexts: Iterable<ThreadContext>,
  target: NotificationTarget,
  source: number,
  onStep: XiveObserver | undefined,
): boolean {
  let found: { context: ThreadContext; ring: Ring } | undefined;
  for (const context of contexts) {
    const ring = matchingRing(context, target);
    if (ring === undefined) continue;
    if (found) return false;
    found = { context, ring };
  }
  if (!found) return false;
  const { context, ring } = found;
  const { priority } = target;
  const bit = ipbBit(priority);
  const isPending = (context.get(ring, IPB) & bit) !== 0;
  const known = { source, target: context.thread, priority, value: ring };
  onStep?.(xiveStep(isPending ? "coalesced" : "pending", "IPB", known));
  context.addPending(ring, bit);
  return true;
}
