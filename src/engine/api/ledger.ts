/** What the interrupt ledger tells a window, a script or a terminal: plain data. */

/** Steps after which an interrupt is no longer the controller's; each interrupt takes exactly one. */
export const finalSteps = [
  /** Taken by a CPU: presented to it, or fetched by an instruction or an acknowledge cycle. */
  "accepted",
  /** Merged into another interrupt, or into a bit that somebody will look at anyway. */
  "coalesced",
  /** Dropped by adapter-interruption suppression. */
  "suppressed",
  /** Dropped because its source was masked. */
  "masked",
  /** Not accepted by the controller: a limit, a state, an argument. */
  "refused",
  /** Taken away by a clear or reset. */
  "cleared",
  /** Moved out of the machine into a caller's buffer. */
  "drained",
  /** Gone, and nobody has it: the step to look for. */
  "lost",
] as const;
export type FinalStep = (typeof finalSteps)[number];

/**
 * The steps between: `raised` gives the identity, `queued` makes it pending, `requeued` puts it at its list's
 * end, `forwarded` sends it from its source to routing, `notified` makes it pending in a CPU's context,
 * `kicked` tells a CPU to look, `eoi` ends what was accepted.
 */
export const passingSteps = [
  "raised", "queued", "requeued", "forwarded", "notified", "kicked", "eoi",
] as const;
export type PassingStep = (typeof passingSteps)[number];
export type LedgerStep = PassingStep | FinalStep;
export const ledgerSteps: readonly LedgerStep[] = [...passingSteps, ...finalSteps];

export interface LedgerLine {
  /** When: the machine's own count (instructions of a running machine, calls of a device-only one). */
  readonly at: bigint;
  /** Identity from 1, unique in the life of a machine; 0 for a step that belongs to no one interrupt. */
  readonly id: number;
  readonly step: LedgerStep;
  /** The bit, state or unit that decided, in the architecture's words. */
  readonly bit: string;
  /** What it is: an interrupt type of KVM's or a source number. */
  readonly kind: number;
  /** CPU address, or -1. */
  readonly cpu: number;
  /** For `coalesced`: the identity merged into, 0 if it was a bit without one. */
  readonly into: number;
}

/** Something that keeps a pending interrupt from one CPU. */
export interface Obstacle {
  readonly cpu: number;
  /** The bit, numbered as its manual does, and what it is now. */
  readonly bit: string;
}

/** The answer to "why was this not delivered?". */
export interface Why {
  readonly id: number;
  /** The last step it took. */
  readonly step: LedgerStep;
  readonly bit: string;
  readonly sentence: string;
  /** What stands between a pending interrupt and each CPU; a CPU without an obstacle takes it next. */
  readonly obstacles: readonly Obstacle[];
  /** Its lines that are still remembered, oldest first. */
  readonly trail: readonly LedgerLine[];
}

/** How many interrupts took each final step, how many were raised, and how many are pending. */
export type LedgerCounts = Readonly<Record<FinalStep | "raised" | "pending", number>>;
