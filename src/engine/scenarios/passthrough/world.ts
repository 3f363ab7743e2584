/**
 * The world of the passthrough scenarios: one PCI function with eight messages behind a PHB4, a guest that
 * asks for one interrupt and opens it, and user space that connects it. The strategy is chosen from
 * outside, so that each scenario can be run with all of them.
 */
import { PassthroughMachine, type PluggedFunction } from "../../deviceMachine/passthroughMachine.ts";
import type { CallOutcome } from "../../deviceMachine/steppedCall.ts";
import { CHANGE_MSI } from "../../devices/passthrough/changeMsi.ts";
import { guestEoi, guestLoad, hcallEsb } from "../../devices/passthrough/guestAccess.ts";
import { PHB_FIRST } from "../../devices/passthrough/hardware.ts";
import { violations, type InvariantNumber } from "../../devices/passthrough/invariants.ts";
import { runHostHandler, type Irqfd } from "../../devices/passthrough/irqBypass.ts";
import { finish, start } from "../../devices/passthrough/operation.ts";
import type { InterruptMode, Passthrough } from "../../devices/passthrough/passthrough.ts";
import { configureSource } from "../../devices/passthrough/sourceCalls.ts";
import type { StrategyName } from "../../devices/passthrough/strategy.ts";
import { eoiOperation, setXive } from "../../devices/passthrough/xicsCalls.ts";
import { ESB_SET_PQ } from "../../devices/xive/esb.ts";
import type { Defects, Scenario } from "../scenario.ts";

/** The first number that ibm,change-msi gives. */
export const LISN = 0x1300;
/** Source of the function's first message. */
export const PHB_SOURCE = PHB_FIRST;
/** A handler that runs this often has met a storm. */
const HANDLINGS_MAX = 12;

/** A scenario that runs with the strategy that it is given. */
export type StrategyScenario = (strategy: StrategyName) => Scenario<World>;

export interface Shape {
  readonly mode: InterruptMode;
  readonly strategy: StrategyName;
  readonly defects: Defects;
  readonly ipis?: number;
  /** Native: what the guest wants to read in its queue. Default: the LISN. */
  readonly eisn?: number;
  /** The guest has the page that triggers mapped, too. Default true. */
  readonly touchesTrigger?: boolean;
}

export class World {
  readonly machine: PassthroughMachine;
  readonly p: Passthrough;
  readonly device: PluggedFunction;
  /** Results of calls, in order. */
  readonly results: (CallOutcome | string)[] = [];
  /** Data of the entries that the guest has handled. */
  readonly handled: number[] = [];
  irqfd: Irqfd | undefined;
  private readonly known: number;
  /** The guest's EOI met a lock and is to be tried again. */
  private owesEoi = false;

  constructor({ mode, strategy, defects, ipis, eisn = LISN, touchesTrigger = true }: Shape) {
    this.machine = new PassthroughMachine({ mode, strategy, defects, ...ipis && { ipis } });
    this.p = this.machine.p;
    this.known = mode === "native" ? eisn : LISN;
    this.device = this.machine.plug({ vendor: 0x1014, device: 0x1, msi: 8, msix: 0, hasLine: true });
    this.machine.msi.call(this.device.address, CHANGE_MSI, 1, 0);
    this.open(eisn, touchesTrigger);
  }

  /** The driver routes its interrupt and opens it; in native mode it touches its pages for that. */
  private open(eisn: number, touchesTrigger: boolean): void {
    const { p } = this;
    if (p.mode === "xics") {
      setXive(p, LISN, 0, 5);
      return;
    }
    configureSource(p, LISN, (BigInt(eisn) << 33n) | 6n);
    if (p.source(LISN)!.hcallOnly) hcallEsb(p, LISN, false, ESB_SET_PQ(0));
    else {
      guestLoad(p, LISN, "management", ESB_SET_PQ(0));
      if (touchesTrigger) guestLoad(p, LISN, "trigger", 0);
    }
  }

  /** The guest enables the message; user space connects it. */
  connect(): void {
    const { irqfd, returned } = this.machine.connect(LISN, this.device.hostIrq);
    this.irqfd = irqfd;
    this.results.push(returned);
  }

  /** The guest disables it, or the device goes. */
  disconnect(): void {
    this.results.push(this.machine.disconnect(this.irqfd!));
  }

  /** The device sends its first message. */
  deviceEvent(): void {
    this.p.hardware.trigger(PHB_SOURCE);
  }

  /** The guest's handlers and the host's run until there is nothing left, or it does not end. */
  settle(): void {
    if (this.owesEoi) this.endNative();
    while (this.handled.length < HANDLINGS_MAX && (this.handleHost() || this.handleGuest()));
  }

  /** The guest handles one entry. An entry it does not know is nobody's: it gets no EOI. */
  handleGuest(): boolean {
    const entry = this.p.queues.take();
    if (!entry) return false;
    if (entry.data !== this.known) return true;
    this.handled.push(entry.data);
    if (this.p.mode === "xics") finish(this.p, start(this.p, eoiOperation(LISN)));
    else this.endNative();
    this.p.queues.finish(entry.data);
    return true;
  }

  private endNative(): void {
    const outcome = guestEoi(this.p, LISN);
    this.owesEoi = outcome.kind === "refused" && outcome.why === "locked";
  }

  private handleHost(): boolean {
    const one = runHostHandler(this.p);
    if (one) this.p.host.endOfInterrupt(one.irq);
    return one !== undefined;
  }

  /** What is wrong by one of the invariants. */
  broken(invariant: InvariantNumber): string[] {
    return violations(this.p).filter((one) => one.invariant === invariant).map(({ says }) => says);
  }

  /** Entries in the guest's queue that it has not taken. */
  get queued(): number {
    return this.p.queues.entries.length;
  }
}
