/**
 * Enabling and disabling a queue's interrupts on behalf of a guest. The new indicator and ISC are held before
 * the hardware is asked and the old ones given back after it agreed, so a re-enable never opens a gap.
 */
import { AQIC_ENABLE, apResponse, encodeAqic, queueStatus, responseOf, statusWord } from "../../uapi/ap.ts";
import type { ApVm } from "./apVm.ts";
import {
  AP_WAIT_NS, releaseInterruptResources, type ApHost, type ApQueue,
} from "./queue.ts";

/** AQIC attempts of one disable, a wait after each that may be repeated. */
const DISABLE_ATTEMPTS = 6;
/** Looks at the queue until its interrupts are off. */
const DISABLE_POLLS = 5;
const PAGE_MASK = 4095n;

/** What the guest asked for: general registers 1 and 2 of its AQIC. */
export interface EnableRequest {
  readonly isc: number;
  /** Guest absolute address of the notification-indicator byte. */
  readonly indicator: bigint;
}

export const isEnable = (control: bigint): boolean => (control & AQIC_ENABLE) !== 0n;

/** Status word of the attempt. The first two checks fail before any hardware is touched. */
export function enableInterrupts(
  queue: ApQueue, vm: ApVm, { isc, indicator }: EnableRequest, host: ApHost,
): number {
  if (indicator === 0n || !vm.hasMemory(indicator)) return statusWord(apResponse.INVALID_ADDRESS);
  const pinned = vm.container.pin(indicator);
  if (!pinned.ok) return statusWord(apResponse.INVALID_ADDRESS);
  const nisc = vm.registerGisc(isc);
  const gisa = vm.gisaAddress();
  if (nisc < 0 || gisa === undefined) {
    if (host.quirks.giscFailureLeaksPin) return statusWord(apResponse.INVALID_ADDRESS);
    vm.container.unpin(indicator);
    return statusWord(apResponse.INVALID_GISA);
  }
  const control = encodeAqic({ enable: true, guestIsc: isc, gisa, isc: nisc });
  const status = host.hardware.aqic(queue.apqn, control, pinned.value | (indicator & PAGE_MASK));
  const releaseNew = (): void => {
    vm.container.unpin(indicator);
    vm.unregisterGisc(isc);
  };
  switch (responseOf(status)) {
    case apResponse.NORMAL:
      releaseInterruptResources(queue, host);
      queue.savedIova = indicator;
      queue.savedIsc = isc;
      return status;
    case apResponse.OTHERWISE_CHANGED:
      releaseNew();
      return status;
    default:
      disableInterrupts(queue, host);
      if (host.quirks.enableErrorLeaks) host.warn("enable-leaked", queue.apqn);
      else releaseNew();
      return status;
  }
}

/** Status word of the last attempt. Whatever it is, the queue holds nothing afterwards. */
export function disableInterrupts(queue: ApQueue, host: ApHost): number {
  let status = 0;
  for (let attempt = 0; attempt < DISABLE_ATTEMPTS; attempt++) {
    status = host.hardware.aqic(queue.apqn, 0n, 0n);
    const response = responseOf(status);
    if (response === apResponse.RESET_IN_PROGRESS || response === apResponse.BUSY) {
      host.hardware.sleep(AP_WAIT_NS);
      continue;
    }
    const accepted = response === apResponse.NORMAL || response === apResponse.OTHERWISE_CHANGED;
    if (!accepted || !waitUntilDisabled(queue, host)) host.warn("released-unverified", queue.apqn);
    releaseInterruptResources(queue, host);
    return status;
  }
  host.warn("released-unverified", queue.apqn);
  releaseInterruptResources(queue, host);
  return status;
}

/** True once the queue says that its interrupts are off. */
function waitUntilDisabled({ apqn }: ApQueue, { hardware }: ApHost): boolean {
  for (let poll = 0; poll < DISABLE_POLLS; poll++) {
    const { status } = hardware.tapq(apqn);
    const response = responseOf(status);
    const answers = response === apResponse.NORMAL || response === apResponse.RESET_IN_PROGRESS;
    if (answers && !(status & queueStatus.INTERRUPTS_ENABLED)) return true;
    if (!answers && response !== apResponse.BUSY) return false;
    hardware.sleep(AP_WAIT_NS);
  }
  return false;
}
