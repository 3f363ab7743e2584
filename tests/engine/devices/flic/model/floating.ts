/** The floating part of the model: lists, the service signal, the channel report, the GISA, AIS, adapters. */
import type {
  ExternalInterrupt, FloatingInterrupt, IoInterrupt,
} from "../../../../../src/engine/devices/flic/pending.ts";
import { adapterWord, bit, bitOfIsc, bitOfType, iscOfWord, type, type Speaker } from "./pending.ts";

export type Listed<T> = { readonly id: number; readonly interrupt: T };
type AisMode = "all" | "single" | "no";
interface ModelAdapter {
  readonly isc: number;
  readonly suppressible: boolean;
}

const [EINVAL, ENOMEM] = [-22, -12];
const ISCS = [0, 1, 2, 3, 4, 5, 6, 7];

export class FloatingModel {
  readonly io: Listed<IoInterrupt>[][] = ISCS.map(() => []);
  readonly pfault: Listed<ExternalInterrupt>[] = [];
  readonly virtio: Listed<ExternalInterrupt>[] = [];
  /** Identities of the service signal and of its events; undefined while not pending. */
  service: number | undefined;
  event: number | undefined;
  sccb = 0;
  events = 0;
  report: { readonly id: number; readonly cr14: bigint; readonly mcic: bigint } | undefined;
  /** Identity per ISC; undefined without a GISA. */
  gisa: (number | undefined)[] | undefined;
  /** A service signal is held back from a protected guest. */
  serviceHeld = false;
  isProtected = false;
  readonly modes: AisMode[] = ISCS.map(() => "all");
  readonly adapters = new Map<number, ModelAdapter>();
  private readonly speaker: Speaker;
  private readonly onInjected: (typeCode: number) => void;

  constructor(hasGisa: boolean, speaker: Speaker, onInjected: (typeCode: number) => void) {
    this.gisa = hasGisa ? ISCS.map(() => undefined) : undefined;
    this.speaker = speaker;
    this.onInjected = onInjected;
  }

  enqueue(interrupt: FloatingInterrupt): number {
    const code = interrupt.kind === "mchk" ? type.MCHK : interrupt.type;
    const number = interrupt.kind === "io" ? bitOfIsc(iscOfWord(interrupt.ioIntWord)) : bitOfType[code] ?? -1;
    return this.inject(interrupt, this.speaker.raise(code, number));
  }

  inject(interrupt: FloatingInterrupt, id: number): number {
    if (interrupt.kind === "io") this.injectIo(interrupt, id);
    else if (interrupt.kind === "mchk") this.injectReport(interrupt.cr14, interrupt.mcic, id);
    else if (interrupt.type === type.SERVICE) this.injectService(interrupt.params, id);
    else if (interrupt.type === type.VIRTIO) this.append(this.virtio, interrupt, id);
    else if (interrupt.type === type.PFAULT_DONE) this.append(this.pfault, interrupt, id);
    else {
      this.speaker.note("refused", id, interrupt.type, -1);
      return EINVAL;
    }
    this.onInjected(interrupt.kind === "mchk" ? type.MCHK : interrupt.type);
    return 0;
  }

  private injectIo(interrupt: IoInterrupt, id: number): void {
    const isc = iscOfWord(interrupt.ioIntWord);
    const isAdapterInterrupt = Math.floor(interrupt.type / type.ADAPTER) % 2 === 1;
    if (this.gisa && isAdapterInterrupt) {
      const holder = this.gisa[isc];
      this.gisa[isc] ??= id;
      this.settled(holder, id, interrupt.type, bitOfIsc(isc));
    } else {
      this.io[isc]!.push({ id, interrupt });
      this.speaker.note("queued", id, interrupt.type, bitOfIsc(isc));
    }
  }

  private append(list: Listed<ExternalInterrupt>[], interrupt: ExternalInterrupt, id: number): void {
    list.push({ id, interrupt });
    this.speaker.note("queued", id, interrupt.type, bitOfType[interrupt.type]!);
  }

  private injectReport(cr14: bigint, mcic: bigint, id: number): void {
    const held = this.report;
    const subclass = (cr14 >> 28n) % 2n === 1n ? 1n << 28n : 0n;
    this.report = {
      id: held?.id ?? id, cr14: (held?.cr14 ?? 0n) | subclass, mcic: (held?.mcic ?? 0n) | mcic,
    };
    this.settled(held?.id, id, type.MCHK, bit.MCHK_REP);
  }

  private injectService(params: number, id: number): void {
    const [events, sccb] = [params % 4, params - (params % 8)];
    this.events |= events;
    const hasEvent = this.events > 0 && events > 0;
    if (hasEvent) {
      this.settled(this.event, id, type.SERVICE, bit.EVENT);
      this.event ??= id;
    }
    if (this.sccb !== 0) {
      if (!hasEvent) this.speaker.note("coalesced", id, type.SERVICE, bit.SERVICE, -1, this.service);
      return;
    }
    this.sccb = sccb;
    if (hasEvent && this.service !== undefined) return;
    this.settleService(hasEvent ? this.speaker.raise(type.SERVICE, bit.SERVICE) : id);
  }

  private settleService(id: number): void {
    this.settled(this.service, id, type.SERVICE, bit.SERVICE);
    this.service ??= id;
  }

  notifyUltravisorService(): void {
    const id = this.speaker.raise(type.SERVICE, bit.SERVICE);
    this.sccb = (this.sccb | 0x43000) >>> 0;
    this.serviceHeld = false;
    this.settleService(id);
  }

  private settled(holder: number | undefined, id: number, code: number, number: number): void {
    if (holder === undefined) this.speaker.note("queued", id, code, number);
    else this.speaker.note("coalesced", id, code, number, -1, holder);
  }

  airq(adapterId: number, hasFacility72: boolean, hasRoom: boolean): number {
    const adapter = this.adapters.get(adapterId);
    if (!adapter) return EINVAL;
    const number = bitOfIsc(adapter.isc);
    const id = this.speaker.raise(type.ADAPTER, number);
    const isSubject = hasFacility72 && adapter.suppressible;
    if (isSubject && this.modes[adapter.isc] === "no") {
      this.speaker.note("suppressed", id, type.ADAPTER, number);
      return 0;
    }
    if (!hasRoom) {
      this.speaker.note("refused", id, type.ADAPTER, number);
      return ENOMEM;
    }
    if (isSubject && this.modes[adapter.isc] === "single") this.modes[adapter.isc] = "no";
    return this.inject(adapterInterrupt(adapter.isc), id);
  }

  /** The most urgent I/O interrupt of these ISCs: of one subchannel, or of any and then of the GISA too. */
  takeIo(iscs: readonly number[], schid: number): Listed<IoInterrupt> | undefined {
    const matches = ({ interrupt }: Listed<IoInterrupt>): boolean =>
      schid === 0 || schid === interrupt.subchannelId * 0x10000 + interrupt.subchannelNr;
    const listedIsc = iscs.find((isc) => this.io[isc]!.some(matches));
    const gisaIsc = schid === 0 ? iscs.find((isc) => this.gisa?.[isc] !== undefined) : undefined;
    const listed = listedIsc === undefined ? undefined : this.removeFirst(listedIsc, matches);
    if (gisaIsc === undefined || (listedIsc !== undefined && listedIsc <= gisaIsc)) return listed;
    const id = this.gisa![gisaIsc]!;
    this.gisa![gisaIsc] = undefined;
    if (listed) this.reinject(listed);
    return { id, interrupt: adapterInterrupt(gisaIsc) };
  }

  reinject(listed: Listed<IoInterrupt>): void {
    this.speaker.note("requeued", listed.id, listed.interrupt.type, bitOfIo(listed));
    this.inject(listed.interrupt, listed.id);
  }

  private removeFirst(isc: number, matches: (one: Listed<IoInterrupt>) => boolean): Listed<IoInterrupt> {
    const list = this.io[isc]!;
    return list.splice(list.findIndex(matches), 1)[0]!;
  }

  clear(): void {
    const clears = (id: number | undefined, code: number, number: number): void => {
      if (id !== undefined) this.speaker.note("cleared", id, code, number);
    };
    for (const list of [...this.io, this.pfault, this.virtio])
      for (const { id, interrupt } of list.splice(0))
        clears(id, interrupt.type, interrupt.kind === "io" ? bitOfIsc(iscOfWord(interrupt.ioIntWord))
          : bitOfType[interrupt.type]!);
    clears(this.service, type.SERVICE, bit.SERVICE);
    clears(this.event, type.SERVICE, bit.EVENT);
    clears(this.report?.id, type.MCHK, bit.MCHK_REP);
    this.service = this.event = this.report = undefined;
    this.sccb = this.events = 0;
    this.clearGisa("cleared");
    if (!this.isProtected) this.serviceHeld = false;
  }

  clearGisa(step: string): void {
    this.gisa?.forEach((id, isc) => {
      if (id !== undefined) this.speaker.note(step, id, type.ADAPTER, bitOfIsc(isc));
    });
    this.gisa?.fill(undefined);
  }
}

export const bitOfIo = ({ interrupt }: Listed<IoInterrupt>): number =>
  bitOfIsc(iscOfWord(interrupt.ioIntWord));

export const adapterInterrupt = (isc: number): IoInterrupt => ({
  kind: "io", type: type.ADAPTER, subchannelId: 0, subchannelNr: 0, ioIntParm: 0, ioIntWord: adapterWord(isc),
});
