/** Row 1: a kernel that has AIS but cannot say its modes. */
import { s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { flicGroup } from "../../uapi/flic.ts";
import { kernelProfiles } from "../../uapi/kernelProfile.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import {
  AIS, AIS_MIGRATION, flicSet, hasCapability, injectAdapter, readModes, registerAdapter, setMode,
} from "./vmm.ts";

const OFFER = "vmm.ais.offersWithoutMigration";
const ADAPTER = 9, ISC = 3;

interface World {
  readonly source: S390DeviceMachine;
  readonly target: S390DeviceMachine;
  readonly hasAis: boolean;
}

/** Pending anywhere: in the GISA or on the ISC's list. */
const isPending = ({ kvm: { flic } }: S390DeviceMachine): boolean =>
  flic.floating.io[ISC]!.length > 0 || ((flic.gisa?.ipm ?? 0) & (0x80 >> ISC)) !== 0;

export const aisWithoutMigration = defineScenario<World>({
  id: "ais-without-migration", family: "s390", row: "1",
  title: "Suppression that cannot move is not offered",
  evidence: ["read"],
  sources: ["QEMU 3f2d07b3b01e, as told in the patch mail of 2020-01-20"],
  given: {
    says: [
      "a kernel with KVM_CAP_S390_AIS and without KVM_CAP_S390_AIS_MIGRATION (4.12) on both sides",
      "an adapter of ISC 3 that can be suppressed",
    ],
    build: (defects) => {
      const [source, target] = ["source", "target"].map(() => {
        const made = s390DeviceMachine({ profile: kernelProfiles["linux-4.12"] });
        registerAdapter(made, ADAPTER, ISC);
        return made;
      }) as [S390DeviceMachine, S390DeviceMachine];
      const isWhole = hasCapability(source, AIS) && hasCapability(source, AIS_MIGRATION);
      return { source, target, hasAis: isWhole || defects.has(OFFER) };
    },
  },
  when: [
    step("a guest that was offered suppression closes ISC 3 behind one interrupt", ({ source, hasAis }) => {
      if (!hasAis) return;
      setMode(source, ISC, 1);
      injectAdapter(source, ADAPTER, ISC, hasAis);
      source.kvm.flic.clearFloating();
    }),
    step("the VMM moves what it can read of the modes", ({ source, target }) => {
      const modes = readModes(source);
      if (typeof modes !== "number") flicSet(target, flicGroup.AISM_ALL, modes);
    }),
    step("the adapter interrupts on both", ({ source, target, hasAis }) => {
      for (const machine of [source, target]) injectAdapter(machine, ADAPTER, ISC, hasAis);
    }),
  ],
  then: [
    claim("the target lets through what the source lets through",
      ({ source, target }) => isPending(source) === isPending(target), true),
  ],
  defects: [{
    switch: OFFER,
    breaks: "the target lets through what the source lets through",
    because: "the modes cannot be read, so the target starts with ALL where the source had closed the ISC",
  }],
});
