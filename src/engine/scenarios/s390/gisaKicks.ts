/** Rows 10 and 11: whom the alert wakes. */
import type { RegisterCpu } from "../../deviceMachine/registerCpu.ts";
import { s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { SteppedTime } from "../../deviceMachine/steppedTime.ts";
import type { KernelQuirks } from "../../uapi/kernelProfile.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import { kernelWith } from "./kernelWith.ts";

const STALE_MARK = "gisa.kick.markOutlivesWakeUp";
const SHRINKING = "gisa.kick.maskShrinks";
const ISC = 3;
/** Longer than the kick timer. */
const A_WHILE = 200_000n;

interface World {
  readonly time: SteppedTime;
  readonly machine: S390DeviceMachine;
  readonly a: RegisterCpu;
  readonly b: RegisterCpu;
}

/** Two CPUs, both asleep; ISC 3 is registered for alerts. `crA`: what control register 6 of A is open to. */
function twoSleepers(quirks: Partial<KernelQuirks>, crA: bigint): World {
  const time = new SteppedTime();
  const machine = s390DeviceMachine({ profile: kernelWith(quirks), cpus: 2, options: { time } });
  const [a, b] = machine.cpus as readonly [RegisterCpu, RegisterCpu];
  for (const cpu of [a, b]) cpu.open();
  a.controls[6] = crA;
  machine.kvm.flic.registerGisc(ISC);
  for (const cpu of [a, b]) machine.kvm.flic.enterIdle(cpu);
  return { time, machine, a, b };
}

const interrupt = step<World>("the adapter interrupts on ISC 3", ({ machine, time }) => {
  machine.kvm.flic.gisaAlert!.machineInterrupt(ISC);
  time.pass(0n);
});

const WOKEN_AGAIN = "CPU 0 was told to look both times";

export const gisaKickMarkStays = defineScenario<World>({
  id: "gisa-kick-mark-stays", family: "s390", row: "10",
  title: "A CPU that came too late is woken again next time",
  evidence: ["read"],
  sources: ["9b57e9d5010b"],
  given: {
    says: ["two idle CPUs open to ISC 3", "ISC 3 is registered for alerts"],
    build: (defects) => twoSleepers({ kickMarkOutlivesWakeUp: defects.has(STALE_MARK) }, 0xff000000n),
  },
  when: [
    interrupt,
    step("CPU 1 wakes up by itself and takes the interrupt first", ({ machine: { kvm }, b }) => {
      kvm.flic.leaveIdle(b);
      kvm.flic.deliverPending(b);
    }),
    step("CPU 0 wakes up, finds nothing, and both sleep again", ({ machine: { kvm }, a, b, time }) => {
      kvm.flic.leaveIdle(a);
      b.open();
      for (const cpu of [a, b]) kvm.flic.enterIdle(cpu);
      time.pass(A_WHILE);
    }),
    interrupt,
  ],
  then: [claim(WOKEN_AGAIN, ({ machine }) => machine.kicks, [0, 0])],
  defects: [{
    switch: STALE_MARK, breaks: WOKEN_AGAIN,
    because: "its mark \"already kicked\" is still set, and nobody else is tried in its place",
  }],
});

const RIGHT_ONE = "CPU 1, which can take it, was told to look";

export const gisaKickMaskShrinks = defineScenario<World>({
  id: "gisa-kick-mask-shrinks", family: "s390", row: "11",
  title: "An alert finds the CPU that can take it",
  evidence: ["title", "derived"],
  sources: ["0e9ff65f455d (title; the mechanism is inferred from it and from the repaired source)"],
  given: {
    says: ["two idle CPUs, of which CPU 0 is closed to ISC 3", "ISC 3 is registered for alerts"],
    build: (defects) => twoSleepers({ kickMaskShrinks: defects.has(SHRINKING) }, 0xef000000n),
  },
  when: [interrupt],
  then: [claim(RIGHT_ONE, ({ machine }) => machine.kicks, [1])],
  defects: [{
    switch: SHRINKING, breaks: RIGHT_ONE,
    because: "looking at CPU 0 takes ISC 3 out of the mask that CPU 1 is compared with",
  }],
});
