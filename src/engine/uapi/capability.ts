/** KVM_CAP_* numbers an s390 VMM asks about its interrupt controller, and struct kvm_enable_cap. */
import { struct } from "./struct.ts";

export const capability = {
  KVM_CAP_USER_MEMORY: 3,
  KVM_CAP_NR_MEMSLOTS: 10,
  KVM_CAP_IRQ_ROUTING: 25,
  KVM_CAP_IRQFD: 32,
  KVM_CAP_ENABLE_CAP: 54,
  KVM_CAP_ASYNC_PF: 59,
  KVM_CAP_IRQFD_RESAMPLE: 82,
  KVM_CAP_S390_CSS_SUPPORT: 85,
  KVM_CAP_DEVICE_CTRL: 89,
  KVM_CAP_ENABLE_CAP_VM: 98,
  KVM_CAP_S390_IRQCHIP: 99,
  KVM_CAP_S390_INJECT_IRQ: 113,
  KVM_CAP_S390_IRQ_STATE: 114,
  KVM_CAP_S390_AIS: 141,
  KVM_CAP_S390_CMMA_MIGRATION: 145,
  KVM_CAP_S390_AIS_MIGRATION: 150,
} as const;

/** `args` and `pad` are not looked at by the capabilities of this file. */
export const enableCap = struct("struct kvm_enable_cap", 104, {
  cap: [0, 4], flags: [4, 4], args: [8, 32], pad: [40, 64],
});
