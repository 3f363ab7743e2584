import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import {
  AddressSpace, ESB_PAGES_MAX, filePageOf, type Frame,
} from "../../../../src/engine/devices/passthrough/addressSpace.ts";

const frame = (source: number): Frame => ({ source, page: "trigger" });
const shapeOf = ({ mappings }: AddressSpace): (readonly number[])[] =>
  mappings.map(({ start, pages, filePage }) => [start, pages, filePage]);

describe("mappings of the XIVE device's file", () => {
  it.each([
    [4, ESB_PAGES_MAX, true], [4, ESB_PAGES_MAX + 1, false], [0, 4, true], [0, 5, false], [2, 1, false],
    [6, 2, false], [4, 0, false], [4, -1, false], [4, 1.5, false],
  ])("at file page %s of %s pages: %s", (filePage, pages, isMapped) => {
    const space = new AddressSpace(false);
    expect(space.mmap(16, pages, filePage).ok).toBe(isMapped);
    expect(space.mappings).toHaveLength(isMapped ? 1 : 0);
  });

  it("may begin at any source where user space lays some over others", () => {
    const space = new AddressSpace(true);
    space.mmap(100, 20, 4);
    space.mmap(106, 2, filePageOf(9));
    expect(shapeOf(space).sort((a, b) => a[0]! - b[0]!)).toEqual([[100, 6, 4], [106, 2, 22], [108, 12, 12]]);
  });

  it("lose exactly the pages that are unmapped, for every range of a small one", () => {
    for (let start = 0; start < 8; start++)
      for (let pages = 1; pages <= 8; pages++) {
        const space = new AddressSpace(false);
        space.mmap(2, 4, 4);
        for (let page = 2; page < 6; page++) space.entries.set(page, frame(page));
        space.munmap(start, pages);
        for (let page = 2; page < 6; page++) {
          const isGone = page >= start && page < start + pages;
          const mapping = space.mappingAt(page);
          expect([mapping !== undefined, space.entries.has(page)], `${page} after ${start}+${pages}`)
            .toEqual([!isGone, !isGone]);
          if (mapping) expect(mapping.filePage + page - mapping.start).toBe(4 + page - 2);
        }
      }
  });

  it("are cut in three by a change of protection, and keep their entries", () => {
    const space = new AddressSpace(false);
    space.mmap(10, 8, 4);
    space.entries.set(13, frame(1));
    space.mprotect(12, 2);
    expect(shapeOf(space)).toEqual([[10, 2, 4], [12, 2, 6], [14, 4, 8]]);
    expect(new Set(space.mappings.map(({ id }) => id)).size).toBe(3);
    expect(space.entries.has(13)).toBe(true);
  });

  it("are zapped by file range in each of them, by pointer in the last one, by source anywhere", () => {
    const filled = (): AddressSpace => {
      const space = new AddressSpace(false);
      for (const start of [100, 200]) {
        space.mmap(start, 8, 4);
        for (let page = 0; page < 8; page++) space.entries.set(start + page, frame(page >> 1));
      }
      return space;
    };
    const left = (zap: (space: AddressSpace) => void): number[] => {
      const space = filled();
      zap(space);
      return [...space.entries.keys()];
    };
    const without = (...gone: number[]): number[] =>
      [...filled().entries.keys()].filter((page) => !gone.includes(page));
    expect(left((space) => space.zapFileRange(filePageOf(2), 2))).toEqual(without(104, 105, 204, 205));
    expect(left((space) => space.zapLastMapping(2))).toEqual(without(204, 205));
    expect(left((space) => space.zapSource(3))).toEqual(without(106, 107, 206, 207));
  });

  it("are zapped by every range of the file page by page; what is not a source's stays", () => {
    for (let filePage = 0; filePage < 14; filePage++)
      for (let pages = 1; pages <= 6; pages++) {
        const space = new AddressSpace(true);
        for (const [start, count, at] of [[2, 6, 4], [10, 4, 7], [16, 4, 0]] as const)
          space.mmap(start, count, at);
        /** Where each page is in the file; the TIMA and what is mapped nowhere are in no source. */
        const sourcePageOf = (page: number): number =>
          page >= 2 && page < 8 ? page + 2 : page >= 10 && page < 14 ? page - 3 : -1;
        const all = Array.from({ length: 22 }, (_, page) => page);
        for (const page of all) space.entries.set(page, frame(page));
        space.zapFileRange(filePage, pages);
        const isLeft = (at: number): boolean => at < 0 || at < filePage || at >= filePage + pages;
        expect([...space.entries.keys()], `${filePage}+${pages}`)
          .toEqual(all.filter((page) => isLeft(sourcePageOf(page))));
      }
  });

  it("are what a page-by-page account says, for any history; no part is empty or has another's name", () => {
    const prng = new Prng(7);
    for (let round = 0; round < 40; round++) {
      const space = new AddressSpace(true);
      /** File page behind each page that is mapped. */
      const account = new Map<number, number>();
      for (let step = 0; step < 12; step++) {
        const [start, pages] = [prng.below(8), prng.below(5)];
        const filePage = prng.pick([0, 4, 5, 9]);
        const call = prng.pick(["mmap", "mmap", "munmap", "mprotect"] as const);
        const isDone = call === "mmap" ? space.mmap(start, pages, filePage).ok : space[call](start, pages).ok;
        expect(isDone).toBe(pages > 0);
        for (let page = start; page < start + pages && call !== "mprotect"; page++) {
          account.delete(page);
          if (call === "mmap") account.set(page, filePage + page - start);
        }
        for (const page of space.entries.keys()) expect(account.has(page)).toBe(true);
        for (const page of account.keys()) space.entries.set(page, frame(page));
        const found = space.mappings.flatMap(({ start: first, pages: count, filePage: at, maps }) =>
          Array.from({ length: count }, (_, i) => [first + i, at + i, maps === "tima" === at < 4]));
        const wanted = [...account].map(([page, at]) => [page, at, true]);
        const byPage = (one: unknown[][]): unknown[][] => one.sort((a, b) => Number(a[0]) - Number(b[0]));
        expect(byPage(found)).toEqual(byPage(wanted));
        expect(space.mappings.every((one) => one.pages > 0)).toBe(true);
        expect(new Set(space.mappings.map(({ id }) => id)).size).toBe(space.mappings.length);
      }
    }
  });

  it("keep their identity with the part that keeps their start, or with the rest if that goes", () => {
    const parts = (cut: (space: AddressSpace) => unknown): (readonly number[])[] => {
      const space = new AddressSpace(false);
      space.mmap(10, 8, 4);
      cut(space);
      return space.mappings.map(({ id, start, pages }) => [id, start, pages]);
    };
    expect(parts((space) => space.munmap(10, 2))).toEqual([[1, 12, 6]]);
    expect(parts((space) => space.munmap(16, 2))).toEqual([[1, 10, 6]]);
    expect(parts((space) => space.munmap(12, 2))).toEqual([[1, 10, 2], [2, 14, 4]]);
    expect(parts((space) => space.mprotect(10, 8))).toEqual([[1, 10, 8]]);
    expect(parts((space) => space.mprotect(14, 9))).toEqual([[1, 10, 4], [2, 14, 4]]);
  });

  it("of the TIMA are not what a pointer remembers, and one that is gone is used after its end", () => {
    const space = new AddressSpace(false);
    space.zapLastMapping(0);
    expect(space.usedAfterFree).toBe(false);
    space.mmap(10, 4, 4);
    space.mmap(20, 4, 0);
    for (const page of [10, 11, 12, 13, 20, 21]) space.entries.set(page, page < 20 ? frame(0) : "tima-os");
    // A source beyond the end of the mapping has no page of it.
    space.zapLastMapping(2);
    expect([...space.entries.keys()]).toEqual([10, 11, 12, 13, 20, 21]);
    space.zapLastMapping(1);
    expect([[...space.entries.keys()], space.usedAfterFree]).toEqual([[10, 11, 20, 21], false]);
    space.zapFileRange(0, 40);
    expect([...space.entries.keys()]).toEqual([20, 21]);
    space.munmap(10, 4);
    space.zapLastMapping(1);
    expect(space.usedAfterFree).toBe(true);
  });

  it("are gone with the file, saved and loaded whole, and zapped by file only while that is known", () => {
    const space = new AddressSpace(false);
    const fresh = space.save();
    expect(fresh).toEqual({
      mappings: [], entries: [], lastMapping: 0, isFileMapped: false, usedAfterFree: false, nextId: 1,
    });
    space.mmap(10, 4, 4);
    space.entries.set(10, frame(0));
    space.usedAfterFree = true;
    const saved = space.save();
    const other = new AddressSpace(false);
    other.load(saved);
    expect([other.save(), other.save().lastMapping]).toEqual([saved, 1]);
    other.load(fresh);
    expect([other.save(), other.lastMapping]).toEqual([fresh, undefined]);
    space.release();
    expect(space.save()).toMatchObject({ mappings: [], entries: [], isFileMapped: false });
    expect(saved.mappings.length).toBe(1);
    space.load({ ...saved, isFileMapped: false });
    space.zapFileRange(4, 2);
    expect(space.entries.size).toBe(1);
  });

  it.each([
    [-1, 1], [0, 0], [0, -1], [0.5, 1], [0, 1.5], [Number.NaN, 1], [2 ** 48, 1], [2 ** 48 - 1, 2],
  ])("from page %s, %s of them, are refused by every call", (start, pages) => {
    const space = new AddressSpace(true);
    const refused = { ok: false, error: -22 };
    const answers = [space.mmap(start, pages, 4), space.munmap(start, pages), space.mprotect(start, pages)];
    expect(answers).toEqual([refused, refused, refused]);
  });

  it("may end with the last page there is, and begin anywhere but before the first source", () => {
    const space = new AddressSpace(true);
    expect(space.mmap(2 ** 48 - 1, 1, 4).ok).toBe(true);
    for (const [filePage, isThere] of [[3, false], [4.5, false], [4 + ESB_PAGES_MAX - 1, true],
      [4 + ESB_PAGES_MAX, false]] as const)
      expect(space.mmap(0, 1, filePage).ok).toBe(isThere);
  });
});
