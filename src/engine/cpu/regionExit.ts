/**
 * How a region ends: back to the interpreter, through a slot of the region table, or through the jump cache.
 */
import type { Val } from "../wasm/value.ts";

/** Value of the slot local: go back to the interpreter; look the target up in the jump cache. */
export const SLOT_RETURN = -1;
export const SLOT_JUMP = -2;

export interface Terminator {
  readonly cond: Val | undefined;
  /** Byte distance from the instruction, or the computed address. */
  readonly distance: number | undefined;
  readonly target: Val | undefined;
}
