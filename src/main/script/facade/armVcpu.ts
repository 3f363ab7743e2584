/** One arm64 vCPU's private interrupts for scripts: redistributor, CPU interface, timers and PMU. */
import * as v from "valibot";
import type {
  ArmTimer, ArmVcpu as ArmVcpuApi, PmuRegister,
} from "../../../../resources/scripts/api/arm.d.ts";
import type { GenericTimer } from "../../../engine/devices/arm/genericTimer.ts";
import {
  clearMask, pmuOutput, readControl, setCounter, setCycles, setMask, softwareIncrement, writeControl,
  type PmuState,
} from "../../../engine/devices/arm/pmuCounters.ts";
import {
  FIRST_PPI, PPI_COUNT, bitOfIntid, pendingOf, priorityOf,
} from "../../../engine/devices/arm/ppi.ts";
import type { VcpuInterrupts } from "../../../engine/devices/arm/vcpuInterrupts.ts";
import type { MethodTable } from "../hostObjects.ts";
import { none, u32, u64, wholeTo } from "./arguments.ts";

const pmuWrites: Readonly<Record<PmuRegister, (state: PmuState, value: number) => PmuState>> = {
  PMCR: writeControl,
  PMCNTENSET: (state, bits) => setMask(state, "enabled", bits),
  PMCNTENCLR: (state, bits) => clearMask(state, "enabled", bits),
  PMINTENSET: (state, bits) => setMask(state, "interrupting", bits),
  PMINTENCLR: (state, bits) => clearMask(state, "interrupting", bits),
  PMOVSSET: (state, bits) => setMask(state, "overflowed", bits),
  PMOVSCLR: (state, bits) => clearMask(state, "overflowed", bits),
  PMSWINC: softwareIncrement,
};

export class ArmVcpu implements ArmVcpuApi {
  readonly index: number;
  private readonly interruptsOf: VcpuInterrupts;

  constructor(index: number, interrupts: VcpuInterrupts) {
    this.index = index;
    this.interruptsOf = interrupts;
  }

  readGicr(offset: number): number {
    return this.interruptsOf.read(offset);
  }
  writeGicr(offset: number, value: number): void {
    this.interruptsOf.write(offset, value);
  }
  setPriorityMask(mask: number): void {
    this.interruptsOf.setPriorityMask(mask);
  }
  enableGroup(group: 0 | 1, isEnabled: boolean): void {
    this.interruptsOf.enableGroup(group, isEnabled);
  }
  acknowledge(group: 0 | 1 = 1): number {
    return this.interruptsOf.acknowledge(group);
  }
  endInterrupt(intid: number, group: 0 | 1 = 1): void {
    this.interruptsOf.endInterrupt(group, intid);
  }
  signal(): "irq" | "fiq" | undefined {
    return this.interruptsOf.signal;
  }
  ppis(): ReturnType<ArmVcpuApi["ppis"]> {
    const { ppis } = this.interruptsOf;
    return Array.from({ length: PPI_COUNT }, (_, n) => {
      const intid = FIRST_PPI + n;
      const isIn = (mask: number): boolean => (mask & bitOfIntid(intid)) !== 0;
      return {
        intid, pending: isIn(pendingOf(ppis)), enabled: isIn(ppis.enabled), active: isIn(ppis.active),
        edge: isIn(ppis.edge), line: isIn(ppis.line), group: isIn(ppis.group) ? 1 : 0,
        priority: priorityOf(ppis, intid),
      };
    });
  }

  timer(which: ArmTimer): ReturnType<ArmVcpuApi["timer"]> {
    const { control, compareValue, timerValue, output } = this.timerOf(which);
    return { control, compareValue, timerValue, count: this.timerOf(which).count(), output };
  }
  setTimer(
    which: ArmTimer, to: { compareValue?: bigint; timerValue?: number; control?: number },
  ): void {
    const timer = this.timerOf(which);
    if (to.compareValue !== undefined) timer.setCompareValue(to.compareValue);
    if (to.timerValue !== undefined) timer.setTimerValue(to.timerValue);
    if (to.control !== undefined) timer.setControl(to.control);
  }

  pmu(): ReturnType<ArmVcpuApi["pmu"]> {
    const { pmu } = this.interruptsOf;
    return { ...pmu, control: readControl(pmu), output: pmuOutput(pmu) };
  }
  writePmu(register: PmuRegister, value: number): void {
    this.interruptsOf.changePmu((state) => pmuWrites[register](state, value));
  }
  setPmuCounter(counter: number, event: number, count = 0): void {
    this.interruptsOf.changePmu((state) => setCounter(state, counter, event, count));
  }
  setPmuCycles(cycles: bigint): void {
    this.interruptsOf.changePmu((state) => setCycles(state, cycles));
  }
  eventHappened(event: number, times = 1): void {
    this.interruptsOf.eventHappened(event, times);
  }

  private timerOf(which: ArmTimer): GenericTimer {
    const { virtualTimer, physicalTimer } = this.interruptsOf;
    return which === "virtual" ? virtualTimer : physicalTimer;
  }
}

const group = v.picklist([0, 1]);
const which = v.picklist(["virtual", "physical"]);
const pmuRegister = v.picklist(Object.keys(pmuWrites) as PmuRegister[]);
const event = wholeTo(0xffff);

export const armVcpuMethods: MethodTable<ArmVcpuApi> = {
  readGicr: v.strictTuple([wholeTo(0xffff)]),
  writeGicr: v.strictTuple([wholeTo(0xffff), u32]),
  setPriorityMask: v.strictTuple([wholeTo(0xff)]),
  enableGroup: v.strictTuple([group, v.boolean()]),
  acknowledge: v.strictTuple([v.optional(group)]),
  endInterrupt: v.strictTuple([wholeTo(1023), v.optional(group)]),
  signal: none, ppis: none,
  timer: v.strictTuple([which]),
  setTimer: v.strictTuple([which, v.strictObject({
    compareValue: v.optional(u64), timerValue: v.optional(wholeTo(0x7fff_ffff, -0x8000_0000)),
    control: v.optional(wholeTo(7)),
  })]),
  pmu: none,
  writePmu: v.strictTuple([pmuRegister, u32]),
  setPmuCounter: v.strictTuple([wholeTo(5), event, v.optional(u32)]),
  setPmuCycles: v.strictTuple([u64]),
  eventHappened: v.strictTuple([event, v.optional(u32)]),
};
