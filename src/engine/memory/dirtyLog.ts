/**
 * Which pages were written since the last snapshot, and by whom. Everybody who writes is listed here by name:
 * the CPU marks a page when it gets permission to store without being asked again, everyone else with every
 * write.
 *
 * Invariant: a page is marked or unchanged. What was taken and not committed comes back, so a snapshot that
 * fails half way costs nothing but time.
 */
import { PAGE_BYTES } from "../api/snapshot.ts";
import { assert } from "../base/assert.ts";
import { memoryWriters, type MemoryWriter } from "./memoryWriter.ts";

/** Of a page's marks: written since the machine began. The bits below are writers since the last take. */
const EVER = 0x8000;
const CHANGED = EVER - 1;

export class DirtyLog {
  private readonly marks: Uint16Array;
  /** Marks of the pages that were taken and are neither committed nor given back. */
  private taken: Uint16Array | undefined;
  /** From now on the next store to any page must be marked again. */
  onTake: (() => void) | undefined;
  /** Told of a page before its first change since the last take, while a save copies what was taken. */
  beforeFirst: ((page: number) => void) | undefined;

  constructor(pages: number) {
    this.marks = new Uint16Array(pages);
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

  /** Written since the last take. */
  isMarked(page: number): boolean {
    return (this.marks[page]! & CHANGED) !== 0;
  }
  /** Pages written since the last take, ascending. */
  changed(): Uint32Array<ArrayBuffer> {
    return this.where(CHANGED);
  }
  /** Pages ever written, ascending: all others hold zeros. */
  written(): Uint32Array<ArrayBuffer> {
    return this.where(EVER);
  }
  private where(mask: number): Uint32Array<ArrayBuffer> {
    const found = new Uint32Array(this.marks.length);
    let count = 0;
    for (let page = 0; page < this.marks.length; page++) if (this.marks[page]! & mask) found[count++] = page;
    return found.slice(0, count);
  }
  /** Who wrote a page since the last take. */
  writersOf(page: number): MemoryWriter[] {
    const names = Object.keys(memoryWriters) as MemoryWriter[];
    return names.filter((name) => this.marks[page]! & memoryWriters[name]);
  }

  /** Everything that `other` knows is written, also since the last take. */
  inherit(other: DirtyLog): void {
    this.marks.set(other.marks);
  }

  /** Begins a new round; `commit` or `giveBack` must follow before the next. */
  take(): void {
    assert(!this.taken, "one snapshot at a time");
    this.taken = this.marks.slice();
    for (let page = 0; page < this.marks.length; page++) this.marks[page]! &= EVER;
    this.onTake?.();
  }
  commit(): void {
    this.taken = undefined;
  }
  giveBack(): void {
    this.taken?.forEach((marks, page) => { this.marks[page]! |= marks; });
    this.taken = undefined;
  }
  get isTaken(): boolean {
    return this.taken !== undefined;
  }
}
