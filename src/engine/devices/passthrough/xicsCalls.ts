/**
 * What a XICS guest asks of KVM about one source, as far as the choice between IPI and PHB source matters:
 * H_EOI in its two halves, the RTAS calls int-off and int-on, and set-xive.
 */
import { isMapped, selectedOf } from "./guestSource.ts";
import { MASKED } from "./hardware.ts";
import { lockAndMask, unmaskAndUnlock } from "./masking.ts";
import type { OperationStep, StepOutcome } from "./operation.ts";
import type { Passthrough } from "./passthrough.ts";
import { routeToGuest } from "./switchOperation.ts";

export interface EoiOperation {
  readonly kind: "eoi";
  readonly lisn: number;
  at: number;
  /** Hardware number of the source that was selected when the EOI began; -1 for one that was masked then. */
  chosen: number;
}

/** H_EOI of one of the guest's sources; its number must be one. */
export const eoiOperation = (lisn: number): EoiOperation => ({ kind: "eoi", lisn, at: 0, chosen: -1 });

/** While the EOI is under way nobody masks or switches the source. */
const begin = {
  name: "choose interrupt",
  run(p: Passthrough, operation: EoiOperation): StepOutcome {
    const source = p.source(operation.lisn);
    if (!source) return "done";
    source.inEoi = true;
    operation.chosen = source.guestPriority === MASKED ? -1 : selectedOf(source);
    p.tellOf("h-eoi", "choose interrupt", source, "in_eoi");
    return "next";
  },
};

const end = {
  name: "end interrupt",
  run(p: Passthrough, operation: EoiOperation): StepOutcome {
    const source = p.source(operation.lisn)!;
    const wasMasked = operation.chosen < 0;
    if (wasMasked && p.sources.isLocked(source.lisn)) return "blocked";
    const isMasked = wasMasked && source.guestPriority === MASKED;
    if (isMasked) source.oldP = false;
    else {
      p.hardware.endOfInterrupt(wasMasked ? selectedOf(source) : operation.chosen);
      // An emulated line that is still up is the next event. A device's own line is its PHB's matter.
      if (source.lsi && source.asserted && !isMapped(source)) p.hardware.trigger(source.ipi);
    }
    source.inEoi = false;
    p.tellOf("h-eoi", "end interrupt", source, isMasked ? "old_p" : "P");
    return "done";
  },
};

export const eoiSteps: readonly OperationStep<EoiOperation>[] = [begin, end];

/**
 * What a call that takes the block lock came to. One that is `blocked` has changed nothing; a `refused`
 * set-xive may have.
 */
export type LockedCall = "done" | "blocked" | "refused";

/** ibm,int-off: masks, and saves the priority that was open; a second one saves that none was. */
export function intOff(p: Passthrough, lisn: number): LockedCall {
  const source = p.source(lisn);
  if (!source) return "refused";
  const priority = lockAndMask(p, source);
  if (priority === undefined) return "blocked";
  source.savedPriority = priority;
  p.sources.unlock(lisn);
  p.tellOf("int-off", "masked", source, "guest_priority", priority);
  return "done";
}

/** ibm,int-on: opens at the saved priority. A source that was never routed is refused. */
export function intOn(p: Passthrough, lisn: number): LockedCall {
  const source = p.source(lisn);
  if (!source || source.actPriority === MASKED) return "refused";
  if (source.savedPriority === MASKED) return "done";
  if (lockAndMask(p, source) === undefined) return "blocked";
  unmaskAndUnlock(p, source, source.savedPriority);
  p.tellOf("int-on", "open", source, "guest_priority", source.guestPriority);
  return "done";
}

/** XICS has eight priorities of hardware behind 256 of the guest. */
const hardwarePriority = (priority: number): number => (priority <= 5 || priority === MASKED ? priority : 6);

/**
 * ibm,set-xive: routes to a server at a priority 0-255, or masks with 255 and moves the source at the
 * priority that it had. A server that is not there is refused; the source is masked or opened all the same.
 */
export function setXive(p: Passthrough, lisn: number, server: number, priority: number): LockedCall {
  const source = p.source(lisn);
  if (!source) return "refused";
  if (lockAndMask(p, source) === undefined) return "blocked";
  const wanted = hardwarePriority(priority === MASKED ? source.actPriority : priority);
  const moves = wanted !== MASKED && (server !== source.actServer || wanted !== source.actPriority);
  const isRefused = moves && !p.targets.hasServer(server);
  if (moves && !isRefused) {
    source.actServer = server;
    source.actPriority = wanted;
    routeToGuest(p, source, selectedOf(source));
  }
  unmaskAndUnlock(p, source, priority);
  source.savedPriority = priority;
  return isRefused ? "refused" : "done";
}
