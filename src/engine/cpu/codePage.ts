/** One page of predecoded code, and what was compiled of it. */
import type { Mode } from "./mode.ts";

export interface CodePage {
  /** Host offset of the entries. */
  readonly base: number;
  /** Absolute address of the frame. */
  readonly frame: number;
  /** Where it was fetched last. */
  virtualHigh: number;
  virtual: number;
  /** The bank's generation in which it was fetched there last; see `Bank`. */
  generation: number;
  readonly mode: Mode;
  /** Compiled regions that have blocks here; the region compiler's. */
  readonly regions: Set<CompiledRegion>;
}

export interface CompiledRegion {
  readonly page: CodePage;
  /** Byte offsets in the page: first and one past the last instruction byte it covers. */
  readonly from: number;
  readonly to: number;
  /** Entry offsets and their slots in the region table. */
  readonly entries: readonly { readonly offset: number; readonly slot: number }[];
}

/** Virtual address of a byte of the page. */
export const addressIn = (page: CodePage, offset: number): bigint =>
  (BigInt(page.virtualHigh >>> 0) << 32n) | BigInt((page.virtual + offset) >>> 0);
