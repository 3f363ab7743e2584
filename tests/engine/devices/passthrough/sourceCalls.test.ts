import { describe, expect, it } from "vitest";
import type { PassthroughDefect } from "../../../../src/engine/devices/passthrough/defects.ts";
import { faultOperation } from "../../../../src/engine/devices/passthrough/fault.ts";
import { isMapped, selectedOf } from "../../../../src/engine/devices/passthrough/guestSource.ts";
import { PHB_FIRST, type Eas } from "../../../../src/engine/devices/passthrough/hardware.ts";
import { finish, start } from "../../../../src/engine/devices/passthrough/operation.ts";
import { Passthrough, type InterruptMode } from "../../../../src/engine/devices/passthrough/passthrough.ts";
import {
  configureSource, createSource, releaseDevice, resetSources, syncQueues, syncSource,
} from "../../../../src/engine/devices/passthrough/sourceCalls.ts";

const SOURCES_MAX = 0x10_0000;
const USER_PAGES = 0x10_0000;
const nowhere: Eas = { space: "guest", target: 0, priority: 0xff, data: 0 };
const untouched = (lisn: number): object => ({
  lisn, ipi: -1, pt: -1, valid: false, lsi: false, asserted: false, actServer: 0, actPriority: 0xff,
  eisn: lisn, guestPriority: 0xff, savedPriority: 0xff, oldP: false, oldQ: false, inEoi: false,
  hcallOnly: false,
});

/** Three IPIs; servers 0 and 1, of which server 0 has queues of priorities below 6 alone. */
function passthrough(mode: InterruptMode = "native", defect?: PassthroughDefect): Passthrough {
  const targets = {
    hasServer: (server: number) => server <= 1,
    hasQueue: (server: number, priority: number) => server === 1 || priority < 6,
  };
  const defects = new Set(defect ? [defect] : []);
  return new Passthrough({ mode, ipis: 3, phbSources: 2, targets, defects });
}
/** A value of SOURCE_CONFIG. */
const route = (server: number, priority: number, eisn: number, isMasked = false): bigint =>
  BigInt(priority) + BigInt(server) * 8n + (isMasked ? 1n << 32n : 0n) + (BigInt(eisn) << 33n);

describe("the sources of a guest", () => {
  it("are in blocks of 1024 that come with the first of them, and start at nothing", () => {
    const { sources } = passthrough();
    expect([sources.find(0), sources.create(-1), sources.create(SOURCES_MAX), sources.create(0.5)])
      .toEqual([undefined, undefined, undefined, undefined]);
    expect([...sources.blocks]).toEqual([]);
    expect(sources.create(1025)).toEqual(untouched(1025));
    expect(sources.find(2047)).toEqual(untouched(2047));
    expect([sources.find(1023), sources.find(2048), sources.sources.size]).toEqual([undefined, undefined, 1]);
    sources.lock(1030);
    expect([1023, 1024, 2047, 2048].map((lisn) => sources.isLocked(lisn)))
      .toEqual([false, true, true, false]);
    sources.unlock(2000);
    expect(sources.isLocked(1030)).toBe(false);
    expect(sources.create(SOURCES_MAX - 1)).toEqual(untouched(SOURCES_MAX - 1));
  });

  it("are mapped to whatever hardware number a device's source has, 0 like any other", () => {
    const source = passthrough().sources.create(0)!;
    for (const ipi of [-1, 0, 2])
      for (const pt of [-1, 0, 1, PHB_FIRST]) {
        Object.assign(source, { ipi, pt });
        expect([isMapped(source), selectedOf(source)]).toEqual([pt !== -1, pt === -1 ? ipi : pt]);
      }
  });
});

describe("SOURCE", () => {
  it("gives each number an IPI of its own, off and routed nowhere; a XICS guest's is masked", () => {
    for (const mode of ["native", "xics"] as const) {
      const p = passthrough(mode);
      for (const ipi of [0, 1, 2]) p.hardware.setRoute(ipi, { ...nowhere, priority: 1 });
      const answers = [-1, SOURCES_MAX, Number.NaN, 5, 0, 5, 9, 7].map((lisn) => createSource(p, lisn));
      expect(answers).toEqual([-7, -7, -7, 0, 0, 0, 0, -6]);
      expect([5, 0, 9].map((lisn) => p.source(lisn)?.ipi)).toEqual([0, 1, 2]);
      expect(p.source(5)).toEqual({ ...untouched(5), ipi: 0, valid: true });
      expect([0, 1, 2].map((ipi) => p.hardware.pq(ipi))).toEqual(Array(3).fill(mode === "xics" ? 2 : 1));
      expect([0, 1, 2].map((ipi) => p.hardware.routeOf(ipi))).toEqual([nowhere, nowhere, nowhere]);
      expect([p.source(7), p.sources.find(7)]).toEqual([undefined, untouched(7)]);
    }
  });

  it("says what kind it is: a line that is up or down, or messages, whatever it was before", () => {
    for (const defect of [undefined, "passthrough.source.lsiSticky"] as const)
      for (const first of [0, 1, 2, 3])
        for (const second of [0, 1, 2, 3]) {
          const p = passthrough("native", defect);
          for (const value of [first, second]) {
            createSource(p, 5, BigInt(value));
            const used = { oldP: true, oldQ: true, guestPriority: 4, actPriority: 3, actServer: 1 };
            Object.assign(p.source(5)!, used);
          }
          createSource(p, 5, BigInt(second));
          const isLine = (value: number): boolean => value % 2 === 1;
          const keeps = defect !== undefined;
          expect(p.source(5)).toEqual({
            ...untouched(5), ipi: 0, valid: true, lsi: isLine(second) || (keeps && isLine(first)),
            asserted: second === 3 || (keeps && (first === 3 || (isLine(first) && second === 2))),
          });
        }
  });
});

describe("SOURCE_CONFIG", () => {
  it("is refused in the order: block, source and priority, server, queue; masking asks for neither", () => {
    const rows = [
      [5000, route(0, 5, 1), -2], [6, route(0, 5, 1), -22], [5, route(0, 7, 1), -22],
      [5, route(0, 7, 1, true), -22], [5, route(2, 5, 1), -22], [5, route(2, 6, 1), -22],
      [5, route(0, 6, 1), -16], [5, route(1, 6, 1), 0], [5, route(0, 5, 1), 0], [5, route(2, 6, 1, true), 0],
    ] as const;
    for (const [lisn, value, answer] of rows) {
      const p = passthrough();
      createSource(p, 5);
      p.hardware.setRoute(0, { ...nowhere, data: 99 });
      const before = { ...p.source(5)! };
      expect(configureSource(p, lisn, value)).toBe(answer);
      if (answer === 0) continue;
      expect([p.source(5), p.hardware.routeOf(0).data]).toEqual([before, 99]);
    }
  });

  it("routes whichever interrupt is selected, and does not do again what is so already", () => {
    for (const pt of [-1, PHB_FIRST + 1]) {
      const p = passthrough();
      createSource(p, 5);
      const source = p.source(5)!;
      source.pt = pt;
      const [selected, other] = pt < 0 ? [0, PHB_FIRST + 1] : [pt, 0];
      p.hardware.setRoute(other, { ...nowhere, data: 98 });
      expect(configureSource(p, 5, route(1, 4, 0x77))).toBe(0);
      const there = { space: "guest", target: 1, priority: 4, data: 0x77 };
      expect(source).toMatchObject({ actServer: 1, actPriority: 4, eisn: 0x77 });
      expect([p.hardware.routeOf(selected), p.hardware.routeOf(other).data]).toEqual([there, 98]);
      // To mask with everything else as it was is no request at all.
      expect(configureSource(p, 5, route(1, 4, 0x77, true))).toBe(0);
      expect(p.hardware.routeOf(selected)).toEqual(there);
      for (const value of [route(1, 4, 0x78, true), route(1, 5, 0x77, true), route(0, 4, 0x77, true)]) {
        configureSource(p, 5, route(1, 4, 0x77));
        expect(configureSource(p, 5, value)).toBe(0);
        expect([source.actPriority, source.actServer, source.eisn]).toEqual([0xff, 1, 0x77]);
        expect(p.hardware.routeOf(selected)).toEqual(nowhere);
      }
    }
  });
});

/** Sources 5 and 6 routed, 5 mapped to a PHB source; 7 goes nowhere. All are open. */
function threeSources(): Passthrough {
  const p = passthrough();
  for (const lisn of [5, 6, 7]) createSource(p, lisn);
  p.source(5)!.pt = PHB_FIRST;
  for (const lisn of [5, 6]) configureSource(p, lisn, route(1, 4, 0x77));
  for (const source of [0, 1, 2, PHB_FIRST, PHB_FIRST + 1]) p.hardware.setPq(source, 0);
  p.hardware.setRoute(0, { ...nowhere, priority: 3 });
  return p;
}
const sourcesOf = (p: Passthrough): number[] =>
  [0, 1, 2, PHB_FIRST, PHB_FIRST + 1].map((source) => p.hardware.pq(source));

describe("the device", () => {
  it("synchronizes the selected interrupt of a source, and the queues of those that are routed", () => {
    const p = threeSources();
    expect([5, 6, 7, 8, 5000].map((lisn) => syncSource(p, lisn))).toEqual([PHB_FIRST, 1, 2, -22, -2]);
    expect(syncQueues(p)).toEqual([5, 6]);
  });

  it("turns off by RESET what is routed, on both sides of a mapping; the mapping stays", () => {
    const p = threeSources();
    const told: string[] = [];
    p.observer = ({ call, lisn, source }) => told.push(`${call} ${lisn} ${source}`);
    resetSources(p);
    expect(sourcesOf(p)).toEqual([1, 1, 0, 1, 0]);
    expect([0, 1, PHB_FIRST].map((source) => p.hardware.routeOf(source)))
      .toEqual([nowhere, nowhere, nowhere]);
    for (const lisn of [5, 6])
      expect(p.source(lisn)).toMatchObject({ valid: true, actPriority: 0xff, actServer: 0, eisn: 0 });
    expect([p.source(5)!.pt, p.source(7)!.eisn]).toEqual([PHB_FIRST, 7]);
    expect(told).toEqual([`reset 5 ${PHB_FIRST}`, "reset 6 1"]);
  });

  it("is released with every source off, no number taken and no page mapped", () => {
    const p = threeSources();
    p.sources.create(8);
    p.mapSources(4);
    const told: number[] = [];
    p.observer = ({ call, lisn }) => { if (call === "release") told.push(lisn); };
    expect(releaseDevice(p)).toBe(true);
    expect(sourcesOf(p)).toEqual([1, 1, 1, 1, 0]);
    expect([p.sources.sources.size, p.sources.blocks.size, p.space.mappings, told])
      .toEqual([0, 0, [], [5, 6, 7]]);
    expect([createSource(p, 9), p.source(9)!.ipi]).toEqual([0, 0]);
  });

  it("is not released while a call is under way", () => {
    const p = threeSources();
    const fault = start(p, faultOperation(USER_PAGES + 2 * 5));
    expect([releaseDevice(p), p.sources.sources.size]).toEqual([false, 3]);
    expect(finish(p, fault)).toBe(true);
    expect([releaseDevice(p), p.sources.sources.size]).toEqual([true, 0]);
  });
});
