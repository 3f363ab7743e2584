/**
 * Which pending interrupts a CPU is open to: PSW, control registers 0, 6 and 14 against the pending bits
 * (Principles of Operation, chapter 6).
 */
import type { DeliveryContext } from "./deliver.ts";
import type { Gisa } from "./gisa.ts";
import {
  EXTERNAL_MASK, IO_MASK, MACHINE_CHECK_MASK, PROTECTED_INJECTION_MASK, SERVICE_MASK, pendingBit,
  pendingOfIpm,
} from "./interruptBits.ts";
import type { FloatingPending } from "./pending.ts";
import { PSW_EXT, PSW_IO, PSW_MCHK, type VcpuSlot } from "./vcpus.ts";

const CR0_EMERGENCY = 1 << 14;
const CR0_EXTERNAL_CALL = 1 << 13;
const CR0_CLOCK_COMPARATOR = 1 << 11;
const CR0_CPU_TIMER = 1 << 10;
const CR0_SERVICE = 1 << 9;

/** Everything pending for this CPU, masked or not, GISA included. */
export function summary(slot: VcpuSlot, floating: FloatingPending, gisa: Gisa | undefined): number {
  const pending = (floating.bits | slot.local.bits) & ~floating.masked;
  return gisa ? pending | pendingOfIpm(gisa.ipm) : pending;
}

/** What may be presented now, from `pending`. STOP never is: it acts through its intercept. */
export function deliverable(slot: VcpuSlot, pending: number, context: DeliveryContext): number {
  const { port } = slot;
  let active = pending & ~(1 << pendingBit.SIGP_STOP);
  const psw = port.pswMaskHigh();
  if (!(psw & PSW_EXT)) active &= ~EXTERNAL_MASK;
  active &= ~IO_MASK | (psw & PSW_IO ? pendingOfIpm(port.crLow(6) >>> 24) : 0);
  active &= ~maskedByCr0(port.crLow(0));
  if (!(psw & PSW_MCHK)) active &= ~MACHINE_CHECK_MASK;
  if (context.isProtected && port.injectionBusy?.()) active &= ~PROTECTED_INJECTION_MASK;
  const subclasses = context.floating.mchkCr14 | slot.local.mchk.cr14;
  if (!(port.cr(14) & subclasses)) active &= ~(1 << pendingBit.MCHK_REP);
  return active;
}

function maskedByCr0(cr0: number): number {
  let masked = 0;
  if (!(cr0 & CR0_EXTERNAL_CALL)) masked |= 1 << pendingBit.EXT_EXTERNAL;
  if (!(cr0 & CR0_EMERGENCY)) masked |= 1 << pendingBit.EXT_EMERGENCY;
  if (!(cr0 & CR0_CLOCK_COMPARATOR)) masked |= 1 << pendingBit.EXT_CLOCK_COMP;
  if (!(cr0 & CR0_CPU_TIMER)) masked |= 1 << pendingBit.EXT_CPU_TIMER;
  if (!(cr0 & CR0_SERVICE)) masked |= SERVICE_MASK;
  return masked;
}

/** Timer interruptions that are due and enabled now, as pending bits. */
export function dueTimers({ port }: VcpuSlot): number {
  if (!(port.pswMaskHigh() & PSW_EXT)) return 0;
  const cr0 = port.crLow(0);
  let due = 0;
  if (cr0 & CR0_CLOCK_COMPARATOR && port.clockComparatorPending() && !port.singleStepping())
    due |= 1 << pendingBit.EXT_CLOCK_COMP;
  if (cr0 & CR0_CPU_TIMER && port.cpuTimerPending()) due |= 1 << pendingBit.EXT_CPU_TIMER;
  return due;
}

/** True if the machine's SIGP area holds an external call this CPU is open to. */
export function scaCallDeliverable(slot: VcpuSlot): boolean {
  return slot.local.sca !== undefined && (slot.port.pswMaskHigh() & PSW_EXT) !== 0
    && (slot.port.crLow(0) & CR0_EXTERNAL_CALL) !== 0;
}
