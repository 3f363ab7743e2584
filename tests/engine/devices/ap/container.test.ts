/** The DMA container over all small ranges of pages, against sets of pages. */
import { expect, it } from "vitest";
import { DmaContainer } from "../../../../src/engine/devices/ap/dmaContainer.ts";

const PAGES = 5;
const page = (number: number): bigint => BigInt(number) * 0x1000n;
const ranges = Array.from({ length: PAGES }, (_, first) => first).flatMap((first) =>
  Array.from({ length: PAGES - first }, (_, more) => ({ first, end: first + more + 1 })));
type Range = (typeof ranges)[number];
const mapping = ({ first, end }: Range) =>
  ({ iova: page(first), size: page(end - first), read: true, write: true });
const pages = ({ first, end }: Range): number[] => Array.from({ length: end - first }, (_, at) => first + at);
const container = (): DmaContainer => new DmaContainer((iova) => iova + 0x7000_0000n);

it("two mappings are refused exactly when they have a page in common", () => {
  for (const one of ranges)
    for (const other of ranges) {
      const both = container();
      const isShared = pages(one).some((number) => pages(other).includes(number));
      expect([both.map(mapping(one)), both.map(mapping(other))], JSON.stringify([one, other]))
        .toEqual([0, isShared ? -17 : 0]);
    }
});

it("a pin finds the mapping of its page, an unmapping takes mappings that are whole in its range", () => {
  for (const one of ranges) {
    for (let number = 0; number < PAGES; number++)
      for (const offset of [0n, 1n, 0xfffn]) {
        const mapped = container();
        mapped.map(mapping(one));
        const isIn = pages(one).includes(number);
        expect(mapped.pin(page(number) + offset))
          .toEqual(isIn ? { ok: true, value: 0x7000_0000n + page(number) } : { ok: false, error: -22 });
        expect(mapped.pinnedPages()).toEqual(isIn ? [page(number)] : []);
      }
    for (const range of ranges) {
      const mapped = container();
      mapped.map(mapping(one));
      const isWhole = one.first >= range.first && one.end <= range.end;
      expect(mapped.unmap(page(range.first), page(range.end - range.first)))
        .toBe(isWhole ? page(one.end - one.first) : 0n);
      expect(mapped.save().mappings.length).toBe(isWhole ? 0 : 1);
    }
  }
});

it("an unmapping asks until no pin is left in the mapping, eleven times at most", () => {
  for (let rounds = 1; rounds <= 13; rounds++) {
    const one = container();
    one.map(mapping({ first: 1, end: 3 }));
    for (const iova of [0x1000n, 0x2fffn]) one.pin(iova);
    let asked = 0;
    one.onUnmap(() => {
      if (++asked === rounds) for (const iova of [0x1000n, 0x2fffn]) one.unpin(iova);
    });
    expect([one.unmap(0x1000n, 0x2000n), asked])
      .toEqual(rounds <= 11 ? [0x2000n, rounds] : ["host-stopped", 11]);
  }
});

it("pinned pages are told once each, in ascending order, whatever the order of the pins", () => {
  const one = container();
  one.map(mapping({ first: 0, end: PAGES }));
  for (const iova of [0x3001n, 0x1001n, 0x4002n, 0x1ff0n, 0x2n, 0x3002n]) one.pin(iova);
  expect(one.pinnedPages()).toEqual([0n, 0x1000n, 0x3000n, 0x4000n]);
});
