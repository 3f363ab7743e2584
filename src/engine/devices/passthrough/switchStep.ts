/** Steps of a switch between IPI and PHB source, as both directions have them. */
import type { GuestSource } from "./guestSource.ts";
import { lockAndMask } from "./masking.ts";
import type { OperationStep, StepOutcome } from "./operation.ts";
import type { Passthrough } from "./passthrough.ts";
import type { SwitchOperation } from "./switchOperation.ts";

export type SwitchStep = OperationStep<SwitchOperation>;
type Act = (p: Passthrough, source: GuestSource, operation: SwitchOperation) => StepOutcome | void;

/**
 * One step on the source that is being switched; every step is reported after it has run, with the PQ of
 * whichever hardware source `reported` names.
 */
export const switchStep = (call: SwitchOperation["kind"], reported: (source: GuestSource) => number) =>
  (name: string, act: Act): SwitchStep => ({
    name,
    run(p, operation) {
      const source = p.source(operation.lisn)!;
      const outcome = act(p, source, operation) ?? "next";
      if (outcome !== "blocked") p.tellOf(call, name, source, "PQ", p.hardware.pq(reported(source)));
      return outcome;
    },
  });

/** The block's lock, and the source masked under it; blocked while somebody else has the lock. */
export const lockForSwitch: Act = (p, source, operation) => {
  const priority = lockAndMask(p, source);
  if (priority === undefined) return "blocked";
  operation.priority = priority;
  return "next";
};
