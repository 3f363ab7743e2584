/** Row 8: a saved machine goes on running. */
import { irq, s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { flicGroup } from "../../uapi/flic.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import { kernelWith } from "./kernelWith.ts";

const DRAIN = "flic.getAll.drainsGisa";
const BUFFER = 0x1000n;
const PENDING = "ISC 2 is still pending in the machine that was saved";

interface World {
  readonly machine: S390DeviceMachine;
  entries: number;
}

export const gisaDrainedBySave = defineScenario<World>({
  id: "gisa-drained-by-save", family: "s390", row: "8",
  title: "A machine that was saved still has its interrupts",
  evidence: ["derived-twice", "documented"],
  sources: ["Linux 6.1.192 against Documentation/virt/kvm/devices/s390_flic.rst, \"remain pending\""],
  given: {
    says: ["ISC 2 pending in the GISA"],
    build: (defects) => {
      const machine = s390DeviceMachine({ profile: kernelWith({ getAllDrainsGisa: defects.has(DRAIN) }) });
      machine.kvm.setAttr(flicGroup.ENQUEUE, 72n,
        machine.user.place(BUFFER, irq("04000000", "00000000 00000000 90000000")));
      return { machine, entries: 0 };
    },
  },
  when: [
    step("everything pending is saved, with room for all of it", (world) => {
      const { kvm, user } = world.machine;
      world.entries = kvm.getAttr(flicGroup.GET_ALL_IRQS, 4096n, user.place(BUFFER, new Uint8Array(4096)));
    }),
  ],
  then: [
    claim("the save holds one interrupt", ({ entries }) => entries, 1),
    claim(PENDING, ({ machine }) => machine.kvm.flic.gisa!.ipm, 0x20),
  ],
  defects: [{
    switch: DRAIN, breaks: PENDING, because: "reading tests and clears, and nobody puts the bits back",
  }],
});
