/** Device control: KVM_CREATE_DEVICE and KVM_{SET,GET,HAS}_DEVICE_ATTR (Documentation/virt/kvm/api.rst). */
import { struct } from "./struct.ts";

export const KVM_DEV_TYPE_FLIC = 6;
/** `flags` bit of KVM_CREATE_DEVICE: only say whether the type exists. */
export const KVM_CREATE_DEVICE_TEST = 1;

export const createDevice = struct(
  "struct kvm_create_device", 12, { type: [0, 4], fd: [4, 4], flags: [8, 4] },
);

export const deviceAttr = struct("struct kvm_device_attr", 24, {
  flags: [0, 4], group: [4, 4], attr: [8, 8], addr: [16, 8],
});

/** VM attribute group of AP and key wrapping: interpretation of AP instructions on and off (ECA.APIE). */
export const KVM_S390_VM_CRYPTO = 2;
export const KVM_S390_VM_CRYPTO_ENABLE_APIE = 4;
export const KVM_S390_VM_CRYPTO_DISABLE_APIE = 5;

/** VM attribute group and attribute that replace the CPU model, facility list included. */
export const KVM_S390_VM_CPU_MODEL = 3;
export const KVM_S390_VM_CPU_PROCESSOR = 0;
/** `fac_list`: facility n is bit n counted from the most significant bit of byte 0. */
export const vmCpuProcessor = struct("struct kvm_s390_vm_cpu_processor", 2064, {
  cpuid: [0, 8], ibc: [8, 2], pad: [10, 6], fac_list: [16, 2048],
});
