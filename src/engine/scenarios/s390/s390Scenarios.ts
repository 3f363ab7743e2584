/** The scenarios of the s390 family, in the order of their rows. */
import type { Scenario } from "../scenario.ts";
import { aisMissingOnTarget } from "./aisMissingOnTarget.ts";
import { aisUnavailableErrno } from "./aisUnavailableErrno.ts";
import { aisWithoutIrqchip } from "./aisWithoutIrqchip.ts";
import { aisWithoutMigration } from "./aisWithoutMigration.ts";
import { apEnableErrorLeaks, apGiscFailureLeaksPin } from "./apEnabling.ts";
import { apIndicatorUnlogged } from "./apIndicatorUnlogged.ts";
import { apAbsentQueueLeaks, apCloseWithoutVm } from "./apLeaving.ts";
import { apBusyResetGivesUp, apResetReleasesUnverified } from "./apResets.ts";
import { gisaBitsLostOnShortBuffer } from "./gisaBitsLostOnShortBuffer.ts";
import { gisaDrainedBySave } from "./gisaDrainedBySave.ts";
import { gisaKickMarkStays, gisaKickMaskShrinks } from "./gisaKicks.ts";
import { indicatorFastPathUnmarked, indicatorMarkedByUserAddress } from "./indicatorPages.ts";
import { cmmaHoleFindsLowerSlot, migrationModeOutlivesLogging } from "./migrationMode.ts";
import { saveBufferGrowthFails } from "./saveBufferGrowthFails.ts";
import { stopAndStoreForgets } from "./stopAndStore.ts";
import { forwardingHasOwnModes, gaitIndexScaledTwice } from "./zpciForwarding.ts";

export const s390Scenarios: readonly Scenario[] = [
  aisWithoutMigration, aisWithoutIrqchip, aisMissingOnTarget, aisUnavailableErrno,
  indicatorMarkedByUserAddress, indicatorFastPathUnmarked, gisaBitsLostOnShortBuffer, gisaDrainedBySave,
  saveBufferGrowthFails, gisaKickMarkStays, gisaKickMaskShrinks, gaitIndexScaledTwice, forwardingHasOwnModes,
  stopAndStoreForgets, migrationModeOutlivesLogging, cmmaHoleFindsLowerSlot, apGiscFailureLeaksPin,
  apEnableErrorLeaks, apBusyResetGivesUp, apResetReleasesUnverified, apCloseWithoutVm, apAbsentQueueLeaks,
  apIndicatorUnlogged,
];
