/** What KVM leaves in a snapshot beside its interrupt controllers: memory slots, irqfds, rings, doorbells. */
import { defineState, field } from "../../snapshot/schema.ts";
import type { DirtyRingSnapshot } from "./dirtyRing.ts";
import type { DoorbellSnapshot } from "./doorbell.ts";
import type { IrqfdsSnapshot } from "./irqfds.ts";
import {
  BITMAP_BYTES_MAX, USER_SLOTS, type MemorySlot, type MemorySlotsSnapshot,
} from "./memorySlots.ts";

const SAFE = Number.MAX_SAFE_INTEGER;

export const memorySlotsState = defineState<MemorySlotsSnapshot>({
  name: "kvm.memory-slots",
  version: 1,
  fields: {
    slots: field.list(
      field.object<MemorySlot>({
        slot: field.between(0, USER_SLOTS - 1), flags: field.u32(), guestAddress: field.u64(),
        size: field.u64(), userAddress: field.u64(),
      }), { max: USER_SLOTS }),
    logs: field.list(
      field.object<MemorySlotsSnapshot["logs"][number]>({
        slot: field.between(0, USER_SLOTS - 1), bitmap: field.bytes(BITMAP_BYTES_MAX, 8),
      }), { max: USER_SLOTS }),
  },
});

export const irqfdsState = defineState<{ readonly bindings: IrqfdsSnapshot }>({
  name: "kvm.irqfds",
  version: 1,
  fields: {
    bindings: field.list(
      field.object<IrqfdsSnapshot[number]>({
        fd: field.u32(), gsi: field.u32(), resampled: field.bool(), due: field.bool(),
      }), { max: 1024 }),
  },
});

export const doorbellState = defineState<DoorbellSnapshot>({
  name: "power.doorbell",
  version: 1,
  fields: { isRequested: field.bool(), isPending: field.bool() },
});

export const dirtyRingState = defineState<DirtyRingSnapshot>({
  name: "kvm.dirty-ring",
  version: 1,
  fields: {
    shared: field.bytes(1 << 20, 0), pushed: field.between(0, SAFE), taken: field.between(0, SAFE),
  },
});
