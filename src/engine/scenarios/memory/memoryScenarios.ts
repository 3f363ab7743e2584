/** The scenarios of memory and streams on any architecture, in the order of their rows. */
import type { Scenario } from "../scenario.ts";
import { dirtyRingOffsetWraps } from "./dirtyRingOffsetWraps.ts";
import { failedSnapshotForgets } from "./failedSnapshotForgets.ts";

export const memoryScenarios: readonly Scenario[] = [dirtyRingOffsetWraps, failedSnapshotForgets];
