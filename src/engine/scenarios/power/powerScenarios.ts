/** The scenarios of POWER's interrupt controllers, in the order of their rows. */
import type { Scenario } from "../scenario.ts";
import { compatibilityLevel } from "./compatibilityLevel.ts";
import { doorbellMoves } from "./doorbellMoves.ts";
import { dualResets } from "./dualResets.ts";
import { escalationProdsForEver, queuePageNeverReleased } from "./xiveDevice.ts";
import { hotpluggedContextLost, routesBeforeQueues, smallHostPages } from "./xiveRestore.ts";
import { queuePageNotMarked, stoppedWithSourcesOff, triggerWhileStopped } from "./xiveStop.ts";

export const powerScenarios: readonly Scenario[] = [
  queuePageNotMarked, triggerWhileStopped, stoppedWithSourcesOff, hotpluggedContextLost, routesBeforeQueues,
  smallHostPages, queuePageNeverReleased, compatibilityLevel, dualResets, doorbellMoves,
  escalationProdsForEver,
];
