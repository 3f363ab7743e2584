/** Row 4: the errno of suppression that is not enabled. */
import { errno } from "../../api/errno.ts";
import { s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { ENOTSUPP } from "../../uapi/kernelProfile.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import { kernelWith } from "./kernelWith.ts";
import { setMode } from "./vmm.ts";

const UNKNOWN = "flic.aism.answersEnotsupp";

interface World {
  readonly machine: S390DeviceMachine;
  readonly results: number[];
}

export const aisUnavailableErrno = defineScenario<World>({
  id: "ais-unavailable-errno", family: "s390", row: "4",
  title: "What is not enabled is refused with an errno that user space has",
  evidence: ["read"],
  sources: ["c611990844c2"],
  given: {
    says: ["a machine without facility 72"],
    build: (defects) => {
      const aisUnavailable = defects.has(UNKNOWN) ? ENOTSUPP : errno.EOPNOTSUPP;
      const profile = { ...kernelWith(), aisUnavailable };
      return { machine: s390DeviceMachine({ profile, facility72: false }), results: [] };
    },
  },
  when: [
    step("the VMM sets ISC 3 to SINGLE", ({ machine, results }) => {
      results.push(setMode(machine, 3, 1));
    }),
  ],
  then: [claim("the answer is -EOPNOTSUPP", ({ results }) => results, [errno.EOPNOTSUPP])],
  defects: [{
    switch: UNKNOWN,
    breaks: "the answer is -EOPNOTSUPP",
    because: "-ENOTSUPP (524) is a number of the kernel's own, which no C library names",
  }],
});
