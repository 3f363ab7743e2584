import { describe, expect, it } from "vitest";
import {
  Hardware, PHB_FIRST, hasLatchedEvent, hasP, unrouted, type Eas,
} from "../../../../src/engine/devices/passthrough/hardware.ts";
import { SourceBank } from "../../../../src/engine/devices/xive/sources.ts";
import type { Pq } from "../../../../src/engine/devices/xive/esb.ts";

const ALL_ONES = 0xffff_ffff_ffff_ffffn;
const states: readonly Pq[] = [0, 1, 2, 3];
const places = [0, 1, PHB_FIRST, PHB_FIRST + 1];
const guest: Eas = { space: "guest", target: 1, priority: 6, data: 0x55 };
const host: Eas = { space: "host", target: 3, priority: 5, data: 45 };

/** Two IPIs and two sources of a bridge, all at `pq`, and what becomes of their events. */
function hardware(pq: Pq = 0, storeEoi = false): { one: Hardware; told: string[] } {
  const one = new Hardware(new SourceBank({ count: 2 }), new SourceBank({ count: 2, storeEoi }));
  const told: string[] = [];
  for (const source of places) one.setPq(source, pq);
  one.onGuestEvent = (eas, source) => told.push(`guest ${eas.target} ${source}`);
  one.onHostEvent = (eas, source) => told.push(`host ${eas.target} ${source}`);
  one.onDropped = (source) => told.push(`dropped ${source}`);
  one.onIgnored = (source) => told.push(`ignored ${source}`);
  return { one, told };
}
const all = (one: Hardware): Pq[] => places.map((source) => one.pq(source));

describe("a source of the host", () => {
  it("is one of two banks by its number, and nothing done to it reaches another", () => {
    const acts: readonly (readonly [(one: Hardware, source: number) => unknown, unknown, Pq])[] = [
      [(one, source) => one.setPq(source, 3), 0, 3],
      [(one, source) => one.load(source, "management", 0xd00), 0n, 1],
      [(one, source) => one.load(source, "trigger", 0), ALL_ONES, 0],
      [(one, source) => one.store(source, "trigger", 0), true, 2],
      [(one, source) => one.store(source, "management", 0x400), false, 0],
      [(one, source) => one.store(source, "trigger", 0, 4), false, 0],
      [(one, source) => one.load(source, "management", 0xd00, 4), ALL_ONES, 0],
      [(one, source) => one.trigger(source), undefined, 2],
      [(one, source) => one.setLine(source, true), undefined, 2],
      [(one, source) => one.setLine(source, false), undefined, 0],
    ];
    for (const [act, answer, after] of acts)
      for (const source of places) {
        const { one } = hardware();
        expect(act(one, source)).toBe(answer);
        expect(all(one)).toEqual(places.map((place) => (place === source ? after : 0)));
      }
    const { one } = hardware();
    expect([...places, 2, PHB_FIRST - 1, PHB_FIRST + 2].map((source) => one.has(source)))
      .toEqual([true, true, true, true, false, false, false]);
    one.phb.setLsi(1, true);
    expect(places.map((source) => one.isLsi(source))).toEqual([false, false, false, true]);
  });

  it("of a bridge in error reads as all ones, does nothing, and its events are ignored", () => {
    const { one, told } = hardware(1);
    one.phbFrozen = true;
    for (const source of places) {
      const isIpi = source < PHB_FIRST;
      expect(one.setPq(source, 0)).toBe(isIpi ? 1 : undefined);
      expect(one.load(source, "management", 0x800)).toBe(isIpi ? 0n : ALL_ONES);
      expect(one.store(source, "management", 0xd00)).toBe(isIpi);
      one.trigger(source);
      one.setLine(source, true);
      one.setLine(source, false);
    }
    expect(told).toEqual([2, 3].flatMap((i) => [`ignored ${places[i]}`, `ignored ${places[i]}`]));
    expect(all(one)).toEqual([1, 1, 1, 1]);
  });

  it("sends its events where its EAS says, and nowhere with priority 0xff or without one", () => {
    for (const source of places) {
      const { one, told } = hardware();
      expect(one.routeOf(source)).toEqual(unrouted);
      for (const eas of [undefined, guest, host, { ...guest, priority: 0xff }, { ...host, priority: 0 }]) {
        if (eas) one.setRoute(source, eas);
        one.setPq(source, 0);
        one.trigger(source);
      }
      expect(told)
        .toEqual(["dropped", "guest 1", "host 3", "dropped", "host 3"].map((to) => `${to} ${source}`));
    }
    const silent = new Hardware(new SourceBank({ count: 1 }), new SourceBank({ count: 1 }));
    silent.phbFrozen = true;
    for (const eas of [guest, host, unrouted]) {
      silent.setRoute(0, eas);
      silent.setPq(0, 0);
      silent.trigger(0);
      expect(silent.pq(0)).toBe(2);
    }
    silent.trigger(PHB_FIRST);
    silent.setLine(PHB_FIRST, true);
    expect(silent.pq(PHB_FIRST)).toBe(1);
  });

  it("has two pages where its controller has them, or where it is told", () => {
    const { one } = hardware();
    expect(one.pagesOf(3)).toEqual({ trigger: 0x0006_0100_0006_0000n, management: 0x0006_0100_0007_0000n });
    expect(one.pagesOf(PHB_FIRST + 3))
      .toEqual({ trigger: 0x0006_0300_0006_0000n, management: 0x0006_0300_0007_0000n });
    one.pages.set(3, { trigger: 0n, management: 1n });
    expect(one.pagesOf(3)).toEqual({ trigger: 0n, management: 1n });
  });
});

describe("the end of an interrupt", () => {
  it("is Store-EOI, a load for a line, or PQ 00 and a trigger for Q, where that can be", () => {
    const kinds = {
      "Store-EOI": { storeEoi: true, after: [0, 1, 0, 2], sent: [0, 0, 0, 1] },
      "line": { isLine: true, after: [0, 1, 0, 2], sent: [0, 0, 0, 1] },
      "message": { after: [0, 2, 0, 2], sent: [0, 1, 0, 1] },
      "no trigger page": { hasNoTrigger: true, after: [0, 0, 0, 0], sent: [0, 0, 0, 0] },
      "not resent": { resends: false, after: [0, 0, 0, 0], sent: [0, 0, 0, 0] },
      "in error": { isFrozen: true, after: [0, 1, 2, 3], sent: [0, 0, 0, 0] },
    } as const;
    for (const [name, kind] of Object.entries(kinds))
      for (const pq of states) {
        const { one, told } = hardware(pq, "storeEoi" in kind);
        const source = PHB_FIRST + 1;
        one.setRoute(source, guest);
        if ("isLine" in kind) one.phb.setLsi(1, true);
        if ("hasNoTrigger" in kind) one.pages.set(source, { trigger: 0n, management: 1n });
        one.phbFrozen = "isFrozen" in kind;
        one.endOfInterrupt(source, !("resends" in kind));
        expect([one.phb.pq(1), told.length], `${name} ${pq}`).toEqual([kind.after[pq], kind.sent[pq]]);
      }
  });

  it("tells P, and a latched event, from each other", () => {
    expect(states.map(hasP)).toEqual([false, false, true, true]);
    expect(states.map(hasLatchedEvent)).toEqual([false, false, false, true]);
  });
});
