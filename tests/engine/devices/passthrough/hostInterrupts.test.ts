import { describe, expect, it } from "vitest";
import { Hardware, PHB_FIRST } from "../../../../src/engine/devices/passthrough/hardware.ts";
import {
  HostInterrupts, type HostInterrupt,
} from "../../../../src/engine/devices/passthrough/hostInterrupts.ts";
import { SourceBank } from "../../../../src/engine/devices/xive/sources.ts";
import type { Pq } from "../../../../src/engine/devices/xive/esb.ts";

const IRQ = 45;
const SOURCE = PHB_FIRST + 1;
const CPU = 3;

interface Case {
  readonly pq: Pq;
  readonly savedP: boolean;
  readonly staleP: boolean;
  /** A CPU takes it. */
  readonly isStarted: boolean;
  readonly isFrozen: boolean;
  readonly trustsAllOnes: boolean;
  readonly forgetsEntry: boolean;
}
const both = [false, true];
function* everyCase(): Generator<Case> {
  for (const pq of [0, 1, 2, 3] as Pq[])
    for (let set = 0; set < 64; set++) {
      const [savedP, staleP, isStarted, isFrozen, trustsAllOnes, forgetsEntry] =
        Array.from({ length: 6 }, (_, bit) => (set & (1 << bit)) !== 0);
      yield { pq, savedP, staleP, isStarted, isFrozen, trustsAllOnes, forgetsEntry } as Case;
    }
}

interface World {
  readonly host: HostInterrupts;
  readonly hardware: Hardware;
  readonly one: HostInterrupt;
}
function world(given: Partial<Case> = {}): World {
  const { pq = 0, savedP = false, staleP = false, isStarted = true, isFrozen = false } = given;
  const hardware = new Hardware(new SourceBank({ count: 1 }), new SourceBank({ count: 2 }));
  const host = new HostInterrupts(hardware, given.trustsAllOnes ?? false, given.forgetsEntry ?? false);
  hardware.onHostEvent = (_eas, source) => host.notify(source);
  const one = host.add(IRQ, SOURCE, isStarted ? CPU : undefined);
  host.add(46, PHB_FIRST, CPU);
  hardware.setPq(SOURCE, pq);
  Object.assign(one, { savedP, staleP });
  hardware.phbFrozen = isFrozen;
  return { host, hardware, one };
}
const notes = ({ hardware, one }: World): unknown =>
  ({ pq: hardware.pq(SOURCE), savedP: one.savedP, staleP: one.staleP, isForwarded: one.isForwarded });

describe("an interrupt of the host", () => {
  it("is delivered at its CPU with its number, or nowhere before the host has started it", () => {
    for (const isStarted of both)
      expect(world({ isStarted }).hardware.routeOf(SOURCE)).toEqual(isStarted
        ? { space: "host", target: CPU, priority: 5, data: IRQ }
        : { space: "host", target: 0, priority: 0xff, data: 0 });
    expect(world().one).toEqual({
      irq: IRQ, source: SOURCE, target: CPU, savedP: false, staleP: false, isForwarded: false,
      isOpalMsi: true, affinityError: 0, retargetError: 0,
    });
  });

  it("is queued and taken in order; an event of a source that the host does not know is nobody's", () => {
    const { host } = world();
    const taken: number[] = [];
    host.onTaken = ({ irq }) => taken.push(irq);
    expect([host.notify(PHB_FIRST), host.notify(SOURCE), host.notify(PHB_FIRST + 2)])
      .toEqual([true, true, false]);
    expect([host.take()?.irq, host.handling, host.queue]).toEqual([46, [46], [IRQ]]);
    expect([host.take()?.irq, host.take(), host.handling, taken])
      .toEqual([IRQ, undefined, [46, IRQ], [46, IRQ]]);
    host.endOfInterrupt(46);
    expect(host.handling).toEqual([IRQ]);
  });
});

describe("forwarding to a vCPU", () => {
  it("sets P, notes who owns what was sent, and latches a resend for an entry on its way", () => {
    for (const given of everyCase()) {
      const one = world(given);
      expect(one.host.forward(one.one)).toBe(0);
      const wasSent = given.isFrozen ? given.trustsAllOnes : given.pq >= 2;
      const savedP = given.staleP ? given.savedP : wasSent && !given.forgetsEntry;
      const staleP = given.staleP || !savedP;
      const pq = given.isFrozen ? given.pq : savedP && given.isStarted ? 3 : 2;
      expect(notes(one), JSON.stringify(given)).toEqual({ pq, savedP, staleP, isForwarded: true });
    }
  });

  it("changes nothing where the chip refuses it", () => {
    const one = world({ pq: 2 });
    one.one.affinityError = -38;
    expect(one.host.forward(one.one)).toBe(-38);
    expect(notes(one)).toEqual({ pq: 2, savedP: false, staleP: false, isForwarded: false });
  });
});

describe("taking back from a vCPU", () => {
  it("ends the source for the host if it has no entry; one without a CPU is off", () => {
    for (const given of everyCase()) {
      const one = world(given);
      one.one.isForwarded = true;
      one.hardware.setRoute(SOURCE, { space: "guest", target: 0, priority: 6, data: 1 });
      expect(one.host.takeBack(one.one)).toBe(0);
      const { pq, isStarted, isFrozen } = given;
      const takesP = !isStarted && !given.staleP && !isFrozen && pq >= 2;
      const ends = isStarted && !given.savedP;
      const after = isFrozen || (isStarted && !ends) ? pq : !isStarted ? 1 : pq % 2 === 1 ? 2 : 0;
      const staleP = isStarted && given.savedP && given.staleP;
      expect(notes(one), JSON.stringify(given))
        .toEqual({ pq: after, savedP: given.savedP || takesP, staleP, isForwarded: false });
      expect(one.hardware.routeOf(SOURCE).space).toBe(isStarted ? "host" : "guest");
      expect(one.host.queue).toEqual(ends && !isFrozen && pq % 2 === 1 ? [IRQ] : []);
    }
  });

  it("leaves all but the mark where firmware refuses the CPU", () => {
    const one = world({ pq: 3, staleP: true });
    Object.assign(one.one, { isForwarded: true, retargetError: -6 });
    one.hardware.setRoute(SOURCE, { space: "guest", target: 0, priority: 6, data: 1 });
    expect(one.host.takeBack(one.one)).toBe(-6);
    expect(notes(one)).toEqual({ pq: 3, savedP: false, staleP: true, isForwarded: false });
    expect(one.hardware.routeOf(SOURCE).space).toBe("guest");
  });
});

describe("the host's end of interrupt", () => {
  it("leaves a forwarded source alone, and otherwise sends what was latched once more", () => {
    for (const isForwarded of both)
      for (const given of everyCase()) {
        if (given.isFrozen) continue;
        const one = world(given);
        Object.assign(one.one, { isForwarded });
        one.host.notify(SOURCE);
        one.host.endOfInterrupt(IRQ);
        expect(notes(one)).toMatchObject({ pq: given.pq, savedP: given.savedP, staleP: given.staleP });
        one.host.take();
        one.host.endOfInterrupt(IRQ);
        const resends = !isForwarded && given.pq % 2 === 1;
        const pq = isForwarded ? given.pq : resends ? 2 : 0;
        expect(notes(one)).toEqual({ pq, savedP: false, staleP: isForwarded, isForwarded });
        expect(one.host.queue).toEqual(resends && given.isStarted ? [IRQ] : []);
        expect(one.host.handling).toEqual([]);
      }
  });
});
