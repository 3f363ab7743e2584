/** KVM_CHECK_EXTENSION and KVM_ENABLE_CAP of the VM, for what concerns interrupts and memory. */
import { capability } from "../../uapi/capability.ts";
import { KVM_MAX_IRQ_ROUTES } from "../../uapi/irqRouting.ts";
import type { KernelProfile } from "../../uapi/kernelProfile.ts";
import { USER_SLOTS } from "./memorySlots.ts";

const offered: ReadonlyMap<number, number> = new Map<number, number>([
  [capability.KVM_CAP_USER_MEMORY, 1], [capability.KVM_CAP_NR_MEMSLOTS, USER_SLOTS],
  [capability.KVM_CAP_S390_CMMA_MIGRATION, 1],
  [capability.KVM_CAP_IRQ_ROUTING, KVM_MAX_IRQ_ROUTES], [capability.KVM_CAP_IRQFD, 1],
  [capability.KVM_CAP_ENABLE_CAP, 1], [capability.KVM_CAP_ASYNC_PF, 1],
  [capability.KVM_CAP_IRQFD_RESAMPLE, 1],
  [capability.KVM_CAP_S390_CSS_SUPPORT, 1], [capability.KVM_CAP_DEVICE_CTRL, 1],
  [capability.KVM_CAP_ENABLE_CAP_VM, 1], [capability.KVM_CAP_S390_IRQCHIP, 1],
  [capability.KVM_CAP_S390_INJECT_IRQ, 1], [capability.KVM_CAP_S390_IRQ_STATE, 1],
  [capability.KVM_CAP_S390_AIS, 1],
]);

/** What KVM_CHECK_EXTENSION answers: 0 for everything this kernel does not have. */
export function checkExtension(profile: KernelProfile, cap: number): number {
  if (cap === capability.KVM_CAP_S390_AIS_MIGRATION) return profile.aisMigration ? 1 : 0;
  return offered.get(cap) ?? 0;
}
