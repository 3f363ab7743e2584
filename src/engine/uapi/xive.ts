/**
 * KVM's two interrupt controllers of POWER9 at user space: attribute groups, their values and their registers
 * (Documentation/virt/kvm/devices/xive.rst and xics.rst; arch/powerpc/include/uapi/asm/kvm.h). Structures are
 * those of a little-endian process.
 */
import { struct, type Decoded } from "./struct.ts";

export const KVM_DEV_TYPE_XICS = 3;
export const KVM_DEV_TYPE_XIVE = 9;
export const KVM_CAP_IRQ_XICS = 92;
export const KVM_CAP_PPC_IRQ_XIVE = 169;

export const xiveGroup = { CTRL: 1, SOURCE: 2, SOURCE_CONFIG: 3, EQ_CONFIG: 4, SOURCE_SYNC: 5 } as const;
export const xiveControl = { RESET: 1n, EQ_SYNC: 2n, NR_SERVERS: 3n } as const;

/** Value of SOURCE. */
export const KVM_XIVE_LEVEL_SENSITIVE = 1n;
export const KVM_XIVE_LEVEL_ASSERTED = 2n;

/**
 * Value of SOURCE_CONFIG, bits from the least significant: priority 2:0, server 31:3, mask 32, EISN 63:33.
 */
export function decodeSourceConfig(value: bigint): {
  priority: number; server: number; isMasked: boolean; eisn: number;
} {
  return {
    ...decodeQueueName(value), isMasked: ((value >> 32n) & 1n) === 1n, eisn: Number(value >> 33n),
  };
}
export const encodeSourceConfig = (
  { priority, server, isMasked, eisn }: ReturnType<typeof decodeSourceConfig>,
): bigint => encodeQueueName(server, priority) | (isMasked ? 1n << 32n : 0n) | (BigInt(eisn) << 33n);

/** Attribute of EQ_CONFIG: priority 2:0, server 31:3; the upper half does not count. */
export const decodeQueueName = (attr: bigint): { priority: number; server: number } => ({
  priority: Number(attr & 7n), server: Number((attr >> 3n) & 0x1fff_ffffn),
});
export const encodeQueueName = (server: number, priority: number): bigint =>
  (BigInt(server) << 3n) | BigInt(priority);

export const KVM_XIVE_EQ_ALWAYS_NOTIFY = 1;
export const xiveEq = struct("struct kvm_ppc_xive_eq", 64, {
  flags: [0, 4], qshift: [4, 4], qaddr: [8, 8], qtoggle: [16, 4], qindex: [20, 4], pad: [24, 40],
}, "little");
export type XiveEq = Decoded<typeof xiveEq.fields>;

/** Places of the device's areas in its file, in pages. */
export const KVM_XIVE_TIMA_PAGE_OFFSET = 0;
export const KVM_XIVE_ESB_PAGE_OFFSET = 4;

export const KVM_REG_PPC_ICP_STATE = 0x1030_0000_0000_008cn;
/** u64: the directed privileged doorbell exceptions of the vCPU's core. */
export const KVM_REG_PPC_DPDES = 0x1030_0000_0000_00a9n;
export const KVM_REG_PPC_VP_STATE = 0x1040_0000_0000_008dn;

export const xicsGroup = { SOURCES: 1, CTRL: 2 } as const;
export const KVM_DEV_XICS_NR_SERVERS = 1n;
/** Value of SOURCES: server 31:0, priority 39:32, then flags. */
export const KVM_XICS_LEVEL_SENSITIVE = 1n << 40n;
export const KVM_XICS_MASKED = 1n << 41n;
export const KVM_XICS_PENDING = 1n << 42n;
export const KVM_XICS_PRESENTED = 1n << 43n;
export const KVM_XICS_QUEUED = 1n << 44n;

/** Levels of KVM_IRQ_LINE beside 0 and 1, which is all that an irqfd sends. */
export const KVM_INTERRUPT_SET = -1;
export const KVM_INTERRUPT_UNSET = -2;
export const KVM_INTERRUPT_SET_LEVEL = -3;
