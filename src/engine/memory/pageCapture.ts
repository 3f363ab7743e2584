/**
 * A set of pages as it is at one moment, copied while the machine goes on: bit by bit, and a page that is
 * about to change at once, before it does.
 *
 *   taken ─▶ copying (`advance`, and `keep` before each first change) ─▶ done: `result`
 *
 * Invariant: every page of the result has the contents that it had when the capture was made.
 */
import { PAGE_BYTES, type PageSet } from "../api/snapshot.ts";
import { assert } from "../base/assert.ts";
import type { PagedStorage } from "./pageSet.ts";

export class PageCapture {
  private readonly storage: PagedStorage;
  private readonly pages: Uint32Array<ArrayBuffer>;
  /** By page number: 1 where it is still to be copied. */
  private readonly isDue: Uint8Array;
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly numbers: Uint32Array<ArrayBuffer>;
  private readonly zeros: Uint32Array<ArrayBuffer>;
  private filled = 0;
  private empty = 0;
  private next = 0;

  /** `pages`: by number, ascending. Throws a RangeError where the host has no room for all of them. */
  constructor(storage: PagedStorage, pages: Uint32Array<ArrayBuffer>) {
    this.storage = storage;
    this.pages = pages;
    this.isDue = new Uint8Array((pages.at(-1) ?? -1) + 1);
    for (const page of pages) this.isDue[page] = 1;
    this.bytes = new Uint8Array(pages.length * PAGE_BYTES);
    this.numbers = new Uint32Array(pages.length);
    this.zeros = new Uint32Array(pages.length);
  }

  get total(): number {
    return this.pages.length;
  }
  get done(): number {
    return this.filled + this.empty;
  }

  /** The page is about to change. */
  keep(page: number): void {
    if (this.isDue[page] !== 1) return;
    this.isDue[page] = 0;
    if (this.storage.isZeroPage(page)) {
      this.zeros[this.empty++] = page;
      return;
    }
    this.storage.copyPage(page, this.bytes, this.filled * PAGE_BYTES);
    this.numbers[this.filled++] = page;
  }

  /** Looks at up to `count` more pages; true once all are copied. */
  advance(count: number): boolean {
    const end = Math.min(this.pages.length, this.next + count);
    while (this.next < end) this.keep(this.pages[this.next++]!);
    return end === this.pages.length;
  }

  /** The pages in the order in which they were copied. */
  result(): PageSet {
    assert(this.done === this.total, "every page is copied");
    return {
      numbers: this.numbers.slice(0, this.filled), zeros: this.zeros.slice(0, this.empty),
      bytes: this.bytes.subarray(0, this.filled * PAGE_BYTES), order: this.storage.order,
    };
  }
}

/** Copies the pages named, at once and in their order. */
export function capturePages(storage: PagedStorage, pages: Uint32Array<ArrayBuffer>): PageSet {
  const capture = new PageCapture(storage, pages);
  capture.advance(pages.length);
  return capture.result();
}
