/**
 * The machine's CPUs as the controller knows them, and whom it tells when a floating interrupt becomes
 * pending. CPUs are indexed in order of creation; the idle mask and the round robin use that index, not the
 * CPU address.
 */
import { assert } from "../../base/assert.ts";
import { KVM_S390_INT_IO_AI_MASK, interruptType } from "../../uapi/s390Interrupt.ts";
import type { Decisions } from "./decision.ts";
import { EXTERNAL_MASK, IO_MASK, MACHINE_CHECK_MASK, isIoType, pendingBit } from "./interruptBits.ts";
import { LocalPending, cpustat } from "./local.ts";
import type { VcpuPort } from "./vcpuPort.ts";

/** Intercept requests of the SIE state description: load-control mask and instruction-control bit of LPSW. */
export const intercept =
  { LCTL_CR6: 0x0200, LCTL_CR0: 0x8000, LCTL_CR14: 0x0002, ICTL_LPSW: 0x00400000 } as const;

export const PSW_IO = 0x02000000;
export const PSW_EXT = 0x01000000;
export const PSW_MCHK = 0x00040000;

export interface VcpuSlot {
  readonly index: number;
  readonly port: VcpuPort;
  readonly local: LocalPending;
  /** Waits with nothing to do; set by an idle entry, cleared by a wake-up or when the CPU runs. */
  idle: boolean;
  /** Kicked for a GISA alert and not yet seen running. */
  gisaKicked: boolean;
  lctl: number;
  ictl: number;
}

export class Vcpus {
  /** In order of creation. */
  readonly slots: VcpuSlot[] = [];
  nextRoundRobin = 0;
  /** Called with the CPU's address when it should look for interrupts, awake or not. */
  onKick: ((vcpuId: number) => void) | undefined;
  private readonly byId: (VcpuSlot | undefined)[] = [];
  private readonly decisions: Decisions;

  constructor(decisions: Decisions) {
    this.decisions = decisions;
  }

  add(port: VcpuPort): VcpuSlot {
    assert(!this.byId[port.id], `CPU ${port.id} is attached twice`);
    const slot: VcpuSlot = {
      index: this.slots.length, port, local: new LocalPending(this.decisions),
      idle: false, gisaKicked: false, lctl: 0, ictl: 0,
    };
    this.slots.push(slot);
    this.byId[port.id] = slot;
    return slot;
  }

  exists(id: number): boolean {
    return this.byId[id] !== undefined;
  }

  of(id: number): VcpuSlot {
    const slot = this.byId[id];
    assert(slot, `CPU ${id} was never attached`);
    return slot;
  }

  find(id: number): VcpuSlot | undefined {
    return this.byId[id];
  }

  wake(slot: VcpuSlot): void {
    this.decisions.note("kicked", 0, 0, -1, slot.port.id);
    this.onKick?.(slot.port.id);
  }

  /**
   * Chooses a CPU for a floating interrupt of this type: the first idle one, whatever its masks, or round
   * robin.
   */
  kickForFloating(type: number, hasGisa: boolean, isProtected: boolean): void {
    const victim = this.slots.find((slot) => slot.idle) ?? this.nextRunning();
    if (!victim) return;
    if (type === interruptType.MCHK) victim.local.cpuflags |= cpustat.STOP_INT;
    else if (!isIoType(type)) victim.local.cpuflags |= cpustat.EXT_INT;
    else if (!(type & KVM_S390_INT_IO_AI_MASK && hasGisa) || isProtected)
      victim.local.cpuflags |= cpustat.IO_INT;
    this.wake(victim);
  }

  /** One step more than there are CPUs, so a scan over stopped CPUs alone ends one further. */
  private nextRunning(): VcpuSlot | undefined {
    const count = this.slots.length;
    if (count === 0) return undefined;
    for (let step = 0; ; step++) {
      const slot = this.slots[this.nextRoundRobin]!;
      this.nextRoundRobin = (this.nextRoundRobin + 1) % count;
      if (step >= count) return undefined;
      if (!slot.port.stopped()) return slot;
    }
  }

  /**
   * Wakes one idle CPU that takes I/O interruptions of `iscMask`; an earlier kick still on its way is enough.
   * `maskShrinks`: the defect of kernels that lost ISCs with every CPU they looked at.
   */
  kickForGisa(iscMask: number, maskShrinks = false): void {
    let wanted = iscMask;
    for (const slot of this.slots) {
      if (!slot.idle || !(slot.port.pswMaskHigh() & PSW_IO)) continue;
      const open = (slot.port.crLow(6) >>> 24) & wanted;
      if (maskShrinks) wanted = open;
      if (open === 0) continue;
      if (!slot.gisaKicked) {
        slot.gisaKicked = true;
        this.wake(slot);
      }
      return;
    }
  }
}

/** Start of a delivery pass: no intercept is requested. */
export function resetIntercepts(slot: VcpuSlot): void {
  slot.local.cpuflags &= ~(cpustat.IO_INT | cpustat.EXT_INT | cpustat.STOP_INT);
  slot.lctl = 0;
  slot.ictl &= ~intercept.ICTL_LPSW;
}

/**
 * End of a delivery pass: asks to be told when the CPU opens itself to a class in `pending` (GISA bits
 * excluded).
 */
export function requestIntercepts(slot: VcpuSlot, pending: number): void {
  const psw = slot.port.pswMaskHigh();
  const { local } = slot;
  if (pending & IO_MASK) {
    if (psw & PSW_IO) slot.lctl |= intercept.LCTL_CR6;
    else local.cpuflags |= cpustat.IO_INT;
  }
  if (pending & EXTERNAL_MASK) {
    if (psw & PSW_EXT) slot.lctl |= intercept.LCTL_CR0;
    else local.cpuflags |= cpustat.EXT_INT;
  }
  if (pending & MACHINE_CHECK_MASK) {
    if (psw & PSW_MCHK) slot.lctl |= intercept.LCTL_CR14;
    else slot.ictl |= intercept.ICTL_LPSW;
  }
  if (local.has(pendingBit.SIGP_STOP)) local.cpuflags |= cpustat.STOP_INT;
}
