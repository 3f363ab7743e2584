/** Row 9: the VMM cannot enlarge its buffer. */
import { errno } from "../../api/errno.ts";
import { irq, s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { flicGroup } from "../../uapi/flic.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import { kernelWith } from "./kernelWith.ts";

const WRONG_POINTER = "vmm.save.testsWrongPointer";
const BUFFER = 0x1000n;
const FIRST_LENGTH = 4096;
const ENTRY_BYTES = 72;

interface World {
  readonly machine: S390DeviceMachine;
  readonly testsWrongPointer: boolean;
  readonly calls: number[];
  isBufferFreed: boolean;
  result: number;
}

/** Reads everything pending; the buffer cannot grow beyond its first length. */
function save(world: World): void {
  const { kvm, user } = world.machine;
  let length = FIRST_LENGTH;
  let buffer = user.place(BUFFER, new Uint8Array(length));
  for (;;) {
    world.result = kvm.getAttr(flicGroup.GET_ALL_IRQS, BigInt(length), buffer);
    world.calls.push(world.result);
    if (world.result !== errno.ENOMEM) return;
    length *= 2;
    if (!world.testsWrongPointer) {
      world.isBufferFreed = true;
      return;
    }
    buffer = 0n;
  }
}

export const saveBufferGrowthFails = defineScenario<World>({
  id: "save-buffer-growth-fails", family: "s390", row: "9",
  title: "A save whose buffer cannot grow ends at once and cleanly",
  evidence: ["derived-twice"],
  sources: ["QEMU 7.2 hw/intc/s390_flic_kvm.c, __get_all_irqs"],
  given: {
    says: ["more interrupts than one page holds", "a VMM without memory for a second page"],
    build: (defects) => {
      const machine = s390DeviceMachine({ profile: kernelWith() });
      const entry = machine.user.place(BUFFER, irq("ffff2603"));
      for (let n = 0; n <= FIRST_LENGTH / ENTRY_BYTES; n++)
        machine.kvm.setAttr(flicGroup.ENQUEUE, BigInt(ENTRY_BYTES), entry);
      return {
        machine, testsWrongPointer: defects.has(WRONG_POINTER), calls: [], isBufferFreed: false, result: 0,
      };
    },
  },
  when: [step("the VMM saves", save)],
  then: [
    claim("the save is refused", ({ result }) => result < 0, true),
    claim("the kernel is asked once", ({ calls }) => calls, [errno.ENOMEM]),
    claim("the old buffer is freed", ({ isBufferFreed }) => isBufferFreed, true),
  ],
  defects: [{
    switch: WRONG_POINTER,
    breaks: "the kernel is asked once",
    because: "the pointer to the pointer is tested: the old buffer leaks, the kernel is given address 0",
  }],
});
