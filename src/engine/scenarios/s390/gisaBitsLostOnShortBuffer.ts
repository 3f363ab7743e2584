/** Row 7: reading the pending interrupts into a buffer that is too small. */
import { toHex } from "../../base/hex.ts";
import { irq, s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { flicGroup } from "../../uapi/flic.ts";
import { kernelProfiles } from "../../uapi/kernelProfile.ts";
import { claim, defineScenario, step } from "../scenario.ts";

const DRAIN = "flic.getAll.drainsGisa";
const BUFFER = 0x1000n;
const PAGE = 4096;
const LISTED = 57;
const ENTRY_BYTES = 72;

interface World {
  readonly machine: S390DeviceMachine;
  readonly results: number[];
}

const read = (bytes: number) => ({ machine: { kvm, user }, results }: World): void => {
  user.place(BUFFER, new Uint8Array(bytes));
  results.push(kvm.getAttr(flicGroup.GET_ALL_IRQS, BigInt(bytes), BUFFER));
};

export const gisaBitsLostOnShortBuffer = defineScenario<World>({
  id: "gisa-bits-lost-on-short-buffer",
  family: "s390", row: "7",
  title: "A first read that does not fit loses no interrupt",
  evidence: ["derived-twice", "title"],
  sources: ["Linux 6.1.192 arch/s390/kvm/interrupt.c, get_all_floating_irqs", "ae50d4722258 (title)"],
  given: {
    says: [
      "a machine with a GISA", `${LISTED} I/O interrupts on the list of ISC 5`, "ISC 2 pending in the GISA",
    ],
    build: (defects) => {
      const base = kernelProfiles["linux-6.1"];
      const quirks = { ...base.quirks, getAllDrainsGisa: defects.has(DRAIN) };
      const machine = s390DeviceMachine({ profile: { ...base, quirks } });
      const inject = (interrupt: Uint8Array): number => machine.kvm.setAttr(
        flicGroup.ENQUEUE, BigInt(ENTRY_BYTES), machine.user.place(BUFFER, interrupt));
      for (let n = 0; n < LISTED; n++) inject(irq("00000001", "00010001 00000000 28000000"));
      inject(irq("04000000", "00000000 00000000 90000000"));
      return { machine, results: [] };
    },
  },
  when: [
    step("everything pending is read into one page", read(PAGE)),
    step("and again into two pages", read(2 * PAGE)),
  ],
  then: [
    claim("the first read is refused with -ENOMEM, the second gives every interrupt",
      ({ results }) => results, [-12, LISTED + 1]),
    claim("the adapter interrupt of ISC 2 is the first entry",
      ({ machine }) => toHex(machine.user.at(BUFFER).subarray(0, 20)),
      "0000000004000000000000000000000090000000"),
  ],
  defects: [{
    switch: DRAIN,
    breaks: "the first read is refused with -ENOMEM, the second gives every interrupt",
    because: "reading takes the GISA's bits out, and the refused read keeps them from everybody",
  }],
});
