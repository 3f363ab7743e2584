/**
 * The GISA's life beside the lists: registration of ISCs for alerts, the machine's own adapter interrupts,
 * forwarded PCI events, and the timer that kicks idle CPUs while something registered stays pending.
 */
import type { PendingEvent } from "../../base/schedule.ts";
import { errno } from "../../api/errno.ts";
import { ADAPTER_INTERRUPT } from "../../uapi/s390Interrupt.ts";
import { DeviceTimer } from "../deviceTimer.ts";
import type { TimePort } from "../ports.ts";
import { ISC_COUNT } from "./ais.ts";
import type { Decisions } from "./decision.ts";
import type { Gib } from "./gib.ts";
import { GISA_EXPIRES_NS, type Gisa } from "./gisa.ts";
import { bitOfIsc } from "./interruptBits.ts";
import { PSW_IO, type Vcpus } from "./vcpus.ts";

/** What of the kernel and its machine decides about alerts. */
export interface AlertOptions {
  readonly time: TimePort | undefined;
  readonly forwardsPci: boolean;
  /** Asks the controller's suppression modes; without it the GISA's own masks decide. */
  readonly admits: ((isc: number) => boolean) | undefined;
  readonly kickMaskShrinks: boolean;
}

export class GisaAlert {
  readonly gisa: Gisa;
  readonly gib: Gib;
  private readonly vcpus: Vcpus;
  private readonly decisions: Decisions;
  private readonly options: AlertOptions;
  /** Only where there is a clock. */
  private readonly timer: DeviceTimer | undefined;

  constructor(
    gisa: Gisa, gib: Gib, vcpus: Vcpus, decisions: Decisions, options: AlertOptions,
  ) {
    this.options = options;
    this.gisa = gisa;
    this.gib = gib;
    this.vcpus = vcpus;
    this.decisions = decisions;
    this.timer = options.time && new DeviceTimer(options.time, () => this.expire());
    gib.attach(gisa, () => this.startTimer(0n));
  }

  /** The kick timer as a snapshot keeps it. */
  get pendingTimer(): PendingEvent | null {
    return this.timer?.save() ?? null;
  }
  /** The kick timer of a snapshot runs again; a machine without a clock is kicked at once. */
  resumeTimer(timer: PendingEvent): void {
    if (this.timer) this.timer.load(timer);
    else this.startTimer(0n);
  }

  /** The host's own ISC for alerts, or -ERANGE. */
  register(isc: number): number {
    return this.gisa.register(isc) || this.gib.nisc;
  }

  unregister(isc: number): number {
    return this.gisa.unregister(isc);
  }

  /**
   * The machine makes an adapter interrupt pending by itself (passed-through device). -ERANGE for a bad ISC.
   */
  machineInterrupt(isc: number): number {
    if (isc >= ISC_COUNT) return errno.ERANGE;
    this.raise(isc);
    const working = this.vcpus.slots.filter((slot) => !slot.idle && !slot.port.stopped());
    if (working.length === 0) {
      if (this.gib.alert(this.gisa, isc)) this.gib.processAlerts();
      return 0;
    }
    // A CPU that runs takes it without anybody's help; ours has to be told to look.
    const open = working.find(
      ({ port }) => port.pswMaskHigh() & PSW_IO && (port.crLow(6) >>> 24) & (0x80 >> isc),
    );
    if (open) this.vcpus.wake(open);
    return 0;
  }

  /**
   * A PCI event the host forwards, after the caller set the guest's summary bit: dropped if suppressed, which
   * on kernels with modes of its own means that both of the GISA's masks have the ISC. -ENODEV where the
   * kernel does not forward, -ERANGE for a bad ISC.
   */
  forwardPciEvent(isc: number): number {
    if (!this.options.forwardsPci) return errno.ENODEV;
    if (isc >= ISC_COUNT) return errno.ERANGE;
    const bit = 0x80 >> isc;
    const isMasked = (this.gisa.simm & this.gisa.nimm & bit) !== 0;
    if (this.options.admits ? !this.options.admits(isc) : isMasked) return 0;
    this.raise(isc);
    this.startTimer(0n);
    return 0;
  }

  /** Starts or restarts the kick timer; without a clock one kick is given at once. */
  startTimer(delayNs: bigint): void {
    if (this.timer) this.timer.start(delayNs);
    else this.kick(this.gisa.pendingOrRestore());
  }

  /** Takes all pending bits away, saying why. */
  clearPending(step: "cleared" | "lost"): void {
    const { gisa } = this;
    for (let isc = 0; isc < ISC_COUNT; isc++)
      if (gisa.ipm & (0x80 >> isc))
        this.decisions.note(step, gisa.ids[isc]!, ADAPTER_INTERRUPT, bitOfIsc(isc));
    gisa.clearPending();
  }

  cancelTimer(): void {
    this.timer?.stop();
  }

  stop(): void {
    this.gib.detach(this.gisa);
    this.cancelTimer();
  }

  private expire(): void {
    const pending = this.gisa.pendingOrRestore();
    if (pending === 0) return;
    this.kick(pending);
    this.startTimer(GISA_EXPIRES_NS);
  }

  private kick(pending: number): void {
    this.vcpus.kickForGisa(pending, this.options.kickMaskShrinks);
  }

  private raise(isc: number): void {
    const id = this.decisions.raise(ADAPTER_INTERRUPT, bitOfIsc(isc));
    const into = this.gisa.raise(isc, id);
    this.decisions.note(into ? "coalesced" : "queued", id, ADAPTER_INTERRUPT, bitOfIsc(isc), -1, into);
  }
}
