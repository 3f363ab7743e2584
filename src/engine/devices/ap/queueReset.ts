/**
 * The host's reset of a queue (ZAPQ): when a device is reset or closed, and when a queue leaves a guest.
 */
import { errno } from "../../api/errno.ts";
import { apResponse, queueStatus, responseOf } from "../../uapi/ap.ts";
import {
  AP_WAIT_NS, holdsResources, releaseInterruptResources, type ApHost, type ApQueue,
} from "./queue.ts";
import { disableInterrupts } from "./queueInterrupts.ts";

/** TAPQs after a reset, until the queue is empty and its interrupts are off. */
const RESET_POLLS = 2;
/** Attempts at a busy queue where the driver tries again. */
const BUSY_ATTEMPTS = 6;

/**
 * 0, -EBUSY (reset still under way, or the queue is not available, deconfigured or checkstopped) or -EIO.
 * The response code is kept with the queue.
 */
export function resetQueue(queue: ApQueue, host: ApHost): number {
  const status = zeroize(queue, host);
  switch (queue.resetResponse) {
    case apResponse.NORMAL:
    case apResponse.RESET_IN_PROGRESS: {
      const isVerified = waitUntilReset(queue, host, status);
      const result = queue.resetResponse === apResponse.NORMAL ? 0 : errno.EBUSY;
      return isVerified || host.quirks.resetReleasesUnverified ? release(queue, host, result) : errno.EBUSY;
    }
    case apResponse.Q_NOT_AVAIL:
    case apResponse.DECONFIGURED:
    case apResponse.CHECKSTOPPED: {
      const mayStillInterrupt = (status & queueStatus.INTERRUPTS_ENABLED) !== 0;
      if (host.quirks.absentQueueLeaks) return errno.EBUSY;
      return mayStillInterrupt && !host.quirks.resetReleasesUnverified
        ? errno.EBUSY : release(queue, host, errno.EBUSY);
    }
    default:
      return errno.EIO;
  }
}

/**
 * The reset of a queue that leaves its guest: as `resetQueue`, and a repaired driver turns off the interrupts
 * of one that would not be reset, so that nothing stays behind.
 */
export function retireQueue(queue: ApQueue, host: ApHost): number {
  const result = resetQueue(queue, host);
  const { absentQueueLeaks, failedResetKeeps } = host.quirks;
  const keeps = isAbsent(queue.resetResponse) ? absentQueueLeaks : failedResetKeeps;
  if (holdsResources(queue) && !keeps) disableInterrupts(queue, host);
  return result;
}

const isAbsent = (response: number): boolean =>
  response === apResponse.Q_NOT_AVAIL || response === apResponse.DECONFIGURED
  || response === apResponse.CHECKSTOPPED;

function release(queue: ApQueue, host: ApHost, result: number): number {
  releaseInterruptResources(queue, host);
  return result;
}

/** One repetition while a reset is under way; a busy queue is asked again only by a repaired driver. */
function zeroize(queue: ApQueue, { hardware, quirks }: ApHost): number {
  let status = hardware.zapq(queue.apqn);
  queue.resetResponse = responseOf(status);
  const attempts: Readonly<Record<number, number>> = {
    [apResponse.RESET_IN_PROGRESS]: 2, [apResponse.BUSY]: quirks.busyResetGivesUp ? 1 : BUSY_ATTEMPTS,
  };
  for (let attempt = 1; attempt < (attempts[queue.resetResponse] ?? 1); attempt++) {
    hardware.sleep(AP_WAIT_NS);
    status = hardware.zapq(queue.apqn);
    queue.resetResponse = responseOf(status);
  }
  return status;
}

/** True if the queue was seen empty with its interrupts off; the driver of 6.1 does not ask. */
function waitUntilReset(queue: ApQueue, host: ApHost, first: number): boolean {
  const { hardware } = host;
  let status = first;
  for (let poll = 0; poll < RESET_POLLS; poll++) {
    if (isQuiet(status)) return true;
    hardware.sleep(AP_WAIT_NS);
    ({ status } = hardware.tapq(queue.apqn));
  }
  if (isQuiet(status)) return true;
  host.warn("released-unverified", queue.apqn);
  return false;
}

const isQuiet = (status: number): boolean =>
  (status & (queueStatus.EMPTY | queueStatus.INTERRUPTS_ENABLED)) >>> 0 === queueStatus.EMPTY;
