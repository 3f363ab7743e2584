/**
 * Pending floating interrupts: ten lists in order of arrival and two accumulating slots (service signal,
 * channel-report machine check), with the rules that decide what an injection becomes.
 *
 * Invariant: bit IO_ISC_n, VIRTIO or PFAULT_DONE is set exactly while its list is not empty.
 */
import { errno } from "../../api/errno.ts";
import { KVM_S390_INT_IO_AI_MASK, interruptType } from "../../uapi/s390Interrupt.ts";
import { ISC_COUNT } from "./ais.ts";
import type { Decisions } from "./decision.ts";
import { Fifo } from "./fifo.ts";
import type { Gisa } from "./gisa.ts";
import { bitOfIsc, bitOfType, iscOfWord, isIoType, pendingBit } from "./interruptBits.ts";

/** Injected with `id` 0; the controller gives the identity. Type codes are KVM_S390_INT_*. */
export interface IoInterrupt {
  readonly kind: "io";
  readonly type: number;
  readonly subchannelId: number;
  readonly subchannelNr: number;
  readonly ioIntParm: number;
  readonly ioIntWord: number;
}
export interface ExternalInterrupt {
  readonly kind: "ext";
  readonly type: number;
  readonly params: number;
  readonly pad: number;
  readonly params2: bigint;
}
export interface MachineCheckInterrupt {
  readonly kind: "mchk";
  readonly cr14: bigint;
  readonly mcic: bigint;
}
export type FloatingInterrupt = IoInterrupt | ExternalInterrupt | MachineCheckInterrupt;

export type Queued<T> = { readonly id: number; readonly interrupt: T };

export const IO_LIMIT = 266250;
export const VIRTIO_LIMIT = 87381;
export const PFAULT_LIMIT = 64 * 255;
/** So many I/O interrupts on all lists together: there is room for them. */
export const isWithinIoLimit = (count: number): boolean => count <= IO_LIMIT;

const EVENT_BITS = 0x3;
const SCCB_BITS = 0xfffffff8;
/** CR14 subclass of channel reports, the only one a floating machine check keeps. */
export const CHANNEL_REPORT_SUBCLASS = 1n << 28n;

export const typeOf = (interrupt: FloatingInterrupt): number =>
  interrupt.kind === "mchk" ? interruptType.MCHK : interrupt.type;

export class FloatingPending {
  bits = 0;
  /** Bits a protected guest may not be given now; always 0 otherwise. */
  masked = 0;
  readonly io: readonly Fifo<Queued<IoInterrupt>>[] = Array.from({ length: ISC_COUNT }, () => new Fifo());
  readonly pfault = new Fifo<Queued<ExternalInterrupt>>();
  readonly virtio = new Fifo<Queued<ExternalInterrupt>>();
  /** Listed I/O interrupts over all ISCs. */
  ioCount = 0;
  /** Event bits (0x3) and SCCB address of the one service signal. */
  serviceParams = 0;
  mchkCr14 = 0n;
  mchkMcic = 0n;
  /** Identities behind SERVICE, SERVICE_EV and MCHK_REP; 0 where the bit is off. */
  readonly slotIds = { service: 0, serviceEvent: 0, machineCheck: 0 };
  private readonly decisions: Decisions;
  private readonly serviceEventBit: boolean;

  constructor(decisions: Decisions, serviceEventBit: boolean) {
    this.decisions = decisions;
    this.serviceEventBit = serviceEventBit;
  }

  /** Injects with identity `id`; 0, -EBUSY at a limit, or -EINVAL for a type that does not float. */
  inject(interrupt: FloatingInterrupt, id: number, gisa: Gisa | undefined): number {
    if (interrupt.kind === "mchk") return this.injectMachineCheck(interrupt, id);
    if (interrupt.kind === "io") return this.injectIo(interrupt, id, gisa);
    if (interrupt.type === interruptType.INT_SERVICE) return this.injectService(interrupt.params, id);
    if (interrupt.type === interruptType.INT_VIRTIO)
      return this.append(this.virtio, VIRTIO_LIMIT, pendingBit.VIRTIO, interrupt, id);
    if (interrupt.type === interruptType.INT_PFAULT_DONE)
      return this.append(this.pfault, PFAULT_LIMIT, pendingBit.PFAULT_DONE, interrupt, id);
    this.decisions.note("refused", id, interrupt.type, -1);
    return errno.EINVAL;
  }

  private injectMachineCheck(interrupt: MachineCheckInterrupt, id: number): number {
    this.mchkCr14 |= interrupt.cr14 & CHANNEL_REPORT_SUBCLASS;
    this.mchkMcic |= interrupt.mcic;
    this.slotIds.machineCheck = this.settle(
      pendingBit.MCHK_REP, interruptType.MCHK, id, this.slotIds.machineCheck,
    );
    return 0;
  }

  /** Event bits always accumulate; while one SCCB address is pending, another is dropped. */
  private injectService(params: number, id: number): number {
    const type = interruptType.INT_SERVICE;
    let identity = id;
    this.serviceParams = (this.serviceParams | (params & EVENT_BITS)) >>> 0;
    if (this.serviceEventBit && params & EVENT_BITS) {
      this.slotIds.serviceEvent = this.settle(
        pendingBit.EXT_SERVICE_EV, type, identity, this.slotIds.serviceEvent,
      );
      identity = 0;
    }
    if (this.serviceParams & SCCB_BITS) {
      if (identity)
        this.decisions.note("coalesced", identity, type, pendingBit.EXT_SERVICE, -1, this.slotIds.service);
      return 0;
    }
    this.serviceParams = (this.serviceParams | (params & SCCB_BITS)) >>> 0;
    if (identity === 0 && this.bits & (1 << pendingBit.EXT_SERVICE)) return 0;
    // A signal with event bits becomes two interruptions, so the second needs an identity of its own.
    if (identity === 0) identity = this.decisions.raise(type, pendingBit.EXT_SERVICE);
    this.slotIds.service = this.settle(pendingBit.EXT_SERVICE, type, identity, this.slotIds.service);
    return 0;
  }

  /**
   * The ultravisor's notification for a protected guest: fixed SCCB bits, and service may be presented again.
   */
  setServiceFromUltravisor(id: number): void {
    this.serviceParams = (this.serviceParams | 0x43000) >>> 0;
    this.masked &= ~(1 << pendingBit.EXT_SERVICE);
    this.slotIds.service = this.settle(
      pendingBit.EXT_SERVICE, interruptType.INT_SERVICE, id, this.slotIds.service,
    );
  }

  /**
   * An adapter interrupt, told by its type code, becomes one GISA bit if there is a GISA; no limit applies
   * then.
   */
  private injectIo(interrupt: IoInterrupt, id: number, gisa: Gisa | undefined): number {
    const isc = iscOfWord(interrupt.ioIntWord);
    if (gisa && interrupt.type & KVM_S390_INT_IO_AI_MASK) {
      const into = gisa.raise(isc, id);
      if (into) this.decisions.note("coalesced", id, interrupt.type, bitOfIsc(isc), -1, into);
      else this.decisions.note("queued", id, interrupt.type, bitOfIsc(isc));
      return 0;
    }
    if (!isWithinIoLimit(this.ioCount + 1)) {
      this.decisions.note("refused", id, interrupt.type, bitOfIsc(isc));
      return errno.EBUSY;
    }
    this.ioCount++;
    this.io[isc]!.push({ id, interrupt });
    this.bits |= 1 << bitOfIsc(isc);
    this.decisions.note("queued", id, interrupt.type, bitOfIsc(isc));
    return 0;
  }

  private append(
    list: Fifo<Queued<ExternalInterrupt>>, limit: number, bit: number, interrupt: ExternalInterrupt,
    id: number,
  ): number {
    if (list.length >= limit) {
      this.decisions.note("refused", id, interrupt.type, bit);
      return errno.EBUSY;
    }
    list.push({ id, interrupt });
    this.bits |= 1 << bit;
    this.decisions.note("queued", id, interrupt.type, bit);
    return 0;
  }

  /**
   * Makes a slot's bit pending under `id`, or merges `id` into the identity that holds it; returns the
   * holder.
   */
  private settle(bit: number, type: number, id: number, holder: number): number {
    if (this.bits & (1 << bit)) {
      this.decisions.note("coalesced", id, type, bit, -1, holder);
      return holder;
    }
    this.bits |= 1 << bit;
    this.decisions.note("queued", id, type, bit);
    return id;
  }

  /** Takes the oldest listed I/O interrupt of `isc` that matches; `schid` 0 matches any. */
  takeIo(isc: number, schid: number): Queued<IoInterrupt> | undefined {
    const list = this.io[isc]!;
    if (list.length === 0) return undefined;
    const taken = schid === 0 ? list.shift() : list.take(({ interrupt }) => schidOf(interrupt) === schid);
    if (!taken) return undefined;
    this.ioCount--;
    if (list.length === 0) this.bits &= ~(1 << bitOfIsc(isc));
    return taken;
  }

  takePfault(): Queued<ExternalInterrupt> | undefined {
    const taken = this.pfault.shift();
    if (this.pfault.length === 0) this.bits &= ~(1 << pendingBit.PFAULT_DONE);
    return taken;
  }

  takeVirtio(): Queued<ExternalInterrupt> | undefined {
    const taken = this.virtio.shift();
    if (this.virtio.length === 0) this.bits &= ~(1 << pendingBit.VIRTIO);
    return taken;
  }

  /** Everything off the lists and out of the slots. */
  clear(): void {
    if (this.decisions.sink) for (const { id, type, bit } of this.pendingIdentities())
      this.decisions.note("cleared", id, type, bit);
    this.bits = 0;
    this.serviceParams = 0;
    this.mchkCr14 = this.mchkMcic = 0n;
    this.slotIds.service = this.slotIds.serviceEvent = this.slotIds.machineCheck = 0;
    for (const list of [...this.io, this.pfault, this.virtio]) list.clear();
    this.ioCount = 0;
  }

  /** One entry per pending interrupt. */
  pendingIdentities(): { id: number; type: number; bit: number }[] {
    const found: { id: number; type: number; bit: number }[] = [];
    const slot = (bit: number, type: number, id: number): void => {
      if (this.bits & (1 << bit)) found.push({ id, type, bit });
    };
    for (const list of [...this.io, this.pfault, this.virtio])
      for (const { id, interrupt } of list.values())
        found.push({ id, type: interrupt.type, bit: bitOfType(interrupt.type, wordOf(interrupt)) });
    slot(pendingBit.EXT_SERVICE, interruptType.INT_SERVICE, this.slotIds.service);
    slot(pendingBit.EXT_SERVICE_EV, interruptType.INT_SERVICE, this.slotIds.serviceEvent);
    slot(pendingBit.MCHK_REP, interruptType.MCHK, this.slotIds.machineCheck);
    return found;
  }
}

/** Subsystem-identification word: id in the high half, number in the low half. */
export const schidOf = (interrupt: IoInterrupt): number =>
  ((interrupt.subchannelId << 16) | interrupt.subchannelNr) >>> 0;

const wordOf = (interrupt: IoInterrupt | ExternalInterrupt): number =>
  interrupt.kind === "io" && isIoType(interrupt.type) ? interrupt.ioIntWord : 0;
