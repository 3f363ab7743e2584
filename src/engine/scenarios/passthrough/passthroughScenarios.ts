/** The scenarios of the passthrough family, in the order of their rows; and each of them by strategy. */
import type { StrategyName } from "../../devices/passthrough/strategy.ts";
import type { Scenario } from "../scenario.ts";
import {
  entryAtGuest, entryAtHost, eoiDuringMapping, eventDuringMapping, injectionDuringMapping,
  latchedSoftwareEvent, maskedWithEntry, openedBeforeMapping,
} from "./events.ts";
import {
  bridgeInError, formerLine, fullTable, growingBlock, mappedTwice, movingWithDevice, ownEventNumber,
} from "./numbers.ts";
import {
  faultAcrossMapping, ipiReopened, mappingGone, secondMapping, splitMapping, stalePageAfterMapping,
} from "./pages.ts";
import {
  eoiAcrossUnmapping, failedMappingUndone, hostRefusesReturn, idleUnmapping, injectionDuringUnmapping,
  unmappedWhileMasked, unmappedWithEntry,
} from "./unmapping.ts";
import type { StrategyScenario } from "./world.ts";

const rows: readonly StrategyScenario[] = [
  stalePageAfterMapping, faultAcrossMapping, secondMapping, mappingGone, splitMapping, eventDuringMapping,
  entryAtHost, entryAtGuest, latchedSoftwareEvent, unmappedWithEntry, openedBeforeMapping, ownEventNumber,
  movingWithDevice, growingBlock, fullTable, hostRefusesReturn, eoiDuringMapping, formerLine, mappedTwice,
  failedMappingUndone, unmappedWhileMasked, ipiReopened, maskedWithEntry, bridgeInError,
  injectionDuringMapping, eoiAcrossUnmapping, idleUnmapping, injectionDuringUnmapping,
];

/** All of them as they run with one strategy. */
export const passthroughScenariosWith = (strategy: StrategyName): Scenario[] =>
  rows.map((row) => row(strategy) as Scenario);

/** As Linux has it. */
export const passthroughScenarios: readonly Scenario[] = passthroughScenariosWith("S2-address-space");
