/** Row 45: a one-shot timer whose time has come when the machine is restored. */
import { armDeviceMachine, openPpis, type ArmDeviceMachine } from "../../deviceMachine/armDeviceMachine.ts";
import { timerControl } from "../../devices/arm/genericTimer.ts";
import type { VcpuInterruptsState } from "../../devices/arm/state.ts";
import { DEFAULT_FREQUENCY } from "../../devices/arm/vcpuInterrupts.ts";
import { claim, defineScenario, step } from "../scenario.ts";

const CLEARS = "vmm.restore.interruptsAfterTimer";
const DEADLINE_FIRST = "vmm.restore.deadlineBeforeCounter";
const VIRTUAL_TIMER = 27;
const NONE = 1023;
const MS = 1_000_000n;
const TICKS_PER_MS = DEFAULT_FREQUENCY / 1000n;
/** The source has run for long; the target's host has just started. */
const SOURCE_AGE = 5_000n * MS;
const TAKEN = "the guest takes the timer's interrupt on the target";

interface Saved {
  readonly state: VcpuInterruptsState;
  /** What the guest would read from its virtual counter. */
  readonly count: bigint;
}

interface World {
  readonly source: ArmDeviceMachine;
  readonly target: ArmDeviceMachine;
  readonly restore: (target: ArmDeviceMachine, saved: Saved) => void;
  saved: Saved | undefined;
  taken: number;
}

const first = ({ kvm }: ArmDeviceMachine) => kvm.interrupts[0]!;

/** Offset with which the target's virtual counter shows `count`. */
function offsetFor({ time }: ArmDeviceMachine, count: bigint): bigint {
  return BigInt.asUintN(64, (time.now() * DEFAULT_FREQUENCY) / 1_000_000_000n - count);
}

/** The counter first, then deadline and interrupts together: a deadline that has passed is told at once. */
function inOrder(target: ArmDeviceMachine, { state, count }: Saved): void {
  const offset = offsetFor(target, count);
  first(target).load({ ...state, virtualTimer: { ...state.virtualTimer, offset } });
}

function interruptsLast(target: ArmDeviceMachine, saved: Saved): void {
  inOrder(target, saved);
  first(target).ppis = saved.state.ppis;
}

/** The deadline is compared with a counter that is not the guest's, and not again once that is put right. */
function deadlineFirst(target: ArmDeviceMachine, { state, count }: Saved): void {
  const { virtualTimer } = first(target);
  first(target).load({ ...state, virtualTimer: { ...state.virtualTimer, offset: 0n } });
  virtualTimer.load({ ...state.virtualTimer, offset: offsetFor(target, count) });
}

function ready(): ArmDeviceMachine {
  const machine = armDeviceMachine();
  machine.kvm.run(0);
  return machine;
}

export const expiredTimer = defineScenario<World>({
  id: "expired-timer", family: "memory", row: "45",
  title: "A one-shot timer that ran out during the move fires on the target",
  evidence: ["read"],
  sources: ["KVM mail of 2023-09-12", "Firecracker #4666"],
  given: {
    says: [
      "an arm64 guest with its virtual timer enabled, due in 1 ms", "a target whose host counts from 0",
    ],
    build: (defects) => {
      const [source, target] = [ready(), ready()];
      source.time.runUntil(SOURCE_AGE);
      openPpis(source, 0, VIRTUAL_TIMER);
      const { virtualTimer } = first(source);
      virtualTimer.setCompareValue(virtualTimer.count() + TICKS_PER_MS);
      virtualTimer.setControl(timerControl.ENABLE);
      const restore = defects.has(CLEARS) ? interruptsLast
        : defects.has(DEADLINE_FIRST) ? deadlineFirst : inOrder;
      return { source, target, restore, saved: undefined, taken: NONE };
    },
  },
  when: [
    step("the source is stopped 0.5 ms before the timer is due, and saved", (world) => {
      const { source } = world;
      source.time.pass(MS / 2n);
      world.saved = { state: first(source).save(), count: first(source).virtualTimer.count() };
    }),
    step("the move takes 2 ms, in which the guest's counter goes on; the target is given the state",
      ({ restore, target, saved }) => {
        restore(target, { ...saved!, count: saved!.count + 2n * TICKS_PER_MS });
      }),
    step("the guest runs on for 10 ms and acknowledges what is signalled", (world) => {
      world.target.time.pass(10n * MS);
      world.taken = first(world.target).acknowledge(1);
    }),
  ],
  then: [
    claim("nothing was signalled before the move", ({ saved }) => saved!.state.high, []),
    claim(TAKEN, ({ taken }) => taken, VIRTUAL_TIMER),
  ],
  defects: [
    {
      switch: CLEARS, breaks: TAKEN,
      because: "the timer fires while it is restored, and the interrupt state restored after it clears that",
    },
    {
      switch: DEADLINE_FIRST, breaks: TAKEN,
      because: "the deadline is judged by the target's own counter, which is young, and never again",
    },
  ],
});
