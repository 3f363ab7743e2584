/**
 * What the passthrough driver of Linux does that nobody would want, each switchable. All of it is derived
 * from source or told in the fixes named; a host is "as Linux 6.1" or repaired, switch by switch.
 */
export interface ApQuirks {
  /**
   * Without an open matrix device the refusing status lands in bits 0-31 of general register 1, which the
   * guest does not look at.
   */
  readonly statusInHighWord: boolean;
  /** An enable that the hardware refuses keeps its new pin and its new subclass registration for ever. */
  readonly enableErrorLeaks: boolean;
  /** A failed subclass registration leaves the indicator pinned and answers "invalid address". */
  readonly giscFailureLeaksPin: boolean;
  /** A queue that is busy when it is to be reset is not reset at all. */
  readonly busyResetGivesUp: boolean;
  /** After a reset the indicator is unpinned although the queue may still have interrupts enabled. */
  readonly resetReleasesUnverified: boolean;
  /** The driver does not look for an indicator in memory that user space unmaps. */
  readonly unmapIgnoresIndicators: boolean;
  /** A close that finds the VM gone from the device undoes nothing. */
  readonly closeWithoutVmKeepsAll: boolean;
  /** A queue that left together with its adapter keeps its registration and its pin. */
  readonly absentQueueLeaks: boolean;
  /** A queue that leaves its guest keeps them when its reset failed in another way. */
  readonly failedResetKeeps: boolean;
  /** The test for adapters too old to pass through compares the wrong bits and lets old ones in. */
  readonly oldAdaptersPass: boolean;
  /** Unassigning a queue that the guest does not see leaves its link to the device, and what it holds. */
  readonly hiddenQueueKeepsLink: boolean;
  /** Removing a queue only frees it: no reset, and the guest still sees it (series of 2019). */
  readonly removalOnlyFrees: boolean;
}

const none: ApQuirks = {
  statusInHighWord: false,
  enableErrorLeaks: false,
  giscFailureLeaksPin: false,
  busyResetGivesUp: false,
  resetReleasesUnverified: false,
  unmapIgnoresIndicators: false,
  closeWithoutVmKeepsAll: false,
  absentQueueLeaks: false,
  failedResetKeeps: false,
  oldAdaptersPass: false,
  hiddenQueueKeepsLink: false,
  removalOnlyFrees: false,
};

export const apQuirks = {
  none,
  /** Linux 6.1 with its stable fixes. */
  "linux-6.1": {
    ...none,
    statusInHighWord: true,
    enableErrorLeaks: true,
    busyResetGivesUp: true,
    failedResetKeeps: true,
    resetReleasesUnverified: true,
    unmapIgnoresIndicators: true,
    oldAdaptersPass: true,
    hiddenQueueKeepsLink: true,
  },
} as const satisfies Readonly<Record<string, ApQuirks>>;
