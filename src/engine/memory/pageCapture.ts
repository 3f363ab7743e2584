/**
 * A set of pages as it is at one moment, copied while the machine goes on: bit by bit, and a page that is
 * about to change at once, before it does. What is copied leaves in small sets, so that storing them need not
 * wait for the last.
 *
 *   taken ─▶ copying (`advance`, and `keep` before each first change) ─▶ all has gone to the sink
 *
 * Invariant: every page that leaves has the contents that it had when the capture was made, and leaves once.
 */
import { PAGE_BYTES, type PageSet } from "../api/snapshot.ts";
import type { PagedStorage } from "./pageSet.ts";

/** Where copied pages go. */
export interface PageSink {
  /** Room for so many bytes; undefined where the host has none. */
  room(bytes: number): Uint8Array | undefined;
  /** Its bytes are the beginning of what `room` gave. */
  take(set: PageSet<ArrayBufferLike>): void;
}

export class PageCapture {
  private readonly storage: PagedStorage;
  private readonly pages: Uint32Array<ArrayBuffer>;
  private readonly sink: PageSink;
  private readonly setPages: number;
  /** By page number: 1 where it is still to be copied. */
  private readonly isDue: Uint8Array;
  private bytes: Uint8Array | undefined;
  private readonly numbers: Uint32Array<ArrayBuffer>;
  private readonly zeros: Uint32Array<ArrayBuffer>;
  private filled = 0;
  private empty = 0;
  private next = 0;
  /** The host had no room for a page that was about to change. */
  isLost = false;

  /** `pages`: by number, ascending. They leave in sets of `setPages`, the last of which may be smaller. */
  constructor(storage: PagedStorage, pages: Uint32Array<ArrayBuffer>, setPages: number, sink: PageSink) {
    this.storage = storage;
    this.pages = pages;
    this.setPages = setPages;
    this.sink = sink;
    this.isDue = new Uint8Array((pages.at(-1) ?? -1) + 1);
    for (const page of pages) this.isDue[page] = 1;
    this.numbers = new Uint32Array(setPages);
    this.zeros = new Uint32Array(setPages);
  }

  get total(): number {
    return this.pages.length;
  }

  /** The page is about to change. */
  keep(page: number): void {
    if (this.isDue[page] !== 1) return;
    this.isDue[page] = 0;
    if (this.storage.isZeroPage(page)) this.zeros[this.empty++] = page;
    else {
      this.bytes ??= this.sink.room(this.setPages * PAGE_BYTES);
      this.isLost ||= this.bytes === undefined;
      if (!this.bytes) return;
      this.storage.copyPage(page, this.bytes, this.filled * PAGE_BYTES);
      this.numbers[this.filled++] = page;
    }
    if (this.filled + this.empty === this.setPages) this.flush();
  }

  /** Looks at up to `count` more pages; true once all have gone. */
  advance(count: number): boolean {
    const end = Math.min(this.pages.length, this.next + count);
    while (this.next < end) this.keep(this.pages[this.next++]!);
    if (end < this.pages.length) return false;
    this.flush();
    return true;
  }

  private flush(): void {
    const { filled, empty, bytes = new Uint8Array(0) } = this;
    if (filled + empty === 0) return;
    this.filled = this.empty = 0;
    // Room that nothing came into serves the next set.
    if (filled > 0) this.bytes = undefined;
    this.sink.take({
      numbers: this.numbers.slice(0, filled), zeros: this.zeros.slice(0, empty),
      bytes: bytes.subarray(0, filled * PAGE_BYTES), order: this.storage.order,
    });
  }
}

/** Copies the pages named, at once and in their order. Throws a RangeError where the host has no room. */
export function capturePages(storage: PagedStorage, pages: Uint32Array<ArrayBuffer>): PageSet {
  const all = new Uint8Array(pages.length * PAGE_BYTES);
  let [numbers, zeros, length] = [new Uint32Array(0), new Uint32Array(0), 0];
  const sink: PageSink = {
    room: () => all,
    take: (set) => { ({ numbers, zeros, bytes: { length } } = set); },
  };
  new PageCapture(storage, pages, pages.length, sink).advance(pages.length);
  return { numbers, zeros, bytes: all.subarray(0, length), order: storage.order };
}
