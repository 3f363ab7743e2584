/** The scenarios of vCPU requests, in the order of their rows. */
import type { Scenario } from "../scenario.ts";
import {
  doorbellAgainstEntry, entryWithoutBarrier, interruptsOnAtCheck, kickAgainstEntry, kickNeedsRequest,
  kickWithoutRequest, messageBeforeFlag, requesterWithoutBarrier, selfKick,
} from "./entry.ts";
import { noActionLogged, pageTableReader, twoKickers, vcpuMoves, waitAfterKick } from "./kickers.ts";
import {
  blockedVcpu, oppositeRequests, requestClearedLate, requestWhileHandling, stopBitCleared,
} from "./sie.ts";
import { requestToSleeper, signalEndsBlock, sleeperIsWoken } from "./sleep.ts";

export const requestScenarios = [
  doorbellAgainstEntry, kickNeedsRequest, kickAgainstEntry, entryWithoutBarrier, requesterWithoutBarrier,
  interruptsOnAtCheck, messageBeforeFlag, twoKickers, waitAfterKick, pageTableReader, requestToSleeper,
  sleeperIsWoken, vcpuMoves, selfKick, kickWithoutRequest, stopBitCleared, blockedVcpu,
  requestWhileHandling, requestClearedLate, signalEndsBlock, oppositeRequests, noActionLogged,
] as readonly Scenario[];
