/**
 * What each strategy cannot keep, by scenario, with no defect switched on: the reasons for which it was
 * doubted when it was proposed, and what follows from them. A strategy breaks these and no other.
 */
import type { StrategyName } from "../../devices/passthrough/strategy.ts";

export type StrategyLimits = Readonly<Record<string, string>>;

/** Pages that the guest touched before its driver's interrupt was connected are never taken away. */
const touchedBefore: StrategyLimits = {
  "stale-page-after-mapping": "the pages touched before stay those of the IPI",
  "fault-across-mapping": "the page touched before stays that of the IPI",
  "second-mapping-of-the-file": "neither mapping is touched by the switch",
  "split-mapping": "the page touched before stays that of the IPI",
  "opened-before-mapping": "the EOI reaches the IPI, and makes one event more",
  "own-event-number": "the EOI reaches the IPI, and makes one event more",
  "unmapped-while-masked": "the mask reaches the IPI, while the PHB source stays open",
  "ipi-reopened-during-mapping": "the guest keeps the page of the IPI",
  "eoi-across-unmapping": "the EOI reaches the IPI, and makes one event more",
};

/** The kernel's part of a switch is over before user space does its own. */
const keptUntilFollowed: StrategyLimits = {
  "ipi-reopened-during-mapping": "the guest keeps the IPI's page until user space follows the switch",
  "eoi-across-unmapping": "the guest keeps the PHB source's page until user space follows the switch",
};

const otherMapping = "user space maps anew only the place that it knows";

export const strategyLimits: Readonly<Record<StrategyName, StrategyLimits>> = {
  "S1-vma-pointer": {
    "second-mapping-of-the-file": "the pointer is to the mapping that was made last",
    "mapping-gone-before-switch": "the pointer outlives the mapping",
    "split-mapping": "the range is counted from the mapping's new start",
  },
  "S2-address-space": {},
  "S3-overlay": {
    "second-mapping-of-the-file": otherMapping,
    ...keptUntilFollowed,
  },
  "S3a-overlay-at-change-msi": touchedBefore,
  "S3b-overlay-at-irqfd": { "second-mapping-of-the-file": otherMapping },
  "S4-never-reuse": touchedBefore,
  "S5-memory-region": keptUntilFollowed,
  "S6-mirror": {},
  "S7-hcall-only": {},
};
