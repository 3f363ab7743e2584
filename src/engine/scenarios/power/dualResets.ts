/** Row 33: a guest that may choose its interrupt controller, and chooses again after each reset. */
import { connectVcpu, powerMachine, type PowerMachine } from "../../deviceMachine/powerDeviceMachine.ts";
import { powerCreateDevice, powerIoctl } from "../../uapi/powerIoctl.ts";
import { KVM_DEV_TYPE_XICS, KVM_DEV_TYPE_XIVE } from "../../uapi/xive.ts";
import { claim, defineScenario, step, type Step } from "../scenario.ts";

const ONCE = "vmm.dual.connectsOnce";
const ARGUMENT = 0x1000n;
type Mode = "xics" | "xive";
const CONNECTED = "after every reset both vCPUs are connected to the controller of the mode";

interface World {
  readonly machine: PowerMachine;
  readonly connectsOnce: boolean;
  readonly after: { readonly created: number; readonly isConnected: readonly boolean[] }[];
}

/** The VMM closes the controller that there was, creates the one of the mode and connects every vCPU. */
function reset({ machine, connectsOnce, after }: World, mode: Mode): void {
  const { kvm, user, vcpuFds, deviceFd } = machine;
  kvm.close(deviceFd);
  const type = mode === "xive" ? KVM_DEV_TYPE_XIVE : KVM_DEV_TYPE_XICS;
  // The lowest free descriptor is the one that was just closed.
  const created = kvm.ioctl(kvm.vmFd, powerIoctl.KVM_CREATE_DEVICE,
    user.place(ARGUMENT, powerCreateDevice.encode({ type })));
  if (!connectsOnce || after.length === 0)
    for (const server of vcpuFds.keys()) connectVcpu(machine, server, server);
  after.push({ created, isConnected: vcpuFds.map((fd) => kvm.connection(fd) !== undefined) });
}

const resetTo = (says: string, mode: Mode): Step<World> =>
  step(says, (world) => { reset(world, mode); });

export const dualResets = defineScenario<World>({
  id: "dual-resets", family: "power", row: "33",
  title: "A guest that may choose its controller has the one it chose after every reset",
  evidence: ["title"],
  sources: [
    'QEMU series "fix multiple resets when using the \'dual\' interrupt mode"',
    "how the later reset fails is our reading of that title",
  ],
  given: {
    says: ["a pseries machine that offers XICS and XIVE, booting with XICS in the kernel", "two vCPUs"],
    build: (defects) => ({ machine: powerMachine("xics"), connectsOnce: defects.has(ONCE), after: [] }),
  },
  when: [
    resetTo("the guest negotiates XIVE, which resets the machine", "xive"),
    resetTo("it reboots, so XICS is there again", "xics"),
    resetTo("it negotiates XIVE once more", "xive"),
  ],
  then: [
    claim(CONNECTED, ({ after }) => after,
      Array.from({ length: 3 }, () => ({ created: 0, isConnected: [true, true] }))),
  ],
  defects: [{
    switch: ONCE, breaks: CONNECTED,
    because: "the VMM remembers that its vCPUs are connected, and forgets that their controller is gone",
  }],
});
