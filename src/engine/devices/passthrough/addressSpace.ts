/**
 * The virtual memory areas (VMAs) in which user space has mapped the XIVE device's file, and the page table
 * entries that faults have put there. All numbers are host pages of 64 KiB: `page` counts from address 0,
 * `filePage` from the start of the file. The file's pages: 0-3 the thread management area (TIMA), from 4 on
 * two pages per source, the trigger page first.
 */
import { errno, type Errno } from "../../api/errno.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import type { EsbPage } from "../xive/esb.ts";

/** First file page of the TIMA, and how many there are. */
export const TIMA_FILE_PAGE = 0;
export const TIMA_PAGES = 4;
/** First file page of the sources, and how many there can be: two for each of 0x100000 sources. */
export const ESB_FILE_PAGE = 4;
export const SOURCES_MAX = 0x10_0000;
export const ESB_PAGES_MAX = 2 * SOURCES_MAX;
/** Last page of a 64-bit address space of 64 KiB pages. */
const PAGES_MAX = 2 ** 48;

/** First file page of a source's two. */
export const filePageOf = (lisn: number): number => ESB_FILE_PAGE + 2 * lisn;

/** A VMA. Its identity stays with the part that keeps its start; if the start goes, with the rest. */
export interface Mapping {
  readonly id: number;
  readonly start: number;
  readonly pages: number;
  readonly filePage: number;
  readonly maps: "tima" | "esb";
}

/**
 * What a page table entry points to: a page of a source by its hardware number, or the OS page of the TIMA.
 */
export type Frame = { readonly source: number; readonly page: EsbPage } | "tima-os";

export class AddressSpace {
  mappings: Mapping[] = [];
  entries = new Map<number, Frame>();
  /** The mapping that a kernel with a VMA pointer remembers: the last one made of sources, alive or not. */
  lastMapping: number | undefined;
  /** The file has been mapped since it was opened, so its address space is known. */
  isFileMapped = false;
  /** A mapping that is gone was used. */
  usedAfterFree = false;
  private nextId = 1;
  private readonly anyOffset: boolean;

  /** `anyOffset` lets user space map the file from any source on, not only from the first. */
  constructor(anyOffset: boolean) {
    this.anyOffset = anyOffset;
  }

  /** mmap of the file over whatever was there. Refuses other offsets and lengths with EINVAL. */
  mmap(start: number, pages: number, filePage: number): Result<Mapping, Errno> {
    if (!isRange(start, pages)) return refuse(errno.EINVAL);
    const maps = this.areaOf(filePage, pages);
    if (maps === undefined) return refuse(errno.EINVAL);
    this.munmap(start, pages);
    const mapping = { id: this.nextId++, start, pages, filePage, maps } as const;
    this.mappings.push(mapping);
    if (maps === "esb") this.lastMapping = mapping.id;
    this.isFileMapped = true;
    return ok(mapping);
  }

  /** Removes the range from every mapping; a mapping that is cut stays as one or two. EINVAL for no range. */
  munmap(start: number, pages: number): Result<void, Errno> {
    if (!isRange(start, pages)) return refuse(errno.EINVAL);
    this.mappings = this.mappings.flatMap((one) => this.without(one, start, start + pages));
    this.forget((page) => page >= start && page < start + pages);
    return ok(undefined);
  }

  /**
   * A change of protection: the range becomes a mapping of its own, its entries stay. EINVAL for no range.
   */
  mprotect(start: number, pages: number): Result<void, Errno> {
    if (!isRange(start, pages)) return refuse(errno.EINVAL);
    const end = start + pages;
    this.mappings = this.mappings.flatMap((one) => [start, end].reduce<Mapping[]>(
      (parts, at) => parts.flatMap((part) => this.split(part, at)), [one]));
    return ok(undefined);
  }

  mappingAt(page: number): Mapping | undefined {
    return this.mappings.find(({ start, pages }) => page >= start && page < start + pages);
  }

  /** Clears what lies in a range of file pages, in every mapping, by offset. */
  zapFileRange(filePage: number, pages: number): void {
    if (!this.isFileMapped) return;
    this.forget((page) => {
      const mapping = this.mappingAt(page);
      const at = mapping ? mapping.filePage + page - mapping.start : -1;
      return mapping?.maps === "esb" && at >= filePage && at < filePage + pages;
    });
  }

  /** Clears a source's two pages below the remembered mapping, counted from its start. */
  zapLastMapping(lisn: number): void {
    if (this.lastMapping === undefined) return;
    const mapping = this.mappings.find(({ id }) => id === this.lastMapping);
    if (!mapping) {
      this.usedAfterFree = true;
      return;
    }
    const first = mapping.start + 2 * lisn;
    const end = Math.min(first + 2, mapping.start + mapping.pages);
    this.forget((page) => page >= first && page < end);
  }

  /** Clears every entry that points to a page of this source, wherever it is. */
  zapSource(source: number): void {
    this.forget((_page, frame) => frame !== "tima-os" && frame.source === source);
  }

  /** The file is closed and no mapping of it is left. */
  release(): void {
    this.mappings = [];
    this.entries.clear();
    this.isFileMapped = false;
  }

  private forget(isGone: (page: number, frame: Frame) => boolean): void {
    for (const [page, frame] of this.entries) if (isGone(page, frame)) this.entries.delete(page);
  }

  private areaOf(filePage: number, pages: number): Mapping["maps"] | undefined {
    if (filePage === TIMA_FILE_PAGE) return pages <= TIMA_PAGES ? "tima" : undefined;
    const startsWell = this.anyOffset ? Number.isInteger(filePage) && filePage >= ESB_FILE_PAGE
      : filePage === ESB_FILE_PAGE;
    return startsWell && filePage + pages <= ESB_FILE_PAGE + ESB_PAGES_MAX ? "esb" : undefined;
  }

  private without(one: Mapping, start: number, end: number): Mapping[] {
    const oneEnd = one.start + one.pages;
    const head = start > one.start ? [{ ...one, pages: Math.min(start, oneEnd) - one.start }] : [];
    const tail = end < oneEnd ? [this.tailOf(one, Math.max(end, one.start), head.length > 0)] : [];
    return [...head, ...tail];
  }

  private split(one: Mapping, at: number): Mapping[] {
    if (at <= one.start || at >= one.start + one.pages) return [one];
    return [{ ...one, pages: at - one.start }, this.tailOf(one, at, true)];
  }

  private tailOf(one: Mapping, from: number, hasHead: boolean): Mapping {
    const cut = from - one.start;
    return {
      ...one, id: hasHead ? this.nextId++ : one.id, start: from, pages: one.pages - cut,
      filePage: one.filePage + cut,
    };
  }

  /** Plain data for a snapshot. */
  save(): AddressSpaceState {
    const { mappings, entries, lastMapping, isFileMapped, usedAfterFree, nextId } = this;
    return {
      mappings: [...mappings], entries: [...entries], lastMapping: lastMapping ?? 0, isFileMapped,
      usedAfterFree, nextId,
    };
  }

  load(saved: AddressSpaceState): void {
    this.mappings = [...saved.mappings];
    this.entries = new Map(saved.entries);
    this.lastMapping = saved.lastMapping || undefined;
    this.isFileMapped = saved.isFileMapped;
    this.usedAfterFree = saved.usedAfterFree;
    this.nextId = saved.nextId;
  }
}

export interface AddressSpaceState {
  readonly mappings: readonly Mapping[];
  readonly entries: readonly (readonly [page: number, frame: Frame])[];
  /** Id, or 0 where there is none. */
  readonly lastMapping: number;
  readonly isFileMapped: boolean;
  readonly usedAfterFree: boolean;
  readonly nextId: number;
}

const isRange = (start: number, pages: number): boolean =>
  Number.isSafeInteger(start) && Number.isSafeInteger(pages) && start >= 0 && pages > 0
  && start + pages <= PAGES_MAX;
