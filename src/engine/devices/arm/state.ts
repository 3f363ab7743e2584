/**
 * What an arm64 VM leaves in a snapshot: what its vCPUs' attributes have set, who claimed which line, and
 * each vCPU's private interrupts, timers and PMU.
 */
import { ok, refuse, type Result } from "../../base/result.ts";
import { defineState, field } from "../../snapshot/schema.ts";
import type { ArmKvm } from "./armKvm.ts";
import type { ArmVcpu } from "./armVm.ts";
import type { CpuInterfaceState } from "./cpuInterface.ts";
import type { TimerState } from "./genericTimer.ts";
import { EVENT_COUNTERS, type PmuState } from "./pmuCounters.ts";
import { PPIS, PPI_COUNT, PRIORITY_BITS, type PpiState } from "./ppi.ts";
import { LINE_OWNERS, isPpi, isSpi, type LineClaim, type LineOwner } from "./vgic.ts";

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

const owner = field.oneOf<LineOwner>(...LINE_OWNERS);
const ppis = field.object<PpiState>({
  group: mask, enabled: mask, latched: mask, active: mask, edge: mask, line: mask,
  priority: field.list(field.u8(), { max: PPI_COUNT, min: PPI_COUNT }),
});
const interrupts = field.object<VcpuInterruptsState>({
  ppis,
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
  high: field.list(owner, { max: LINE_OWNERS.length }),
});
const intid = field.between(0, 1019);
const vcpu = field.object<ArmVcpu>({
  index: field.u16(), initialized: field.bool(), hasPmuFeature: field.bool(), pmuIrq: intid,
  pmuCreated: field.bool(), virtualTimerIrq: intid, physicalTimerIrq: intid, timerEnabled: field.bool(),
  firstRunDone: field.bool(), stealTime: field.u64(),
});

export interface GicState {
  readonly initialized: boolean;
  readonly highSpis: number[];
  readonly claims: LineClaim[];
}

export interface ArmState {
  readonly vcpus: ArmVcpu[];
  /** Of each vCPU; empty for a VM without a time to count. */
  readonly interrupts: VcpuInterruptsState[];
  readonly gic: GicState | null;
  /** Perf type of the PMU that was chosen. */
  readonly pmu: number | null;
  /** One byte an event. */
  readonly eventFilter: Uint8Array | null;
  readonly hasRun: boolean;
  readonly dead: boolean;
}

const VCPUS_MAX = 512;
const EVENTS_MAX = 65536;

export const armState = defineState<ArmState>({
  name: "arm.vm",
  version: 1,
  fields: {
    vcpus: field.list(vcpu, { max: VCPUS_MAX }),
    interrupts: field.list(interrupts, { max: VCPUS_MAX }),
    gic: field.nullable(field.object<GicState>({
      initialized: field.bool(), highSpis: field.list(intid, { max: 1020 }),
      claims: field.list(
        field.object<LineClaim>({ cpu: field.u16(), intid, owner }), { max: VCPUS_MAX * LINE_OWNERS.length }),
    })),
    pmu: field.nullable(field.u32()),
    eventFilter: field.nullable(field.bytes(EVENTS_MAX, 0)),
    hasRun: field.bool(),
    dead: field.bool(),
  },
  objection: ({ interrupts: all, gic, eventFilter }) => {
    if (eventFilter?.some((byte) => byte > 1)) return "an event is neither allowed nor denied";
    const lines = gic ? [...gic.claims.map((claim) => claim.intid), ...gic.highSpis] : [];
    if (lines.some((line) => !isPpi(line) && !isSpi(line))) return "a line is neither a PPI nor an SPI";
    for (const one of all) {
      const objection = objectionToInterrupts(one);
      if (objection !== undefined) return objection;
    }
    return undefined;
  },
});

function objectionToInterrupts(
  { ppis: { priority, ...masks }, cpu: { priorityMask }, high }: VcpuInterruptsState,
): string | undefined {
  if (Object.values(masks).some((bits) => (bits & ~PPIS) !== 0)) return "only PPIs have state";
  if (new Set(high).size !== high.length) return "a source has told its level twice";
  const isImplemented = [...priority, priorityMask].every((value) => (value & ~PRIORITY_BITS) === 0);
  return isImplemented ? undefined : "a priority has five bits";
}

export const saveArm = ({ vm, interrupts: all }: ArmKvm): ArmState => ({
  vcpus: vm.vcpus.map((one) => ({ ...one })),
  interrupts: all.map((one) => one.save()),
  gic: vm.gic?.save() ?? null,
  pmu: vm.pmu?.type ?? null,
  eventFilter: vm.eventFilter?.slice() ?? null,
  hasRun: vm.hasRun,
  dead: vm.dead,
});

/** Takes over the state of a VM of the same shape, or refuses with a sentence and changes nothing. */
export function loadArm({ vm, interrupts: all }: ArmKvm, saved: ArmState): Result<void, string> {
  const pmu = vm.host.pmus.find(({ type }) => type === saved.pmu);
  const isSameShape = saved.vcpus.length === vm.vcpus.length && saved.interrupts.length === all.length
    && saved.vcpus.every(({ index }, at) => index === at) && (saved.gic === null) === (vm.gic === undefined);
  if (!isSameShape) return refuse("it is of a VM with other vCPUs, or without their GIC");
  if (saved.pmu !== null && !pmu) return refuse(`this host has no PMU of type ${saved.pmu}`);
  if (saved.eventFilter && saved.eventFilter.length !== vm.host.eventSpace)
    return refuse(`its filter is of ${saved.eventFilter.length} events, this host has ${vm.host.eventSpace}`);
  const strangers = saved.gic?.claims.some(({ cpu }) => cpu >= vm.vcpus.length);
  if (strangers) return refuse("a line belongs to a vCPU that is not there");
  saved.vcpus.forEach((one, index) => Object.assign(vm.vcpus[index]!, one));
  if (saved.gic) vm.gic!.load(saved.gic);
  const { hasRun, dead } = saved;
  Object.assign(vm, { pmu, eventFilter: saved.eventFilter?.slice(), hasRun, dead });
  saved.interrupts.forEach((one, index) => all[index]!.load(one));
  return ok(undefined);
}
