/**
 * What the controller decided about each interrupt, for a ledger. One interrupt gets an identity when it is
 * raised and ends in exactly one of the final steps, so at any time
 *   raised = pending + coalesced + suppressed + masked + refused + delivered + taken + cleared + drained +
 * lost. Nothing is built when nobody listens.
 */
export type DecisionStep =
  /** A new identity. */
  | "raised"
  /** Now pending; not final. */
  | "queued"
  /**
   * Merged into one that is already pending (`into`), or into an indicator or slot that needs no new
   * interrupt.
   */
  | "coalesced"
  /** Dropped by adapter-interruption suppression. */
  | "suppressed"
  /** Adapter masked: indicators set, no interrupt. */
  | "masked"
  /** Not accepted: limit, state or argument. */
  | "refused"
  /** Presented to a CPU (`cpu`). */
  | "delivered"
  /** Taken by TEST PENDING INTERRUPTION, TEST SUBCHANNEL or a stop request. */
  | "taken"
  /** Put back at its list's tail; not final. */
  | "requeued"
  /** Removed by a clear or reset. */
  | "cleared"
  /** Moved out of the machine into a caller's buffer. */
  | "drained"
  /** Removed and given to nobody. */
  | "lost"
  /** A CPU was told to look (`cpu`); `id` is 0; not final. */
  | "kicked";

export interface Decision {
  readonly step: DecisionStep;
  /** Identity, from 1. */
  readonly id: number;
  /** Interrupt type code (KVM_S390_INT_*). */
  readonly type: number;
  /** Pending bit, or -1 where none applies. */
  readonly bit: number;
  /** Identity merged into, for `coalesced`; 0 otherwise. */
  readonly into: number;
  /** CPU id, or -1. */
  readonly cpu: number;
}
export type DecisionSink = (decision: Decision) => void;

/** Hands out identities and passes decisions on. */
export class Decisions {
  sink: DecisionSink | undefined;
  /** The next identity; part of the saved state so that identities stay unique over a move. */
  nextId = 1;

  raise(type: number, bit: number, cpu = -1): number {
    const id = this.nextId++;
    this.sink?.({ step: "raised", id, type, bit, into: 0, cpu });
    return id;
  }

  note(step: DecisionStep, id: number, type: number, bit: number, cpu = -1, into = 0): void {
    this.sink?.({ step, id, type, bit, into, cpu });
  }
}
