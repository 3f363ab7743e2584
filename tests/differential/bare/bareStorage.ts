/**
 * The work area of bare cases, WORK_BYTES from WORK: translation tables of three spaces that map the first
 * megabyte to itself but for what is named here, and data pages.
 */
export const CODE = 0x10000;
export const OTHER_PREFIX = 0x12000n;
export const WORK = 0x20000;
export const WORK_BYTES = 0x12000;
/** Bytes of the machine. */
export const STORAGE = 32n << 20n;

/** Segment tables, page tables behind them. */
export const PRIMARY = BigInt(WORK);
export const SECONDARY = BigInt(WORK) + 0x2000n;
export const HOME = BigInt(WORK) + 0x4000n;
const PAGE_TABLE = 0x1000;
const SECOND_PAGE_TABLE = 0x1800;

/** Data pages: two free ones, exchanged in the secondary space; then each with a peculiarity. */
export const DATA = 0x28000n;
export const PROTECTED = 0x2a000n;
export const MISSING = 0x2b000n;
export const KEY_3_FETCH_PROTECTED = 0x2c000n;
export const KEY_3 = 0x2d000n;
export const KEY_9 = 0x2e000n;
export const LAST = 0x2f000n;
export const pristineKeys: Readonly<Record<number, number>> = { 12: 0x38, 13: 0x30, 14: 0x90 };

/** In the second megabyte: pages protected, missing, outside storage, with a wrong entry; the rest as is. */
export const SECOND = 0x100000n;
/** Whole segments: missing, of a wrong type, large, large and protected, with its table outside storage. */
export const SEGMENT_MISSING = 0x200000n;
export const SEGMENT_WRONG = 0x300000n;
export const SEGMENT_LARGE = 0x400000n;
export const SEGMENT_LARGE_PROTECTED = 0x500000n;
export const SEGMENT_OUTSIDE = 0x600000n;

const [SEGMENT_INVALID, PAGE_INVALID, IS_PROTECTED, IS_LARGE] = [0x20n, 0x400n, 0x200n, 0x400n];

function writeSpace(view: DataView, at: number, exchange: (page: bigint) => bigint): void {
  const tables = BigInt(WORK + at);
  for (let i = 0; i < 512; i++) view.setBigUint64(at + 8 * i, SEGMENT_INVALID);
  const segment = (address: bigint, entry: bigint): void =>
    view.setBigUint64(at + 8 * Number(address >> 20n), entry);
  segment(0n, tables + BigInt(PAGE_TABLE));
  segment(SECOND, tables + BigInt(SECOND_PAGE_TABLE));
  segment(SEGMENT_WRONG, (tables + BigInt(PAGE_TABLE)) | 4n);
  segment(SEGMENT_LARGE, SECOND | IS_LARGE);
  segment(SEGMENT_LARGE_PROTECTED, SECOND | IS_LARGE | IS_PROTECTED);
  segment(SEGMENT_OUTSIDE, STORAGE);
  for (let i = 0; i < 256; i++) {
    const page = BigInt(i * 4096);
    view.setBigUint64(at + PAGE_TABLE + 8 * i, exchange(page));
    view.setBigUint64(at + SECOND_PAGE_TABLE + 8 * i, SECOND + page);
  }
  const second = [SECOND | IS_PROTECTED, SECOND | PAGE_INVALID, STORAGE, SECOND | 0x800n];
  second.forEach((entry, i) => view.setBigUint64(at + SECOND_PAGE_TABLE + 8 * i, entry));
}

/** Bytes of the work area before every case. */
export function pristine(): Uint8Array {
  const bytes = new Uint8Array(WORK_BYTES);
  const view = new DataView(bytes.buffer);
  const special = (page: bigint): bigint =>
    page === PROTECTED ? page | IS_PROTECTED : page === MISSING ? page | PAGE_INVALID : page;
  const isFree = (page: bigint): boolean => page === DATA || page === DATA + 0x1000n;
  const swapped = (page: bigint): bigint => (isFree(page) ? page ^ 0x1000n : page);
  writeSpace(view, 0, special);
  writeSpace(view, 0x2000, swapped);
  writeSpace(view, 0x4000, (page) => (page === DATA ? LAST : page));
  for (let at = 0x8000; at < WORK_BYTES; at++) bytes[at] = (at * 7 + (at >> 8) * 13) & 0xff;
  return bytes;
}
