/**
 * Whether each variant of the request protocol can go wrong, as data: documented yes or no for a machine
 * whose atomics order (`T`) and for one whose atomics do not (`R`), and where it differs, for stores or loads
 * out of order. Ids are those of the engine's experiments and are stable.
 */
export interface RequestVector {
  readonly id: string;
  readonly T: boolean;
  readonly R: boolean;
  /** Stores may overtake stores. */
  readonly stores?: boolean;
  /** Accesses may overtake older loads. */
  readonly loads?: boolean;
  /** Where the documents can be read in two ways: both, and which one is followed. */
  readonly note?: string;
}

/** The table of documented results, row by row. */
export const documentedResults: readonly RequestVector[] = [
  { id: "L1", T: false, R: false },
  { id: "L2", T: true, R: true },
  { id: "L3", T: false, R: true },
  { id: "L2+L3", T: true, R: true },
  { id: "L4a", T: true, R: true },
  { id: "L4b", T: true, R: true },
  { id: "L4c", T: false, R: false },
  { id: "L5", T: false, R: false, stores: false, loads: false },
  { id: "L5a", T: false, R: false, stores: true },
  { id: "L5b", T: false, R: false, loads: true },
  { id: "L6", T: false, R: false },
  { id: "L6-ipis", T: false, R: false },
  { id: "L6-once", T: false, R: false },
  { id: "L6p", T: false, R: false,
    note: "two readings: a kick that always sends its IPI reads no mode, so no documented barrier stands "
      + "before the IPI. If sending it orders the request bit first, nothing is lost, as documented and as "
      + "explored here; if it does not, a request can be lost where atomics do not order (L6p-a)." },
  { id: "L6p-two", T: true, R: true },
  { id: "L7", T: false, R: false },
  { id: "L7-stuck", T: false, R: false },
  { id: "L7n", T: false, R: false },
  { id: "L7o", T: true, R: true },
  { id: "L7o-bit", T: true, R: true },
  { id: "L7p", T: false, R: false },
  { id: "L7p-bit", T: false, R: false },
  { id: "L7q", T: false, R: false },
  { id: "L7q-bit", T: false, R: false },
  { id: "L7m", T: true, R: true },
  { id: "L8", T: false, R: false },
  { id: "L8a", T: true, R: true },
  { id: "L8b", T: false, R: true },
  { id: "L8c", T: true, R: true },
  { id: "L8d", T: true, R: true },
  { id: "L8e", T: false, R: false, loads: true },
  { id: "L13", T: true, R: true },
  { id: "L13a", T: true, R: true },
  { id: "L13b", T: false, R: false },
  { id: "L13c", T: true, R: true },
  { id: "L14 F1", T: false, R: false },
  { id: "L14 F2", T: false, R: false },
  { id: "F3", T: true, R: true },
  { id: "L15×2", T: false, R: false },
  { id: "s-a F1", T: false, R: false },
  { id: "s-a F2", T: true, R: true },
  { id: "s-b F1", T: false, R: false },
  { id: "s-b F2", T: false, R: true },
  { id: "L14m F1", T: false, R: false },
  { id: "L14m F2", T: true, R: true },
  { id: "L14n F1", T: true, R: true },
  { id: "L14s F1", T: false, R: false },
  { id: "L14s F2", T: false, R: false },
  { id: "L14t F1", T: true, R: true },
  { id: "L15m F1", T: false, R: false },
  { id: "L15m F2", T: true, R: true },
  { id: "L15w F1", T: false, R: true },
  { id: "L15w F2", T: false, R: true },
  { id: "L16 F1", T: false, R: true },
  { id: "L16 F2", T: true, R: true },
  { id: "L16s F1", T: true, R: true },
  { id: "block", T: false, R: false },
  { id: "block-a", T: true, R: true },
  { id: "block-m", T: true, R: true },
];

/** Scenarios that the documents describe in words. */
export const describedResults: readonly RequestVector[] = [
  { id: "L6p-ipis", T: true, R: true },
  { id: "L9", T: false, R: false },
  { id: "L9-bit", T: true, R: true },
  { id: "L9-lost", T: false, R: false },
  { id: "L9m", T: true, R: true },
  { id: "L10", T: false, R: false },
  { id: "L11", T: false, R: false },
  { id: "L11-astray", T: true, R: true },
  { id: "L12", T: true, R: true },
  { id: "L12a", T: false, R: false },
  { id: "L12b", T: false, R: false },
  { id: "L17", T: false, R: false },
  { id: "L17-stuck", T: false, R: false },
  { id: "L17m", T: true, R: true },
  { id: "L18", T: false, R: false },
  { id: "L18a", T: false, R: false },
  { id: "L18m", T: true, R: true },
  { id: "L19", T: true, R: true },
  { id: "L19a", T: false, R: false },
];

/**
 * Each invariant of the protocol: experiments that ask whether it can be violated, where it holds on every
 * machine, and those where something is taken away and it breaks on at least one.
 */
export interface InvariantVector {
  readonly id: string;
  readonly title: string;
  readonly holds: readonly string[];
  readonly breaks: readonly string[];
}

export const invariants: readonly InvariantVector[] = [
  { id: "V1", title: "no guest runs on with a request pending that somebody kicked for",
    holds: ["L1", "L6", "L11", "kick-sleep-lost"], breaks: ["L2", "L3", "L4a", "L4b"] },
  { id: "V2", title: "interrupts are off from the last check to the guest", holds: ["check-off"],
    breaks: ["check-on"] },
  { id: "V3", title: "a check stands between a kick and the next entry", holds: ["L1"],
    breaks: ["no-check"] },
  { id: "V4", title: "no more plain IPIs than steps from IN to EXITING", holds: ["L6-ipis"],
    breaks: ["L6p-ipis"] },
  { id: "V5", title: "after WAIT returns, the vCPU has left the stay that was sampled",
    holds: ["L7", "L7n", "L7q", "L7q-bit", "L8"], breaks: ["L7m", "L7o", "L8c"] },
  { id: "V6", title: "state written before make() is seen after check()", holds: ["L5"],
    breaks: ["L5a", "L5b"] },
  { id: "V7", title: "NO_ACTION leaves the request word alone", holds: ["no-action"],
    breaks: ["no-action-m"] },
  { id: "V8", title: "one request is handled once", holds: ["once"], breaks: ["once-m"] },
  { id: "V9", title: "NO_WAKEUP ends no sleep", holds: ["L9"], breaks: ["L9m"] },
  { id: "V10", title: "exit_sie returns with the vCPU out and kept out (s390)", holds: ["L14 F2"],
    breaks: ["L14m F2", "L15m F2", "L16 F2", "s-a F2"] },
  { id: "V11", title: "no SIE entry between the return of block and unblock (s390)", holds: ["block"],
    breaks: ["block-a", "block-m"] },
  { id: "V12", title: "UNHALT is set only where the vCPU was runnable (4.13)", holds: ["L17"],
    breaks: ["L17m"] },
];

/** The pair of waking and sleeping, IPIs that overtake their request, doorbells, and further mutants. */
export const exploredResults: readonly RequestVector[] = [
  { id: "kick-sleep", T: false, R: false },
  { id: "kick-sleep-lost", T: false, R: false },
  { id: "kick-sleep-a", T: true, R: true },
  { id: "kick-sleep-b", T: false, R: true },
  { id: "L6p-a", T: false, R: true },
  { id: "L10m", T: true, R: true },
  { id: "L11m", T: true, R: true },
  { id: "L19b", T: false, R: false },
  { id: "doorbell", T: false, R: false },
  { id: "doorbell-a", T: true, R: true },
  { id: "doorbell-m", T: true, R: true },
  { id: "check-off", T: false, R: false },
  { id: "check-on", T: true, R: true },
  { id: "no-check", T: true, R: true },
  { id: "no-action", T: false, R: false },
  { id: "no-action-m", T: true, R: true },
  { id: "once", T: false, R: false },
  { id: "once-m", T: true, R: true },
  { id: "L14n F2", T: false, R: false },
  { id: "L14t F2", T: true, R: true },
  { id: "L16s F2", T: true, R: true },
];
