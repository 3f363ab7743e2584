import { describe, expect, it } from "vitest";
import { faultOperation } from "../../../../src/engine/devices/passthrough/fault.ts";
import {
  guestEoi, guestLoad, guestStore, hcallEsb, touch, userPageOf,
} from "../../../../src/engine/devices/passthrough/guestAccess.ts";
import { GuestQueues } from "../../../../src/engine/devices/passthrough/guestQueues.ts";
import { GuestRegions } from "../../../../src/engine/devices/passthrough/guestRegions.ts";
import { PHB_FIRST } from "../../../../src/engine/devices/passthrough/hardware.ts";
import { finish, start } from "../../../../src/engine/devices/passthrough/operation.ts";
import { ESB_USER_PAGE, type Passthrough } from "../../../../src/engine/devices/passthrough/passthrough.ts";
import { newPassthrough } from "../../../../src/engine/figures/passthroughOperations.ts";

const native = (defects: readonly string[] = []): Passthrough =>
  newPassthrough({ mode: "native", defects: new Set(defects) });
const refused = (why: string): object => ({ kind: "refused", why });
const value = (of: bigint): object => ({ kind: "value", value: of });
const stored = (isStored: boolean): object => ({ kind: "stored", stored: isStored });

describe("a fault on a page of the device's file", () => {
  it("finds the selected interrupt's page, by the place in the file, from any mapping", () => {
    for (const isMapped of [false, true])
      for (const defects of [[], ["passthrough.fault.indexFromVma"]]) {
        const p = newPassthrough({ mode: "native", strategy: "S3-overlay", defects: new Set(defects) });
        if (isMapped) p.source(1)!.pt = PHB_FIRST + 1;
        p.space.mmap(0x10, 4, 5);
        const chosen = [0, isMapped ? PHB_FIRST + 1 : 1];
        const frames = [0, 1, 2].map((index) => touch(p, 0x10 + index));
        const wanted = defects.length > 0 ? [0, 1, 2] : [1, 2, 3];
        const pages = ["trigger", "management"];
        expect(frames).toEqual(wanted.map((page) => ({ source: chosen[page >> 1], page: pages[page % 2] })));
        expect(p.space.entries.get(0x11)).toBe(frames[1]);
        expect(p.operations).toEqual([]);
      }
  });

  it("is SIGSEGV without a mapping, SIGBUS without a source or a page; the TIMA has one page", () => {
    const p = native();
    p.space.mmap(0x10, 4, 0);
    expect([0, 1, 2, 3].map((page) => touch(p, 0x10 + page)))
      .toEqual([refused("sigbus"), refused("sigbus"), "tima-os", refused("sigbus")]);
    expect([touch(p, 5), touch(p, ESB_USER_PAGE + 4)]).toEqual([refused("segv"), refused("sigbus")]);
    p.hardware.pages.set(0, { trigger: 0n, management: 5n });
    expect([touch(p, ESB_USER_PAGE), touch(p, ESB_USER_PAGE + 1)])
      .toEqual([refused("sigbus"), { source: 0, page: "management" }]);
    p.source(1)!.hcallOnly = true;
    expect(touch(p, ESB_USER_PAGE + 2)).toEqual(refused("sigbus"));
    expect([...p.space.entries.keys()]).toEqual([0x12, ESB_USER_PAGE + 1]);
  });

  it("waits for the block's lock, and is given up by one who cannot wait", () => {
    for (const defects of [[], ["passthrough.fault.insertUnlocked"]]) {
      const p = native(defects);
      p.sources.lock(0);
      expect(touch(p, ESB_USER_PAGE)).toEqual(refused("locked"));
      expect([p.operations.length, p.space.entries.size]).toEqual([0, 0]);
      const fault = start(p, faultOperation(ESB_USER_PAGE));
      expect(finish(p, fault)).toBe(false);
      // The choice before the lock is what makes the race.
      expect(fault.chosen).toBe(defects.length > 0 ? 0 : -1);
      p.source(0)!.pt = PHB_FIRST;
      p.sources.unlock(0);
      expect(finish(p, fault)).toBe(true);
      expect(p.space.entries.get(ESB_USER_PAGE))
        .toMatchObject({ source: defects.length > 0 ? 0 : PHB_FIRST });
    }
  });

  it("ends where its mapping goes away between two of its steps", () => {
    for (const isLocked of [true, false]) {
      const p = native(["passthrough.fault.insertUnlocked"]);
      const fault = start(p, faultOperation(ESB_USER_PAGE));
      if (isLocked) p.sources.lock(0);
      if (isLocked) expect(finish(p, fault)).toBe(false);
      p.space.munmap(ESB_USER_PAGE, 8);
      p.sources.unlock(0);
      expect([finish(p, fault), fault.result, p.space.entries.size]).toEqual([true, "segv", 0]);
    }
  });
});

describe("the guest's access to a source", () => {
  it("goes by its page to the selected interrupt, or is refused without effect", () => {
    const p = native();
    p.hardware.setPq(1, 2);
    expect(guestLoad(p, 1, "management", 0xd00)).toEqual(value(2n));
    expect(guestLoad(p, 1, "management", 0x800)).toEqual(value(1n));
    expect(guestLoad(p, 1, "management", 0x800, 4)).toEqual(value(0xffff_ffff_ffff_ffffn));
    expect(guestStore(p, 1, "management", 0xc00)).toEqual(stored(true));
    expect(guestStore(p, 1, "trigger", 0, 4)).toEqual(stored(false));
    expect(guestStore(p, 1, "trigger", 0)).toEqual(stored(true));
    expect([p.hardware.pq(1), p.hardware.pq(0)]).toEqual([2, 1]);
    expect([userPageOf(p, 1, "trigger"), userPageOf(p, 1, "management"), userPageOf(p, 4, "trigger")])
      .toEqual([ESB_USER_PAGE + 2, ESB_USER_PAGE + 3, undefined]);
    expect([guestLoad(p, 4, "trigger", 0), guestStore(p, 4, "trigger", 0), guestLoad(p, 3, "trigger", 0)])
      .toEqual([refused("unbacked"), refused("unbacked"), refused("sigbus")]);
    p.space.mmap(ESB_USER_PAGE, 4, 0);
    expect([guestLoad(p, 1, "trigger", 0), guestStore(p, 1, "trigger", 0)])
      .toEqual([refused("sigbus"), refused("sigbus")]);
  });

  it("by H_INT_ESB needs a source that is not locked", () => {
    const p = native();
    p.source(0)!.pt = PHB_FIRST;
    p.hardware.setPq(PHB_FIRST, 3);
    expect([hcallEsb(p, 0, false, 0xd00), hcallEsb(p, 0, true, 0xe00), hcallEsb(p, 0, true, 0x400)])
      .toEqual([value(3n), stored(true), stored(false)]);
    expect([p.hardware.pq(PHB_FIRST), p.hardware.pq(0)]).toEqual([2, 1]);
    expect(hcallEsb(p, 3, false, 0)).toEqual(refused("sigbus"));
    p.sources.lock(0);
    expect([hcallEsb(p, 0, false, 0xd00), hcallEsb(p, 0, true, 0xd00)])
      .toEqual([refused("locked"), refused("locked")]);
    expect(p.hardware.pq(PHB_FIRST)).toBe(2);
  });

  it("ends an interrupt by PQ 00 and, where Q was set, a trigger; the same by H_INT_ESB", () => {
    for (const hcallOnly of [false, true])
      for (const pq of [0, 1, 2, 3] as const) {
        const p = native();
        p.source(0)!.hcallOnly = hcallOnly;
        p.hardware.setPq(0, pq);
        const resends = pq % 2 === 1;
        expect(guestEoi(p, 0)).toEqual(resends ? stored(true) : value(BigInt(pq)));
        expect(p.hardware.pq(0)).toBe(resends ? 2 : 0);
      }
    const p = native();
    expect([guestEoi(p, 3), guestEoi(p, 9)]).toEqual([refused("sigbus"), refused("unbacked")]);
    expect(guestEoi(p, 0, 0x800)).toEqual(stored(true));
    expect(p.hardware.pq(0)).toBe(1);
  });
});

describe("regions of guest memory", () => {
  it("lie over those before them, until they are removed or user space rebuilds its map", () => {
    const regions = new GuestRegions();
    regions.add({ first: 0, pages: 8, userPage: 100 });
    regions.add({ first: 2, pages: 2, userPage: 200 });
    regions.add({ first: 2, pages: 1, userPage: 300 });
    const pages = (): unknown[] => [0, 1, 2, 3, 4, 7, 8].map((page) => regions.translate(page));
    expect(pages()).toEqual([100, 101, 300, 201, 104, 107, undefined]);
    const reached = (): number[] =>
      [99, 100, 102, 103, 107, 108, 199, 200, 201, 202, 300, 301].filter((page) => regions.reaches(page));
    expect(reached()).toEqual([100, 107, 201, 300]);
    regions.rebuilding = { first: 2, pages: 2 };
    expect([pages(), reached()])
      .toEqual([[100, 101, undefined, undefined, 104, 107, undefined], [100, 107]]);
    regions.rebuilding = undefined;
    regions.remove(2);
    expect([pages(), reached()]).toEqual([[100, 101, 200, 201, 104, 107, undefined], [100, 107, 200, 201]]);
    // A user page is within reach if a guest page leads there, whichever region says so.
    for (const userPage of [96, 98, 100, 102]) {
      regions.add({ first: 4, pages: 3, userPage });
      const found = new Set(Array.from({ length: 9 }, (_, page) => regions.translate(page)));
      for (let page = 90; page < 210; page++) expect(regions.reaches(page)).toBe(found.has(page));
      regions.remove(4);
    }
    regions.remove(5);
    expect(regions.regions.length).toBe(2);
    regions.remove(2);
    regions.remove(0);
    expect([regions.translate(0), regions.regions]).toEqual([undefined, []]);
  });
});

describe("the guest's queues", () => {
  it("give entries in order, and remember which the guest has not ended", () => {
    const queues = new GuestQueues();
    expect(queues.take()).toBeUndefined();
    const taken: number[] = [];
    for (const data of [5, 6, 5]) queues.notify(1, 2, data, 9);
    queues.onTaken = ({ data }) => taken.push(data);
    expect(queues.entries[0]).toEqual({ server: 1, priority: 2, data: 5, source: 9 });
    expect([queues.unconsumed(5), queues.unconsumed(6), queues.unconsumed(7)]).toEqual([2, 1, 0]);
    expect([queues.isHandling(5), queues.take()?.data, queues.take()?.data]).toEqual([false, 5, 6]);
    expect([queues.isHandling(5), queues.isHandling(6), queues.isHandling(7), taken])
      .toEqual([true, true, false, [5, 6]]);
    queues.finish(7);
    expect(queues.handling.length).toBe(2);
    queues.finish(6);
    expect([queues.isHandling(5), queues.isHandling(6), queues.unconsumed(5)]).toEqual([true, false, 1]);
  });
});
