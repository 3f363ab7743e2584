/** An arm64 machine as plain data: what its vCPUs' attributes set up and what became of each PPI. */
import type { ArmPmuView, ArmTimerView, ArmVcpuView, ArmView, PpiSource, PpiView } from "../api/armView.ts";
import { NO_STEAL_TIME, type ArmVcpu, type ArmVm } from "../devices/arm/armVm.ts";
import { runningPriority } from "../devices/arm/cpuInterface.ts";
import type { GenericTimer } from "../devices/arm/genericTimer.ts";
import { pmuOutput, readControl, type PmuState } from "../devices/arm/pmuCounters.ts";
import { FIRST_PPI, PPI_COUNT, bitOfIntid, pendingOf, priorityOf } from "../devices/arm/ppi.ts";
import type { VcpuInterrupts } from "../devices/arm/vcpuInterrupts.ts";
import type { LineOwner } from "../devices/arm/vgic.ts";
import { ppiObstacles } from "../ledger/ppiObstacles.ts";
import type { Part } from "./parts.ts";

export type ArmPart = Extract<Part, { kind: "arm" }>;

const hex = (value: number | bigint): string => value.toString(16);

export function armView({ kvm: { vm, interrupts }, time }: ArmPart): ArmView {
  const { profile, gic, dead, hasRun, pmu, eventFilter, vcpus } = vm;
  return {
    profile: profile.name,
    gicVersion: gic?.version ?? 0,
    gicInitialized: gic?.initialized ?? false,
    isDead: dead,
    hasRun,
    pmuType: pmu?.type ?? -1,
    eventsAllowed: eventFilter?.reduce((sum, allowed) => sum + allowed, 0) ?? 0,
    events: eventFilter?.length ?? 0,
    highSpis: [...gic?.highSpis ?? []].sort((a, b) => a - b),
    virtualNs: Number(time.now()),
    vcpus: vcpus.map((vcpu, n) => vcpuView(vm, vcpu, interrupts[n]!)),
  };
}

function vcpuView(vm: ArmVm, vcpu: ArmVcpu, of: VcpuInterrupts): ArmVcpuView {
  const { cpu, pmu, virtualTimer, physicalTimer } = of;
  return {
    index: vcpu.index,
    isInitialized: vcpu.initialized,
    hasPmuFeature: vcpu.hasPmuFeature,
    timersEnabled: vcpu.timerEnabled,
    pmuIrq: vcpu.pmuIrq,
    pmuCreated: vcpu.pmuCreated,
    stealTime: vcpu.stealTime === NO_STEAL_TIME ? "" : hex(vcpu.stealTime),
    signal: of.signal ?? "",
    priorityMask: cpu.priorityMask,
    runningPriority: runningPriority(cpu),
    group0: cpu.group0,
    group1: cpu.group1,
    timers: [
      timerView("CNTV", vcpu.virtualTimerIrq, virtualTimer),
      timerView("CNTP", vcpu.physicalTimerIrq, physicalTimer),
    ],
    pmu: pmuView(pmu),
    ppis: Array.from({ length: PPI_COUNT }, (_, n) => ppiView(vm, vcpu, of, FIRST_PPI + n)),
  };
}

const timerView = (name: ArmTimerView["name"], intid: number, timer: GenericTimer): ArmTimerView => ({
  name, intid, control: timer.control, compareValue: hex(timer.compareValue), count: hex(timer.count()),
  remaining: timer.timerValue, output: timer.output,
});

const pmuView = (pmu: PmuState): ArmPmuView => ({
  control: hex(readControl(pmu)), enabled: hex(pmu.enabled), interrupting: hex(pmu.interrupting),
  overflowed: hex(pmu.overflowed), cycles: hex(pmu.cycles), output: pmuOutput(pmu),
  counters: pmu.counts.map((count, n) => ({ event: pmu.events[n]!, count: hex(count) })),
});

const names: Readonly<Record<LineOwner, PpiSource>> = {
  "virtual timer": "virtual timer", "physical timer": "physical timer", pmu: "PMU",
};

function ppiView({ gic }: ArmVm, vcpu: ArmVcpu, of: VcpuInterrupts, intid: number): PpiView {
  const { ppis } = of;
  const has = (mask: number): boolean => (mask & bitOfIntid(intid)) !== 0;
  const numbers: readonly (readonly [LineOwner, number])[] = [
    ["virtual timer", vcpu.virtualTimerIrq], ["physical timer", vcpu.physicalTimerIrq],
    ["pmu", vcpu.pmuIrq],
  ];
  const sources = numbers.filter(([, number]) => number === intid).map(([owner]) => owner);
  const pending = has(pendingOf(ppis));
  return {
    intid,
    sources: sources.map((owner) => names[owner]),
    isOwned: sources.some((owner) => gic?.owns(vcpu.index, intid, owner)),
    line: has(ppis.line), enabled: has(ppis.enabled), pending, active: has(ppis.active), edge: has(ppis.edge),
    group: has(ppis.group) ? 1 : 0,
    priority: priorityOf(ppis, intid),
    obstacles: pending ? ppiObstacles(of, intid) : [],
  };
}
