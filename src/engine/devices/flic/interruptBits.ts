/**
 * Pending-interrupt bit numbers (least significant bit is 0). The highest set bit is delivered first, which
 * is the order of Principles of Operation, chapter 6, "Priority of Interruptions".
 */
import { assert } from "../../base/assert.ts";
import { KVM_S390_INT_IO_MAX, interruptType } from "../../uapi/s390Interrupt.ts";

export const pendingBit = {
  SET_PREFIX: 0, RESTART: 1, SIGP_STOP: 2,
  IO_ISC_7: 3, IO_ISC_6: 4, IO_ISC_5: 5, IO_ISC_4: 6, IO_ISC_3: 7, IO_ISC_2: 8, IO_ISC_1: 9, IO_ISC_0: 10,
  VIRTIO: 11, PFAULT_DONE: 12, PFAULT_INIT: 13, EXT_HOST: 14, EXT_SERVICE: 15, EXT_SERVICE_EV: 16,
  EXT_TIMING: 17, EXT_CPU_TIMER: 18, EXT_CLOCK_COMP: 19, EXT_EXTERNAL: 20, EXT_EMERGENCY: 21, EXT_MALFUNC: 22,
  EXT_IRQ_KEY: 23, MCHK_REP: 24, PROG: 25, SVC: 26, MCHK_EX: 27,
} as const;
export const PENDING_BIT_COUNT = 28;

export const IO_MASK = 0x7f8;
/** External interruptions; VIRTIO and both page-fault interruptions are among them. */
export const EXTERNAL_MASK = 0xfff800;
export const MACHINE_CHECK_MASK = (1 << pendingBit.MCHK_EX) | (1 << pendingBit.MCHK_REP);
export const SERVICE_MASK = (1 << pendingBit.EXT_SERVICE) | (1 << pendingBit.EXT_SERVICE_EV);
/** Of a protected guest, what waits until the ultravisor has presented the last injected interruption. */
export const PROTECTED_INJECTION_MASK = IO_MASK | MACHINE_CHECK_MASK | SERVICE_MASK
  | (1 << pendingBit.EXT_CPU_TIMER) | (1 << pendingBit.EXT_CLOCK_COMP)
  | (1 << pendingBit.EXT_EMERGENCY) | (1 << pendingBit.EXT_EXTERNAL);

/** The pending bit of an ISC. */
export const bitOfIsc = (isc: number): number => pendingBit.IO_ISC_0 - isc;
/** The ISC of a pending I/O bit. */
export const iscOfBit = (bit: number): number => pendingBit.IO_ISC_0 - bit;

/** ISC that an I/O-interruption word names: bits 2-4, counted from the left. */
export const iscOfWord = (word: number): number => (word >>> 27) & 7;
/**
 * Interruption word of an adapter interrupt: bit 0 and the ISC. Only five bits of a larger `isc` fit the
 * word.
 */
export const adapterWord = (isc: number): number => (0x80000000 | (isc << 27)) >>> 0;

/** True for every type code that is an I/O interruption. */
export const isIoType = (type: number): boolean => type <= KVM_S390_INT_IO_MAX;

/**
 * The pending bits that `mask` holds as ISC bits: the machine's IPM (ISC 0 is 0x80) in pending-bit positions.
 */
export const pendingOfIpm = (ipm: number): number => ipm << pendingBit.IO_ISC_7;

/** Number of the highest set bit of a non-zero mask. */
export function highestBit(mask: number): number {
  assert(mask !== 0, "no bit is set");
  return 31 - Math.clz32(mask);
}

/**
 * The pending bit that a type code ends in; for a local machine check the repressible one, for I/O by its
 * word.
 */
export function bitOfType(type: number, word = 0): number {
  if (isIoType(type)) return bitOfIsc(iscOfWord(word));
  const bit = typeBits.get(type);
  return bit ?? -1;
}

const typeBits: ReadonlyMap<number, number> = new Map<number, number>([
  [interruptType.SIGP_STOP, pendingBit.SIGP_STOP],
  [interruptType.PROGRAM_INT, pendingBit.PROG],
  [interruptType.SIGP_SET_PREFIX, pendingBit.SET_PREFIX],
  [interruptType.RESTART, pendingBit.RESTART],
  [interruptType.INT_PFAULT_INIT, pendingBit.PFAULT_INIT],
  [interruptType.INT_PFAULT_DONE, pendingBit.PFAULT_DONE],
  [interruptType.MCHK, pendingBit.MCHK_REP],
  [interruptType.INT_CLOCK_COMP, pendingBit.EXT_CLOCK_COMP],
  [interruptType.INT_CPU_TIMER, pendingBit.EXT_CPU_TIMER],
  [interruptType.INT_EMERGENCY, pendingBit.EXT_EMERGENCY],
  [interruptType.INT_EXTERNAL_CALL, pendingBit.EXT_EXTERNAL],
  [interruptType.INT_SERVICE, pendingBit.EXT_SERVICE],
  [interruptType.INT_VIRTIO, pendingBit.VIRTIO],
]);
