/** Rows 15 and 16: collecting storage attributes. */
import { s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { errno } from "../../api/errno.ts";
import { MemorySlots } from "../../devices/kvm/memorySlots.ts";
import { deviceAttr } from "../../uapi/deviceAttr.ts";
import { ioctl } from "../../uapi/ioctl.ts";
import { KVM_MEM_LOG_DIRTY_PAGES, userMemoryRegion } from "../../uapi/irqRouting.ts";
import { KVM_S390_VM_MIGRATION, KVM_S390_VM_MIGRATION_START, cmmaLog } from "../../uapi/s390Memory.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import { kernelWith } from "./kernelWith.ts";

const OUTLIVES = "cmma.mode.outlivesLogging";
const LOWER = "cmma.hole.findsLowerSlot";
const ARGUMENT = 0x6000_0000n, VALUES = 0x6100_0000n;
const MiB = 0x100000n, HOLE_FRAME = 0x200n, UPPER_FRAME = 0x400n;
const FRAMES_IN_SLOT = Number(MiB >> 12n);

interface World {
  readonly machine: S390DeviceMachine;
  readonly results: number[];
}

/** Slots at 0 and at 4 MiB, both logged, in migration mode. */
function twoSlots(storageQuirks: { modeOutlivesLogging: boolean; holeFindsLowerSlot: boolean }): World {
  const machine = s390DeviceMachine({
    profile: kernelWith(), options: { slots: new MemorySlots(), storageQuirks },
  });
  const world = { machine, results: [] };
  setSlot(world, 0, 0n, KVM_MEM_LOG_DIRTY_PAGES);
  setSlot(world, 1, UPPER_FRAME << 12n, KVM_MEM_LOG_DIRTY_PAGES);
  const { kvm, user } = machine;
  kvm.ioctl(kvm.vmFd, ioctl.KVM_SET_DEVICE_ATTR, user.place(ARGUMENT, deviceAttr.encode({
    group: KVM_S390_VM_MIGRATION, attr: BigInt(KVM_S390_VM_MIGRATION_START) })));
  return world;
}

function setSlot({ machine: { kvm, user } }: World, slot: number, address: bigint, flags: number): void {
  kvm.ioctl(kvm.vmFd, ioctl.KVM_SET_USER_MEMORY_REGION, user.place(ARGUMENT, userMemoryRegion.encode({
    slot, flags, guest_phys_addr: address, memory_size: MiB, userspace_addr: 0x4000_0000n })));
}

/** KVM_S390_GET_CMMA_BITS from this frame on; the reply stays at the argument. */
function collect({ machine: { kvm, user }, results }: World, start: bigint, count: number): void {
  const values = user.place(VALUES, new Uint8Array(count));
  results.push(kvm.ioctl(kvm.vmFd, ioctl.KVM_S390_GET_CMMA_BITS,
    user.place(ARGUMENT, cmmaLog.encode({ start_gfn: start, count, values }))));
}

const ENDED = "collecting is refused with -EINVAL";

export const migrationModeOutlivesLogging = defineScenario<World>({
  id: "migration-mode-outlives-logging", family: "s390", row: "15",
  title: "Migration mode ends with the logging of a slot",
  evidence: ["read"],
  sources: ["f2d3155e2a6b"],
  given: {
    says: ["two logged memory slots", "migration mode is on"],
    build: (defects) =>
      twoSlots({ modeOutlivesLogging: defects.has(OUTLIVES), holeFindsLowerSlot: false }),
  },
  when: [
    step("dirty logging of slot 1 is switched off", (world) => setSlot(world, 1, UPPER_FRAME << 12n, 0)),
    step("the VMM collects storage attributes", (world) => collect(world, 0n, 1)),
  ],
  then: [claim(ENDED, ({ results }) => results, [errno.EINVAL])],
  defects: [{
    switch: OUTLIVES, breaks: ENDED, because: "the mode stays on, for a slot that has no bitmap any more",
  }],
});

const NEXT_SLOT = "the values are those of the slot above the hole";

export const cmmaHoleFindsLowerSlot = defineScenario<World>({
  id: "cmma-hole-finds-lower-slot", family: "s390", row: "16",
  title: "A start in a hole goes on in the next real slot",
  evidence: ["title"],
  sources: ["stable 6.1.39, \"fix KVM_S390_GET_CMMA_BITS for GFNs in memslot holes\" (title)"],
  given: {
    says: ["slots at 0 and at 4 MiB, nothing between", "every frame is due"],
    build: (defects) => twoSlots({ modeOutlivesLogging: false, holeFindsLowerSlot: defects.has(LOWER) }),
  },
  when: [step("the VMM collects from a frame in the hole", (world) => collect(world, HOLE_FRAME, 4))],
  then: [
    claim("the call succeeds", ({ results }) => results, [0]),
    claim(NEXT_SLOT, ({ machine: { user } }) => {
      const { start_gfn, count, remaining } = cmmaLog.decode(user.at(ARGUMENT));
      return [start_gfn, count, remaining];
    }, [UPPER_FRAME, 4, BigInt(2 * FRAMES_IN_SLOT - 4)]),
  ],
  defects: [{
    switch: LOWER, breaks: NEXT_SLOT, because: "the slot below the hole is taken for the next one",
  }],
});
