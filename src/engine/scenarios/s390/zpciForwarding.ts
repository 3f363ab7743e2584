/** Rows 12 and 13: interrupts of interpreted PCI functions, forwarded by the host. */
import { s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { Gait } from "../../devices/zpci/gait.ts";
import { flicGroup } from "../../uapi/flic.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import { kernelWith } from "./kernelWith.ts";
import { flicSet, setMode } from "./vmm.ts";

const SCALED_TWICE = "zpci.gait.indexScaledTwice";
const OWN_MODES = "zpci.forwarding.ownModes";
const AISB = 33, ISC = 3;

interface GaitWorld {
  readonly machine: S390DeviceMachine;
  readonly gait: Gait;
}

const IN_TABLE = "nothing was written outside the table";

export const gaitIndexScaledTwice = defineScenario<GaitWorld>({
  id: "gait-index-scaled-twice", family: "s390", row: "12",
  title: "An adapter with summary bit 32 or above has its own entry",
  evidence: ["read"],
  sources: ["16d990a15491, CVE-2026-52968"],
  given: {
    says: ["a host that interprets PCI functions for the guest"],
    build: (defects) => {
      const machine = s390DeviceMachine({ profile: kernelWith() });
      const gait = new Gait((isc) => machine.kvm.flic.gisaAlert!.forwardPciEvent(isc),
        { indexScaledTwice: defects.has(SCALED_TWICE) });
      return { machine, gait };
    },
  },
  when: [
    step(`forwarding is enabled for summary bit ${AISB} and ISC ${ISC}`, ({ gait }) => {
      gait.enable(AISB, { isc: ISC });
    }),
    step("the function interrupts", ({ gait }) => {
      gait.raise(AISB);
    }),
  ],
  then: [
    claim(IN_TABLE, ({ gait }) => gait.strayWrites, []),
    claim("ISC 3 is pending", ({ machine }) => machine.kvm.flic.gisa!.ipm, 0x10),
  ],
  defects: [{
    switch: SCALED_TWICE, breaks: IN_TABLE,
    because: "the index is made bytes by hand and again by the pointer, 16 times too far",
  }],
});

const SUPPRESSED = "the forwarded event is suppressed";

export const forwardingHasOwnModes = defineScenario<S390DeviceMachine>({
  id: "forwarding-has-own-modes", family: "s390", row: "13",
  title: "One suppression mode for an ISC, whichever way its interrupts come",
  evidence: ["derived-twice"],
  sources: ["Linux 6.1.192 arch/s390/kvm/interrupt.c (masked there, because zPCI cannot be migrated)"],
  given: {
    says: ["a guest with suppression and forwarded PCI events"],
    build: (defects) =>
      s390DeviceMachine({ profile: kernelWith({ forwardingHasOwnModes: defects.has(OWN_MODES) }) }),
  },
  when: [
    step("ISC 3 is set to SINGLE", (machine) => {
      setMode(machine, ISC, 1);
    }),
    step("and closed behind one interrupt, as after a move", (machine) => {
      flicSet(machine, flicGroup.AISM_ALL, Uint8Array.of(0x80 >> ISC, 0x80 >> ISC));
    }),
    step("the host forwards an event of ISC 3", (machine) => {
      machine.kvm.flic.gisaAlert!.forwardPciEvent(ISC);
    }),
  ],
  then: [claim(SUPPRESSED, (machine) => machine.kvm.flic.gisa!.ipm, 0)],
  defects: [{
    switch: OWN_MODES, breaks: SUPPRESSED,
    because: "forwarding asks the masks in the GISA, which nothing ever sets",
  }],
});
