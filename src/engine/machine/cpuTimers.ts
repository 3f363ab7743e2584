/**
 * When the clock comparator and the CPU timer of a CPU are due (Principles of Operation, chapter 4,
 * "Timing"). Times are virtual nanoseconds; the clocks count units of 2^-12 microseconds.
 */
import { PswBit } from "../cpu/mode.ts";
import type { Vcpu } from "../cpu/vcpu.ts";
import type { VcpuAdapter } from "./vcpuAdapter.ts";
import type { VirtualTime } from "./virtualTime.ts";

/** A comparator of all ones is never exceeded. */
const NO_COMPARATOR = 0xffff_ffff_ffff_ffffn;
/** CR0 bits 52 and 53. */
const CR0_COMPARATOR = 0x800;
const CR0_CPU_TIMER = 0x400;

/** The PSW lets timer interruptions in; CR0 is not looked at. */
export const isOpenToTimers = (vcpu: Vcpu): boolean => (vcpu.maskHigh & PswBit.external) !== 0;

/** When a timer interruption of this CPU becomes possible under its CR0 masks; undefined: never. */
export function timerWakeTime(adapter: VcpuAdapter, time: VirtualTime): bigint | undefined {
  const cr0 = adapter.crLow(0);
  if (!(cr0 & (CR0_COMPARATOR | CR0_CPU_TIMER))) return undefined;
  const { clockComparator } = adapter.vcpu;
  const now = time.now();
  let due: bigint | undefined;
  // Both conditions are strict, so one nanosecond more.
  const consider = (units: bigint): void => {
    const delay = (units * 1000n) / 4096n + 1n;
    const at = now + (delay > 0n ? delay : 0n);
    if (due === undefined || at < due) due = at;
  };
  if (cr0 & CR0_COMPARATOR && clockComparator !== NO_COMPARATOR) consider(clockComparator - time.tod());
  if (cr0 & CR0_CPU_TIMER) consider(BigInt.asIntN(64, adapter.cpuTimer()));
  return due;
}

export function isTimerDue(adapter: VcpuAdapter, time: VirtualTime): boolean {
  const at = timerWakeTime(adapter, time);
  return at !== undefined && at <= time.now();
}
