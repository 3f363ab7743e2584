/** Numbers of the virtio 1.2 specification that several files here share. */

export const feature = {
  ringIndirect: 1n << 28n, ringEventIndex: 1n << 29n, version1: 1n << 32n,
} as const;

/** Device status field. */
export const statusBit = {
  acknowledge: 0x01, driver: 0x02, driverOk: 0x04, featuresOk: 0x08, needsReset: 0x40, failed: 0x80,
} as const;

/**
 * Byte order of everything in rings and configuration: little-endian from virtio 1.0 on, the guest's own
 * before.
 */
export type ByteOrder = "little" | "big";
