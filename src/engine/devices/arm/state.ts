/** What a vCPU's private interrupts, timers and PMU leave in a snapshot. */
import { defineState, field, type StateSchema } from "../../snapshot/schema.ts";
import type { CpuInterfaceState } from "./cpuInterface.ts";
import type { TimerState } from "./genericTimer.ts";
import { EVENT_COUNTERS, type PmuState } from "./pmuCounters.ts";
import { PPIS, PPI_COUNT, PRIORITY_BITS, type PpiState } from "./ppi.ts";
import type { LineOwner } from "./vgic.ts";

export interface VcpuInterruptsState {
  readonly ppis: PpiState;
  readonly cpu: CpuInterfaceState;
  readonly pmu: PmuState;
  readonly virtualTimer: TimerState;
  readonly physicalTimer: TimerState;
  /** Sources whose high level the GIC was told. */
  readonly high: readonly LineOwner[];
}

const mask = field.u32();
const timer = field.object<TimerState>({
  control: field.between(0, 3), compareValue: field.u64(), offset: field.u64(),
});
const counters = { max: EVENT_COUNTERS, min: EVENT_COUNTERS };

/** Of vCPU `index`. */
export const vcpuInterruptsState = (index: number): StateSchema<VcpuInterruptsState> =>
  defineState<VcpuInterruptsState>({
    name: `arm.vcpu.${index}`,
    version: 1,
    fields: {
      ppis: field.object<PpiState>({
        group: mask, enabled: mask, latched: mask, active: mask, edge: mask, line: mask,
        priority: field.list(field.u8(), { max: PPI_COUNT, min: PPI_COUNT }),
      }),
      cpu: field.object<CpuInterfaceState>({
        priorityMask: field.u8(), group0: field.bool(), group1: field.bool(), activePriorities0: mask,
        activePriorities1: mask,
      }),
      pmu: field.object<PmuState>({
        control: field.u8(), enabled: mask, interrupting: mask, overflowed: mask, cycles: field.u64(),
        counts: field.list(mask, counters), events: field.list(field.u16(), counters),
      }),
      virtualTimer: timer,
      physicalTimer: timer,
      high: field.list(field.oneOf<LineOwner>("virtual timer", "physical timer", "pmu"), { max: 3 }),
    },
    objection: ({ ppis: { priority, ...masks }, cpu: { priorityMask } }) => {
      if (Object.values(masks).some((bits) => (bits & ~PPIS) !== 0)) return "only PPIs have state";
      const isImplemented = [...priority, priorityMask].every((value) => (value & ~PRIORITY_BITS) === 0);
      return isImplemented ? undefined : "a priority has five bits";
    },
  });
