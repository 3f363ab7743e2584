/** Row 43: a snapshot of what changed, of memory that lies in more than one slot. */
import { s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { MemorySlots } from "../../devices/kvm/memorySlots.ts";
import { ioctl } from "../../uapi/ioctl.ts";
import { KVM_MEM_LOG_DIRTY_PAGES, dirtyLog, userMemoryRegion } from "../../uapi/irqRouting.ts";
import { kernelProfiles } from "../../uapi/kernelProfile.ts";
import { claim, defineScenario, step } from "../scenario.ts";

const FORGETS = "vmm.differences.skipTrailingClean";
const ARGUMENT = 0x6000_0000n, BITMAP = 0x6100_0000n;
const FRAMES = 256;
const SLOT_BYTES = 0x100000n;
/** Guest frame at which each slot begins; the file holds the slots one behind the other. */
const SLOTS = [0x0n, 0x400n] as const;
/** Frames within a slot that were written: the last ones of the first slot were not. */
const WRITTEN = [[3, 7], [0, 9]] as const;
const PLACES = "every page of the file is where its slot's page belongs";

interface World {
  readonly machine: S390DeviceMachine;
  readonly forgets: boolean;
  /** Pages of the file, by their place in it: the guest frame that each is of. */
  readonly file: Map<number, bigint>;
}

function twoSlots(): S390DeviceMachine {
  const machine = s390DeviceMachine({
    profile: kernelProfiles["linux-6.1"], options: { slots: new MemorySlots() },
  });
  const { kvm, user } = machine;
  for (const [slot, frame] of SLOTS.entries())
    kvm.ioctl(kvm.vmFd, ioctl.KVM_SET_USER_MEMORY_REGION, user.place(ARGUMENT, userMemoryRegion.encode({
      slot, flags: KVM_MEM_LOG_DIRTY_PAGES, guest_phys_addr: frame << 12n, memory_size: SLOT_BYTES,
      userspace_addr: 0x4000_0000n + frame * 4096n,
    })));
  return machine;
}

/** KVM_GET_DIRTY_LOG of a slot: for each frame, was it written? */
function changedFrames({ kvm, user }: S390DeviceMachine, slot: number): boolean[] {
  user.place(BITMAP, new Uint8Array(FRAMES / 8));
  kvm.ioctl(kvm.vmFd, ioctl.KVM_GET_DIRTY_LOG,
    user.place(ARGUMENT, dirtyLog.encode({ slot, dirty_bitmap: BITMAP })));
  const bitmap = user.at(BITMAP);
  return Array.from({ length: FRAMES }, (_, frame) => (bitmap[frame >> 3]! & (1 << (frame & 7))) !== 0);
}

/** Clean pages are passed over in one go, before the next dirty one and at the end of a slot. */
function writeDifferences({ machine, file, forgets }: World): void {
  let place = 0;
  for (const [slot, first] of SLOTS.entries()) {
    let clean = 0;
    for (const [frame, isDirty] of changedFrames(machine, slot).entries()) {
      if (!isDirty) {
        clean++;
        continue;
      }
      place += clean;
      clean = 0;
      file.set(place++, first + BigInt(frame));
    }
    if (!forgets) place += clean;
  }
}

export const shiftedDifferences = defineScenario<World>({
  id: "shifted-differences", family: "memory", row: "43",
  title: "A snapshot of changed pages keeps every slot at its offset",
  evidence: ["read"],
  sources: ["Firecracker #5705"],
  given: {
    says: ["two memory slots of 256 pages with a hole between them, both logged"],
    build: (defects) => ({ machine: twoSlots(), forgets: defects.has(FORGETS), file: new Map() }),
  },
  when: [
    step("pages 3 and 7 of the first slot and 0 and 9 of the second are written", ({ machine }) => {
      for (const [slot, frames] of WRITTEN.entries())
        for (const frame of frames) machine.kvm.slots.markFrameDirty(SLOTS[slot]! + BigInt(frame));
    }),
    step("the changed pages are written into a sparse file, slot after slot", writeDifferences),
  ],
  then: [
    claim("four pages are written", ({ file }) => file.size, 4),
    claim(PLACES, ({ file }) => [...file],
      WRITTEN.flatMap((frames, slot) =>
        frames.map((frame) => [slot * FRAMES + frame, SLOTS[slot]! + BigInt(frame)]))),
  ],
  defects: [{
    switch: FORGETS, breaks: PLACES,
    because: "the clean pages at the first slot's end are not passed over: all that follows is shifted",
  }],
});
