/**
 * Delivery of pending interrupts to one CPU (Principles of Operation, chapter 6; KVM's order).
 *
 * The most urgent deliverable interrupt is presented, then everything is looked at again under the new PSW,
 * until nothing more may be presented. So the handler of the last one presented is the first to execute.
 */
import { errno } from "../../api/errno.ts";
import { assert } from "../../base/assert.ts";
import type { GuestMemory } from "../../memory/guestMemory.ts";
import type { KernelProfile } from "../../uapi/kernelProfile.ts";
import { ADAPTER_INTERRUPT, interruptType } from "../../uapi/s390Interrupt.ts";
import type { Decisions } from "./decision.ts";
import { deliverable, dueTimers, scaCallDeliverable, summary } from "./deliverable.ts";
import { presentMachineCheck } from "./deliverMachineCheck.ts";
import { presentProgram } from "./deliverProgram.ts";
import type { Gisa } from "./gisa.ts";
import { adapterWord, highestBit, iscOfBit, pendingBit } from "./interruptBits.ts";
import { cpustat } from "./local.ts";
import { Lowcore, lowcore, pswSlots } from "./lowcore.ts";
import type { FloatingPending } from "./pending.ts";
import { requestIntercepts, resetIntercepts, type VcpuSlot } from "./vcpus.ts";

/** One presented interruption. `parm` and `parm64` are as the older injection ioctl would carry them. */
export interface DeliveredInterrupt {
  readonly type: number;
  /** Pending bit it was presented for. */
  readonly bit: number;
  readonly parm: number;
  readonly parm64: bigint;
  readonly id: number;
}
export interface DeliveryResult {
  readonly delivered: readonly DeliveredInterrupt[];
  /** EFAULT if a prefix area was not in storage; that interrupt is gone and the pass ended with it. */
  readonly error: number;
}

/** The parts of the controller a delivery works on. */
export interface DeliveryContext {
  readonly floating: FloatingPending;
  readonly gisa: Gisa | undefined;
  readonly memory: GuestMemory;
  readonly decisions: Decisions;
  readonly profile: KernelProfile;
  readonly isProtected: boolean;
}

/** What one presentation did: errno, and the record of what was presented or is gone with the error. */
export type Presented = { readonly error: number; readonly interrupt: DeliveredInterrupt };

const NOTHING: DeliveryResult = { delivered: [], error: 0 };

const PFAULT_INIT_CODE = 0x0600;
const PFAULT_DONE_CODE = 0x0680;
const VIRTIO_CODE = 0x0d00;
/** External-interruption codes. */
const ext = {
  CLOCK_COMPARATOR: 0x1004, CPU_TIMER: 0x1005, EMERGENCY: 0x1201, EXTERNAL_CALL: 0x1202, SERVICE: 0x2401,
  CP_SERVICE: 0x2603,
} as const;

/** Timer bits are never remembered: whatever an ioctl set is replaced by the conditions as they are now. */
function refreshTimers(slot: VcpuSlot, decisions: Decisions): void {
  const due = dueTimers(slot);
  const { local, port } = slot;
  for (const [bit, type] of [
    [pendingBit.EXT_CLOCK_COMP, interruptType.INT_CLOCK_COMP],
    [pendingBit.EXT_CPU_TIMER, interruptType.INT_CPU_TIMER],
  ] as const) {
    const isDue = (due & (1 << bit)) !== 0;
    if (local.has(bit) === isDue) continue;
    if (isDue) {
      local.bits |= 1 << bit;
      local.ids[bit] = decisions.raise(type, bit, port.id);
    } else decisions.note("cleared", local.drop(bit), type, bit, port.id);
  }
}

/** One delivery pass. */
export function deliverPending(slot: VcpuSlot, context: DeliveryContext): DeliveryResult {
  const { floating, decisions } = context;
  slot.gisaKicked = false;
  resetIntercepts(slot);
  refreshTimers(slot, decisions);
  let delivered: DeliveredInterrupt[] | undefined;
  let error = 0;
  while (error === 0) {
    const active = deliverable(slot, summary(slot, floating, context.gisa), context);
    const bit = active ? highestBit(active) : -1;
    // The machine presents a call from its SIGP area itself, in an external call's place of the order.
    const fromSca = bit < pendingBit.EXT_EXTERNAL && scaCallDeliverable(slot);
    if (bit < 0 && !fromSca) break;
    const presented: Presented = fromSca ? presentScaCall(slot, context) : present(slot, bit, context);
    error = presented.error;
    (delivered ??= []).push(presented.interrupt);
    const { id, type, bit: presentedBit } = presented.interrupt;
    decisions.note(error ? "lost" : "delivered", id, type, presentedBit, slot.port.id);
  }
  requestIntercepts(slot, (floating.bits | slot.local.bits) & ~floating.masked);
  return delivered ? { delivered, error } : NOTHING;
}

function present(slot: VcpuSlot, bit: number, context: DeliveryContext): Presented {
  if (bit >= pendingBit.IO_ISC_7 && bit <= pendingBit.IO_ISC_0) return presentIo(slot, bit, context);
  switch (bit) {
    case pendingBit.MCHK_EX:
    case pendingBit.MCHK_REP: return presentMachineCheck(slot, context);
    case pendingBit.PROG: return presentProgram(slot, context);
    case pendingBit.EXT_EMERGENCY: return presentEmergency(slot, context);
    case pendingBit.EXT_EXTERNAL: {
      const source = slot.local.externalCall;
      slot.local.externalCall = 0;
      return external(slot, context, bit, slot.local.drop(bit), { code: ext.EXTERNAL_CALL, address: source });
    }
    case pendingBit.EXT_CLOCK_COMP:
      return external(slot, context, bit, slot.local.drop(bit), { code: ext.CLOCK_COMPARATOR, address: 0 });
    case pendingBit.EXT_CPU_TIMER:
      return external(slot, context, bit, slot.local.drop(bit), { code: ext.CPU_TIMER, address: 0 });
    case pendingBit.EXT_SERVICE_EV: return presentServiceEvent(slot, context);
    case pendingBit.EXT_SERVICE: return presentService(slot, context);
    case pendingBit.PFAULT_INIT: {
      const token = slot.local.pfault.params2;
      slot.local.pfault = { ...slot.local.pfault, params2: 0n };
      return external(slot, context, bit, slot.local.drop(bit),
        { code: ext.CP_SERVICE, address: PFAULT_INIT_CODE, params2: token });
    }
    case pendingBit.PFAULT_DONE: {
      const { id, interrupt } = context.floating.takePfault()!;
      return external(slot, context, bit, id,
        { code: ext.CP_SERVICE, address: PFAULT_DONE_CODE, params2: interrupt.params2 });
    }
    case pendingBit.VIRTIO: {
      const { id, interrupt } = context.floating.takeVirtio()!;
      return external(slot, context, bit, id,
        { code: ext.CP_SERVICE, address: VIRTIO_CODE, params: interrupt.params, params2: interrupt.params2 });
    }
    case pendingBit.RESTART: return presentRestart(slot, context);
    case pendingBit.SET_PREFIX: return presentSetPrefix(slot);
    default: assert(false, `nothing sets pending bit ${bit}`);
  }
}

interface External {
  readonly code: number;
  /** Stored at the CPU-address location: sending CPU, or the kind of a CP-service interruption. */
  readonly address: number;
  readonly params?: number;
  readonly params2?: bigint;
}

const externalTypes: ReadonlyMap<number, number> = new Map<number, number>([
  [pendingBit.EXT_EXTERNAL, interruptType.INT_EXTERNAL_CALL],
  [pendingBit.EXT_EMERGENCY, interruptType.INT_EMERGENCY],
  [pendingBit.EXT_CLOCK_COMP, interruptType.INT_CLOCK_COMP],
  [pendingBit.EXT_CPU_TIMER, interruptType.INT_CPU_TIMER],
  [pendingBit.EXT_SERVICE, interruptType.INT_SERVICE], [pendingBit.EXT_SERVICE_EV, interruptType.INT_SERVICE],
  [pendingBit.PFAULT_INIT, interruptType.INT_PFAULT_INIT],
  [pendingBit.PFAULT_DONE, interruptType.INT_PFAULT_DONE],
  [pendingBit.VIRTIO, interruptType.INT_VIRTIO],
]);

function external(
  slot: VcpuSlot, context: DeliveryContext, bit: number, id: number, what: External,
): Presented {
  const type = externalTypes.get(bit)!;
  const parm = what.params ?? (what.code === ext.CP_SERVICE ? 0 : what.address);
  const interrupt: DeliveredInterrupt = { type, bit, parm, parm64: what.params2 ?? 0n, id };
  return store(slot, context, interrupt, pswSlots.external, (area) => {
    area.u16(lowcore.EXT_INT_CODE, what.code);
    area.u16(lowcore.EXT_CPU_ADDR, what.address);
    if (what.params !== undefined) area.u32(lowcore.EXT_PARAMS, what.params);
    if (what.params2 !== undefined) area.u64(lowcore.EXT_PARAMS2, what.params2);
  });
}

/** Stores what an interruption class stores and exchanges the PSWs, or hands all of it to the ultravisor. */
export function store(
  { port }: VcpuSlot, { memory, isProtected }: DeliveryContext, interrupt: DeliveredInterrupt,
  psws: readonly [number, number], fields: (area: Lowcore) => void,
): Presented {
  if (isProtected && port.injectProtected) {
    port.injectProtected(interrupt);
    return { error: 0, interrupt };
  }
  const area = new Lowcore(memory, port.prefix());
  fields(area);
  const exchanged = area.ok && port.swapPsw(psws[0], psws[1]).ok;
  return { error: exchanged ? 0 : errno.EFAULT, interrupt };
}

function presentEmergency(slot: VcpuSlot, context: DeliveryContext): Presented {
  const { source, id } = slot.local.takeEmergency();
  return external(slot, context, pendingBit.EXT_EMERGENCY, id, { code: ext.EMERGENCY, address: source });
}

function presentScaCall(slot: VcpuSlot, context: DeliveryContext): Presented {
  const { source, id } = slot.local.sca!;
  slot.local.sca = undefined;
  slot.local.cpuflags &= ~cpustat.ECALL_PEND;
  return external(slot, context, pendingBit.EXT_EXTERNAL, id, { code: ext.EXTERNAL_CALL, address: source });
}

/** Events alone: parameter 3 whichever event bit was set; a pending SCCB address stays. */
function presentServiceEvent(slot: VcpuSlot, context: DeliveryContext): Presented {
  const { floating } = context;
  floating.serviceParams = (floating.serviceParams & ~3) >>> 0;
  floating.bits &= ~(1 << pendingBit.EXT_SERVICE_EV);
  const id = floating.slotIds.serviceEvent;
  floating.slotIds.serviceEvent = 0;
  return external(slot, context, pendingBit.EXT_SERVICE_EV, id, { code: ext.SERVICE, address: 0, params: 3 });
}

/** The whole signal. Events with a bit of their own went out before: that bit is the more urgent one. */
function presentService(slot: VcpuSlot, context: DeliveryContext): Presented {
  const { floating } = context;
  const params = floating.serviceParams;
  const id = floating.slotIds.service;
  floating.serviceParams = 0;
  floating.bits &= ~(1 << pendingBit.EXT_SERVICE);
  floating.slotIds.service = 0;
  if (context.isProtected) floating.masked |= 1 << pendingBit.EXT_SERVICE;
  return external(slot, context, pendingBit.EXT_SERVICE, id, { code: ext.SERVICE, address: 0, params });
}

/** The oldest listed interrupt of the ISC; the GISA's bit only when the list is empty. */
function presentIo(slot: VcpuSlot, bit: number, context: DeliveryContext): Presented {
  const isc = iscOfBit(bit);
  const listed = context.floating.takeIo(isc, 0);
  const gisaId = listed ? undefined : context.gisa?.take(isc);
  assert(listed || gisaId !== undefined, `ISC ${isc} was pending with nothing behind it`);
  const io = listed?.interrupt ?? {
    type: ADAPTER_INTERRUPT, subchannelId: 0, subchannelNr: 0, ioIntParm: 0, ioIntWord: adapterWord(isc),
  };
  const interrupt: DeliveredInterrupt = {
    type: io.type, bit, parm: ((io.subchannelId << 16) | io.subchannelNr) >>> 0,
    parm64: (BigInt(io.ioIntParm) << 32n) | BigInt(io.ioIntWord), id: listed?.id ?? gisaId ?? 0,
  };
  return store(slot, context, interrupt, pswSlots.io, (area) => {
    area.u16(lowcore.SUBCHANNEL_ID, io.subchannelId);
    area.u16(lowcore.SUBCHANNEL_NR, io.subchannelNr);
    area.u32(lowcore.IO_INT_PARM, io.ioIntParm);
    area.u32(lowcore.IO_INT_WORD, io.ioIntWord);
  });
}

function presentRestart(slot: VcpuSlot, context: DeliveryContext): Presented {
  const id = slot.local.drop(pendingBit.RESTART);
  const interrupt = { type: interruptType.RESTART, bit: pendingBit.RESTART, parm: 0, parm64: 0n, id };
  return store(slot, context, interrupt, pswSlots.restart, () => undefined);
}

function presentSetPrefix(slot: VcpuSlot): Presented {
  const { local, port } = slot;
  const parm = local.prefix;
  local.prefix = 0;
  const id = local.drop(pendingBit.SET_PREFIX);
  port.setPrefix(parm);
  const bit = pendingBit.SET_PREFIX;
  return { error: 0, interrupt: { type: interruptType.SIGP_SET_PREFIX, bit, parm, parm64: 0n, id } };
}
