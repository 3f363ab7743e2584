/**
 * KVM's masking of a source that a guest reaches only through it (XICS mode), and the block lock that every
 * change of a source holds. Masking sets P, so that events are latched in Q, and remembers what P and Q were;
 * unmasking makes good for both. In native mode the guest has no priority open here, so masking only locks.
 */
import { ESB_PENDING, ESB_QUEUED, type Pq } from "../xive/esb.ts";
import { selectedOf, type GuestSource } from "./guestSource.ts";
import { hasP, MASKED } from "./hardware.ts";
import type { Passthrough } from "./passthrough.ts";

/** Locks the block and masks. The priority that was open, or undefined while it has to wait. */
export function lockAndMask(p: Passthrough, source: GuestSource): number | undefined {
  if (p.sources.isLocked(source.lisn)) return undefined;
  if (source.inEoi && !p.has("passthrough.mask.ignoreInEoi")) return undefined;
  p.sources.lock(source.lisn);
  const priority = source.guestPriority;
  source.guestPriority = MASKED;
  if (priority === MASKED) return priority;
  const before: Pq = p.hardware.setPq(selectedOf(source), ESB_PENDING) ?? 0;
  source.oldP = hasP(before);
  source.oldQ = (before & 1) === 1;
  return priority;
}

/**
 * Opens at `priority` again, if it is one, and unlocks. An entry still in a queue waits for the guest's
 * EOI.
 */
export function unmaskAndUnlock(p: Passthrough, source: GuestSource, priority: number): void {
  if (priority !== MASKED) {
    const selected = selectedOf(source);
    if (source.oldQ) p.hardware.setPq(selected, ESB_QUEUED);
    if (!source.oldP) p.hardware.endOfInterrupt(selected);
  }
  source.guestPriority = priority;
  p.sources.unlock(source.lisn);
}
