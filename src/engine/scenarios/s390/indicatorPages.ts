/** Rows 5 and 6: an irqfd writes guest memory, and the move must hear of it. */
import { s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { join } from "../../base/hex.ts";
import { KVM_S390_IO_ADAPTER_MAP, flicGroup, ioAdapterReq } from "../../uapi/flic.ts";
import { ioctl } from "../../uapi/ioctl.ts";
import { irqRouting, irqRoutingEntry } from "../../uapi/irqRouting.ts";
import type { KernelProfile } from "../../uapi/kernelProfile.ts";
import { claim, defineScenario, step, type Claim, type Step } from "../scenario.ts";
import { kernelWith } from "./kernelWith.ts";
import { flicSet, registerAdapter } from "./vmm.ts";

const BY_USER_ADDRESS = "flic.indicator.marksUserFrame";
const UNMARKED = "flic.indicator.fastPathUnmarked";
const GSI = 4, INDICATOR = 0x100000n, SUMMARY = 0x102000n;
const MARKED = "the frames of indicator and summary are in the dirty log";

interface World {
  readonly machine: S390DeviceMachine;
}

function routed(profile: KernelProfile): World {
  const machine = s390DeviceMachine({ profile });
  registerAdapter(machine, 1, 2);
  for (const addr of [INDICATOR, SUMMARY]) {
    const request = ioAdapterReq.encode({ id: 1, type: KVM_S390_IO_ADAPTER_MAP, addr });
    flicSet(machine, flicGroup.ADAPTER_MODIFY, request);
  }
  const entry = irqRoutingEntry.encode({
    gsi: GSI, type: 3, "u.adapter.ind_addr": INDICATOR, "u.adapter.summary_addr": SUMMARY,
    "u.adapter.adapter_id": 1,
  });
  const { kvm, user } = machine;
  const table = join(irqRouting.encode({ nr: 1 }), entry);
  kvm.ioctl(kvm.vmFd, ioctl.KVM_SET_GSI_ROUTING, user.place(0x1000n, table));
  return { machine };
}

const when: readonly Step<World>[] = [
  step("the first round of the move has sent every page", ({ machine }) => {
    machine.kvm.slots.takeDirtyFrames();
  }),
  step("the device's eventfd is signalled", ({ machine }) => {
    machine.kvm.flic.signalGsi(GSI);
  }),
];
const then: readonly Claim<World>[] = [
  claim("indicator and summary are set", ({ machine: { memory } }) =>
    [memory.u8(Number(INDICATOR)), memory.u8(Number(SUMMARY))], [0x80, 0x80]),
  claim(MARKED, ({ machine }) => machine.kvm.slots.takeDirtyFrames(), [INDICATOR >> 12n, SUMMARY >> 12n]),
];

export const indicatorMarkedByUserAddress = defineScenario<World>({
  id: "indicator-marked-by-user-address", family: "s390", row: "5",
  title: "An indicator set after the first round is sent again",
  evidence: ["read", "derived-twice"],
  sources: ["mail of 2026-02-06, Fixes f65470661f36", "Linux 6.1.192 arch/s390/kvm/interrupt.c"],
  given: {
    says: ["an adapter whose route holds user addresses", "its indicator pages are clean"],
    build: (defects) => routed(kernelWith({ indicatorDirtyByUserAddress: defects.has(BY_USER_ADDRESS) })),
  },
  when, then,
  defects: [{
    switch: BY_USER_ADDRESS,
    breaks: MARKED,
    because: "the frame number is that of the user address and belongs to no slot, so nothing is marked",
  }],
});

export const indicatorFastPathUnmarked = defineScenario<World>({
  id: "indicator-fast-path-unmarked", family: "s390", row: "6",
  title: "An indicator page that is mapped in advance is marked as well",
  evidence: ["read", "title"],
  sources: ["a review question on the list, 2026", "d215f014b352 (title)"],
  given: {
    says: ["an adapter whose indicator pages were mapped before", "they are clean"],
    build: (defects) =>
      routed(kernelWith({ pinnedIndicatorUnmarked: defects.has(UNMARKED) }, "linux-4.13")),
  },
  when, then,
  defects: [{
    switch: UNMARKED,
    breaks: MARKED,
    because: "the fast path writes through its mapping and returns before the mark",
  }],
});
