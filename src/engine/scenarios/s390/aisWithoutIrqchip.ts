/** Row 2: suppression without the in-kernel controller. */
import { s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import { AIS, AIS_MIGRATION, hasCapability, injectAdapter } from "./vmm.ts";

const OFFER = "vmm.ais.offersWithoutIrqchip";

interface World {
  readonly machine: S390DeviceMachine;
  readonly hasAis: boolean;
  readonly results: number[];
}

export const aisWithoutIrqchip = defineScenario<World>({
  id: "ais-without-irqchip", family: "s390", row: "2",
  title: "Suppression is refused at the start where the controller is not in the kernel",
  evidence: ["read"],
  sources: ["qemu-devel 2020-01-21, Huck and Huth"],
  given: {
    says: ["a kernel that has all of AIS", "a VMM told not to use the in-kernel controller"],
    build: (defects) => {
      const machine = s390DeviceMachine({ flicCreated: false });
      const hasController = machine.flicFd >= 0;
      const couldHave = hasCapability(machine, AIS) && hasCapability(machine, AIS_MIGRATION);
      return { machine, hasAis: couldHave && (hasController || defects.has(OFFER)), results: [] };
    },
  },
  when: [
    step("an adapter of ISC 3 interrupts", ({ machine, hasAis, results }) => {
      results.push(injectAdapter(machine, 9, 3, hasAis));
    }),
  ],
  then: [
    claim("the injection succeeds", ({ results }) => results, [0]),
    claim("ISC 3 is pending", ({ machine }) => machine.kvm.flic.gisa!.ipm, 0x10),
  ],
  defects: [{
    switch: OFFER,
    breaks: "the injection succeeds",
    because: "only the in-kernel controller injects with suppression, and the call finds no descriptor",
  }],
});
