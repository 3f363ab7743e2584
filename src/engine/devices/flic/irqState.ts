/** KVM_S390_GET_IRQ_STATE and KVM_S390_SET_IRQ_STATE: one CPU's own pending interrupts in a buffer. */
import { errno } from "../../api/errno.ts";
import { KVM_S390_IRQ_SIZE, interruptType } from "../../uapi/s390Interrupt.ts";
import type { CallerPort } from "./attrs.ts";
import type { Flic } from "./flic.ts";
import { PENDING_BIT_COUNT, pendingBit } from "./interruptBits.ts";
import { decodeLocal, encodeLocal } from "./irqCodec.ts";
import type { LocalInterrupt, LocalPending } from "./local.ts";

/** 255 emergency signals and 32 other kinds. */
export const IRQ_STATE_MAX_BYTES = KVM_S390_IRQ_SIZE * (255 + 32);

/**
 * Bytes written, -EINVAL for length 0, -ENOBUFS at the first entry without room (those before it are
 * written).
 */
export function getIrqState(
  flic: Flic, { user }: CallerPort, cpu: number, buf: bigint, length: number,
): number {
  if (length === 0) return errno.EINVAL;
  let written = 0;
  for (const interrupt of pendingInOrder(flic, cpu)) {
    if (written + KVM_S390_IRQ_SIZE > length) return errno.ENOBUFS;
    if (!user.write(buf + BigInt(written), encodeLocal(interrupt))) return errno.EFAULT;
    written += KVM_S390_IRQ_SIZE;
  }
  return written;
}

/** 0 or an errno; entries before a refused one stay. Wakes nobody. */
export function setIrqState(
  flic: Flic, caller: CallerPort, cpu: number, buf: bigint, length: number,
): number {
  if (length === 0 || length > IRQ_STATE_MAX_BYTES || length % KVM_S390_IRQ_SIZE !== 0) return errno.EINVAL;
  if (!caller.allocate(length)) return errno.ENOMEM;
  const bytes = caller.user.read(buf, length);
  if (!bytes) return errno.EFAULT;
  if (flic.vcpus.of(cpu).local.bits !== 0) return errno.EBUSY;
  for (let at = 0; at < length; at += KVM_S390_IRQ_SIZE) {
    const interrupt = decodeLocal(bytes.subarray(at, at + KVM_S390_IRQ_SIZE));
    const result = interrupt ? flic.restoreLocal(cpu, interrupt) : errno.EINVAL;
    if (result !== 0) return result;
  }
  return 0;
}

/**
 * By pending bit in the kernel's numbering, then emergency signals by sender, then a call in the SIGP area.
 */
function pendingInOrder({ vcpus, profile }: Flic, cpu: number): LocalInterrupt[] {
  const { local } = vcpus.of(cpu);
  const bits = Array.from({ length: PENDING_BIT_COUNT }, (_, bit) => bit);
  if (profile.irqStateOrder === "highest-priority-first") bits.reverse();
  const found = bits.filter((bit) => local.has(bit)).map((bit) => ofBit(local, bit));
  const emergencies = [...local.emergency.keys()].sort((a, b) => a - b)
    .map((code): LocalInterrupt => ({ type: interruptType.INT_EMERGENCY, code }));
  const call: LocalInterrupt[] = local.sca
    ? [{ type: interruptType.INT_EXTERNAL_CALL, code: local.sca.source }] : [];
  return [...found.filter((interrupt) => interrupt !== undefined), ...emergencies, ...call];
}

function ofBit(local: LocalPending, bit: number): LocalInterrupt | undefined {
  switch (bit) {
    case pendingBit.SET_PREFIX: return { type: interruptType.SIGP_SET_PREFIX, address: local.prefix };
    case pendingBit.RESTART: return { type: interruptType.RESTART };
    case pendingBit.SIGP_STOP: return { type: interruptType.SIGP_STOP, flags: local.stopFlags };
    case pendingBit.PFAULT_INIT: return { type: interruptType.INT_PFAULT_INIT, ...local.pfault };
    case pendingBit.EXT_CPU_TIMER: return { type: interruptType.INT_CPU_TIMER };
    case pendingBit.EXT_CLOCK_COMP: return { type: interruptType.INT_CLOCK_COMP };
    case pendingBit.EXT_EXTERNAL: return { type: interruptType.INT_EXTERNAL_CALL, code: local.externalCall };
    case pendingBit.MCHK_REP:
    case pendingBit.MCHK_EX: return { type: interruptType.MCHK, mchk: local.mchk };
    case pendingBit.PROG: return { type: interruptType.PROGRAM_INT, pgm: local.pgm };
  }
  return undefined;
}
