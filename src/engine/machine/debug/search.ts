/** Finds a pattern of bytes in a view of storage; pages that are not there are passed over. */
import { debugLimits } from "../../api/debug.ts";
import type { StorageView } from "./storageView.ts";

const PAGE = 4096n;
const SPACE_END = 1n << 64n;

export interface SearchResult {
  readonly found: bigint | undefined;
  /** Everything before this was looked at. */
  readonly end: bigint;
}

/** The first match that begins at or behind `from`; the pattern has at least one byte. */
export function find(view: StorageView, from: bigint, pattern: Uint8Array): SearchResult {
  const limit = from + BigInt(debugLimits.searchBytesMax);
  const end = limit < SPACE_END ? limit : SPACE_END;
  for (let at = from; at < end;) {
    const pageEnd = (at / PAGE + 1n) * PAGE;
    if (view.absoluteOf(at).ok) {
      // A match may begin in this page and end in the next.
      const bytes = view.reachable(at, Number(pageEnd - at) + pattern.length - 1);
      const place = placeOf(bytes, pattern);
      if (place >= 0) return { found: at + BigInt(place), end: at + BigInt(place) };
    }
    at = pageEnd;
  }
  return { found: undefined, end };
}

function placeOf(bytes: Uint8Array, pattern: Uint8Array): number {
  for (let at = bytes.indexOf(pattern[0]!); at >= 0; at = bytes.indexOf(pattern[0]!, at + 1))
    if (pattern.every((byte, index) => bytes[at + index] === byte)) return at;
  return -1;
}
