/**
 * Calls that others can overtake: each is plain data that says which step comes next, so that a run can be
 * stopped, saved and explored between any two steps.
 *
 *   switch   set_mapped and clr_mapped, and the KVM_IRQFD calls that make them
 *   fault    a guest's access to a page without an entry
 *   eoi      H_EOI of a XICS guest
 *   remap    user space lays pages of a source over the old ones
 */
import { assert } from "../../base/assert.ts";
import { clrMappedSteps } from "./clrMapped.ts";
import { faultSteps, type FaultOperation } from "./fault.ts";
import { settleSwitch } from "./irqBypass.ts";
import type { Passthrough } from "./passthrough.ts";
import { remapSteps, type RemapOperation } from "./remap.ts";
import { setMappedSteps } from "./setMapped.ts";
import type { SwitchOperation } from "./switchOperation.ts";
import { eoiSteps, type EoiOperation } from "./xicsCalls.ts";

export type Operation = SwitchOperation | FaultOperation | EoiOperation | RemapOperation;

/** `blocked`: a lock is held or an EOI is under way; the step has changed nothing and can be tried again. */
export type StepOutcome = "next" | "blocked" | "done";

export interface OperationStep<O> {
  readonly name: string;
  run(passthrough: Passthrough, operation: O): StepOutcome;
}

/** The steps of an operation in this machine, in order. */
export function stepsOf(p: Passthrough, operation: Operation): readonly OperationStep<never>[] {
  switch (operation.kind) {
    case "set-mapped": return setMappedSteps(p);
    case "clr-mapped": return clrMappedSteps(p);
    case "fault": return faultSteps(p);
    case "eoi": return eoiSteps;
    case "remap": return remapSteps(p);
  }
}

/** Adds a call that has not made its first step. */
export function start<O extends Operation>(p: Passthrough, operation: O): O {
  p.operations.push(operation);
  return operation;
}

/** Makes the next step of an operation that is under way. */
export function advance(p: Passthrough, operation: Operation): StepOutcome {
  assert(p.operations.includes(operation), "an operation that has ended cannot go on");
  const steps = stepsOf(p, operation) as readonly OperationStep<Operation>[];
  const outcome = steps[operation.at]!.run(p, operation);
  if (outcome === "blocked") return outcome;
  operation.at++;
  if (outcome === "next" && operation.at < steps.length) return outcome;
  p.operations.splice(p.operations.indexOf(operation), 1);
  if (operation.kind === "set-mapped" || operation.kind === "clr-mapped") settleSwitch(p, operation);
  return "done";
}

/** Name of the step that comes next. */
export const nextStepOf = (p: Passthrough, operation: Operation): string =>
  stepsOf(p, operation)[operation.at]!.name;

/** Gives up a call that could not go on and has changed nothing. */
export function abandon(p: Passthrough, operation: Operation): void {
  p.operations.splice(p.operations.indexOf(operation), 1);
}

/** Runs to the end, or to the step that would wait for ever: then false, and it stays under way. */
export function finish(p: Passthrough, operation: Operation): boolean {
  for (;;) {
    const outcome = advance(p, operation);
    if (outcome === "done") return true;
    if (outcome === "blocked") return false;
  }
}
