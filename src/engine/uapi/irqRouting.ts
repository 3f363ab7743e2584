/** GSI routes, irqfds and memory slots (include/uapi/linux/kvm.h). */
import { struct } from "./struct.ts";

/** Both the number of routes a table may hold and the first GSI that is out of range. */
export const KVM_MAX_IRQ_ROUTES = 4096;
export const KVM_IRQ_ROUTING_S390_ADAPTER = 3;
export const KVM_IRQFD_FLAG_DEASSIGN = 1;
export const KVM_IRQFD_FLAG_RESAMPLE = 2;
export const KVM_MEM_LOG_DIRTY_PAGES = 1;
export const KVM_MEM_READONLY = 2;

/** Followed by `nr` entries. */
export const irqRouting = struct("struct kvm_irq_routing", 8, { nr: [0, 4], flags: [4, 4] });

/** `u.` fields: the adapter arm of the union, ind_offset and summary_offset count bits. */
export const irqRoutingEntry = struct("struct kvm_irq_routing_entry", 48, {
  gsi: [0, 4], type: [4, 4], flags: [8, 4], pad: [12, 4],
  "u.adapter.ind_addr": [16, 8], "u.adapter.summary_addr": [24, 8], "u.adapter.ind_offset": [32, 8],
  "u.adapter.summary_offset": [40, 4], "u.adapter.adapter_id": [44, 4],
});

export const irqfd = struct("struct kvm_irqfd", 32, {
  fd: [0, 4], gsi: [4, 4], flags: [8, 4], resamplefd: [12, 4], pad: [16, 16],
});

export const userMemoryRegion = struct("struct kvm_userspace_memory_region", 32, {
  slot: [0, 4], flags: [4, 4], guest_phys_addr: [8, 8], memory_size: [16, 8], userspace_addr: [24, 8],
});

/** `dirty_bitmap`: a user address; one bit a frame, from the right of byte 0 on, in whole 64-bit words. */
export const dirtyLog = struct("struct kvm_dirty_log", 16, {
  slot: [0, 4], padding1: [4, 4], dirty_bitmap: [8, 8],
});
