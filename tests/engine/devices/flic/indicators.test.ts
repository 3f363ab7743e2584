import { expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { setIndicators } from "../../../../src/engine/devices/flic/indicators.ts";
import { GuestMemory } from "../../../../src/engine/memory/guestMemory.ts";
import { kernelProfiles } from "../../../../src/engine/uapi/kernelProfile.ts";
import { everyCombination } from "../ap/everyCombination.ts";

const PAGE_BITS = 4096n * 8n;
/** Pages of storage with the indicators and the summary. */
const PAGES = [0x1000, 0x2000] as const;

/**
 * Sets a bit as its adapter numbers it: in words of 64 bits from the right, or through the page from the
 * left. True if it was one.
 */
function set(ram: DataView, page: number, number: number, isSwapped: boolean): boolean {
  const word = page + (number >> 6) * 8;
  const bit = 1n << BigInt(isSwapped ? 63 - (number & 63) : number & 63);
  const before = ram.getBigUint64(word);
  ram.setBigUint64(word, before | bit);
  return (before & bit) !== 0n;
}

it("an indicator and its summary are one bit each, and nothing beside them; no page has none", () => {
  const prng = new Prng(12);
  for (const [swap, isPinned, ...isThere] of everyCombination(4))
    for (let round = 0; round < 20; round++) {
      const memory = GuestMemory.standalone(0x3000);
      const ram = new DataView(new ArrayBuffer(0x3000));
      for (let at = 0; at < 0x3000; at += 4) ram.setUint32(at, prng.u32() & prng.u32());
      memory.write(0, new Uint8Array(ram.buffer), "loader");
      // Two bits behind an address within a page: mostly in the page, at times behind its end.
      const [indicator, summary] = [0x7000_0000n, 0x7000_1000n].map((base) => {
        const inPage = BigInt(prng.below(4096));
        const offset = BigInt(prng.below(0x8000) >> prng.below(12));
        return { address: base + inPage, inPage, offset };
      });
      const places = [indicator!, summary!];
      const pageOf = (address: bigint): number | undefined => {
        const at = places.findIndex((place) => place.address === address);
        return isThere[at] ? PAGES[at] : undefined;
      };
      const expected = places.map(({ inPage, offset }, at) => {
        if (!isThere[at]) return "no-page";
        const number = inPage * 8n + offset;
        return number < PAGE_BITS ? Number(number) : "out-of-page";
      });
      const [first, second] = expected;
      const mayStore = typeof first === "number" && (isPinned || typeof second === "number");
      if (mayStore) set(ram, PAGES[0], first, swap!);
      const outcome = typeof first === "string" ? first : typeof second === "string" ? second
        : set(ram, PAGES[1], second!, swap!) ? "coalesced" : "raise";
      const adapter = {
        id: 1, isc: 0, maskable: false, masked: false, swap: swap!, suppressible: false, mapsAsked: 2,
        maps: places.flatMap(({ address }) => {
          const page = pageOf(address);
          return page === undefined ? [] : [{ guestAddress: address, page }];
        }),
      };
      const route = {
        gsi: 1, adapterId: 1, indAddress: indicator!.address, indOffset: indicator!.offset,
        summaryAddress: summary!.address, summaryOffset: Number(summary!.offset),
      };
      const pages = {
        translate: (address: bigint) => address, pageForWrite: pageOf, markFrameDirty: () => undefined,
      };
      const profile = kernelProfiles[isPinned ? "linux-4.13" : "linux-6.1"];
      expect(setIndicators(route, adapter, memory, pages, profile)).toBe(outcome);
      expect(Buffer.compare(memory.read(0, 0x3000), new Uint8Array(ram.buffer))).toBe(0);
    }
});
