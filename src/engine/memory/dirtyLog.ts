/**
 * Which pages were written since the last snapshot, and by whom. Everybody who writes is listed here by name:
 * the CPU marks a page when it gets permission to store without being asked again, everyone else with every
 * write.
 *
 * Invariant: a page is marked or unchanged. What was taken and not committed comes back, so a snapshot that
 * fails half way costs nothing but time. Checkpoints read the log beside the saves (`follow`): what one of
 * them takes is still a change for the others.
 */
import { PAGE_BYTES } from "../api/snapshot.ts";
import { assert } from "../base/assert.ts";
import { memoryWriters, type MemoryWriter } from "./memoryWriter.ts";

/** Of a page's marks: written since the machine began. The bits below are writers since anybody took. */
const EVER = 0x8000;
const CHANGED = EVER - 1;

export class DirtyLog {
  private readonly marks: Uint16Array;
  /** Writers since the last take of a save, but for those in `marks`. */
  private readonly aside: Uint16Array;
  /** By page, for each reader that follows: 1 where changed since it took, but for those in `marks`. */
  private readonly followers: Uint8Array[] = [];
  /** Marks of the pages that were taken and are neither committed nor given back. */
  private taken: Uint16Array | undefined;
  /** From now on the next store to any page must be marked again. */
  onTake: (() => void) | undefined;
  /** Told of a page before its first change since the last take, while a save copies what was taken. */
  beforeFirst: ((page: number) => void) | undefined;

  constructor(pages: number) {
    this.marks = new Uint16Array(pages);
    this.aside = new Uint16Array(pages);
  }

  /** Called before the page is changed. */
  mark(page: number, writer: MemoryWriter): void {
    const marks = this.marks[page]!;
    if (this.beforeFirst && (marks & CHANGED) === 0) this.beforeFirst(page);
    this.marks[page] = marks | EVER | memoryWriters[writer];
  }
  markRange(address: number, length: number, writer: MemoryWriter): void {
    for (let page = Math.floor(address / PAGE_BYTES); page * PAGE_BYTES < address + length; page++)
      this.mark(page, writer);
  }

  /** Written since anybody took: the next store need not be marked. */
  isMarked(page: number): boolean {
    return (this.marks[page]! & CHANGED) !== 0;
  }
  /** Pages written since the last take, ascending. */
  changed(): Uint32Array<ArrayBuffer> {
    return this.where((page) => (this.marks[page]! | this.aside[page]!) & CHANGED);
  }
  /** Pages ever written, ascending: all others hold zeros. */
  written(): Uint32Array<ArrayBuffer> {
    return this.where((page) => this.marks[page]! & EVER);
  }
  private where(isWanted: (page: number) => number): Uint32Array<ArrayBuffer> {
    const found = new Uint32Array(this.marks.length);
    let count = 0;
    for (let page = 0; page < this.marks.length; page++) if (isWanted(page)) found[count++] = page;
    return found.slice(0, count);
  }
  /** Who wrote a page since the last take. */
  writersOf(page: number): MemoryWriter[] {
    const names = Object.keys(memoryWriters) as MemoryWriter[];
    return names.filter((name) => (this.marks[page]! | this.aside[page]!) & memoryWriters[name]);
  }

  /** Begins a new round; `commit` or `giveBack` must follow before the next. */
  take(): void {
    assert(!this.taken, "one snapshot at a time");
    this.beginAnew();
    this.taken = this.aside.slice();
    this.aside.fill(0);
  }
  /** Every page counts as not yet written; what was written stays with those who have not taken it. */
  private beginAnew(): void {
    const { marks, aside, followers } = this;
    for (let page = 0; page < marks.length; page++) {
      const changed = marks[page]! & CHANGED;
      if (changed === 0) continue;
      aside[page]! |= changed;
      for (const follower of followers) follower[page] = 1;
      marks[page]! &= EVER;
    }
    this.onTake?.();
  }

  /**
   * One more reader, for which everything that was ever written has changed. Each call of the answer gives
   * the pages that changed since the one before, ascending.
   */
  follow(): () => Uint32Array<ArrayBuffer> {
    const changed = Uint8Array.from(this.marks, (marks) => (marks & EVER ? 1 : 0));
    this.followers.push(changed);
    return () => {
      this.beginAnew();
      const pages = this.where((page) => changed[page]!);
      changed.fill(0);
      return pages;
    };
  }
  commit(): void {
    this.taken = undefined;
  }
  giveBack(): void {
    this.taken?.forEach((marks, page) => { this.aside[page]! |= marks; });
    this.taken = undefined;
  }
  get isTaken(): boolean {
    return this.taken !== undefined;
  }
}
