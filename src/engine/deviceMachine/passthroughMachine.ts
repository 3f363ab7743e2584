/**
 * A POWER9 machine of devices alone for passthrough: a PHB4 with functions to pass through, the host's
 * VFIO, a guest whose sources are mapped, and user space that connects them. Tests, scenarios and
 * conformance drive it call by call.
 */
import { addIrqfd, addProducer, deleteProducer, type Irqfd } from "../devices/passthrough/irqBypass.ts";
import { ChangeMsi } from "../devices/passthrough/changeMsi.ts";
import { PHB_FIRST } from "../devices/passthrough/hardware.ts";
import type { HostInterrupt } from "../devices/passthrough/hostInterrupts.ts";
import { finish, start } from "../devices/passthrough/operation.ts";
import { Passthrough, type PassthroughOptions } from "../devices/passthrough/passthrough.ts";
import { remapOperation } from "../devices/passthrough/remap.ts";
import type { ConfigShape } from "../devices/pciMock/configSpace.ts";
import { PciFunction } from "../devices/pciMock/pciFunction.ts";
import { PHB_LINES, Phb4 } from "../devices/pciMock/phb4.ts";
import { Ledger } from "../ledger/ledger.ts";
import { PassthroughLedger } from "../ledger/passthroughLedger.ts";
import { SteppedCall, type CallOutcome } from "./steppedCall.ts";

/** Host interrupt number of a bridge's first source. */
export const HOST_IRQ_FIRST = 45;
/** CPU of the host that takes VFIO's interrupts. */
export const HOST_CPU = 3;
/** Message sources of the bridge. */
const MESSAGES = 32;

export interface PassthroughMachineOptions extends PassthroughOptions {
  /** Sources whose pages are mapped, from 0 on. Default 0x1400. */
  readonly mappedSources?: number;
}

/** A function of the bridge, and the host interrupts of its vectors. */
export interface PluggedFunction {
  readonly address: number;
  readonly pci: PciFunction;
  /** Host interrupt of vector n is `hostIrq + n`. */
  readonly hostIrq: number;
  /** Host interrupt of its line. */
  readonly lineIrq: number;
  /** LISN of each vector, as the guest programmed it; empty before. */
  lisns: readonly number[];
  readonly irqfds: Irqfd[];
}

export class PassthroughMachine {
  readonly p: Passthrough;
  readonly phb: Phb4;
  readonly msi: ChangeMsi;
  readonly functions: PluggedFunction[] = [];
  /** Its time is the number of lines written so far. */
  readonly ledger: PassthroughLedger;
  /** Called between the steps of a switch, with the name of the step that comes next. */
  beforeStep: ((next: string) => void) | undefined;

  constructor(options: PassthroughMachineOptions) {
    this.p = new Passthrough({ phbSources: MESSAGES + PHB_LINES, ...options });
    const { hardware } = this.p;
    const book = new Ledger();
    this.ledger = new PassthroughLedger(this.p, () => BigInt(book.written), book);
    this.phb = new Phb4(MESSAGES, {
      trigger: (source) => hardware.trigger(PHB_FIRST + source),
      setLine: (source, isRaised) => hardware.setLine(PHB_FIRST + source, isRaised),
      setFrozen: (isFrozen) => { hardware.phbFrozen = isFrozen; },
    });
    for (let line = MESSAGES; line < MESSAGES + PHB_LINES; line++) hardware.phb.setLsi(line, true);
    this.msi = new ChangeMsi(this.p);
    this.p.mapSources(options.mappedSources ?? 0x1400);
  }

  /** Plugs a function into the bridge; its host interrupts are started, and go to the host. */
  plug(shape: ConfigShape, isPassedThrough = true): PluggedFunction {
    const vectors = Math.max(shape.msi, shape.msix);
    const place = this.phb.plug(vectors)!;
    const pci = new PciFunction(shape, place.port);
    const plugged: PluggedFunction = {
      address: this.functions.length << 3, pci, hostIrq: HOST_IRQ_FIRST + place.first,
      lineIrq: HOST_IRQ_FIRST + place.line, lisns: [], irqfds: [],
    };
    for (let vector = 0; vector < vectors; vector++) this.startHost(place.first + vector);
    // KVM forwards messages alone; a line is injected by software.
    this.startHost(place.line).isOpalMsi = false;
    this.msi.functions.set(plugged.address, {
      isPassedThrough,
      vectors: { msi: shape.msi, msix: shape.msix },
      program: (_type, lisns) => {
        plugged.lisns = lisns;
        if (isPassedThrough && this.p.strategy.overlay === "at-change-msi" && lisns.length)
          this.remap(lisns[0]!, lisns.length, true);
      },
    });
    pci.onVectors = (_kind, count) => {
      while (plugged.irqfds.length) this.disconnect(plugged.irqfds.pop()!);
      for (const [vector, lisn] of plugged.lisns.slice(0, count).entries())
        plugged.irqfds.push(this.connect(lisn, plugged.hostIrq + vector).irqfd);
    };
    this.functions.push(plugged);
    return plugged;
  }

  /** KVM_IRQFD for a vector, and what the direct path returned. */
  connect(lisn: number, hostIrq: number): { irqfd: Irqfd; returned: CallOutcome } {
    const { irqfd, call } = this.beginConnect(lisn, hostIrq);
    return { irqfd, returned: this.settle(call) };
  }
  /** As `connect`, up to before the first step of the switch. */
  beginConnect(lisn: number, hostIrq: number): { irqfd: Irqfd; call: SteppedCall } {
    const irqfd = addIrqfd(this.p, lisn, hostIrq);
    const call = new SteppedCall(this.p, addProducer(this.p, irqfd), () => {
      if (irqfd.hasProducer) this.follow(lisn, true);
    });
    return { irqfd, call };
  }

  /** Takes the irqfd away, and with it the direct path. */
  disconnect(irqfd: Irqfd): CallOutcome {
    const wasDirect = irqfd.hasProducer;
    const returned = this.settle(new SteppedCall(this.p, deleteProducer(this.p, irqfd)));
    this.afterDisconnect(irqfd, wasDirect);
    return returned;
  }
  /** As `disconnect`, up to before the first step; the irqfd goes when the last is done. */
  beginDisconnect(irqfd: Irqfd): SteppedCall {
    const wasDirect = irqfd.hasProducer;
    return new SteppedCall(this.p, deleteProducer(this.p, irqfd), () => {
      this.afterDisconnect(irqfd, wasDirect);
    });
  }
  private afterDisconnect(irqfd: Irqfd, wasDirect: boolean): void {
    this.p.irqfds.delete(irqfd.id);
    if (wasDirect) this.follow(irqfd.lisn, false);
  }

  private settle(call: SteppedCall): CallOutcome {
    while (call.returned === undefined) {
      this.beforeStep?.(call.next!);
      if (call.step() === "blocked") return "blocked";
    }
    return call.returned;
  }

  /** What user space does to its mappings after a switch, if the strategy leaves it to user space. */
  private follow(lisn: number, isMapped: boolean): void {
    const { overlay, region } = this.p.strategy;
    if (overlay === "after-irqfd" || region) this.remap(lisn, 1, isMapped);
  }

  private remap(lisn: number, count: number, isMapped: boolean): void {
    finish(this.p, start(this.p, remapOperation(lisn, count, isMapped)));
  }

  private startHost(source: number): HostInterrupt {
    const one = this.p.host.add(HOST_IRQ_FIRST + source, PHB_FIRST + source, HOST_CPU);
    this.p.hardware.setPq(one.source, 0);
    return one;
  }
}
