/**
 * The rows of the collections that the project plays: historical defects (1 to 47), races of passthrough (R)
 * and litmus programs of vCPU requests (L). A row without a scenario waits; none of those counts as passed.
 */
export interface CollectedRow {
  readonly row: string;
  readonly title: string;
  /** What a row without a scenario waits for, where that is more than somebody writing it. */
  readonly waitsFor?: string;
}

const POSTCOPY = "a migration engine with postcopy: that a source never runs again once its target has run "
  + "is a rule of that engine, and no part of the machines here could keep or break it";
const POWER_CPU = "a POWER CPU: the decrementer is a register of a vCPU at work, which no machine here has; "
  + "the damage was measured, its cause is not known, so a switch would be a guess";

const inOrder = (letter: string, titles: readonly (string | readonly [title: string, waitsFor: string])[]) =>
  titles.map((entry, index): CollectedRow => {
    const row = `${letter}${index + 1}`;
    return typeof entry === "string" ? { row, title: entry } : { row, title: entry[0], waitsFor: entry[1] };
  });

export const collection: readonly CollectedRow[] = [
  ...inOrder("", [
    "suppression modes that cannot travel", "suppression without an in-kernel controller",
    "suppression refused only after all of RAM moved", "an errno that user space does not have",
    "indicator page marked by a host address", "indicator page of a fast path not marked",
    "GISA bits lost on a short buffer", "GISA bits gone from a source that runs on",
    "a buffer that could not grow", "a kicked bit that stays", "the wrong idle CPU for an alert",
    "an index into the interrupt table scaled twice", "suppression modes in two places",
    "an interrupt injected beside stop-and-store", "migration mode without a bitmap",
    "storage attributes in a hole between slots", "a page pinned after a failed registration",
    "a page pinned after the queue refused", "a busy queue that is not reset",
    "a page unpinned while its interrupt is on", "nothing undone when the group loses its VM",
    "an adapter removed from under its guest", "an indicator byte that hardware wrote",
    "an event queue's page not marked", "a trigger while the machine is stopped",
    "sources masked with PQ 01 for a stop", "a hot-plugged CPU's thread context",
    "sources restored before their queues", "a queue of 64 KiB on pages of 4 KiB",
    "a queue page never released", "all ones of a bridge in error taken for an interrupt",
    "compatibility level of the first CPU only", "the second reset of the dual mode",
    "a doorbell lost to a swapped store and load", "a doorbell not yet in DPDES",
    "an escalation that prods for ever", "a kick without a request",
    "an atomic store that changes nothing", "a fast path that thinks the page is dirty",
    "write-protected before the bitmap was swapped", "a dirty ring's entry believed",
    "dirty bits consumed by a failed snapshot", "offsets shifted behind a clean last page",
    "a notification in flight, three snapshots", "an expired timer restored",
    ["a link that dies in postcopy", POSTCOPY], ["a decrementer that does not continue", POWER_CPU],
  ]),
  ...inOrder("R", [
    "mapped without a zap", "a fault that chose before the switch", "a zap of the last mapping only",
    "a mapping used after munmap", "a split mapping", "an event between mask and route",
    "a host entry that is still owned", "a guest entry that is still owned", "a latched event dropped",
    "unmapped while an event is handled", "never ended, never unmasked", "data of the guest's own choice",
    "a mapped device that should move", "messages shrunk and grown under irqfds", "a full table of mappings",
    "a lock that is not released", "an EOI in flight", "a line's stickiness kept for a message",
    "mapped again without unmapping", "unmapped though the mapping had failed",
    "masked by the guest before unmapping", "the IPI's page written between off and zap",
    "masked by the guest while its entry waits",
  ]),
  ...inOrder("L", [
    "kick against entry", "no barrier behind the mode", "no barrier of the requester",
    "interrupts on at the last check", "a message and its flag", "two kickers", "exiting and waiting",
    "a reader of page tables", "asleep, no wake-up, waiting", "asleep", "a CPU that migrates",
    "a kick of oneself",
    "a kick without a request at the last instant", "s390: a stop bit cleared by delivery",
    "s390: a request made while requests are handled", "s390: cleared after the test",
    "a signal ends the block", "one request against its opposite", "a request that is not to be logged",
  ]),
];
