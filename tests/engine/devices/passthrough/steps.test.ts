import { describe, expect, it } from "vitest";
import { touch } from "../../../../src/engine/devices/passthrough/guestAccess.ts";
import { PHB_FIRST } from "../../../../src/engine/devices/passthrough/hardware.ts";
import { setIrq } from "../../../../src/engine/devices/passthrough/injection.ts";
import { setPassthru } from "../../../../src/engine/devices/passthrough/irqBypass.ts";
import { advance, finish, nextStepOf, start } from "../../../../src/engine/devices/passthrough/operation.ts";
import { ESB_USER_PAGE, Passthrough } from "../../../../src/engine/devices/passthrough/passthrough.ts";
import { remapOperation } from "../../../../src/engine/devices/passthrough/remap.ts";
import { configureSource, createSource } from "../../../../src/engine/devices/passthrough/sourceCalls.ts";
import { strategies, strategyNames } from "../../../../src/engine/devices/passthrough/strategy.ts";
import { zapPages } from "../../../../src/engine/devices/passthrough/switchOperation.ts";
import { newPassthrough } from "../../../../src/engine/figures/passthroughOperations.ts";

/** What `act` tells of passthrough, a line a step. */
function told(p: Passthrough, act: () => void): string[] {
  const lines: string[] = [];
  p.observer = ({ call, step, lisn, source, bit, value }) => lines.push([call, step, lisn, source, bit,
    value].join(" "));
  act();
  p.observer = undefined;
  return lines;
}

describe("passthrough tells", () => {
  it("where an event of a source went", () => {
    const p = newPassthrough({ mode: "native" });
    const send = (source: number): string[] => told(p, () => {
      p.hardware.setPq(source, 0);
      p.hardware.trigger(source);
    });
    expect(send(0)).toEqual(["route dropped -1 0 EAS.m 0"]);
    p.hardware.setRoute(0, { space: "guest", target: 1, priority: 6, data: 7 });
    expect(send(0)).toEqual(["route queued -1 0 EAS 6"]);
    expect(send(PHB_FIRST)).toEqual([`route host -1 ${PHB_FIRST} EAS 5`]);
    p.hardware.setRoute(1, { space: "host", target: 0, priority: 4, data: 7 });
    expect(send(1)).toEqual(["route nobody -1 1 EAS 4"]);
    p.hardware.phbFrozen = true;
    expect(send(PHB_FIRST)).toEqual([`route ignored -1 ${PHB_FIRST} frozen 0`]);
    expect(told(p, () => p.queues.take())).toEqual(["guest taken -1 0 queue 6"]);
    expect(told(p, () => p.host.take())).toEqual([`host taken -1 ${PHB_FIRST} queue 45`]);
  });

  it("that an event went to queues that are not its own, and leaves them alone", () => {
    const sent: number[][] = [];
    const events = { notify: (...what: number[]) => { sent.push(what); } };
    const p = new Passthrough({ mode: "native", events, ipis: 1, phbSources: 1 });
    p.hardware.setRoute(0, { space: "guest", target: 1, priority: 6, data: 7 });
    p.hardware.setPq(0, 0);
    expect(told(p, () => p.hardware.trigger(0))).toEqual(["route elsewhere -1 0 EAS 6"]);
    expect([sent, p.queues.entries]).toEqual([[[1, 6, 7, 0]], []]);
  });

  it("of sources made, routed and masked, of software's events, and of faults", () => {
    const p = newPassthrough({ mode: "native" });
    expect(told(p, () => createSource(p, 1, 3n))).toEqual(["source created 1 1 valid 3"]);
    expect(told(p, () => configureSource(p, 1, 0x2_0000_0006n))).toEqual(["source-config routed 1 1 EAS 6"]);
    expect(told(p, () => configureSource(p, 1, 0x3_0000_0005n))).toEqual(["source-config masked 1 1 EAS 5"]);
    expect(told(p, () => setIrq(p, 1, 1))).toEqual(["set-irq trigger 1 1 P 1"]);
    expect(told(p, () => setIrq(p, 1, 0))).toEqual([]);
    expect(told(p, () => setIrq(p, 3, 1))).toEqual(["set-irq refused 3 -1 valid -22"]);
    p.source(1)!.pt = PHB_FIRST;
    expect(told(p, () => setIrq(p, 1, 1))).toEqual(["set-irq refused 1 -1 pt_number -22"]);
    const page = ESB_USER_PAGE + 2;
    expect(told(p, () => touch(p, page)))
      .toEqual(["choose interrupt 1 # pt_number", "mapped 1 # PTE"].map((line) =>
        `fault ${line.replace("#", String(PHB_FIRST))} ${page}`));
    p.space.mmap(8, 4, 0);
    expect(told(p, () => touch(p, 10))).toEqual(["fault mapped -1 -1 PTE 10"]);
  });

  it("of an event that mapping drops, by a defect", () => {
    for (const pq of [0, 1, 2, 3] as const)
      for (const defects of [[], ["passthrough.set.dropIpiQ"]]) {
        const p = newPassthrough({ mode: "native", defects: new Set(defects) });
        p.hardware.setPq(0, pq);
        const lines = told(p, () => {
          const begun = setPassthru(p, 0, 45);
          if ("operation" in begun) finish(p, begun.operation);
        });
        const isLost = pq === 3 && defects.length > 0;
        expect(lines.filter((line) => line.includes("lost")))
          .toEqual(isLost ? ["set-mapped lost software event 0 0 Q 3"] : []);
      }
  });
});

describe("the host of passthrough", () => {
  it("has 64 IPIs and 64 sources of its bridge without Store-EOI, unless told else", () => {
    const plain = new Passthrough({ mode: "native" }).hardware;
    const told = new Passthrough({ mode: "native", ipis: 3, phbSources: 2, phbStoreEoi: true }).hardware;
    expect([plain, told].map(({ ipis, phb }) => [ipis.count, ipis.storeEoi, phb.count, phb.storeEoi]))
      .toEqual([[64, false, 64, false], [3, false, 2, true]]);
  });
});

describe("an event by software", () => {
  it("is a line's level or an event of its own, by its level and the source's kind", () => {
    for (const lsi of [false, true])
      for (const wasUp of [false, true])
        for (const level of [1, 0, -1, -2, -3, 2]) {
          const p = newPassthrough({ mode: "native" });
          Object.assign(p.source(0)!, { lsi, asserted: wasUp });
          p.hardware.setPq(0, 0);
          expect(setIrq(p, 0, level)).toBe(0);
          const goesDown = level === 0 || level === -2;
          const goesUp = level === -3 || (level === 1 && lsi);
          expect([p.source(0)!.asserted, p.hardware.pq(0)])
            .toEqual([goesUp || (wasUp && !goesDown), goesDown ? 0 : 2]);
        }
  });
});

describe("how pages follow a switch", () => {
  it.each(strategyNames)("%s: what a switch itself clears of two mappings of the file", (name) => {
    for (const mode of ["native", "xics"] as const)
      for (const defects of [[], ["passthrough.zap.skip"], ["passthrough.zap.lastVma"]]) {
        const p = newPassthrough({ mode, strategy: name, defects: new Set(defects) });
        p.space.mmap(0x10, 8, 4);
        for (const page of [0, 1, 2, 3]) touch(p, ESB_USER_PAGE + page);
        for (const page of [0, 1, 2, 3]) touch(p, 0x10 + page);
        zapPages(p, p.source(1)!, 1);
        const first = [0, 1, 2, 3].map((page) => ESB_USER_PAGE + page);
        const kept = {
          "none": [...first, 16, 17, 18, 19], "last-vma": [...first, 16, 17],
          "file-range": [...first.slice(0, 2), 16, 17], "by-page": [...first.slice(0, 2), 16, 17],
          "overlay": [...first.slice(0, 2), 16, 17, 18, 19],
        };
        const strategy = strategies[defects[0] === "passthrough.zap.lastVma" ? "S1-vma-pointer" : name];
        const way = strategy.overlay === "at-irqfd" ? "overlay" : strategy.zap;
        const isQuiet = mode === "xics" || defects[0] === "passthrough.zap.skip";
        expect([...p.space.entries.keys()]).toEqual(kept[isQuiet ? "none" : way]);
      }
  });

  /** Pages of the guest's four sources; every range of these, its first source and how many they are. */
  const guestPages = [0, 1, 2, 3, 4, 5, 6, 7];
  const ranges = [0, 1, 2, 3].flatMap((lisn) => [1, 2, 3, 4].map((count) => [lisn, count] as const))
    .filter(([lisn, count]) => lisn + count <= 4);

  it.each(ranges)(
    "user space lays pages of source %i on, %i of them, over the old ones in two steps", (lisn, count) => {
      const isOf = (page: number): boolean => page >= 2 * lisn && page < 2 * (lisn + count);
      const p = newPassthrough({ mode: "native", strategy: "S3-overlay" });
      for (const other of [2, 3]) createSource(p, other);
      for (const page of guestPages) touch(p, ESB_USER_PAGE + page);
      const remap = start(p, remapOperation(lisn, count, true));
      const there = (): unknown[] => guestPages.map((page) => {
        const mapping = p.space.mappingAt(ESB_USER_PAGE + page);
        return mapping && mapping.filePage + ESB_USER_PAGE + page - mapping.start;
      });
      const entries = guestPages.filter((page) => !isOf(page)).map((page) => ESB_USER_PAGE + page);
      expect([nextStepOf(p, remap), advance(p, remap)]).toEqual(["munmap", "next"]);
      expect(there()).toEqual(guestPages.map((page) => (isOf(page) ? undefined : 4 + page)));
      expect([nextStepOf(p, remap), advance(p, remap)]).toEqual(["mmap", "done"]);
      expect([there(), [...p.space.entries.keys()]]).toEqual([guestPages.map((page) => 4 + page), entries]);
      expect(p.space.mappingAt(ESB_USER_PAGE + 2 * lisn))
        .toMatchObject({ pages: 2 * count, filePage: 4 + 2 * lisn });
    });

  it.each(ranges)(
    "or a region of its own, source %i on, %i of them, in three, and takes it away", (lisn, count) => {
      const isOf = (page: number): boolean => page >= 2 * lisn && page < 2 * (lisn + count);
      const p = newPassthrough({ mode: "native", strategy: "S5-memory-region" });
      const own = 2 * ESB_USER_PAGE;
      const mapped = (): number[] => guestPages.filter((page) => p.space.mappingAt(own + page));
      const names: string[] = [];
      const seen: unknown[] = [];
      for (const other of [2, 3]) createSource(p, other);
      for (const isMapped of [true, false]) {
        const remap = start(p, remapOperation(lisn, count, isMapped));
        do {
          names.push(nextStepOf(p, remap));
          advance(p, remap);
          seen.push([guestPages.map((page) => p.regions.translate(page)), mapped(),
            p.space.mappingAt(own + 2 * lisn)?.filePage, p.space.entries.size]);
        } while (p.operations.length > 0);
        // What the guest has touched stays until the device's own mapping goes.
        for (const page of mapped()) touch(p, own + page);
      }
      expect(names.slice(0, 3)).toEqual(["mmap for the device", "take regions out", "put regions in"]);
      const mine = guestPages.filter(isOf);
      const leading = (to: (page: number) => number | undefined): unknown[] =>
        guestPages.map((page) => (isOf(page) ? to(page) : ESB_USER_PAGE + page));
      const [common, nothing, device] =
        [leading((page) => ESB_USER_PAGE + page), leading(() => undefined), leading((page) => own + page)];
      expect(seen).toEqual([
        ...[common, nothing, device].map((pages) => [pages, mine, 4 + 2 * lisn, 0]),
        ...[device, nothing].map((pages) => [pages, mine, 4 + 2 * lisn, 2 * count]),
        [common, [], undefined, 0],
      ]);
    });

  it("lets user space map the file from any source on only where it is to map parts of it", () => {
    const can =
      strategyNames.filter((strategy) => newPassthrough({ mode: "native", strategy }).space.mmap(8, 2, 6).ok);
    expect(can).toEqual([
      "S3-overlay", "S3a-overlay-at-change-msi", "S3b-overlay-at-irqfd", "S5-memory-region",
    ]);
  });
});
