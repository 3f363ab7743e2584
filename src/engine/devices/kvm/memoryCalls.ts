/** The VM's ioctls about memory: slots, their dirty logs, storage attributes. */
import { errno } from "../../api/errno.ts";
import { dirtyLog, userMemoryRegion } from "../../uapi/irqRouting.ts";
import { cmmaLog } from "../../uapi/s390Memory.ts";
import type { UserMemory } from "../../uapi/userMemory.ts";
import type { MemorySlots } from "./memorySlots.ts";
import type { StorageAttributes } from "./storageAttributes.ts";

/** Most values one KVM_S390_GET_CMMA_BITS gives. */
export const CMMA_VALUES_MAX = 32768;

/** KVM_SET_USER_MEMORY_REGION: -EFAULT, then the rules of `MemorySlots.set`. */
export function setMemoryRegion(
  slots: MemorySlots, user: UserMemory, argument: bigint, layout = userMemoryRegion,
): number {
  const bytes = user.read(argument, layout.size);
  if (!bytes) return errno.EFAULT;
  const region = layout.decode(bytes);
  return slots.set({
    slot: region.slot, flags: region.flags, guestAddress: region.guest_phys_addr, size: region.memory_size,
    userAddress: region.userspace_addr,
  });
}

/** KVM_GET_DIRTY_LOG: -EFAULT, then the rules of `MemorySlots.getDirtyLog`. */
export function getDirtyLog(
  slots: MemorySlots, user: UserMemory, argument: bigint, layout = dirtyLog,
): number {
  const bytes = user.read(argument, layout.size);
  if (!bytes) return errno.EFAULT;
  const { slot, dirty_bitmap: address } = layout.decode(bytes);
  return slots.getDirtyLog(slot, (bitmap) => user.write(address, bitmap));
}

/** KVM_S390_GET_CMMA_BITS: -EFAULT, then the rules of `StorageAttributes.get`, then both copies out. */
export function getCmmaBits(attributes: StorageAttributes, user: UserMemory, argument: bigint): number {
  const bytes = user.read(argument, cmmaLog.size);
  if (!bytes) return errno.EFAULT;
  const wanted = cmmaLog.decode(bytes);
  const { start_gfn: startFrame, flags } = wanted;
  const request = { startFrame, count: Math.min(wanted.count, CMMA_VALUES_MAX), flags };
  return attributes.get(request, ({ startFrame: first, values, remaining }) => {
    const reply = { ...wanted, start_gfn: first, count: values.length, remaining: BigInt(remaining) };
    return user.write(wanted.values, values) && user.write(argument, cmmaLog.encode(reply));
  });
}
