/** Storage attributes and migration mode of an s390 VM (include/uapi/linux/kvm.h, arch/s390 asm/kvm.h). */
import { struct } from "./struct.ts";

export const KVM_S390_CMMA_PEEK = 1;

/** `remaining` shares its place with the mask that setting takes. `values`: a user address. */
export const cmmaLog = struct("struct kvm_s390_cmma_log", 32, {
  start_gfn: [0, 8], count: [8, 4], flags: [12, 4], remaining: [16, 8], values: [24, 8],
});

/** VM attribute group of migration mode. */
export const KVM_S390_VM_MIGRATION = 4;
export const KVM_S390_VM_MIGRATION_STOP = 0;
export const KVM_S390_VM_MIGRATION_START = 1;
export const KVM_S390_VM_MIGRATION_STATUS = 2;
