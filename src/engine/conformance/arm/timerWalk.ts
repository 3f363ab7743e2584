/**
 * The virtual timer in front of its PPI, walked completely over four ticks of its counter: each state is
 * reached by a machine of its own, and compared with the timer condition in plain words.
 */
import { isSame, show } from "../../base/plainData.ts";
import { armDeviceMachine, openPpis, type ArmDeviceMachine } from "../../deviceMachine/armDeviceMachine.ts";
import { timerControl } from "../../devices/arm/genericTimer.ts";
import { bitOfIntid, pendingOf } from "../../devices/arm/ppi.ts";
import type { Walk, WalkResult } from "../suite.ts";

const VIRTUAL_TIMER = 27;
/** Nanoseconds at 62.5 MHz. */
const TICK = 16n;
const TICKS = 3;
const VIOLATIONS_MAX = 10;
const { ENABLE, IMASK, ISTATUS } = timerControl;

interface Model {
  readonly now: number;
  readonly enabled: boolean;
  readonly masked: boolean;
  readonly compare: number;
  readonly offset: number;
  readonly active: boolean;
}
const start: Model = { now: 0, enabled: false, masked: false, compare: 0, offset: 0, active: false };

const events = [
  "tick", "enable", "disable", "mask", "unmask", "compare 1", "compare 2", "offset 0", "offset 1",
  "acknowledge", "end",
] as const;
type Event = (typeof events)[number];

/** A counter that is behind by more than it has counted has wrapped: it shows a very large number. */
const isMet = ({ enabled, now, offset, compare }: Model): boolean =>
  enabled && (now < offset || now - offset >= compare);
const isAsserted = (model: Model): boolean => isMet(model) && !model.masked;

function nextModel(model: Model, event: Event): Model {
  switch (event) {
    case "tick": return { ...model, now: model.now + 1 };
    case "enable": case "disable": return { ...model, enabled: event === "enable" };
    case "mask": case "unmask": return { ...model, masked: event === "mask" };
    case "compare 1": case "compare 2": return { ...model, compare: Number(event.at(-1)) };
    case "offset 0": case "offset 1": return { ...model, offset: Number(event.at(-1)) };
    case "acknowledge": return { ...model, active: model.active || isAsserted(model) };
    case "end": return { ...model, active: false };
  }
}

function perform({ kvm, time }: ArmDeviceMachine, event: Event): void {
  const vcpu = kvm.interrupts[0]!;
  const timer = vcpu.virtualTimer;
  const number = Number(event.at(-1));
  switch (event) {
    case "tick": return time.pass(TICK);
    case "enable": return timer.setControl(timer.control | ENABLE);
    case "disable": return timer.setControl(timer.control & ~ENABLE);
    case "mask": return timer.setControl(timer.control | IMASK);
    case "unmask": return timer.setControl(timer.control & ~IMASK);
    case "compare 1": case "compare 2": return timer.setCompareValue(BigInt(number));
    case "offset 0": case "offset 1": return kvm.setVirtualOffset(BigInt(number));
    case "acknowledge": return void vcpu.acknowledge(1);
    case "end": return vcpu.endInterrupt(1, VIRTUAL_TIMER);
  }
}

/** A machine whose vCPU has run and whose driver has opened the timer's PPI. */
function machineAfter(history: readonly Event[]): ArmDeviceMachine {
  const machine = armDeviceMachine();
  machine.kvm.run(0);
  openPpis(machine, 0, VIRTUAL_TIMER);
  for (const event of history) perform(machine, event);
  return machine;
}

function differs({ kvm, ledger }: ArmDeviceMachine, model: Model): string | undefined {
  const vcpu = kvm.interrupts[0]!;
  const bit = bitOfIntid(VIRTUAL_TIMER);
  const control = (model.enabled ? ENABLE : 0) | (model.masked ? IMASK : 0) | (isMet(model) ? ISTATUS : 0);
  const expected = {
    control, pending: isAsserted(model), active: model.active,
    signal: isAsserted(model) && !model.active ? "irq" : undefined, books: undefined,
  };
  const seen = {
    control: vcpu.virtualTimer.control, pending: (pendingOf(vcpu.ppis) & bit) !== 0,
    active: (vcpu.ppis.active & bit) !== 0, signal: vcpu.signal, books: ledger.check(),
  };
  return isSame(seen, expected) ? undefined : `${show(seen)}, expected ${show(expected)}`;
}

function walkTimer(): WalkResult {
  const seen = new Set([show(start)]);
  const waiting: [Model, readonly Event[]][] = [[start, []]];
  const violations: string[] = [];
  let transitions = 0;
  for (let from = waiting.shift(); from; from = waiting.shift()) {
    const [model, history] = from;
    for (const event of events) {
      if (event === "tick" && model.now === TICKS) continue;
      transitions++;
      const path = [...history, event];
      const after = nextModel(model, event);
      const violation = differs(machineAfter(path), after);
      if (violation && violations.length < VIOLATIONS_MAX)
        violations.push(`${path.join(", ")}: ${violation}`);
      const key = show(after);
      if (seen.has(key)) continue;
      seen.add(key);
      waiting.push([after, path]);
    }
  }
  return { states: seen.size, transitions, violations };
}

export const timerWalk: Walk = {
  name: "arm64: a virtual timer and its PPI over four ticks", whole: { states: 192, transitions: 2064 },
  run: walkTimer,
};
