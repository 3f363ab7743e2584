import { describe, expect, it } from "vitest";
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
});
