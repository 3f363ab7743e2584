/**
 * What a XIVE did with each event, for a ledger: the step, the unit it happened in, and the bit that decided.
 * Nothing is built while nobody listens. A step carries the source it came from as far as hardware knows it:
 * an END's queue remembers data, a thread context only a priority.
 */

export type XiveStepName =
  /** An event reached a source. One of forwarded, latched, coalesced and masked follows. */
  | "raised"
  /** A source sent an event to routing: a trigger found PQ = 00, an EOI found Q, or an injection. */
  | "forwarded"
  /** Kept as Q; the source's EOI sends it. */
  | "latched"
  /** Merged: into Q, into ESn or ESe, or into a pending priority that nobody took yet. */
  | "coalesced"
  /** Swallowed by PQ = 01. */
  | "masked"
  /** A source's P was cleared by an EOI. */
  | "eoi"
  /** PQ was written; `value` is old * 4 + new. Or IPB of ring `value`, by software. */
  | "set"
  /** Routing ended without a trace. */
  | "dropped"
  /** Written into an event queue; `value` is the index of the entry. */
  | "queued"
  /** The queue's memory refused the entry; notification goes on. */
  | "unwritten"
  /** Queued, but the END notifies nobody; nothing else will come of this event. */
  | "silent"
  /** Kept in the NVT until its thread is dispatched. */
  | "backlogged"
  /** Goes on to the escalation END. */
  | "escalated"
  /** Now pending in a thread context; `value` is the ring, here and in the next two. */
  | "pending"
  /** The CPU's line was raised for it. */
  | "presented"
  /** Taken by an acknowledge cycle at `priority`. */
  | "accepted"
  /** Removed: a latched event by a write of PQ, anything by a reset. */
  | "cleared"
  /** A thread was given the virtual processor of NVT `value`, whose backlog is now pending in its OS ring. */
  | "dispatched"
  /** KVM keeps the OS ring of a thread with the virtual processor of NVT `value`, and puts it back. */
  | "saved"
  | "restored"
  /** User space set the IPB that KVM keeps with NVT `target` to `value`. */
  | "kept"
  /** The whole state is another one. */
  | "loaded";

/** Where the decision was made, in the architecture's names. */
export type XiveBit =
  | "P" | "Q" | "PQ=00" | "PQ=01" | "PQ" | "inject" | "LSI"
  | "EAS.v" | "EAS.m"
  | "END.v" | "END.q" | "END.n" | "END.s" | "END.e" | "END.u" | "END.b" | "END.f" | "END.priority"
  | "ESn" | "ESe"
  | "NVT.v" | "NVT.IPB" | "CAM" | "IPB" | "CPPR" | "NSR" | "VP_STATE" | "reset";

export interface XiveStep {
  readonly step: XiveStepName;
  readonly bit: XiveBit;
  /** Source number, or -1 where hardware no longer knows it. */
  readonly source: number;
  /** END index, or -1 before and after routing. */
  readonly end: number;
  /** NVT index or thread number of the context, or -1. */
  readonly target: number;
  /** 0 (most favoured) to 7, or -1. */
  readonly priority: number;
  /** What the step says of it; else 0. */
  readonly value: number;
}
export type XiveObserver = (step: XiveStep) => void;

const nowhere = { source: -1, end: -1, target: -1, priority: -1, value: 0 } as const;

/** A step with everything that is not given left unknown. */
export const xiveStep = (
  step: XiveStepName,
  bit: XiveBit,
  known: Partial<Omit<XiveStep, "step" | "bit">>,
): XiveStep => ({ ...nowhere, ...known, step, bit });
