/** Interrupt type codes and the structures that carry one interrupt (include/uapi/linux/kvm.h). */
import { struct, type Decoded } from "./struct.ts";

export const interruptType = {
  SIGP_STOP: 0xfffe0000,
  PROGRAM_INT: 0xfffe0001,
  SIGP_SET_PREFIX: 0xfffe0002,
  RESTART: 0xfffe0003,
  INT_PFAULT_INIT: 0xfffe0004,
  INT_PFAULT_DONE: 0xfffe0005,
  MCHK: 0xfffe1000,
  INT_CLOCK_COMP: 0xffff1004,
  INT_CPU_TIMER: 0xffff1005,
  INT_EMERGENCY: 0xffff1201,
  INT_EXTERNAL_CALL: 0xffff1202,
  INT_SERVICE: 0xffff2401,
  INT_VIRTIO: 0xffff2603,
} as const;

/** Every code up to this one is an I/O interruption, whatever its bits say. */
export const KVM_S390_INT_IO_MAX = 0xfffdffff;
export const KVM_S390_INT_IO_AI_MASK = 0x04000000;
/** The type code the kernel itself gives adapter interrupts. */
export const ADAPTER_INTERRUPT = 0x04000000;

export const KVM_S390_STOP_FLAG_STORE_STATUS = 0x01;
export const KVM_S390_PGM_FLAGS_ILC_VALID = 0x01;
export const KVM_S390_PGM_FLAGS_ILC_MASK = 0x06;
export const KVM_S390_PGM_FLAGS_NO_REWIND = 0x08;

/** Bytes of one struct kvm_s390_irq; its union starts at 8. */
export const KVM_S390_IRQ_SIZE = 72;
export const KVM_S390_IRQ_UNION = 8;

export const s390Irq = struct("struct kvm_s390_irq", 72, { type: [0, 8], u: [8, 64] });
export const ioInfo = struct("struct kvm_s390_io_info", 12, {
  subchannel_id: [0, 2], subchannel_nr: [2, 2], io_int_parm: [4, 4], io_int_word: [8, 4],
});
export const extInfo = struct("struct kvm_s390_ext_info", 16, {
  ext_params: [0, 4], pad: [4, 4], ext_params2: [8, 8],
});
export const pgmInfo = struct("struct kvm_s390_pgm_info", 40, {
  trans_exc_code: [0, 8], mon_code: [8, 8], per_address: [16, 8], data_exc_code: [24, 4], code: [28, 2],
  mon_class_nr: [30, 2], per_code: [32, 1], per_atmid: [33, 1], exc_access_id: [34, 1],
  per_access_id: [35, 1],
  op_access_id: [36, 1], flags: [37, 1], pad: [38, 2],
});
export const prefixInfo = struct("struct kvm_s390_prefix_info", 4, { address: [0, 4] });
export const extcallInfo = struct("struct kvm_s390_extcall_info", 2, { code: [0, 2] });
export const emergInfo = struct("struct kvm_s390_emerg_info", 2, { code: [0, 2] });
export const stopInfo = struct("struct kvm_s390_stop_info", 4, { flags: [0, 4] });
export const mchkInfo = struct("struct kvm_s390_mchk_info", 48, {
  cr14: [0, 8], mcic: [8, 8], failing_storage_address: [16, 8], ext_damage_code: [24, 4], pad: [28, 4],
  fixed_logout: [32, 16],
});

/** The older injection argument, of KVM_S390_INTERRUPT. */
export const s390Interrupt = struct(
  "struct kvm_s390_interrupt", 16, { type: [0, 4], parm: [4, 4], parm64: [8, 8] },
);
export const irqState = struct("struct kvm_s390_irq_state", 32, {
  buf: [0, 8], flags: [8, 4], len: [12, 4], reserved: [16, 16],
});

export type PgmInfo = Decoded<typeof pgmInfo.fields>;
export type MchkInfo = Decoded<typeof mchkInfo.fields>;

/** One struct kvm_s390_irq: `type`, then `payload` at the start of the union, then zeros. */
export function encodeIrq(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(KVM_S390_IRQ_SIZE);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(type));
  bytes.set(payload, KVM_S390_IRQ_UNION);
  return bytes;
}
