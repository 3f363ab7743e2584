import { describe, expect, it } from "vitest";
import { PHB_FIRST } from "../../../../src/engine/devices/passthrough/hardware.ts";
import { advance, finish, start } from "../../../../src/engine/devices/passthrough/operation.ts";
import { Passthrough } from "../../../../src/engine/devices/passthrough/passthrough.ts";
import { createSource } from "../../../../src/engine/devices/passthrough/sourceCalls.ts";
import {
  eoiOperation, intOff, intOn, setXive,
} from "../../../../src/engine/devices/passthrough/xicsCalls.ts";
import type { Pq } from "../../../../src/engine/devices/xive/esb.ts";

const MASKED = 0xff;
const both = [false, true];
interface Before {
  readonly pq: Pq;
  readonly isOpen: boolean;
  readonly oldP: boolean;
  readonly oldQ: boolean;
  readonly isMapped: boolean;
}
/** A source of a XICS guest is never off; while it is masked P is set. */
function* everyCase(): Generator<Before> {
  for (const pq of [0, 2, 3] as Pq[])
    for (let set = 0; set < 16; set++) {
      const [isOpen, oldP, oldQ, isMapped] = [1, 2, 4, 8].map((bit) => (set & bit) !== 0);
      if (isOpen || pq >= 2) yield { pq, isOpen, oldP, oldQ, isMapped } as Before;
    }
}
interface World {
  readonly p: Passthrough;
  readonly told: string[];
  /** Hardware number of the selected interrupt. */
  readonly selected: number;
}
/** Source 3 is routed to server 1 at priority 5; there are servers 0 and 1. */
function world({ pq, isOpen, oldP, oldQ, isMapped }: Before): World {
  const targets = { hasServer: (server: number) => server < 2, hasQueue: () => true };
  const p = new Passthrough({ mode: "xics", ipis: 2, phbSources: 2, targets });
  createSource(p, 3);
  const selected = isMapped ? PHB_FIRST : 0;
  Object.assign(p.source(3)!, {
    pt: isMapped ? PHB_FIRST : -1, actServer: 1, actPriority: 5, guestPriority: isOpen ? 5 : MASKED,
    savedPriority: 4, oldP, oldQ,
  });
  p.hardware.setPq(selected, pq);
  p.hardware.setRoute(selected, { space: "guest", target: 1, priority: 5, data: 3 });
  const told: string[] = [];
  p.observer = ({ call, step, lisn, source, bit, value }) => {
    if (call !== "route") told.push([call, step, lisn, source, bit, value].join(" "));
  };
  return { p, told, selected };
}
const pqs = ({ p, selected }: World): Pq => p.hardware.pq(selected);
const entries = ({ p }: World): number[] => p.queues.entries.map(({ data }) => data);

/** What opening a masked source does: what was latched comes, unless an entry is still in the queue. */
const opened = (pq: Pq, oldP: boolean, oldQ: boolean): readonly [Pq, number[]] => {
  const latched = oldQ || pq === 3;
  if (oldP) return [latched ? 3 : 2, []];
  return latched ? [2, [3]] : [0, []];
};

describe("ibm,int-off", () => {
  it("latches what comes, remembers P and Q and the priority; a second one that none was open", () => {
    for (const before of everyCase()) {
      const one = world(before);
      const { pq, isOpen } = before;
      expect(intOff(one.p, 3)).toBe("done");
      expect([pqs(one), entries(one), one.p.sources.isLocked(3)]).toEqual([isOpen ? 2 : pq, [], false]);
      expect(one.p.source(3)).toMatchObject({
        guestPriority: MASKED, savedPriority: isOpen ? 5 : MASKED,
        oldP: isOpen ? pq >= 2 : before.oldP, oldQ: isOpen ? pq === 3 : before.oldQ,
      });
      expect(one.told).toEqual([`int-off masked 3 ${one.selected} guest_priority ${isOpen ? 5 : MASKED}`]);
    }
  });
});

describe("ibm,int-on", () => {
  it("opens at the priority that was saved, and makes good for P and Q", () => {
    for (const before of everyCase()) {
      const one = world(before);
      const { pq, isOpen } = before;
      expect(intOn(one.p, 3)).toBe("done");
      const oldP = isOpen ? pq >= 2 : before.oldP;
      const oldQ = isOpen ? pq === 3 : before.oldQ;
      const [after, queue] = opened(isOpen ? 2 : pq, oldP, oldQ);
      expect([pqs(one), entries(one)], JSON.stringify(before)).toEqual([after, queue]);
      expect(one.p.source(3)).toMatchObject({ guestPriority: 4, oldP, oldQ });
      expect(one.told).toEqual([`int-on open 3 ${one.selected} guest_priority 4`]);
    }
  });

  it("does nothing where none was saved, and refuses a source that goes nowhere", () => {
    for (const before of everyCase()) {
      const one = world(before);
      one.p.source(3)!.savedPriority = MASKED;
      expect(intOn(one.p, 3)).toBe("done");
      one.p.source(3)!.savedPriority = 5;
      one.p.source(3)!.actPriority = MASKED;
      expect(intOn(one.p, 3)).toBe("refused");
      expect([pqs(one), one.told, one.p.source(3)!.guestPriority])
        .toEqual([before.pq, [], before.isOpen ? 5 : MASKED]);
    }
  });
});

describe("ibm,set-xive", () => {
  it("routes at one of hardware's priorities, opens, and saves; 255 masks and moves at the old one", () => {
    for (const before of everyCase())
      for (const [priority, hardware] of [[0, 0], [5, 5], [6, 6], [7, 6], [254, 6], [MASKED, 5]] as const)
        for (const server of [0, 1]) {
          const one = world(before);
          expect(setXive(one.p, 3, server, priority)).toBe("done");
          const there = { space: "guest", target: server, priority: hardware, data: 3 };
          expect(one.p.hardware.routeOf(one.selected)).toEqual(there);
          expect(one.p.source(3)).toMatchObject({
            actServer: server, actPriority: hardware, guestPriority: priority, savedPriority: priority,
          });
          const { pq, isOpen } = before;
          const masked = isOpen ? 2 : pq;
          const [after, queue] = priority === MASKED ? [masked, []]
            : opened(masked, isOpen ? pq >= 2 : before.oldP, isOpen ? pq === 3 : before.oldQ);
          expect([pqs(one), entries(one), one.p.sources.isLocked(3)]).toEqual([after, queue, false]);
        }
  });

  it("touches no route where server and hardware's priority stay the same", () => {
    const elsewhere = { space: "guest", target: 0, priority: 1, data: 9 } as const;
    const before: Before = { pq: 0, isOpen: true, oldP: false, oldQ: false, isMapped: false };
    for (const [server, priority] of [[1, 5], [1, MASKED], [1, 6], [0, 5]] as const) {
      const one = world(before);
      one.p.hardware.setRoute(0, elsewhere);
      expect(setXive(one.p, 3, server, priority)).toBe("done");
      const isKept = server === 1 && priority !== 6;
      expect(one.p.hardware.routeOf(0).data, `${server} ${priority}`).toBe(isKept ? 9 : 3);
    }
  });

  it("refuses a server that is not there, and masks or opens and saves all the same", () => {
    for (const before of everyCase())
      for (const priority of [0, 4, 254, MASKED]) {
        const [refused, moved] = [world(before), world(before)];
        const { actServer, actPriority } = refused.p.source(3)!;
        const route = refused.p.hardware.routeOf(refused.selected);
        expect(setXive(refused.p, 3, 2, priority)).toBe("refused");
        expect(setXive(moved.p, 3, 0, priority)).toBe("done");
        const open = { guestPriority: priority, savedPriority: priority };
        expect(refused.p.source(3)).toMatchObject({ actServer, actPriority, ...open });
        expect(refused.p.hardware.routeOf(refused.selected)).toEqual(route);
        expect([pqs(refused), refused.p.sources.isLocked(3)]).toEqual([pqs(moved), false]);
      }
  });

  it("leaves a source nowhere that never went anywhere, where it masks", () => {
    const one = world({ pq: 2, isOpen: false, oldP: false, oldQ: false, isMapped: false });
    one.p.source(3)!.actPriority = MASKED;
    expect(setXive(one.p, 3, 0, MASKED)).toBe("done");
    expect([one.p.source(3)!.actServer, one.p.hardware.routeOf(0).target]).toEqual([1, 1]);
  });
});

describe("a call about a source", () => {
  const open: Before = { pq: 0, isOpen: true, oldP: false, oldQ: false, isMapped: false };
  it("is refused for one that is not there, and for a server that is not; it waits for lock and EOI", () => {
    const calls = [intOff, intOn, (p: Passthrough, lisn: number) => setXive(p, lisn, 0, 5)];
    for (const call of calls) {
      expect(call(world(open).p, 4)).toBe("refused");
      for (const isEoi of both) {
        const one = world(open);
        if (isEoi) one.p.source(3)!.inEoi = true;
        else one.p.sources.lock(3);
        const before = { ...one.p.source(3)! };
        expect(call(one.p, 3)).toBe("blocked");
        expect([one.p.source(3), pqs(one), one.p.sources.isLocked(3)]).toEqual([before, 0, !isEoi]);
      }
    }
    const one = world(open);
    expect([setXive(one.p, 3, 2, 5), one.p.source(3)!.actServer]).toEqual(["refused", 1]);
  });
});

describe("H_EOI", () => {
  it("ends the interrupt at its source, or forgets the entry of one that is masked", () => {
    for (const before of everyCase())
      for (const lsi of both)
        for (const asserted of both) {
          const one = world(before);
          const { pq, isOpen, isMapped, oldP } = before;
          Object.assign(one.p.source(3)!, { lsi, asserted });
          const eoi = start(one.p, eoiOperation(3));
          expect([advance(one.p, eoi), one.p.source(3)!.inEoi]).toEqual(["next", true]);
          expect(eoi.chosen).toBe(isOpen ? one.selected : -1);
          expect([advance(one.p, eoi), one.p.source(3)!.inEoi]).toEqual(["done", false]);
          const ended: Pq = pq === 3 ? 2 : 0;
          const again = lsi && asserted && !isMapped;
          const after = !isOpen ? pq : again ? (ended === 2 ? 3 : 2) : ended;
          expect(pqs(one), JSON.stringify({ ...before, lsi, asserted })).toBe(after);
          expect(entries(one).length).toBe(isOpen && (pq === 3 || again) ? 1 : 0);
          expect(one.p.source(3)!.oldP).toBe(isOpen ? oldP : false);
          expect(one.told).toEqual([
            `h-eoi choose interrupt 3 ${one.selected} in_eoi 0`,
            `h-eoi end interrupt 3 ${one.selected} ${isOpen ? "P" : "old_p"} 0`,
          ]);
        }
  });

  it("goes to the source that was selected when it began, and waits with a masked one for the lock", () => {
    const open: Before = { pq: 2, isOpen: true, oldP: true, oldQ: false, isMapped: true };
    const one = world(open);
    const eoi = start(one.p, eoiOperation(3));
    advance(one.p, eoi);
    one.p.source(3)!.pt = -1;
    one.p.sources.lock(3);
    expect([finish(one.p, eoi), one.p.hardware.pq(PHB_FIRST), one.p.hardware.pq(0)]).toEqual([true, 0, 2]);
    const closed = world({ ...open, isOpen: false });
    const second = start(closed.p, eoiOperation(3));
    advance(closed.p, second);
    closed.p.sources.lock(3);
    expect([finish(closed.p, second), closed.p.source(3)!.oldP]).toEqual([false, true]);
    closed.p.sources.unlock(3);
    // Opened meanwhile: now it is an EOI like any other, at what is selected now.
    closed.p.source(3)!.guestPriority = 5;
    expect([finish(closed.p, second), closed.p.hardware.pq(PHB_FIRST), closed.p.source(3)!.oldP])
      .toEqual([true, 0, true]);
  });

  it("of a source that is not there is done at once", () => {
    const one = world({ pq: 0, isOpen: true, oldP: false, oldQ: false, isMapped: false });
    expect([finish(one.p, start(one.p, eoiOperation(4))), one.told, one.p.operations])
      .toEqual([true, [], []]);
  });
});
