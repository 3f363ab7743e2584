/**
 * The host kernel's side of a PHB source: where it is delivered, whether it is forwarded to a vCPU, and
 * what the host still owes it. `savedP`: an entry is in a host queue although P of the ESB may say
 * otherwise. `staleP`: there is none although P is set.
 */
import { ESB_OFF, ESB_PENDING, ESB_QUEUED } from "../xive/esb.ts";
import { hasP, unrouted, type Hardware } from "./hardware.ts";

/** Priority at which the host takes its own interrupts. */
const HOST_PRIORITY = 5;

export interface HostInterrupt {
  /** Number in the host kernel. */
  readonly irq: number;
  /** Hardware number of the source. */
  readonly source: number;
  /** CPU that takes it, or undefined where the host has not started it. */
  target: number | undefined;
  savedP: boolean;
  staleP: boolean;
  isForwarded: boolean;
  /** The chip is a PowerNV MSI chip, the only one that KVM forwards. */
  isOpalMsi: boolean;
  /** What the chip's affinity call answers to being forwarded: 0 or an errno. */
  affinityError: number;
  /** What firmware answers to delivery at the host's CPU again: 0 or an errno. */
  retargetError: number;
}

export class HostInterrupts {
  readonly interrupts = new Map<number, HostInterrupt>();
  /** Host interrupt numbers with an entry in a queue of the host, oldest first. */
  queue: number[] = [];
  /** Numbers whose handler runs: taken from the queue, EOI still to come. */
  handling: number[] = [];
  onTaken: ((one: HostInterrupt) => void) | undefined;
  private readonly hardware: Hardware;
  private readonly trustsAllOnes: boolean;
  private readonly forgetsEntry: boolean;

  constructor(hardware: Hardware, trustsAllOnes: boolean, forgetsEntry: boolean) {
    this.hardware = hardware;
    this.trustsAllOnes = trustsAllOnes;
    this.forgetsEntry = forgetsEntry;
  }

  /** An event whose EAS leads to the host; false if the host knows no interrupt of this source. */
  notify(source: number): boolean {
    const one = [...this.interrupts.values()].find((interrupt) => interrupt.source === source);
    if (one) this.queue.push(one.irq);
    return one !== undefined;
  }

  /** The host has a descriptor for `irq`, of PHB source `source`, delivered at CPU `target`. */
  add(irq: number, source: number, target: number | undefined): HostInterrupt {
    const one: HostInterrupt = {
      irq, source, target, savedP: false, staleP: false, isForwarded: false, isOpalMsi: true,
      affinityError: 0, retargetError: 0,
    };
    this.interrupts.set(irq, one);
    this.deliverToHost(one);
    return one;
  }

  get(irq: number): HostInterrupt | undefined {
    return this.interrupts.get(irq);
  }

  /** Forwards to a vCPU: 0, or the chip's errno with nothing changed. */
  forward(one: HostInterrupt): number {
    if (one.affinityError !== 0) return one.affinityError;
    one.isForwarded = true;
    const before = this.hardware.setPq(one.source, ESB_PENDING);
    const wasSent = before === undefined ? this.trustsAllOnes : hasP(before);
    if (!one.staleP) {
      one.savedP = wasSent && !this.forgetsEntry;
      one.staleP = !one.savedP;
    }
    // An event was on its way to the host: whoever ends the interrupt next must send it again.
    if (one.target !== undefined && one.savedP) this.hardware.setPq(one.source, ESB_QUEUED);
    return 0;
  }

  /**
   * Takes back from the vCPU: 0, or firmware's errno; then the interrupt is no longer forwarded, and
   * everything else is as before.
   */
  takeBack(one: HostInterrupt): number {
    one.isForwarded = false;
    if (one.target === undefined) {
      const before = this.hardware.setPq(one.source, ESB_OFF);
      if (!one.staleP && before !== undefined && hasP(before)) one.savedP = true;
      one.staleP = false;
      return 0;
    }
    if (one.retargetError !== 0) return one.retargetError;
    this.deliverToHost(one);
    if (!one.savedP) this.endSource(one);
    return 0;
  }

  /** A CPU of the host takes the oldest entry and runs its handler. */
  take(): HostInterrupt | undefined {
    const irq = this.queue.shift();
    if (irq === undefined) return undefined;
    this.handling.push(irq);
    const one = this.interrupts.get(irq)!;
    this.onTaken?.(one);
    return one;
  }

  /** The handler has run. While forwarded, the source is the guest's: only the host's own notes change. */
  endOfInterrupt(irq: number): void {
    const at = this.handling.indexOf(irq);
    if (at < 0) return;
    this.handling.splice(at, 1);
    const one = this.interrupts.get(irq)!;
    if (one.isForwarded) one.staleP = true;
    else this.endSource(one);
    one.savedP = false;
  }

  private endSource(one: HostInterrupt): void {
    one.staleP = false;
    this.hardware.endOfInterrupt(one.source);
  }

  private deliverToHost({ irq, source, target }: HostInterrupt): void {
    this.hardware.setRoute(source, target === undefined
      ? unrouted
      : { space: "host", target, priority: HOST_PRIORITY, data: irq });
  }
}
