/** What DIAGNOSE needs of the CPU that executes it, and what it answers. */

export interface CpuPort {
  /** CPU address, 0 for the first. */
  readonly address: number;
  /** Absolute address of the prefix area. */
  readonly prefix: number;
  /** General register 0..15, unsigned 64 bits. */
  gr(n: number): bigint;
  setGr(n: number, value: bigint): void;
}

/**
 * What a guest may ask of the machine by DIAGNOSE 0x308, with what the board has to do:
 * - `modified-clear` (0): CPU reset on every CPU, reset of the subsystem (devices, interrupts), storage kept,
 *   then the PSW at absolute 0 is loaded on this CPU;
 * - `load-normal` (1): the same with an initial CPU reset on every CPU;
 * - `re-ipl-clear` (3): IPL again, storage cleared;
 * - `re-ipl-dump` (4): IPL again, storage kept.
 */
export type ResetKind = "modified-clear" | "load-normal" | "re-ipl-clear" | "re-ipl-dump";

export type DiagnoseOutcome =
  /** Registers are set; the condition code changes only where `cc` is given. */
  | { readonly kind: "done"; readonly cc?: 0 | 1 | 2 | 3 }
  /** The instruction ends with this program interruption; nothing was changed. */
  | { readonly kind: "program"; readonly code: number }
  /** Done, and the CPU gives up the rest of its slice; to `to` in particular if that is a CPU address. */
  | { readonly kind: "yield"; readonly to?: number }
  /** Does not return to the guest: the board resets. */
  | { readonly kind: "reset"; readonly reset: ResetKind };
