/** Row 3: a target that cannot take the modes, found out too late. */
import { errno } from "../../api/errno.ts";
import { flicState } from "../../devices/flic/state.ts";
import { s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { flicGroup } from "../../uapi/flic.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import { flicSet, readModes, registerAdapter, setMode } from "./vmm.ts";

const SKIP = "vmm.preflight.skipsFacilities";
const PAGES = 512;

interface World {
  readonly source: S390DeviceMachine;
  readonly target: S390DeviceMachine;
  readonly looksFirst: boolean;
  pagesMoved: number;
  refusal: string | undefined;
}

/** The needs that only a CPU model with facility 72 meets. */
const missing = ({ source, target }: World): string | undefined =>
  target.kvm.flic.facility72 ? undefined : flicState.needs(source.kvm.flic.save())[0];

export const aisMissingOnTarget = defineScenario<World>({
  id: "ais-missing-on-target", family: "s390", row: "3",
  title: "A target without suppression is refused before the first page",
  evidence: ["derived"],
  sources: ["QEMU 7.2 hw/intc/s390_flic_kvm.c"],
  given: {
    says: ["a source whose guest uses suppression", "a target without facility 72"],
    build: (defects) => {
      const source = s390DeviceMachine();
      registerAdapter(source, 9, 3);
      setMode(source, 3, 1);
      const target = s390DeviceMachine({ facility72: false });
      return { source, target, looksFirst: !defects.has(SKIP), pagesMoved: 0, refusal: undefined };
    },
  },
  when: [
    step("the VMM looks at what the target must have", (world) => {
      const need = missing(world);
      if (world.looksFirst && need) world.refusal = `facility 72 is missing (${need})`;
    }),
    step("all pages are moved", (world) => {
      if (world.refusal === undefined) world.pagesMoved = PAGES;
    }),
    step("the modes are set on the target", (world) => {
      if (world.refusal !== undefined) return;
      const modes = readModes(world.source);
      const result = typeof modes === "number" ? modes : flicSet(world.target, flicGroup.AISM_ALL, modes);
      if (result === errno.EOPNOTSUPP) world.refusal = "the target does not take the modes";
    }),
  ],
  then: [
    claim("no page was moved", ({ pagesMoved }) => pagesMoved, 0),
    claim("the reason names the facility", ({ refusal }) => refusal?.includes("facility 72"), true),
  ],
  defects: [{
    switch: SKIP,
    breaks: "no page was moved",
    because: "the target is asked only when its state is loaded, after all of RAM",
  }],
});
