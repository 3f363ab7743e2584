/**
 * Request numbers and their flags (kernel include/linux/kvm_host.h; numbers and flags derived from source). A
 * request is its number in bits 0–7 from the right, with flags above that are never stored.
 */
import { assert } from "../../base/assert.ts";

export const REQUEST_MASK = 0xff;
export const requestFlag = {
  /** Does not end a sleep. */
  NO_WAKEUP: 0x100,
  /** Whoever makes it waits until every vCPU that was in the guest is out. */
  WAIT: 0x200,
  /** Only the vCPU's being out is asked for: no bit is set (not in 4.13). */
  NO_ACTION: 0x400,
} as const;
const { NO_WAKEUP, WAIT, NO_ACTION } = requestFlag;

/** `v4.13` stands for the kernels whose word of requests is an unsigned long. */
export type RequestAge = "v4.13" | "v6.1";

export const commonRequests = {
  "v4.13": {
    TLB_FLUSH: 0 | WAIT | NO_WAKEUP, MMU_RELOAD: 1 | WAIT | NO_WAKEUP, PENDING_TIMER: 2, UNHALT: 3,
  },
  "v6.1": {
    TLB_FLUSH: 0 | WAIT | NO_WAKEUP, VM_DEAD: 1 | WAIT | NO_WAKEUP, UNBLOCK: 2,
    OUTSIDE_GUEST_MODE: NO_ACTION | WAIT | NO_WAKEUP,
  },
} as const;

const ARCH_BASE = 8;
const wordBits: Readonly<Record<RequestAge, number>> = { "v4.13": 32, "v6.1": 64 };

/** Request `number` of an architecture; numbers from 0. */
export function archRequest(age: RequestAge, number: number, flags = 0): number {
  assert(number >= 0 && number < wordBits[age] - ARCH_BASE, `there is no arch request ${number}`);
  return (ARCH_BASE + number) | flags;
}

/** By name, numbered from 0 in this order; those with flags have them behind. */
const arch = (
  ...given: readonly (readonly [name: string, flags?: number])[]
): Readonly<Record<string, number>> =>
  Object.fromEntries(given.map(([name, flags], number) => [name, archRequest("v6.1", number, flags)]));

/** Of each architecture, in 6.1; x86's are not specified. */
export const archRequests = {
  s390: arch(
    ["ENABLE_IBS"], ["DISABLE_IBS"], ["ICPT_OPEREXC"], ["START_MIGRATION"], ["STOP_MIGRATION"],
    ["VSIE_RESTART"], ["REFRESH_GUEST_PREFIX", WAIT | NO_WAKEUP]),
  arm64: arch(
    ["SLEEP", WAIT | NO_WAKEUP], ["IRQ_PENDING"], ["VCPU_RESET"], ["RECORD_STEAL"], ["RELOAD_GICv4"],
    ["RELOAD_PMU"], ["SUSPEND"]),
  powerpc: arch(["WATCHDOG"], ["EPR_EXIT"], ["PENDING_TIMER"]),
} as const;
export type RequestArchitecture = keyof typeof archRequests;
export const s390Requests = archRequests.s390;

export const bitOf = (request: number): bigint => 1n << BigInt(request & REQUEST_MASK);
