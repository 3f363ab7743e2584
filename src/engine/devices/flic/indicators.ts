/**
 * Adapter indicators: one bit per queue or function, and the summary bit above them, in guest RAM.
 *
 * A page is an array of big-endian 64-bit words whose bits are numbered from the right; an adapter with
 * `swap` sees the page as one bit string numbered from the left.
 */
import type { GuestMemory } from "../../memory/guestMemory.ts";
import type { KernelProfile } from "../../uapi/kernelProfile.ts";
import type { Adapter } from "./adapters.ts";

const PAGE_BITS = 4096 * 8;
const PAGE_MASK = 4095n;

/** The process's address space as far as adapters need it. */
export interface AdapterPages {
  /** User address behind a guest address, or undefined if no memory slot backs it. */
  translate(guestAddress: bigint): bigint | undefined;
  /** Absolute RAM address of the page now behind a user address, if it may be written. */
  pageForWrite(userAddress: bigint): number | undefined;
  /** Marks a guest frame in the dirty log; a number that is no frame of any slot marks nothing. */
  markFrameDirty(frame: bigint): void;
}

/**
 * Addresses are guest addresses on kernels that pin pages, user addresses on the others. Offsets count bits.
 */
export interface AdapterRoute {
  readonly gsi: number;
  readonly indAddress: bigint;
  readonly summaryAddress: bigint;
  readonly indOffset: bigint;
  readonly summaryOffset: number;
  readonly adapterId: number;
}

export type IndicatorOutcome =
  | "raise"
  /** The summary bit was already one: somebody will look. */
  | "coalesced"
  /** A page was missing. */
  | "no-page"
  /** The bit lies beyond the page; the kernel would write over something else. */
  | "out-of-page";

/** Byte in the page and mask of bit `number`, or undefined beyond the page. */
export function indicatorBit(number: bigint, swap: boolean): { byte: number; mask: number } | undefined {
  if (number >= BigInt(PAGE_BITS)) return undefined;
  const nr = Number(number);
  return swap
    ? { byte: nr >> 3, mask: 0x80 >> (nr & 7) }
    : { byte: (nr >> 6) * 8 + 7 - ((nr >> 3) & 7), mask: 1 << (nr & 7) };
}

/** Bit number within the page of `address`: offset and page offset are added as 64-bit numbers. */
export const bitNumber = (address: bigint, offset: bigint): bigint =>
  BigInt.asUintN(64, offset + (address & PAGE_MASK) * 8n);

interface Place {
  readonly page: number;
  readonly byte: number;
  readonly mask: number;
  /** Undefined: not to be marked. */
  readonly dirtyFrame: bigint | undefined;
}

/** Sets a route's indicator, then its summary bit, as the kernel of `profile` does. */
export function setIndicators(
  route: AdapterRoute, adapter: Adapter, memory: GuestMemory, pages: AdapterPages, profile: KernelProfile,
): IndicatorOutcome {
  const find = (address: bigint, offset: bigint): Place | IndicatorOutcome =>
    locate(address, offset, adapter, pages, profile);
  const indicator = find(route.indAddress, route.indOffset);
  if (typeof indicator === "string") return indicator;
  if (profile.adapterPages === "pinned") setBit(memory, pages, indicator);
  const summary = find(route.summaryAddress, BigInt(route.summaryOffset));
  if (typeof summary === "string") return summary;
  if (profile.adapterPages === "looked-up") setBit(memory, pages, indicator);
  return setBit(memory, pages, summary) ? "coalesced" : "raise";
}

function locate(
  address: bigint, offset: bigint, adapter: Adapter, pages: AdapterPages, profile: KernelProfile,
): Place | IndicatorOutcome {
  const pinned = profile.adapterPages === "pinned";
  const page = pinned
    ? adapter.maps.find((map) => map.guestAddress === address)?.page
    : pages.pageForWrite(address);
  if (page === undefined) return "no-page";
  const bit = indicatorBit(bitNumber(address, offset), adapter.swap);
  if (!bit) return "out-of-page";
  const byUser = !pinned && profile.quirks.indicatorDirtyByUserAddress;
  if (pinned && profile.quirks.pinnedIndicatorUnmarked) return { page, ...bit, dirtyFrame: undefined };
  return { page, ...bit, dirtyFrame: pinned || byUser ? address >> 12n : BigInt(page) >> 12n };
}

/** Sets the bit and returns whether it was one before. */
function setBit(memory: GuestMemory, pages: AdapterPages, { page, byte, mask, dirtyFrame }: Place): boolean {
  const before = memory.u8(page + byte);
  memory.setU8(page + byte, before | mask, "flic-indicator");
  if (dirtyFrame !== undefined) pages.markFrameDirty(dirtyFrame);
  return (before & mask) !== 0;
}
