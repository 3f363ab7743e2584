/**
 * IEEE exceptions of the binary and decimal cores (Principles of Operation, chapter 9, "IEEE Exceptions").
 *
 * Invariant: a result names either the flags to set or the data-exception code of the interruption; a
 * trapped condition never also sets its own flag, but lesser conditions recognised before it keep theirs.
 */
import type { Rounding } from './rounding.ts';

/** Bits of the FPC flag byte (FPC bits 8-12); the mask byte (FPC bits 0-4) has the same order. */
export const ieeeFlag = {
  invalid: 0x80,
  divideByZero: 0x40,
  overflow: 0x20,
  underflow: 0x10,
  inexact: 0x08,
  quantum: 0x04,
} as const;

/** Added to a DXC of overflow, underflow or inexact when the delivered magnitude exceeds the precise one. */
export const dxcIncremented = 0x04;

/** What the floating-point-control register says to an operation. */
export interface IeeeContext {
  /** The effective rounding method, already taken from M3 or the FPC. */
  readonly rounding: Rounding;
  /** FPC byte 0: a one traps the condition of the same position in {@link ieeeFlag}. */
  readonly masks: number;
  /** XxC, bit 1 of M4: inexact is not recognised. */
  readonly inexactSuppressed?: boolean;
  /** XqC (M4 bit 0 inverted): quantum exceptions are recognised; decimal only. */
  readonly quantumRecognised?: boolean;
}

/**
 * The outcome of an operation.
 * `bits` is the result, or meaningless when `dxc` is 0x80 or 0x40 (the operation is suppressed).
 * `flags` go into FPC byte 1. `dxc` is 0, or the code of the data exception that follows completion.
 */
export interface IeeeResult {
  readonly bits: bigint;
  readonly flags: number;
  readonly dxc: number;
}

/** An outcome that also sets the condition code. */
export interface IeeeResultWithCc extends IeeeResult {
  readonly cc: number;
}

/** Whether the operation is suppressed: nothing but the DXC may be stored. */
export function isSuppressed(result: { readonly dxc: number }): boolean {
  return (result.dxc & (ieeeFlag.invalid | ieeeFlag.divideByZero)) !== 0;
}

export function exact(bits: bigint): IeeeResult {
  return { bits, flags: 0, dxc: 0 };
}

/** A suppressing condition: the DXC alone when trapped, else the default result and its flag. */
export function raiseSuppressing(flag: number, bits: bigint, context: IeeeContext): IeeeResult {
  return context.masks & flag ? { bits, flags: 0, dxc: flag } : { bits, flags: flag, dxc: 0 };
}

/** Completes with the inexact condition, which is the last one recognised. */
export function completeInexact(
  bits: bigint,
  flags: number,
  isIncremented: boolean,
  context: IeeeContext,
): IeeeResult {
  if (context.inexactSuppressed) return { bits, flags, dxc: 0 };
  if (context.masks & ieeeFlag.inexact) {
    return { bits, flags, dxc: ieeeFlag.inexact | (isIncremented ? dxcIncremented : 0) };
  }
  return { bits, flags: flags | ieeeFlag.inexact, dxc: 0 };
}

/** The DXC of a trapped overflow or underflow, with the inexact detail in its low bits. */
export function dxcOfRange(flag: number, isInexact: boolean, isIncremented: boolean): number {
  return flag | (isInexact ? ieeeFlag.inexact : 0) | (isIncremented ? dxcIncremented : 0);
}
