/**
 * The floating interrupt controller of one s390 machine, with the local interrupts of its CPUs.
 *
 * Every way in (device attributes, ioctls, irqfds, the machine's own devices) ends in `enqueue`,
 * `injectAdapter`, `signalGsi` or `injectLocal`; every way out in `deliverPending`, `tpi`,
 * `takeIoForSubchannel` or a clear.
 */
import { errno } from "../../api/errno.ts";
import type { Result } from "../../base/result.ts";
import type { GuestMemory } from "../../memory/guestMemory.ts";
import type { KernelProfile } from "../../uapi/kernelProfile.ts";
import { ADAPTER_INTERRUPT, interruptType } from "../../uapi/s390Interrupt.ts";
import { Adapters, type Adapter } from "./adapters.ts";
import { admitAdapterInterrupt, admitForwarded, aisAtReset, type AisState } from "./ais.ts";
import { Decisions, type DecisionSink } from "./decision.ts";
import { deliverPending, type DeliveryContext, type DeliveryResult } from "./deliver.ts";
import { deliverable, dueTimers, scaCallDeliverable, summary } from "./deliverable.ts";
import type { FlicOptions } from "./flicOptions.ts";
import { Gib } from "./gib.ts";
import { Gisa } from "./gisa.ts";
import { GisaAlert } from "./gisaAlert.ts";
import { enterIdle, leaveIdle, takeStop, type IdleEntry } from "./idle.ts";
import { setIndicators, type AdapterPages } from "./indicators.ts";
import { adapterWord, bitOfIsc, bitOfType, iscOfWord, pendingBit } from "./interruptBits.ts";
import { ALL_ISCS, noteTaken, takeIoInterrupt } from "./ioDequeue.ts";
import type { LocalInterrupt } from "./local.ts";
import { PageFaults } from "./pageFaults.ts";
import { loadFlic, saveFlic } from "./persist.ts";
import { FloatingPending, typeOf, type FloatingInterrupt, type IoInterrupt, type Queued } from "./pending.ts";
import type { RouteTable } from "./routes.ts";
import type { FlicSnapshot } from "./state.ts";
import { testPendingInterruption, type TpiOutcome } from "./tpi.ts";
import type { VcpuPort } from "./vcpuPort.ts";
import { Vcpus } from "./vcpus.ts";

export class Flic implements DeliveryContext {
  readonly profile: KernelProfile;
  readonly memory: GuestMemory;
  readonly pages: AdapterPages;
  readonly decisions = new Decisions();
  readonly vcpus = new Vcpus(this.decisions);
  readonly floating: FloatingPending;
  readonly adapters = new Adapters();
  readonly pageFaults: PageFaults = new PageFaults(this);
  readonly options: FlicOptions;
  ais: AisState = aisAtReset;
  /** Facility 72, adapter-interruption suppression, is offered to the guest. */
  facility72 = false;
  routes: RouteTable = new Map();
  /** The machine is a protected guest. */
  isProtected = false;
  private alert: GisaAlert | undefined;
  private readonly gib: Gib;

  constructor(options: FlicOptions) {
    this.options = options;
    this.profile = options.profile;
    this.memory = options.memory;
    this.pages = options.pages;
    this.floating = new FloatingPending(this.decisions, options.profile.serviceEventBit);
    this.gib = options.gib ?? new Gib();
    this.createGisa();
  }

  get gisa(): Gisa | undefined {
    return this.alert?.gisa;
  }
  get gisaAlert(): GisaAlert | undefined {
    return this.alert;
  }

  /** Where decisions are reported; undefined costs nothing. */
  set onDecision(sink: DecisionSink | undefined) {
    this.decisions.sink = sink;
  }
  /** Called with a CPU's address when it should look for interrupts. */
  set kick(onKick: ((vcpuId: number) => void) | undefined) {
    this.vcpus.onKick = onKick;
  }

  attachVcpu(port: VcpuPort): void {
    this.vcpus.add(port);
  }

  /**
   * Injects one floating interrupt (group ENQUEUE): 0, -EBUSY at a limit, -EINVAL for a type that does not
   * float.
   */
  enqueue(interrupt: FloatingInterrupt): number {
    const type = typeOf(interrupt);
    const bit = bitOfType(type, interrupt.kind === "io" ? interrupt.ioIntWord : 0);
    return this.injectFloating(interrupt, this.decisions.raise(type, bit));
  }

  private injectFloating(interrupt: FloatingInterrupt, id: number): number {
    const result = this.floating.inject(interrupt, id, this.gisa);
    if (result !== 0) return result;
    this.vcpus.kickForFloating(typeOf(interrupt), this.gisa !== undefined, this.isProtected);
    return 0;
  }

  /** AIRQ_INJECT: 0 also when suppressed, -EINVAL for no such adapter, -ENOMEM, -EBUSY. */
  injectAdapter(adapterId: number, hasRoom: () => boolean = () => true): number {
    const adapter = this.adapters.get(adapterId);
    return adapter ? this.injectFrom(adapter, this.raiseFor(adapter), hasRoom) : errno.EINVAL;
  }

  private raiseFor(adapter: Adapter): number {
    return this.decisions.raise(ADAPTER_INTERRUPT, bitOfIsc(iscOfWord(adapterWord(adapter.isc))));
  }

  /** Memory for the interrupt is asked for only when it is not suppressed. */
  private injectFrom(adapter: Adapter, id: number, hasRoom: () => boolean): number {
    const ioIntWord = adapterWord(adapter.isc);
    const bit = bitOfIsc(iscOfWord(ioIntWord));
    const interrupt: IoInterrupt = {
      kind: "io", type: ADAPTER_INTERRUPT, subchannelId: 0, subchannelNr: 0, ioIntParm: 0, ioIntWord,
    };
    const isSubject = this.facility72 && adapter.suppressible;
    const { delivered, next } = isSubject ? admitAdapterInterrupt(this.ais, adapter.isc)
      : { delivered: true, next: this.ais };
    if (!delivered) {
      this.decisions.note("suppressed", id, ADAPTER_INTERRUPT, bit);
      return 0;
    }
    if (!hasRoom()) {
      this.decisions.note("refused", id, ADAPTER_INTERRUPT, bit);
      return errno.ENOMEM;
    }
    const result = this.injectFloating(interrupt, id);
    if (result === 0) this.ais = next;
    return result;
  }

  /**
   * Signals a GSI as an irqfd does: -1 without a route, adapter or page; 0 if the summary bit was already set
   * or `level` is 0; 1 otherwise, also for a masked adapter and a suppressed interrupt; the injection's errno
   * if it was refused.
   */
  signalGsi(gsi: number, level = 1): number {
    const route = this.routes.get(gsi);
    if (!route) return -1;
    if (level === 0) return 0;
    const adapter = this.adapters.get(route.adapterId);
    if (!adapter) return -1;
    const id = this.raiseFor(adapter);
    const bit = bitOfIsc(iscOfWord(adapterWord(adapter.isc)));
    const outcome = setIndicators(route, adapter, this.memory, this.pages, this.profile);
    if (outcome === "raise" && !adapter.masked) return this.injectFrom(adapter, id, () => true) || 1;
    const end = outcome === "raise" ? "masked" : outcome === "coalesced" ? "coalesced" : "lost";
    this.decisions.note(end, id, ADAPTER_INTERRUPT, bit);
    return { masked: 1, coalesced: 0, lost: -1 }[end];
  }

  /** Injects an interrupt for one CPU and wakes it; 0 or the errno of the type's rules. */
  injectLocal(cpu: number, interrupt: LocalInterrupt): number {
    const result = this.restoreLocal(cpu, interrupt);
    if (result === 0) this.vcpus.wake(this.vcpus.of(cpu));
    return result;
  }

  /** As `injectLocal` without the wake-up (KVM_S390_SET_IRQ_STATE). */
  restoreLocal(cpu: number, interrupt: LocalInterrupt): number {
    const { port, local } = this.vcpus.of(cpu);
    const sigpInterpretation = (this.options.sigpInterpretation ?? false) && !this.isProtected;
    return local.inject(interrupt, { port, sigpInterpretation, cpuExists: (id) => this.vcpus.exists(id) });
  }

  /** Group CLEAR_IRQS: lists, slots and GISA bits; modes, adapters and local interrupts stay. */
  clearFloating(): void {
    if (!this.isProtected) this.floating.masked = 0;
    this.floating.clear();
    this.alert?.clearPending("cleared");
  }

  /** A CPU reset's clear of its own interrupts. */
  clearLocal(cpu: number): void {
    this.vcpus.of(cpu).local.clear(cpu);
  }

  /** True if something is pending for the CPU, whatever its masks. */
  isPending(port: VcpuPort): boolean {
    const slot = this.vcpus.of(port.id);
    return summary(slot, this.floating, this.gisa) !== 0 || slot.local.sca !== undefined;
  }

  /** True if a delivery pass would present something. Cheap while nothing is pending. */
  hasDeliverable(port: VcpuPort): boolean {
    const slot = this.vcpus.of(port.id);
    if (!this.profile.quirks.kickMarkOutlivesWakeUp) slot.gisaKicked = false;
    const pending = summary(slot, this.floating, this.gisa);
    return deliverable(slot, pending, this) !== 0 || dueTimers(slot) !== 0 || scaCallDeliverable(slot);
  }

  /** Presents everything the CPU is open to, most urgent first, looking again after each. */
  deliverPending(port: VcpuPort): DeliveryResult {
    return deliverPending(this.vcpus.of(port.id), this);
  }

  /** The stop request, once nothing else is deliverable: its flags, taken. */
  takeStop(port: VcpuPort): { readonly storeStatus: boolean } | undefined {
    return takeStop(this, port);
  }

  /** A CPU has loaded a waiting PSW; see `idle.ts`. */
  enterIdle(port: VcpuPort): IdleEntry {
    return enterIdle(this, port);
  }

  leaveIdle(port: VcpuPort): void {
    leaveIdle(this, port);
  }

  /** TEST PENDING INTERRUPTION after the privilege check; see `tpi.ts`. */
  tpi(port: VcpuPort, address: bigint): TpiOutcome {
    return testPendingInterruption(this, port, address);
  }

  /** Takes an interrupt without saying why; the caller notes its end or gives it back with `reinjectIo`. */
  takeIo(iscMask: number, schid: number): Queued<IoInterrupt> | undefined {
    return takeIoInterrupt(this.floating, this.gisa, iscMask, schid, (queued) => this.reinjectIo(queued));
  }

  /** Back to the end of its list, as a new injection: a limit may refuse it, a CPU is kicked. */
  reinjectIo(queued: Queued<IoInterrupt>): number {
    noteTaken(this.decisions, "requeued", queued);
    return this.injectFloating(queued.interrupt, queued.id);
  }

  /**
   * TEST SUBCHANNEL's dequeue. Whether there is a subchannel at all is told by all 64 bits of general
   * register 1, the match by the low 32; so a value with only high bits takes the most urgent interrupt of
   * any subchannel.
   */
  takeIoForSubchannel(gr1: bigint, cpu = -1): IoInterrupt | undefined {
    if (gr1 === 0n) return undefined;
    const taken = this.takeIo(ALL_ISCS, Number(gr1 & 0xffffffffn));
    if (taken) noteTaken(this.decisions, "taken", taken, cpu);
    return taken?.interrupt;
  }

  /** Group CLEAR_IO_IRQ: removes at most one listed interrupt of this subchannel. */
  clearIo(schid: number): void {
    const taken = this.takeIo(ALL_ISCS, schid);
    if (taken) noteTaken(this.decisions, "cleared", taken);
  }

  /** One more user of GISA alerts for a guest ISC: the host's ISC, -ENODEV without a GISA, -ERANGE. */
  registerGisc(isc: number): number {
    return this.alert ? this.alert.register(isc) : errno.ENODEV;
  }
  /** -ENODEV, -ERANGE, -EINVAL if nobody is registered, or 0. */
  unregisterGisc(isc: number): number {
    return this.alert ? this.alert.unregister(isc) : errno.ENODEV;
  }

  /** Enters or leaves protected mode. Where the ultravisor lacks AIV the GISA goes, and comes back empty. */
  setProtected(isProtected: boolean, ultravisorHasAiv = true): void {
    this.isProtected = isProtected;
    const service = 1 << pendingBit.EXT_SERVICE;
    if (isProtected) this.floating.masked |= service;
    else this.floating.masked &= ~service;
    if (isProtected && !ultravisorHasAiv) this.removeGisa();
    if (!isProtected && !this.alert) this.createGisa();
  }

  /** The ultravisor's service-call notification. */
  notifyUltravisorService(): void {
    const id = this.decisions.raise(interruptType.INT_SERVICE, pendingBit.EXT_SERVICE);
    this.floating.setServiceFromUltravisor(id);
  }

  private createGisa(): void {
    if (!this.profile.gisa || this.options.aiv === false) return;
    const gisa = new Gisa(this.options.gisaAddress ?? 0x1000, this.options.gisaFormat ?? 1);
    const { zpciForwarding: forwardsPci, quirks } = this.profile;
    const admits = quirks.forwardingHasOwnModes ? undefined : (isc: number) => admitForwarded(this, isc);
    const kernel = { time: this.options.time, forwardsPci, admits, kickMaskShrinks: quirks.kickMaskShrinks };
    this.alert = new GisaAlert(gisa, this.gib, this.vcpus, this.decisions, kernel);
  }

  private removeGisa(): void {
    this.alert?.clearPending("lost");
    this.alert?.stop();
    this.alert = undefined;
  }

  /** Everything pending or set, as plain data; changes nothing. */
  save(): FlicSnapshot {
    return saveFlic(this);
  }

  /** Becomes what was saved. CPUs must be attached already, in the same order. Refuses with a sentence. */
  load(snapshot: FlicSnapshot): Result<void, string> {
    return loadFlic(this, snapshot);
  }
}
