/**
 * What keeps a pending s390 interrupt from a CPU, bit by bit (Principles of Operation, chapter 6, and KVM's
 * own rules). PSW and control-register bits are numbered from the left.
 *
 * Law, held by a test: a CPU that is not stopped has no obstacle for a pending bit exactly while a delivery
 * pass would present that bit.
 */
import { dueTimers } from "../devices/flic/deliverable.ts";
import type { Flic } from "../devices/flic/flic.ts";
import {
  EXTERNAL_MASK, IO_MASK, PROTECTED_INJECTION_MASK, iscOfBit, pendingBit,
} from "../devices/flic/interruptBits.ts";
import { PSW_EXT, PSW_IO, PSW_MCHK, type VcpuSlot } from "../devices/flic/vcpus.ts";

const TIMERS = (1 << pendingBit.EXT_CLOCK_COMP) | (1 << pendingBit.EXT_CPU_TIMER);

/** The CR0 bit, from the left, that opens a CPU to an external interruption. */
const subclasses: readonly (readonly [bit: number, name: string, cr0: number])[] = [
  [pendingBit.EXT_EMERGENCY, "emergency signal", 49],
  [pendingBit.EXT_EXTERNAL, "external call", 50],
  [pendingBit.EXT_CLOCK_COMP, "clock comparator", 52],
  [pendingBit.EXT_CPU_TIMER, "CPU timer", 53],
  [pendingBit.EXT_SERVICE, "service signal", 54],
  [pendingBit.EXT_SERVICE_EV, "service signal", 54],
];

const has = (mask: number, bit: number): boolean => (mask & (1 << bit)) !== 0;

/** Sentences, empty if the CPU would be given the interrupt behind pending bit `bit` now. */
export function obstaclesFor(flic: Flic, slot: VcpuSlot, bit: number): string[] {
  const { port } = slot;
  const found: string[] = [];
  const psw = port.pswMaskHigh();
  if (port.stopped()) found.push("the CPU is stopped");
  if (bit === pendingBit.SIGP_STOP) return [...found, "a stop waits until nothing else can be presented"];
  if (has(flic.floating.masked, bit))
    found.push("masked for a protected guest until its last signal is handled");
  if (flic.isProtected && has(PROTECTED_INJECTION_MASK, bit) && port.injectionBusy?.())
    found.push("the ultravisor has not presented the last injected interruption");
  if (has(EXTERNAL_MASK, bit)) found.push(...externalObstacles(port.crLow(0), psw, bit));
  if (has(TIMERS, bit) && !found.length && !has(dueTimers(slot), bit))
    found.push("the timer's condition does not hold: the next delivery pass takes it away");
  if (has(IO_MASK, bit)) {
    const isc = iscOfBit(bit);
    if (!(psw & PSW_IO)) found.push("PSW bit 6 (I/O mask) is zero");
    if (!((port.crLow(6) >>> 24) & (0x80 >> isc)))
      found.push(`CR6 bit ${32 + isc} (I/O-interruption subclass ${isc}) is zero`);
  }
  if (bit === pendingBit.MCHK_EX || bit === pendingBit.MCHK_REP) {
    if (!(psw & PSW_MCHK)) found.push("PSW bit 13 (machine-check mask) is zero");
    const wanted = flic.floating.mchkCr14 | slot.local.mchk.cr14;
    if (bit === pendingBit.MCHK_REP && wanted === 0n)
      found.push("it came with no machine-check subclass that CR14 could open: it goes with another");
    else if (bit === pendingBit.MCHK_REP && !(port.cr(14) & wanted))
      found.push(`CR14 has no bit of 0x${wanted.toString(16)} (machine-check subclasses)`);
  }
  return found;
}

function externalObstacles(cr0: number, psw: number, bit: number): string[] {
  const found = psw & PSW_EXT ? [] : ["PSW bit 7 (external mask) is zero"];
  const subclass = subclasses.find(([candidate]) => candidate === bit);
  if (!subclass) return found;
  const [, name, position] = subclass;
  return has(cr0, 63 - position) ? found : [...found, `CR0 bit ${position} (${name} subclass) is zero`];
}
