/**
 * The floating interrupt controller's attribute groups and their buffers
 * (arch/s390/include/uapi/asm/kvm.h; Documentation/virt/kvm/devices/s390_flic.rst).
 */
import { struct } from "./struct.ts";

export const flicGroup = {
  GET_ALL_IRQS: 1,
  ENQUEUE: 2,
  CLEAR_IRQS: 3,
  APF_ENABLE: 4,
  APF_DISABLE_WAIT: 5,
  ADAPTER_REGISTER: 6,
  ADAPTER_MODIFY: 7,
  CLEAR_IO_IRQ: 8,
  AISM: 9,
  AIRQ_INJECT: 10,
  AISM_ALL: 11,
} as const;

/** Largest GET_ALL_IRQS and ENQUEUE buffer in bytes. */
export const KVM_S390_FLIC_MAX_BUFFER = 0x2000000;

export const KVM_S390_ADAPTER_SUPPRESSIBLE = 0x01;
export const ioAdapter = struct("struct kvm_s390_io_adapter", 8, {
  id: [0, 4], isc: [4, 1], maskable: [5, 1], swap: [6, 1], flags: [7, 1],
});

export const KVM_S390_IO_ADAPTER_MASK = 1;
export const KVM_S390_IO_ADAPTER_MAP = 2;
export const KVM_S390_IO_ADAPTER_UNMAP = 3;
export const ioAdapterReq = struct("struct kvm_s390_io_adapter_req", 16, {
  id: [0, 4], type: [4, 1], mask: [5, 1], pad0: [6, 2], addr: [8, 8],
});

export const KVM_S390_AIS_MODE_ALL = 0;
export const KVM_S390_AIS_MODE_SINGLE = 1;
export const aisReq = struct("struct kvm_s390_ais_req", 4, { isc: [0, 1], mode: [2, 2] });

export const aisAll = struct("struct kvm_s390_ais_all", 2, { simm: [0, 1], nimm: [1, 1] });

/** GISA as the machine defines it; format 1 adds the forwarding masks. The g flag is 0x02, c is 0x01. */
export const gisaFormat0 = struct("struct kvm_s390_gisa (format 0)", 32, {
  next_alert: [0, 4], ipm: [4, 1], reserved01: [5, 1], flags: [6, 1], iam: [7, 1], reserved02: [8, 4],
  airq_count: [12, 4],
});
export const gisaFormat1 = struct("struct kvm_s390_gisa (format 1)", 32, {
  next_alert: [0, 4], ipm: [4, 1], simm: [5, 1], nimm: [6, 1], iam: [7, 1], aism: [8, 8], flags: [16, 1],
  reserved03: [17, 11], airq_count: [28, 4],
});
export const gibLayout = struct("struct kvm_s390_gib", 32, {
  alert_list_origin: [0, 4], reserved01: [4, 4], nisc: [8, 1], reserved03: [9, 3], reserved04: [12, 20],
});
