/**
 * One AP queue that is bound to the passthrough driver, and the host's side of its interrupts: the pinned
 * indicator page and the registered guest ISC. Derived from the source of Linux 6.1.
 *
 * Invariant: what is saved here is held exactly once, by this queue.
 */
import type { ApHardware } from "../apPorts.ts";
import type { ApQuirks } from "./apQuirks.ts";
import type { MatrixDevice } from "./matrixDevice.ts";

/** No ISC is registered. */
export const ISC_INVALID = 0xff;
/** How long the host waits between two looks at a queue, in ns. */
export const AP_WAIT_NS = 20_000_000n;

export interface ApQueue {
  readonly apqn: number;
  /** The matrix device it is linked to; stays set, and may dangle, when a hidden queue is unassigned. */
  device: MatrixDevice | undefined;
  /** Indicator address in the guest; 0: nothing is pinned. */
  savedIova: bigint;
  /** Guest ISC, or ISC_INVALID. */
  savedIsc: number;
  /** Response code of the latest reset; other than 0 hides the adapter at the next filtering. */
  resetResponse: number;
}

export const newQueue = (apqn: number): ApQueue => ({
  apqn, device: undefined, savedIova: 0n, savedIsc: ISC_INVALID, resetResponse: 0,
});

export const holdsResources = ({ savedIova, savedIsc }: ApQueue): boolean =>
  savedIova !== 0n || savedIsc !== ISC_INVALID;

/** What the kernel only warns of. */
export const apWarnings = [
  /** Resources were given back while the hardware may still use them. */
  "released-unverified",
  /** A pin or a registration could not be given back, because nobody is there to take it. */
  "kept-without-owner",
  /** A pin was to be undone that the container does not know (any more). */
  "pin-unknown",
  /** A queue was used whose matrix device is gone. */
  "dangling-device",
  /** A pin and a registration were lost by a failed enable. */
  "enable-leaked",
] as const;
export type ApWarning = (typeof apWarnings)[number];

/** A warning and the queue that it is of. */
export interface QueueWarning {
  readonly warning: ApWarning;
  readonly apqn: number;
}

/** The host around the queues. */
export interface ApHost {
  readonly hardware: ApHardware;
  readonly quirks: ApQuirks;
  warn(warning: ApWarning, apqn: number): void;
}

/** Gives back what the queue holds, as far as its device and VM are there to take it. */
export function releaseInterruptResources(queue: ApQueue, host: ApHost): void {
  const { device, apqn } = queue;
  if (device?.removed) host.warn("dangling-device", apqn);
  if (queue.savedIsc !== ISC_INVALID) {
    if (device?.vm) {
      device.vm.unregisterGisc(queue.savedIsc);
      queue.savedIsc = ISC_INVALID;
    } else host.warn("kept-without-owner", apqn);
  }
  if (queue.savedIova === 0n) return;
  if (!device) return host.warn("kept-without-owner", apqn);
  if (!device.container?.unpin(queue.savedIova)) host.warn("pin-unknown", apqn);
  queue.savedIova = 0n;
}
