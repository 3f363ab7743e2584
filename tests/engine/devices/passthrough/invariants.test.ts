import { describe, expect, it } from "vitest";
import { touch } from "../../../../src/engine/devices/passthrough/guestAccess.ts";
import { PHB_FIRST } from "../../../../src/engine/devices/passthrough/hardware.ts";
import { violations } from "../../../../src/engine/devices/passthrough/invariants.ts";
import { eoiOperation } from "../../../../src/engine/devices/passthrough/xicsCalls.ts";
import { start } from "../../../../src/engine/devices/passthrough/operation.ts";
import {
  ESB_USER_PAGE, type InterruptMode, type Passthrough,
} from "../../../../src/engine/devices/passthrough/passthrough.ts";
import type { StrategyName } from "../../../../src/engine/devices/passthrough/strategy.ts";
import { newPassthrough } from "../../../../src/engine/figures/passthroughOperations.ts";

const EISN = 0x77;
const PHB = PHB_FIRST;
interface Shape {
  readonly mode?: InterruptMode;
  readonly strategy?: StrategyName;
  readonly defects?: ReadonlySet<string>;
}
/** Source 0 is routed and open with EISN 0x77; source 1 is off and goes nowhere. No rule is broken. */
function sound({ mode = "native", ...rest }: Shape = {}): Passthrough {
  const p = newPassthrough({ mode, ...rest });
  const guestPriority = mode === "xics" ? 5 : 0xff;
  Object.assign(p.source(0)!, { actServer: 1, actPriority: 5, eisn: EISN, guestPriority });
  p.hardware.setPq(0, 0);
  p.hardware.setRoute(0, { space: "guest", target: 1, priority: 5, data: EISN });
  expect(violations(p)).toEqual([]);
  return p;
}
/** As `sound`, with source 0 mapped to the first PHB source. */
function soundMapped(shape: Shape = {}): Passthrough {
  const p = sound(shape);
  p.source(0)!.pt = PHB;
  p.hardware.setPq(0, 1);
  p.hardware.setRoute(PHB, { space: "guest", target: 1, priority: 5, data: EISN });
  expect(violations(p)).toEqual([]);
  return p;
}
const entry = (data: number): { server: number; priority: number; data: number; source: number } =>
  ({ server: 1, priority: 5, data, source: 0 });
const broken = (p: Passthrough): number[] => violations(p).map(({ invariant }) => invariant);

describe("the rules of passthrough", () => {
  it("1: a mapped source's IPI is off, and a PHB source sends to the guest only while it is mapped", () => {
    for (const pq of [0, 1, 2, 3] as const) {
      const one = soundMapped();
      one.hardware.setPq(0, pq);
      expect(violations(one)).toEqual(
        pq === 1 ? [] : [{ invariant: 1, says: "0 is mapped, and its IPI is live" }]);
      for (const priority of [5, 0xff])
        for (const space of ["guest", "host"] as const) {
          const two = sound();
          two.hardware.setPq(PHB, pq);
          two.hardware.setRoute(PHB, { space, target: 1, priority, data: 1 });
          expect(broken(two)).toEqual(pq !== 1 && priority !== 0xff && space === "guest" ? [1] : []);
        }
    }
    const invalid = soundMapped();
    invalid.hardware.setPq(0, 0);
    invalid.source(0)!.valid = false;
    expect(broken(invalid)).toEqual([]);
  });

  it("2 and 9: an entry of a page table leads to the selected source", () => {
    for (const page of [0, 1]) {
      const ipi = soundMapped();
      ipi.space.entries.set(ESB_USER_PAGE + page, { source: 0, page: "trigger" });
      expect(violations(ipi))
        .toEqual([{ invariant: 2, says: "a page of 0 leads to an IPI that is not selected" }]);
      const phb = sound();
      phb.space.entries.set(ESB_USER_PAGE + 2 + page, { source: PHB, page: "trigger" });
      expect(violations(phb)).toEqual([
        { invariant: 2, says: "a page of 1 leads to a PHB source that is not selected" },
        { invariant: 9, says: "the guest reaches a PHB source at a page of 1" },
      ]);
    }
    for (const page of [0, 1, 2, 3]) {
      const p = soundMapped();
      touch(p, ESB_USER_PAGE + page);
      expect(broken(p)).toEqual([]);
    }
    const elsewhere = sound();
    elsewhere.space.mmap(0x10, 4, 0);
    elsewhere.space.entries.set(0x12, "tima-os");
    // What leads to the TIMA is no source's page, wherever it is.
    elsewhere.space.entries.set(ESB_USER_PAGE, "tima-os");
    elsewhere.space.entries.set(5, { source: PHB, page: "trigger" });
    elsewhere.space.entries.set(ESB_USER_PAGE + 7, { source: PHB, page: "trigger" });
    expect(broken(elsewhere)).toEqual([]);
  });

  it("2: what a region of guest memory hides does not count, where the strategy has regions", () => {
    for (const strategy of ["S5-memory-region", "S2-address-space"] as const) {
      const p = soundMapped({ strategy });
      p.space.entries.set(ESB_USER_PAGE, { source: 0, page: "trigger" });
      expect(broken(p)).toEqual([2]);
      p.regions.add({ first: 0, pages: 2, userPage: 0x40 });
      expect(broken(p)).toEqual(strategy === "S5-memory-region" ? [] : [2]);
    }
  });

  it("3: a source is once in the guest's queue, under whichever number it has there", () => {
    for (const [mode, mine] of [["native", EISN], ["xics", 0]] as const)
      for (const other of [EISN, 0, 1, 5]) {
        const p = sound({ mode });
        p.hardware.setPq(0, 2);
        p.queues.entries = [entry(mine)];
        expect(broken(p)).toEqual([]);
        p.queues.entries.push(entry(other));
        expect(broken(p)).toEqual(other === mine ? [3] : []);
        start(p, eoiOperation(0));
        expect(violations(p)).toEqual(other === mine
          ? [{ invariant: 3, says: "0 is in the guest's queue twice" }] : []);
      }
    const byNumber = sound({ defects: new Set(["passthrough.config.dataIsLisn"]) });
    byNumber.hardware.setPq(0, 2);
    byNumber.queues.entries = [entry(EISN), entry(0)];
    expect(broken(byNumber)).toEqual([3]);
  });

  it("3: P stands for an entry that is waiting or handled, and without one there is none", () => {
    for (const mode of ["native", "xics"] as const)
      for (const isOpen of mode === "xics" ? [true, false] : [true])
        for (const pq of [0, 1, 2, 3] as const)
          for (const oldP of [true, false])
            for (const place of ["none", "queue", "handler"]) {
              const p = sound({ mode });
              p.hardware.setPq(0, pq);
              Object.assign(p.source(0)!, { oldP, guestPriority: isOpen && mode === "xics" ? 5 : 0xff });
              const one = [entry(mode === "xics" ? 0 : EISN)];
              if (place === "queue") p.queues.entries = one;
              if (place === "handler") p.queues.handling = one;
              const isPending = isOpen ? pq >= 2 : oldP;
              const isOwed = place !== "none";
              // A native guest may take P away from an entry that it still has.
              const isWrong = isPending !== isOwed && (isPending || mode === "xics");
              const what = isPending ? "waits for an EOI of nothing" : "has an entry that no P stands for";
              expect(violations(p)).toEqual(isWrong ? [{ invariant: 3, says: `0 ${what}` }] : []);
              p.source(0)!.actPriority = 0xff;
              expect(violations(p)).toEqual([]);
            }
  });

  it("5: the host owes an EOI for one entry that it has", () => {
    for (const savedP of [true, false])
      for (const [queued, handled] of [[0, 0], [1, 0], [0, 1], [2, 0], [1, 1]] as const) {
        const p = sound();
        p.host.get(45)!.savedP = savedP;
        p.host.queue = [46, ...Array<number>(queued).fill(45)];
        p.host.handling = Array<number>(handled).fill(45);
        const says = queued === 2 ? "host interrupt 45 is in a host queue twice"
          : "host interrupt 45 waits for an EOI of nothing";
        const isBroken = queued === 2 || (savedP && queued + handled === 0);
        expect(violations(p)).toEqual(isBroken ? [{ invariant: 5, says }] : []);
      }
  });

  it("6 and 10: only mappings that live are used, and nobody holds a lock", () => {
    const p = sound();
    p.space.usedAfterFree = true;
    p.sources.lock(1024);
    expect(violations(p)).toEqual([
      { invariant: 6, says: "a mapping that is gone was used" },
      { invariant: 10, says: "the lock of block 1 is held by nobody" },
    ]);
    start(p, eoiOperation(0));
    expect(broken(p)).toEqual([6]);
  });
});
