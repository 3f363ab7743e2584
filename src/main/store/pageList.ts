/** The pages of one storage of a snapshot, and how their list is kept. */

import { PAGE_BYTES, type PageSet } from "../../engine/api/snapshot.ts";

/** Page numbers, with the ids of their contents; pages of zeros have none. */
export type PageList = Map<number, number>;

export const PACK_PAGES = 64;
export const PACK_BYTES = PACK_PAGES * PAGE_BYTES;
/** Where a page lies: its pack, and which of the pack's pages it is. */
export const pageId = (pack: number, slot: number): number => pack * PACK_PAGES + slot;
export const packOf = (id: number): number => Math.floor(id / PACK_PAGES);
export const slotOf = (id: number): number => id % PACK_PAGES;

/** Puts the pages of a save into a list, and takes those that are zeros out of it. */
export function putPages(
  list: PageList, { numbers, zeros }: Pick<PageSet, "numbers" | "zeros">, ids: Uint32Array,
): void {
  for (const page of zeros) list.delete(page);
  for (const [index, page] of numbers.entries()) list.set(page, ids[index]!);
}

/** u32 page number and u32 page id for each page, little-endian, ascending. */
export function encodeList(list: PageList): Uint8Array {
  const words = new Uint32Array(list.size * 2);
  let at = 0;
  for (const number of Uint32Array.from(list.keys()).sort()) {
    words[at++] = number;
    words[at++] = list.get(number)!;
  }
  return new Uint8Array(words.buffer);
}

export function decodeList(bytes: Uint8Array): PageList {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const list: PageList = new Map();
  for (let at = 0; at + 8 <= bytes.length; at += 8)
    list.set(view.getUint32(at, true), view.getUint32(at + 4, true));
  return list;
}
