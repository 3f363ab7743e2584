/**
 * The host's AP hardware, as the passthrough driver and the instruction interceptor see it. A test scripts
 * it, a mock behaves like it. Status words are those of `uapi/ap.ts`; APQNs are 16-bit queue numbers.
 */

import type { Result } from "../base/result.ts";

/** Answer of TAPQ: the status word, and general register 2 with facilities, type and depth. */
export interface TapqAnswer {
  readonly status: number;
  /** Bits 0-31 facilities, 32-39 type, 60-63 depth, numbered from the left. */
  readonly info: bigint;
}

export interface ApHardware {
  tapq(apqn: number): TapqAnswer;
  rapq(apqn: number): number;
  zapq(apqn: number): number;
  /** AQIC with the control word of general register 1 and the indicator's host absolute address. */
  aqic(apqn: number, control: bigint, nib: bigint): number;
  /** The host waits so many nanoseconds; the hardware goes on meanwhile. */
  sleep(ns: bigint): void;
}

export interface ApMessage {
  /** 64 bits that come back with the reply. */
  readonly id: bigint;
  readonly bytes: Uint8Array;
}

/** Queues that take messages (NQAP, DQAP), where the hardware behind a machine has them. */
export interface ApMessagePort {
  /** The status word. */
  enqueue(apqn: number, message: ApMessage): number;
  /** The oldest reply of at most so many bytes with the status word, or the status word alone. */
  dequeue(
    apqn: number, bytesMax: number,
  ): Result<{ readonly status: number; readonly reply: ApMessage }, number>;
}

/** What a queue that finished a request does to the machine around it. */
export interface ApNotificationPort {
  /** Writes the notification-indicator byte at a host absolute address. */
  writeIndicator(hostAddress: bigint): void;
  /** Makes the guest's ISC pending in the GISA at this 31-bit address, and alerts as the GISA asks for. */
  interrupt(gisa: number, guestIsc: number): void;
}
