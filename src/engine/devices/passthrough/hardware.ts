/**
 * The interrupt sources of the host that can stand behind a guest's interrupt number: generic IPIs of the
 * XIVE interrupt controller, and the sources of a PHB4 (PCI host bridge), with the routing entry (EAS) of
 * each. Both are real hardware with pages of their own; an event goes where the EAS says when it leaves its
 * source.
 *
 * Hardware numbers: IPIs from 0, PHB sources from PHB_FIRST.
 */
import {
  ESB_PENDING, ESB_QUEUED, ESB_RESET, ESB_SET_PQ, ESB_STORE_EOI, esbPageAddress, type EsbPage, type Pq,
} from "../xive/esb.ts";
import type { SourceBank } from "../xive/sources.ts";

/** Hardware number of the first PHB source. */
export const PHB_FIRST = 0x10_0000;
/** Priority of an EAS that drops its events. */
export const MASKED = 0xff;
/** Real addresses at which the pages of source 0 of each controller begin. */
const IPI_PAGES = 0x0006_0100_0000_0000n;
const PHB_PAGES = 0x0006_0300_0000_0000n;
/** What a load returns where the bridge answers no more. */
const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/** Where events of a source go. `target` is a server of the guest or a CPU of the host. */
export interface Eas {
  readonly space: "guest" | "host";
  readonly target: number;
  /** 0 to 7, or MASKED. */
  readonly priority: number;
  readonly data: number;
}
export const unrouted: Eas = { space: "host", target: 0, priority: MASKED, data: 0 };

/** Real address of each page of a source; 0n where it has none. */
export type SourcePages = Readonly<Record<EsbPage, bigint>>;

export class Hardware {
  readonly ipis: SourceBank;
  readonly phb: SourceBank;
  readonly eas = new Map<number, Eas>();
  /** Pages of sources that are not where their controller has them, or not there. */
  readonly pages = new Map<number, SourcePages>();
  /** The bridge is in error: loads from its pages read as all ones, and nothing else happens. */
  phbFrozen = false;
  onGuestEvent: ((eas: Eas, source: number) => void) | undefined;
  onHostEvent: ((eas: Eas, source: number) => void) | undefined;
  onDropped: ((source: number) => void) | undefined;
  /** An event of a bridge in error. */
  onIgnored: ((source: number) => void) | undefined;

  constructor(ipis: SourceBank, phb: SourceBank) {
    this.ipis = ipis;
    this.phb = phb;
    ipis.notify = (source) => this.route(source);
    phb.notify = (source) => this.route(PHB_FIRST + source);
  }

  has(source: number): boolean {
    const [bank, index] = this.place(source);
    return bank.has(index);
  }
  pq(source: number): Pq {
    const [bank, index] = this.place(source);
    return bank.pq(index);
  }
  isLsi(source: number): boolean {
    const [bank, index] = this.place(source);
    return bank.isLsi(index);
  }

  /** A load of SET_PQ: the state before, or undefined if the bridge returned all ones. */
  setPq(source: number, pq: Pq): Pq | undefined {
    const before = this.load(source, "management", ESB_SET_PQ(pq));
    return before === ALL_ONES ? undefined : (Number(before) as Pq);
  }

  /** One load of 8 bytes from a page of a source. */
  load(source: number, page: EsbPage, offset: number, size = 8): bigint {
    const [bank, index] = this.place(source);
    if (this.isFrozen(source)) return ALL_ONES;
    const value = bank.load(index, page, offset, size);
    return value === undefined ? ALL_ONES : BigInt(value);
  }

  /** One store to a page of a source; false if it was ignored. */
  store(source: number, page: EsbPage, offset: number, size = 8): boolean {
    const [bank, index] = this.place(source);
    return !this.isFrozen(source) && bank.store(index, page, offset, size);
  }

  /** One event from a device, or by a store to the trigger page. */
  trigger(source: number): void {
    const [bank, index] = this.place(source);
    if (this.isFrozen(source)) this.onIgnored?.(source);
    else bank.trigger(index);
  }

  /** Level of a device's line; a source that is not level-sensitive takes true as one event. */
  setLine(source: number, isRaised: boolean): void {
    const [bank, index] = this.place(source);
    if (!this.isFrozen(source)) bank.setIrq(index, isRaised);
    else if (isRaised) this.onIgnored?.(source);
  }

  /**
   * EOI as kernels do it for a source: Store-EOI where it is there; LSI by a load; else PQ is set to 00
   * and, if Q was set and there is a trigger page, the event is triggered again. Without the page Q is
   * lost. `resends` false leaves Q to its fate.
   */
  endOfInterrupt(source: number, resends = true): void {
    const [bank] = this.place(source);
    if (bank.storeEoi) this.store(source, "management", ESB_STORE_EOI);
    else if (this.isLsi(source)) this.load(source, "management", 0);
    else {
      const before = this.setPq(source, ESB_RESET);
      const hadQ = before !== undefined && (before & 1) === 1;
      if (hadQ && resends && this.pagesOf(source).trigger !== 0n) this.store(source, "trigger", 0);
    }
  }

  routeOf(source: number): Eas {
    return this.eas.get(source) ?? unrouted;
  }
  setRoute(source: number, eas: Eas): void {
    this.eas.set(source, eas);
  }

  pagesOf(source: number): SourcePages {
    return this.pages.get(source) ?? addressesOf(source);
  }

  private isFrozen(source: number): boolean {
    return this.phbFrozen && source >= PHB_FIRST;
  }

  private place(source: number): readonly [SourceBank, number] {
    return source >= PHB_FIRST ? [this.phb, source - PHB_FIRST] : [this.ipis, source];
  }

  private route(source: number): void {
    const eas = this.routeOf(source);
    if (eas.priority === MASKED) this.onDropped?.(source);
    else if (eas.space === "guest") this.onGuestEvent?.(eas, source);
    else this.onHostEvent?.(eas, source);
  }
}

function addressesOf(source: number): SourcePages {
  const [base, index] = source >= PHB_FIRST ? [PHB_PAGES, source - PHB_FIRST] : [IPI_PAGES, source];
  return {
    trigger: esbPageAddress(base, index, "trigger"),
    management: esbPageAddress(base, index, "management"),
  };
}

export const hasP = (pq: Pq): boolean => (pq & ESB_PENDING) !== 0;
/** Another event came since the one that P stands for. In PQ = 01 the bit means "off", not an event. */
export const hasLatchedEvent = (pq: Pq): boolean => pq === ESB_QUEUED;
