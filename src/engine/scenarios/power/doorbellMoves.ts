/** Row 35: a doorbell that is on its way when the vCPU's registers are read. */
import { powerMachine, type PowerMachine } from "../../deviceMachine/powerDeviceMachine.ts";
import { powerIoctl, powerOneReg } from "../../uapi/powerIoctl.ts";
import { KVM_REG_PPC_DPDES } from "../../uapi/xive.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import { xiveSwitches } from "./pseriesWorld.ts";

const SKIPS = "power.dpdes.skipRequest";
const ARGUMENT = 0x4000n, VALUE = 0x4100n;
const FOUND = "the guest finds its doorbell on the target";

interface World {
  readonly source: PowerMachine;
  readonly target: PowerMachine;
  read: bigint | undefined;
  found: boolean;
}

const dpdes = ({ kvm, user, vcpuFds }: PowerMachine, request: number): number =>
  kvm.ioctl(vcpuFds[0]!, request,
    user.place(ARGUMENT, powerOneReg.encode({ id: KVM_REG_PPC_DPDES, addr: VALUE })));

export const doorbellMoves = defineScenario<World>({
  id: "doorbell-moves", family: "power", row: "35",
  title: "A doorbell that was requested before a move rings after it",
  evidence: ["read"], sources: ["ff42df49e75f"],
  given: {
    says: ["a vCPU outside its guest, no doorbell pending", "a target that is the same"],
    build: (defects) => {
      const machine = (): PowerMachine => powerMachine("xive", 1, { defects: xiveSwitches(defects) });
      return { source: machine(), target: machine(), read: undefined, found: false };
    },
  },
  when: [
    step("another vCPU of the core sends it a message", ({ source }) => {
      source.kvm.doorbell(source.vcpuFds[0]!)!.ring();
    }),
    step("DPDES is read on the source and set on the target", (world) => {
      const { source, target } = world;
      if (dpdes(source, powerIoctl.KVM_GET_ONE_REG) !== 0) return;
      world.read = source.user.u64(VALUE);
      target.user.placeU64(VALUE, world.read);
      dpdes(target, powerIoctl.KVM_SET_ONE_REG);
    }),
    step("the vCPU enters its guest on the target", (world) => {
      const { kvm, vcpuFds } = world.target;
      world.found = kvm.doorbell(vcpuFds[0]!)!.enter();
    }),
  ],
  then: [
    claim("DPDES reads 1", ({ read }) => read, 1n), claim(FOUND, ({ found }) => found, true),
    claim("reading took nothing from the source",
      ({ source }) => source.kvm.doorbell(source.vcpuFds[0]!)!.enter(), true),
  ],
  defects: [{
    switch: SKIPS, breaks: FOUND,
    because: "the request waits beside the register for the next entry, and only the register is read",
  }],
});
