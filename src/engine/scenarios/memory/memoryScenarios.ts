/** The scenarios of memory and streams on any architecture, in the order of their rows. */
import type { Scenario } from "../scenario.ts";
import { atomicStoreUnmarked } from "./atomicStoreUnmarked.ts";
import { dirtyRingOffsetWraps } from "./dirtyRingOffsetWraps.ts";
import { expiredTimer } from "./expiredTimer.ts";
import { failedSnapshotForgets } from "./failedSnapshotForgets.ts";
import { fastPathThinksDirty } from "./fastPathThinksDirty.ts";
import { notificationInFlight } from "./notificationInFlight.ts";
import { protectedBeforeSwap } from "./protectedBeforeSwap.ts";
import { shiftedDifferences } from "./shiftedDifferences.ts";

export const memoryScenarios: readonly Scenario[] = [
  atomicStoreUnmarked, fastPathThinksDirty, protectedBeforeSwap, dirtyRingOffsetWraps, failedSnapshotForgets,
  shiftedDifferences, notificationInFlight, expiredTimer,
];
