/**
 * A call on a passthrough machine that goes step by step, so that guest, host and device can act between any
 * two of its steps: a switch, a fault, an EOI.
 */
import type { Begun } from "../devices/passthrough/irqBypass.ts";
import {
  advance, nextStepOf, type Operation, type StepOutcome,
} from "../devices/passthrough/operation.ts";
import type { Passthrough } from "../devices/passthrough/passthrough.ts";

/** What a call returned; or that it waits for ever; or that a kernel would have ended in it. */
export type CallOutcome = number | "blocked" | "null dereference";

export class SteppedCall {
  private readonly p: Passthrough;
  private readonly operation: Operation | undefined;
  private outcome: CallOutcome | undefined;
  private readonly onEnd: (() => void) | undefined;

  /** `begun`: with a result it has ended before its first step. `onEnd`: what user space does then. */
  constructor(p: Passthrough, begun: Begun | { readonly operation: Operation }, onEnd?: () => void) {
    this.p = p;
    this.onEnd = onEnd;
    if ("operation" in begun) this.operation = begun.operation;
    else this.end(begun.result);
  }

  /** Name of the step that comes next; undefined when it has ended. */
  get next(): string | undefined {
    return this.outcome === undefined ? nextStepOf(this.p, this.operation!) : undefined;
  }
  /** Undefined while it is under way; 0 for one that returns nothing. */
  get returned(): CallOutcome | undefined {
    return this.outcome;
  }

  /** One step. A blocked one has changed nothing, and is tried again by the next call. */
  step(): StepOutcome {
    const operation = this.operation;
    if (this.outcome !== undefined || !operation) return "done";
    const outcome = advance(this.p, operation);
    if (outcome === "done") this.end("returns" in operation ? operation.fatal || operation.returns : 0);
    return outcome;
  }

  private end(outcome: CallOutcome): void {
    this.outcome = outcome;
    this.onEnd?.();
  }
}
