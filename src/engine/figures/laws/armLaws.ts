/** The laws of an arm64 VM: attributes, timers, PMU and private interrupts of two vCPUs behind a GIC. */
import type { Prng } from "../../base/prng.ts";
import { armDeviceMachine, openPpis, type ArmDeviceMachine } from "../../deviceMachine/armDeviceMachine.ts";
import { setCounter, setMask, writeControl } from "../../devices/arm/pmuCounters.ts";
import { gicr } from "../../devices/arm/ppiRegisters.ts";
import { armState, loadArm, saveArm } from "../../devices/arm/state.ts";
import type { GenericTimer } from "../../devices/arm/genericTimer.ts";
import type { VcpuInterrupts } from "../../devices/arm/vcpuInterrupts.ts";
import { codecOf, device, type LawCall } from "./device.ts";

const VCPUS = 2;
const REGISTERS = Object.values(gicr);
const VALUES = [0, 15, 16, 20, 23, 27, 30, 31, 32, 40, 1019, 1020];

const onVcpu = (name: string, act: (vcpu: VcpuInterrupts, prng: Prng) => unknown) => ({
  name,
  run: ({ kvm }: ArmDeviceMachine, prng: Prng) => act(kvm.interrupts[prng.below(VCPUS)]!, prng),
});
const onTimer = (name: string, act: (timer: GenericTimer, prng: Prng) => unknown) =>
  onVcpu(name, (vcpu, prng) => act(prng.below(2) ? vcpu.virtualTimer : vcpu.physicalTimer, prng));

const calls: readonly LawCall<ArmDeviceMachine>[] = [
  {
    name: "attribute",
    run: ({ attribute }, prng) => {
      const call = prng.pick(["set", "set", "get", "has"] as const);
      const [group, attr] = [prng.below(4), prng.below(4)];
      const result = attribute(prng.below(VCPUS), call, group, attr, prng.pick(VALUES));
      // The default PMU is chosen by whoever asks first, even if the answer is no.
      return result < 0 && group === 0 && call === "set" ? "failed" : result;
    },
  },
  { name: "run", run: ({ kvm }, prng) => kvm.run(prng.below(VCPUS)).entered },
  { name: "open", run: (machine, prng) => openPpis(machine, prng.below(VCPUS), 20, 23, 27, 30) },
  onVcpu("register", (vcpu, prng) => vcpu.write(prng.pick(REGISTERS), prng.u32())),
  onVcpu("read", (vcpu, prng) => vcpu.read(prng.pick(REGISTERS))),
  onVcpu("acknowledge", (vcpu, prng) => vcpu.acknowledge(prng.below(2) as 0 | 1)),
  onVcpu("end", (vcpu, prng) => vcpu.endInterrupt(prng.below(2) as 0 | 1, prng.pick([20, 23, 27, 30, 1023]))),
  onVcpu("priority mask", (vcpu, prng) => vcpu.setPriorityMask(prng.below(256))),
  onVcpu("groups", (vcpu, prng) => vcpu.enableGroup(prng.below(2) as 0 | 1, prng.below(3) > 0)),
  onVcpu("event", (vcpu, prng) => vcpu.eventHappened(prng.pick([0x11, 8, 4]), prng.pick([1, 2 ** 31]))),
  onVcpu("PMU", (vcpu, prng) => vcpu.changePmu((pmu) => {
    const interrupting = prng.pick([0, 1, 0x8000_0000]);
    const counting = setMask(setMask(pmu, "enabled", 0x8000_0003), "interrupting", interrupting);
    return setCounter(writeControl(counting, prng.below(8)), prng.below(7), 8, 2 ** 32 - 1);
  })),
  onTimer("compare value", (timer, prng) =>
    timer.setCompareValue(timer.count() + BigInt(prng.below(100_000)))),
  onTimer("timer value", (timer, prng) => timer.setTimerValue(prng.pick([0, 1, 1000, -5, 0x7fff_ffff]))),
  onTimer("control", (timer, prng) => timer.setControl(prng.below(4))),
  { name: "offset", run: ({ kvm }, prng) => kvm.setVirtualOffset(BigInt(prng.below(1_000_000))) },
  {
    name: "time passes", passesTime: true,
    run: ({ time }, prng) => time.pass(BigInt(prng.below(2_000_000))),
  },
];

export const armLaws = device<ArmDeviceMachine>({
  folder: "arm", name: "arm64 VM with its private interrupts",
  make: () => armDeviceMachine({ vcpus: VCPUS, pmu: true }),
  calls,
  codec: codecOf(armState, ({ kvm }) => saveArm(kvm), ({ kvm }, saved) => loadArm(kvm, saved)),
  follow: (to, from) => to.time.follow(from.time),
  breach: ({ ledger }) => ledger.check(),
});
