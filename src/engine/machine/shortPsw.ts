/**
 * The short PSW of eight bytes, which an initial program load and some resets take from absolute 0
 * (Principles of Operation, chapter 4, "Short PSW Format"). Bits are numbered from the most significant one.
 */

/** The PSW that a CPU starts with, in its long form. */
export interface StartPsw {
  readonly pswMask: bigint;
  readonly pswAddress: bigint;
}

/** Bit 12: one in a short PSW, zero in a PSW that is in use. */
const SHORT = 0x0008_0000_0000_0000n;
/** Bits 0-32, the last two of which are the addressing mode. */
const MASK = 0xffff_ffff_8000_0000n;
const ADDRESS = 0x7fff_ffffn;
/** Bits 0, 2-4 and 25-30 must be zero, or loading it ends in an early specification exception. */
const RESERVED = 0xb800_007e_0000_0000n;
const MODES = 0x0000_0001_8000_0000n;
const MODE_24 = 0n;
const MODE_NONE = 0x0000_0001_0000_0000n;

/** Whether loading `short` starts a program: its format is right, and its address even and of its mode. */
export function isShortPsw(short: bigint): boolean {
  const mode = short & MODES;
  const address = short & ADDRESS;
  if ((short & SHORT) === 0n || (short & RESERVED) !== 0n || mode === MODE_NONE) return false;
  return address !== 0n && address % 2n === 0n && (mode !== MODE_24 || address < 1n << 24n);
}

/** The long form of `short`. Where bit 12 was zero it is one, and loading that is refused by the CPU. */
export const startOfShortPsw = (short: bigint): StartPsw => ({
  pswMask: (short & MASK) ^ SHORT, pswAddress: short & ADDRESS,
});
