/**
 * Lines of the interrupt ledger as columns of bytes: small and quick enough that a window can follow a storm.
 * Columns stand one after another, each with all lines of the block, numbers little-endian:
 *   at f64 | id f64 | into f64 | kind u32 | place of `bit` in `words` u16 | cpu i16 | place of the step in
 *   `ledgerSteps` u8
 */
import type { LedgerLine } from "./ledger.ts";

/** Lines are numbered from 1 through a machine's life. */
export interface LedgerBlock {
  /** Number of the block's first line. */
  readonly first: number;
  /** Lines written so far, also those that nobody keeps any more. */
  readonly written: number;
  readonly words: readonly string[];
  readonly bytes: Uint8Array;
}

/** A line of the ledger as plain numbers and words. */
export interface LedgerEntry extends Omit<LedgerLine, "at"> {
  /** 0 where the line came without its number. */
  readonly number: number;
  /** Instructions executed by all CPUs. */
  readonly at: number;
}

export const ledgerLimits = {
  /** Most lines of one block. */
  linesMax: 8192,
} as const;

export const LEDGER_LINE_BYTES = 33;

/** The columns of `count` lines over a buffer that begins with them. */
export function ledgerColumns(buffer: ArrayBufferLike, offset: number, count: number) {
  let next = offset;
  const take = (bytes: number): number => {
    const start = next;
    next += bytes * count;
    return start;
  };
  return {
    at: new Float64Array(buffer, take(8), count),
    id: new Float64Array(buffer, take(8), count),
    into: new Float64Array(buffer, take(8), count),
    kind: new Uint32Array(buffer, take(4), count),
    word: new Uint16Array(buffer, take(2), count),
    cpu: new Int16Array(buffer, take(2), count),
    step: new Uint8Array(buffer, take(1), count),
  };
}
export type LedgerColumns = ReturnType<typeof ledgerColumns>;

/** The block's columns and how many lines they have; a length that is no whole number of lines is cut. */
export function unpackLedger({
  bytes,
}: LedgerBlock): { readonly count: number; readonly columns: LedgerColumns } {
  const count = Math.floor(bytes.length / LEDGER_LINE_BYTES);
  // Columns of eight bytes must begin at a multiple of eight.
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  return { count, columns: ledgerColumns(aligned.buffer, aligned.byteOffset, count) };
}
