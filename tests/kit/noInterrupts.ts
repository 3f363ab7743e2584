/** The books of a machine that never raised an interrupt. */
import type { LedgerCounts } from "../../src/engine/api/ledger.ts";

export const noInterrupts: LedgerCounts = {
  raised: 0, pending: 0, accepted: 0, coalesced: 0, suppressed: 0, masked: 0, refused: 0, cleared: 0,
  drained: 0, lost: 0,
};
