/**
 * One vCPU's private interrupts and what raises them: virtual timer, physical timer and PMU drive the lines
 * whose numbers the vCPU attributes give; redistributor and CPU interface bring them to the CPU.
 *
 * A source tells each change of its level to the number it has at that moment; the GIC takes it from the
 * line's owner alone (derived from source). So a source whose number was changed after its vCPU had run is
 * not heard any more.
 */
import type { TimePort } from "../ports.ts";
import {
  acknowledge, cpuInterfaceAtReset, endInterrupt, signalled, withPriorityMask, type CpuInterfaceState,
} from "./cpuInterface.ts";
import { GenericTimer } from "./genericTimer.ts";
import { eventHappened, pmuAtReset, pmuOutput, type PmuState } from "./pmuCounters.ts";
import { ppisAtReset, withLine, type PpiState } from "./ppi.ts";
import { readPpis, writePpis } from "./ppiRegisters.ts";
import type { VcpuInterruptsState } from "./state.ts";
import { isPpi, type LineOwner } from "./vgic.ts";

/** CNTFRQ_EL0 unless given, in Hz: one tick is 16 ns. */
export const DEFAULT_FREQUENCY = 62_500_000n;

/** Lines and numbers as the VM has them. */
export interface LineWiring {
  /** The INTID that a source drives; undefined while it is not switched on. */
  intidOf(source: LineOwner): number | undefined;
  owns(source: LineOwner, intid: number): boolean;
  setSpi(intid: number, isHigh: boolean): void;
  isEventAllowed(event: number): boolean;
}

export type PpiCause = "line" | "register" | "acknowledge" | "end" | "snapshot";

/** For whoever keeps books: what happened to the PPIs, or a rising level that no line took. */
export interface PpiObserver {
  changed(cause: PpiCause, before: PpiState, after: PpiState): void;
  dropped(source: LineOwner, intid: number): void;
}

const sources: readonly LineOwner[] = ["virtual timer", "physical timer", "pmu"];

export class VcpuInterrupts {
  ppis: PpiState = ppisAtReset;
  cpu: CpuInterfaceState = cpuInterfaceAtReset;
  pmu: PmuState = pmuAtReset;
  readonly virtualTimer: GenericTimer;
  readonly physicalTimer: GenericTimer;
  observer: PpiObserver | undefined;
  /** Sources whose high level was told. */
  private high: readonly LineOwner[] = [];
  private readonly wiring: LineWiring;

  constructor(time: TimePort, wiring: LineWiring, frequency = DEFAULT_FREQUENCY) {
    this.wiring = wiring;
    const timer = (): GenericTimer => new GenericTimer({ time, frequency, changed: () => this.update() });
    this.virtualTimer = timer();
    this.physicalTimer = timer();
  }

  /** Tells every level that changed; to be called as well when a source was switched on. */
  update(): void {
    for (const source of sources) {
      const intid = this.wiring.intidOf(source);
      const isHigh = this.outputOf(source);
      if (intid === undefined || isHigh === this.high.includes(source)) continue;
      this.high = isHigh ? [...this.high, source] : this.high.filter((other) => other !== source);
      this.drive(source, intid, isHigh);
    }
  }

  // ---- what the guest does
  /** A 32-bit read of SGI_base. */
  read(offset: number): number {
    return readPpis(this.ppis, offset);
  }
  /** A 32-bit write to SGI_base. */
  write(offset: number, value: number): void {
    this.change("register", writePpis(this.ppis, offset, value));
  }
  setPriorityMask(mask: number): void {
    this.cpu = withPriorityMask(this.cpu, mask);
  }
  enableGroup(group: 0 | 1, isEnabled: boolean): void {
    this.cpu = { ...this.cpu, [group === 1 ? "group1" : "group0"]: isEnabled };
  }
  /** ICC_IAR0_EL1 or ICC_IAR1_EL1. */
  acknowledge(group: 0 | 1): number {
    const { intid, ppis, cpu } = acknowledge(this, group);
    this.cpu = cpu;
    this.change("acknowledge", ppis);
    return intid;
  }
  /** ICC_EOIR0_EL1 or ICC_EOIR1_EL1. */
  endInterrupt(group: 0 | 1, intid: number): void {
    const { ppis, cpu } = endInterrupt(this, group, intid);
    this.cpu = cpu;
    this.change("end", ppis);
  }
  /** Input of the CPU that is asserted. */
  get signal(): "irq" | "fiq" | undefined {
    return signalled(this)?.as;
  }

  // ---- what counts
  /** A change of the PMU's registers, as `pmuCounters.ts` has them. */
  changePmu(change: (state: PmuState) => PmuState): void {
    this.pmu = change(this.pmu);
    this.update();
  }
  eventHappened(event: number, times = 1): void {
    this.changePmu((state) => eventHappened(state, event, times, this.wiring.isEventAllowed(event)));
  }

  save(): VcpuInterruptsState {
    const { ppis, cpu, pmu, high, virtualTimer, physicalTimer } = this;
    return structuredClone({
      ppis, cpu, pmu, high, virtualTimer: virtualTimer.save(), physicalTimer: physicalTimer.save(),
    });
  }
  /** What was told stays told; a level that has changed since, because time has passed, is told now. */
  load(saved: VcpuInterruptsState): void {
    const { ppis, cpu, pmu, high, virtualTimer, physicalTimer } = structuredClone(saved);
    Object.assign(this, { cpu, pmu, high });
    this.change("snapshot", ppis);
    this.virtualTimer.load(virtualTimer);
    this.physicalTimer.load(physicalTimer);
    this.update();
  }

  private outputOf(source: LineOwner): boolean {
    if (source === "pmu") return pmuOutput(this.pmu);
    return (source === "virtual timer" ? this.virtualTimer : this.physicalTimer).output;
  }

  private drive(source: LineOwner, intid: number, isHigh: boolean): void {
    if (!this.wiring.owns(source, intid)) {
      if (isHigh) this.observer?.dropped(source, intid);
    } else if (isPpi(intid)) this.change("line", withLine(this.ppis, intid, isHigh));
    else this.wiring.setSpi(intid, isHigh);
  }

  private change(cause: PpiCause, after: PpiState): void {
    const before = this.ppis;
    this.ppis = after;
    if (after !== before) this.observer?.changed(cause, before, after);
  }
}
