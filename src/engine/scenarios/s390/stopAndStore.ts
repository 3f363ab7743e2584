/** Row 14: a CPU is stopped while an interrupt is on its way to it. */
import { irq, s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { toHex } from "../../base/hex.ts";
import { ioctl } from "../../uapi/ioctl.ts";
import { irqState } from "../../uapi/s390Interrupt.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import { kernelWith } from "./kernelWith.ts";

const FORGETS = "flic.stopAndStore.forgetsPending";
const ARGUMENT = 0x6000_0000n, BUFFER = 0x6100_0000n;
const KEPT = "the target has the emergency signal pending";

interface World {
  readonly source: S390DeviceMachine;
  readonly target: S390DeviceMachine;
}

const onCpu = ({ kvm, user, cpuFds }: S390DeviceMachine, request: number, argument: Uint8Array): number =>
  kvm.ioctl(cpuFds[0]!, request, user.place(ARGUMENT, argument));

export const stopAndStoreForgets = defineScenario<World>({
  id: "stop-and-store-forgets", family: "s390", row: "14",
  title: "An interrupt that comes with a stop and store survives the move",
  evidence: ["title"],
  sources: ["d343407b728a (title; how the interrupt is lost is our reading of it)"],
  given: {
    says: ["a CPU closed to external interruptions"],
    build: (defects) => {
      const [source, target] = ["source", "target"].map(() =>
        s390DeviceMachine({ profile: kernelWith({ stopAndStoreForgets: defects.has(FORGETS) }) }),
      ) as [S390DeviceMachine, S390DeviceMachine];
      return { source, target };
    },
  },
  when: [
    step("SIGP stop and store status is pending", ({ source }) => {
      onCpu(source, ioctl.KVM_S390_IRQ, irq("fffe0000", "00000001"));
    }),
    step("an emergency signal arrives", ({ source }) => {
      onCpu(source, ioctl.KVM_S390_IRQ, irq("ffff1201", "0000"));
    }),
    step("the CPU stops", ({ source: { kvm, cpus } }) => {
      kvm.flic.takeStop(cpus[0]!);
      cpus[0]!.isStopped = true;
    }),
    step("its interrupts are moved", ({ source, target }) => {
      const buffer = source.user.place(BUFFER, new Uint8Array(720));
      const length = onCpu(source, ioctl.KVM_S390_GET_IRQ_STATE, irqState.encode({ buf: buffer, len: 720 }));
      target.user.place(BUFFER, source.user.at(BUFFER));
      if (length > 0)
        onCpu(target, ioctl.KVM_S390_SET_IRQ_STATE, irqState.encode({ buf: BUFFER, len: length }));
    }),
  ],
  then: [
    claim(KEPT, ({ target: { kvm } }) => [...kvm.flic.vcpus.of(0).local.emergency.keys()], [0]),
    claim("the moved entry is an emergency signal of CPU 0",
      ({ source }) => toHex(source.user.at(BUFFER).subarray(0, 10)), "00000000ffff12010000"),
  ],
  defects: [{ switch: FORGETS, breaks: KEPT, because: "taking the stop clears everything pending with it" }],
});
