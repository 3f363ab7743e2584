/**
 * KVM ioctl request numbers as a powerpc process issues them (powerpc's own _IOC direction bits), and the
 * structures they take in a little-endian process (include/uapi/linux/kvm.h).
 */
import { struct } from "./struct.ts";

export const powerIoctl = {
  KVM_CHECK_EXTENSION: 0x2000ae03,
  KVM_GET_DIRTY_LOG: 0x8010ae42,
  KVM_SET_USER_MEMORY_REGION: 0x8020ae46,
  KVM_IRQ_LINE: 0x8008ae61,
  KVM_IRQFD: 0x8020ae76,
  KVM_ENABLE_CAP: 0x8068aea3,
  KVM_GET_ONE_REG: 0x8010aeab,
  KVM_SET_ONE_REG: 0x8010aeac,
  KVM_CREATE_DEVICE: 0xc00caee0,
  KVM_SET_DEVICE_ATTR: 0x8018aee1,
  KVM_GET_DEVICE_ATTR: 0x8018aee2,
  KVM_HAS_DEVICE_ATTR: 0x8018aee3,
} as const;

export const powerCreateDevice = struct(
  "struct kvm_create_device", 12, { type: [0, 4], fd: [4, 4], flags: [8, 4] }, "little",
);
export const powerDeviceAttr = struct("struct kvm_device_attr", 24, {
  flags: [0, 4], group: [4, 4], attr: [8, 8], addr: [16, 8],
}, "little");
export const powerEnableCap = struct("struct kvm_enable_cap", 104, {
  cap: [0, 4], flags: [4, 4], fd: [8, 8], server: [16, 8], args: [24, 16], pad: [40, 64],
}, "little");
export const powerOneReg = struct("struct kvm_one_reg", 16, { id: [0, 8], addr: [8, 8] }, "little");
/** `irq` is also where the result is handed back. */
export const powerIrqLevel = struct("struct kvm_irq_level", 8, { irq: [0, 4], level: [4, 4] }, "little");
export const powerIrqfd = struct("struct kvm_irqfd", 32, {
  fd: [0, 4], gsi: [4, 4], flags: [8, 4], resamplefd: [12, 4], pad: [16, 16],
}, "little");
export const powerMemoryRegion = struct("struct kvm_userspace_memory_region", 32, {
  slot: [0, 4], flags: [4, 4], guest_phys_addr: [8, 8], memory_size: [16, 8], userspace_addr: [24, 8],
}, "little");
/** `dirty_bitmap`: a user address; one bit a frame, from the right of byte 0 on, in whole 64-bit words. */
export const powerDirtyLog = struct("struct kvm_dirty_log", 16, {
  slot: [0, 4], padding1: [4, 4], dirty_bitmap: [8, 8],
}, "little");
