/** The books of a device machine's interrupts, as a window lists them. */
import type { LedgerCounts, LedgerLine, Why } from "./ledger.ts";

/** A line with plain numbers; `at` counts the machine's own time. */
export interface BookLine extends Omit<LedgerLine, "at"> {
  readonly at: number;
}

export interface BookView {
  readonly counts: LedgerCounts;
  /** What contradicts the controller's own state; "" where the books balance. */
  readonly breach: string;
  /** Oldest first, the newest of them all. */
  readonly lines: readonly BookLine[];
  readonly written: number;
}

export interface WhyView extends Omit<Why, "trail"> {
  readonly trail: readonly BookLine[];
}

export const bookLimits = { linesMax: 1000 } as const;
