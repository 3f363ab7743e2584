/** What the assembler is asked and what it gives: options, program, listing, errors. Plain data. */
import type { Segment } from "./assembleElf.ts";
import type { Place } from "./assembleStatements.ts";

/** What is wrong, where, what came and what is allowed there. `message` says all of it in one sentence. */
export interface AssemblyError extends Place {
  readonly came: string;
  readonly allowed: string;
  readonly message: string;
}

export interface ListingLine {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface AssembledProgram {
  /** ELF64 big-endian s390 executable. */
  readonly elf: Uint8Array;
  /** Address of `_start`, or of .text if there is no such label. */
  readonly entry: bigint;
  /** Labels and .equ symbols; addresses or numbers as unsigned 64 bits. */
  readonly symbols: ReadonlyMap<string, bigint>;
  /** What made bytes, in the order of sections and addresses. */
  readonly listing: readonly ListingLine[];
  readonly segments: readonly Segment[];
}

export interface AssembleOptions {
  /** Address of .text; 0 unless given. */
  readonly origin?: number;
  /** Name of the source in errors and listing. */
  readonly name?: string;
  /** Text for `.include "name"`. */
  readonly include?: (name: string) => string | undefined;
}
