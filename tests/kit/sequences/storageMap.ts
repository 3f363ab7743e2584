/**
 * Where generated sequences keep what: 256 KiB of absolute storage with two spaces that map it one to one,
 * but for a protected page, a missing page and, in the secondary space, two exchanged data pages.
 *
 *   0x00000  assigned storage locations
 *   0x04000  segment and page tables; from 0xa000 on those of a user's space,
 *            where all but code and data is missing
 *   0x08000  assigned storage locations while the prefix is not zero
 *   0x10000  code, four pages; protected in a user's space
 *   0x18000  the register images that steps load
 *   0x20000  data: two free pages, a protected one, a missing one, a free one
 *   0x3f000  the last page of storage
 */
import type { Prng } from "../../../src/engine/base/prng.ts";

export const RAM_BYTES = 0x40000;
export const PREFIX = 0x8000;
export const CODE = 0x10000;
export const CODE_BYTES = 0x4000;
export const DATA = 0x20000;
export const PROTECTED_PAGE = 0x22000;
export const MISSING_PAGE = 0x23000;
export const LAST_PAGE = 0x3f000;
/** Register images: 16 doublewords each, reached with base 0. */
export const IMAGES = 0x18000;
export const IMAGES_BYTES = 0x1000;
export const IMAGE_BYTES = 128;

const SEGMENT_TABLE = 0x4000;
const PAGE_TABLE = 0x5000;
const SECONDARY_SEGMENTS = 0x6000;
const SECONDARY_PAGES = 0x7000;
/** Segment tables of 512 entries. */
export const PRIMARY_ASCE = BigInt(SEGMENT_TABLE);
export const SECONDARY_ASCE = BigInt(SECONDARY_SEGMENTS);
const USER_SEGMENTS = 0xa000;
const USER_PAGES = 0xb000;
export const USER_ASCE = BigInt(USER_SEGMENTS);

/** From and to: where all segment and page tables are. */
export const TABLES = [[SEGMENT_TABLE, 0x8000], [USER_SEGMENTS, 0xc000]] as const;

const PAGE_PROTECTED = 0x200n;
const INVALID_PAGE = 0x400n;
const INVALID_SEGMENT = 0x20n;

/**
 * Access key 0 everywhere but in data: key 8 fetchable, and key 9 with fetch protection on the missing page.
 */
export function keyOfFrame(frame: number, dataKey: number): number {
  const at = frame * 4096;
  if (at === PROTECTED_PAGE) return 0x30;
  if (at === MISSING_PAGE) return 0x38;
  return at >= CODE ? dataKey << 4 : 0;
}

type Space = "primary" | "secondary" | "user";

/** Whether a user program has the page. */
export const usersPage = (at: number): boolean =>
  (at >= CODE && at < CODE + CODE_BYTES) ||
  at === IMAGES ||
  (at >= DATA && at < DATA + 0x5000 && at !== MISSING_PAGE) ||
  at === LAST_PAGE;

function writeTables(view: DataView, segments: number, pages: number, space: Space): void {
  for (let i = 0; i < 512; i++)
    view.setBigUint64(segments + 8 * i, i === 0 ? BigInt(pages) : INVALID_SEGMENT);
  for (let i = 0; i < 256; i++) {
    const at = i * 4096;
    let entry = BigInt(at);
    if (at >= RAM_BYTES || at === MISSING_PAGE) entry |= INVALID_PAGE;
    if (at === PROTECTED_PAGE) entry |= PAGE_PROTECTED;
    if (space === "user" && !usersPage(at)) entry |= INVALID_PAGE;
    if (space === "user" && at >= CODE && at < CODE + CODE_BYTES) entry |= PAGE_PROTECTED;
    if (space === "secondary" && (at === DATA || at === DATA + 0x1000)) entry ^= 0x1000n;
    view.setBigUint64(pages + 8 * i, entry);
  }
}

const texts = ["Grüße, 世界! ", "\u{1f600}x\u{10ffff}", "0123456789", "The quick brown fox"];

/** Data areas in kinds of 128 bytes: random, zeros, UTF-8, UTF-16, UTF-32, packed digits, ones. */
function writeData(prng: Prng, bytes: Uint8Array, from: number, to: number): void {
  const view = new DataView(bytes.buffer);
  for (let at = from; at < to; at += 128) {
    const kind = prng.below(9);
    const text = [...texts.join("").repeat(4)];
    for (let i = 0; i < 128; i++) {
      if (kind <= 2) bytes[at + i] = prng.u32();
      else if (kind === 3) bytes[at + i] = 0;
      else if (kind === 4) bytes[at + i] = 0xff;
      else if (kind === 5)
        bytes[at + i] = i % 8 === 7 ? 0x0c + prng.below(2) : prng.below(10) * 16 + prng.below(10);
    }
    if (kind === 6) bytes.set(new TextEncoder().encode(texts.join("").repeat(4)).subarray(0, 128), at);
    if (kind === 7)
      for (let i = 0; i < 64; i++) view.setUint16(at + 2 * i, texts.join("").repeat(4).charCodeAt(i));
    if (kind === 8) for (let i = 0; i < 32; i++) view.setUint32(at + 4 * i, text[i]!.codePointAt(0)!);
  }
}

/**
 * Storage before a sequence's own code and data are put in. New PSWs lead to addresses that no sequence uses.
 */
export function makeTemplate(prng: Prng): Uint8Array {
  const bytes = new Uint8Array(RAM_BYTES);
  const view = new DataView(bytes.buffer);
  for (const prefix of [0, PREFIX]) {
    for (const fresh of [0x1a0, 0x1b0, 0x1c0, 0x1d0, 0x1e0, 0x1f0]) {
      view.setBigUint64(prefix + fresh, 0x1_8000_0000n);
      view.setBigUint64(prefix + fresh + 8, BigInt(0x3000 + fresh));
    }
  }
  writeTables(view, SEGMENT_TABLE, PAGE_TABLE, "primary");
  writeTables(view, SECONDARY_SEGMENTS, SECONDARY_PAGES, "secondary");
  writeTables(view, USER_SEGMENTS, USER_PAGES, "user");
  writeData(prng, bytes, DATA, DATA + 0x5000);
  writeData(prng, bytes, LAST_PAGE, RAM_BYTES);
  return bytes;
}
