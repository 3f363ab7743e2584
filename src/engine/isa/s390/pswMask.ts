/**
 * Bits 0-63 of the program-status word as program linkage changes them (Principles of Operation, chapter 4,
 * "Program-Status-Word Format").
 */
export const PswMask = {
  /** Bit 1: program-event recording. */
  per: 1n << 62n,
  /** Bits 8-11: access key. */
  key: 15n << 52n,
  /** Bit 15. */
  problem: 1n << 48n,
  /** Bits 16-17: address-space control. */
  space: 3n << 46n,
  /** Bit 32, basic addressing mode; with bit 31, extended, all of the addressing mode. */
  basic: 1n << 31n,
  mode: 3n << 31n,
} as const;

/** Addressing mode of a PSW whose bits 31 and 32 are one of the three. */
export const addressBitsOf = (mask: bigint): 24 | 31 | 64 =>
  (mask & PswMask.mode) === PswMask.mode ? 64 : mask & PswMask.basic ? 31 : 24;

/** Bits 31 and 32 of an addressing mode. */
export const modeOf = (bits: 24 | 31 | 64): bigint =>
  bits === 64 ? PswMask.mode : bits === 31 ? PswMask.basic : 0n;
