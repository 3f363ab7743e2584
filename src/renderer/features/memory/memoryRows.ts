/** Rows of sixteen bytes out of what a machine answered, and patterns that a person searches for. */
import type { StoragePart } from "../../../engine/api/debug.ts";
import { hexAddress } from "../debug/addresses.ts";

export const ROW_BYTES = 16;

export interface MemoryRow {
  readonly address: string;
  /** Undefined where storage cannot be read. */
  readonly bytes: readonly (number | undefined)[];
  readonly text: string;
  /** Where the row's first byte lies; undefined where it cannot be read. */
  readonly absolute?: string;
  /** Why there is nothing. */
  readonly problem?: string;
}

/** `from` is a multiple of sixteen; the parts cover all rows. */
export function rowsOf(from: bigint, count: number, parts: readonly StoragePart[]): MemoryRow[] {
  const bytes = new Array<number | undefined>(count * ROW_BYTES).fill(undefined);
  const problems = new Map<number, string>();
  const places = new Map<number, string>();
  for (const part of parts) {
    const at = Number(BigInt.asUintN(64, BigInt(`0x${part.address}`) - from));
    if ("bytes" in part) {
      part.bytes.forEach((byte, index) => (bytes[at + index] = byte));
      const base = BigInt(`0x${part.absolute}`);
      for (let done = 0; done < part.length; done += ROW_BYTES)
        places.set((at + done) / ROW_BYTES, hexAddress(base + BigInt(done)));
    } else problems.set(Math.floor(at / ROW_BYTES), part.problem);
  }
  return Array.from({ length: count }, (_, row) => {
    const own = bytes.slice(row * ROW_BYTES, (row + 1) * ROW_BYTES);
    const problem = problems.get(row);
    const absolute = places.get(row);
    return {
      address: hexAddress(from + BigInt(row * ROW_BYTES)),
      bytes: own,
      text: own.map(characterOf).join(""),
      ...(absolute !== undefined && { absolute }),
      ...(problem !== undefined && { problem }),
    };
  });
}

const characterOf = (byte: number | undefined): string =>
  byte === undefined ? " " : byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·";

/** The eight bytes around an offset of a row in hex digits; undefined where one cannot be read. */
export function wordAt(row: MemoryRow, offset: number): string | undefined {
  const bytes = row.bytes.slice(offset & ~7, (offset & ~7) + 8);
  if (bytes.some((byte) => byte === undefined)) return undefined;
  return bytes.map((byte) => byte!.toString(16).padStart(2, "0")).join("");
}

/**
 * Bytes of pairs of hex digits, with or without 0x, else of the text itself as a guest in ASCII has it; what
 * stands in quotation marks is always text.
 */
export function patternFrom(text: string): Uint8Array | undefined {
  if (text === "") return undefined;
  const quoted = /^"(.+)"$/s.exec(text);
  if (quoted) return new TextEncoder().encode(quoted[1]);
  const digits = text.replaceAll(/[\s_]/g, "").replace(/^0x/i, "");
  if (/^([0-9a-f]{2})+$/i.test(digits))
    return Uint8Array.from(digits.match(/../g)!, (pair) => parseInt(pair, 16));
  return new TextEncoder().encode(text);
}
