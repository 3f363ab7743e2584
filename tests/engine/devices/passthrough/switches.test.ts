import { describe, expect, it } from "vitest";
import type { PassthroughDefect } from "../../../../src/engine/devices/passthrough/defects.ts";
import { PHB_FIRST } from "../../../../src/engine/devices/passthrough/hardware.ts";
import {
  clrPassthru, setPassthru, type Begun,
} from "../../../../src/engine/devices/passthrough/irqBypass.ts";
import { advance, finish, nextStepOf } from "../../../../src/engine/devices/passthrough/operation.ts";
import { Passthrough, type InterruptMode } from "../../../../src/engine/devices/passthrough/passthrough.ts";
import { createSource } from "../../../../src/engine/devices/passthrough/sourceCalls.ts";
import { savePassthrough } from "../../../../src/engine/devices/passthrough/state.ts";
import type { SwitchOperation } from "../../../../src/engine/devices/passthrough/switchOperation.ts";
import type { Pq } from "../../../../src/engine/devices/xive/esb.ts";

const LISN = 3;
const IPI = 0;
const PHB = PHB_FIRST + 1;
const EISN = 0x77;
const MASKED = 0xff;
const states: readonly Pq[] = [0, 1, 2, 3];
const both = [false, true];

interface Before {
  readonly mode: InterruptMode;
  /** PQ of the source that the guest has now. */
  readonly pq: Pq;
  /** PQ of the PHB source. */
  readonly phb: Pq;
  /** XICS: the guest has a priority open. */
  readonly isOpen: boolean;
  /** What an earlier masking remembered. */
  readonly oldP: boolean;
  readonly oldQ: boolean;
  /** A CPU of the host takes the interrupt. */
  readonly isStarted: boolean;
}
function* everyCase(): Generator<Before> {
  for (const mode of ["native", "xics"] as const)
    for (const pq of states)
      for (const phb of states)
        for (let set = 0; set < 16; set++) {
          const [isOpen, oldP, oldQ, isStarted] = [1, 2, 4, 8].map((bit) => (set & bit) !== 0);
          // KVM alone masks a native source's memory; a source of a XICS guest is never off.
          const isPossible = mode === "native" ? !isOpen && !oldP && !oldQ
            : pq !== 1 && (isOpen || pq >= 2);
          if (isPossible) yield { mode, pq, phb, isOpen, oldP, oldQ, isStarted } as Before;
        }
}

function world({ mode, isOpen, oldP, oldQ, isStarted }: Before, defect?: PassthroughDefect): Passthrough {
  const defects = new Set(defect ? [defect] : []);
  const p = new Passthrough({ mode, ipis: 2, phbSources: 2, defects });
  p.mapSources(8);
  createSource(p, LISN);
  p.host.add(45, PHB, isStarted ? 3 : undefined);
  Object.assign(p.source(LISN)!, {
    actServer: 1, actPriority: 5, eisn: EISN, guestPriority: isOpen ? 5 : MASKED, oldP, oldQ,
  });
  return p;
}
const begin = (begun: Begun): SwitchOperation => {
  if ("result" in begun) throw new Error(`refused with ${begun.result}`);
  return begun.operation;
};
const entries = (p: Passthrough): number => p.queues.entries.length;
/** What the guest's queue holds for the source. */
const dataIn = (mode: InterruptMode): number => (mode === "native" ? EISN : LISN);
const guestEas = (mode: InterruptMode): object =>
  ({ space: "guest", target: 1, priority: 5, data: dataIn(mode) });

describe("set_mapped", () => {
  it("gives the PHB source the guest's state, whatever that was: off, owed, latched or open", () => {
    for (const before of everyCase()) {
      const { mode, pq, phb, isOpen, isStarted } = before;
      const p = world(before);
      p.hardware.setPq(IPI, pq);
      p.hardware.setPq(PHB, phb);
      const operation = begin(setPassthru(p, LISN, 45));
      expect(finish(p, operation)).toBe(true);
      const isNative = mode === "native";
      const isMasked = isNative ? pq === 1 : !isOpen;
      const oldP = isNative || !isOpen ? before.oldP : pq >= 2;
      const isOwed = isNative ? pq >= 2 : oldP;
      const isLatched = pq === 3;
      const hostHas = phb >= 2;
      // Of the host's last event and of the guest's latched one a single one is to come.
      const waits = isLatched || (hostHas && isStarted);
      const opens = !isMasked && !isOwed;
      const wanted = isNative && isMasked ? 1 : opens ? (waits ? 2 : 0) : waits ? 3 : 2;
      const at = JSON.stringify(before);
      expect([p.hardware.pq(IPI), p.hardware.pq(PHB)], at).toEqual([1, wanted]);
      expect(entries(p), at).toBe(opens && waits ? 1 : 0);
      expect(p.host.get(45)).toMatchObject({ isForwarded: true, savedP: hostHas, staleP: !hostHas });
      expect(p.hardware.routeOf(PHB)).toEqual(guestEas(mode));
      expect(p.source(LISN), at).toMatchObject({
        pt: PHB, guestPriority: isOpen ? 5 : MASKED, oldP: isOpen ? false : before.oldP,
        oldQ: isOpen ? false : before.oldQ,
      });
      expect([p.sources.isLocked(LISN), p.operations.length, operation.result]).toEqual([false, 0, 0]);
    }
  });

  it("changes nothing but its own mark where the host's chip refuses, or the number has no source", () => {
    for (const before of everyCase()) {
      const p = world(before);
      p.hardware.setPq(IPI, before.pq);
      p.host.get(45)!.affinityError = -38;
      const saved = savePassthrough(p);
      for (const [lisn, result] of [[LISN, -38], [9, -22]] as const) {
        const operation = begin(setPassthru(p, lisn, 45));
        expect([finish(p, operation), operation.result, operation.returns]).toEqual([true, result, result]);
        expect({ ...savePassthrough(p), table: null }).toEqual(saved);
        expect(p.table!.get(lisn)).toBe(0);
      }
    }
  });
});

/** A source that is mapped, with the guest at `pq` in its PHB source. */
function mapped(before: Before, savedP: boolean, defect?: PassthroughDefect): Passthrough {
  const p = world(before, defect);
  const { oldP, oldQ } = before;
  finish(p, begin(setPassthru(p, LISN, 45)));
  p.queues.entries = [];
  p.hardware.setPq(PHB, before.pq);
  Object.assign(p.host.get(45)!, { savedP, staleP: false });
  Object.assign(p.source(LISN)!, { oldP, oldQ });
  return p;
}

describe("clr_mapped", () => {
  it("gives the IPI the guest's state and the host its source, with what was latched there", () => {
    for (const before of everyCase())
      for (const savedP of both) {
        if (before.phb !== 0) continue;
        const { mode, pq, isOpen, isStarted } = before;
        const p = mapped(before, savedP);
        const operation = begin(clrPassthru(p, LISN, 45));
        expect(finish(p, operation)).toBe(true);
        const isNative = mode === "native";
        const oldP = isNative || !isOpen ? before.oldP : pq >= 2;
        const given = isNative ? (pq === 3 ? 3 : 2) : oldP ? 3 : isOpen ? 2 : pq;
        const phb = !isStarted ? 1 : savedP ? given : given === 3 ? 2 : 0;
        const ipi = isNative ? (pq === 1 ? 1 : pq >= 2 ? 2 : 0) : !isOpen || oldP ? 2 : 0;
        const at = JSON.stringify({ ...before, savedP });
        expect([p.hardware.pq(PHB), p.hardware.pq(IPI)], at).toEqual([phb, ipi]);
        expect(p.host.queue, at).toEqual(isStarted && !savedP && given === 3 ? [45] : []);
        expect(p.host.get(45))
          .toMatchObject({ isForwarded: false, savedP: savedP || !isStarted, staleP: false });
        expect(p.hardware.routeOf(IPI)).toEqual(guestEas(mode));
        expect(p.source(LISN), at).toMatchObject({ pt: -1, guestPriority: isOpen ? 5 : MASKED, oldP });
        expect([p.sources.isLocked(LISN), p.table!.get(LISN), entries(p)]).toEqual([false, 0, 0]);
      }
  });

  it("that fails at the host leaves the guest with its source as it was, unlocked", () => {
    for (const before of everyCase()) {
      if (!before.isStarted || before.phb !== 0) continue;
      const { mode, pq, isOpen, oldP, oldQ } = before;
      const p = mapped(before, true);
      p.host.get(45)!.retargetError = -6;
      const operation = begin(clrPassthru(p, LISN, 45));
      expect([finish(p, operation), operation.returns]).toEqual([true, -6]);
      const isClosed = mode === "xics" && !isOpen;
      // Of an entry that is owed the host was to hear; one event more is what that leaves.
      const kept = mode === "native" ? pq : isClosed ? (oldP ? 3 : pq) : pq === 0 ? 0 : 3;
      expect(p.hardware.pq(PHB), JSON.stringify(before)).toBe(kept);
      expect(p.source(LISN)).toMatchObject({
        pt: PHB, guestPriority: isOpen ? 5 : MASKED, oldP: isOpen ? pq >= 2 : oldP,
        oldQ: isOpen ? pq === 3 : oldQ,
      });
      expect([p.host.get(45)!.isForwarded, p.sources.isLocked(LISN)]).toEqual([true, false]);
    }
  });

  it("refuses a number without a source", () => {
    const p =
      world({ mode: "native", pq: 0, phb: 0, isOpen: false, oldP: false, oldQ: false, isStarted: true });
    p.table = new Map([[9, 45]]);
    const operation = begin(clrPassthru(p, 9, 45));
    expect([finish(p, operation), operation.returns, p.sources.locked.size]).toEqual([true, -22, 0]);
  });

  it("ends the kernel where it resends for a source that is not mapped, and stays locked", () => {
    const before: Before =
      { mode: "xics", pq: 2, phb: 0, isOpen: true, oldP: false, oldQ: false, isStarted: true };
    const p = world(before);
    p.hardware.setPq(IPI, 2);
    p.table = new Map([[LISN, 0]]);
    const operation = begin(clrPassthru(p, LISN, 45));
    expect([finish(p, operation), operation.fatal]).toEqual([true, "null dereference"]);
    expect([p.sources.isLocked(LISN), p.host.get(45)!.isForwarded]).toEqual([true, false]);
  });
});

describe("a switch under way", () => {
  const native: Before =
    { mode: "native", pq: 0, phb: 0, isOpen: false, oldP: false, oldQ: false, isStarted: true };
  const stepsOf = (p: Passthrough, operation: SwitchOperation): string[] => {
    const names: string[] = [];
    do names.push(nextStepOf(p, operation)); while (advance(p, operation) === "next");
    return names;
  };

  it("takes its steps in the order that keeps every event; defects change it", () => {
    const set = ["find source", "forward host interrupt", "lock and mask"];
    const setEnd = ["route PHB source", "resume", "unlock"];
    const clr = ["find source", "lock and mask"];
    const host = ["take over from guest", "resend to host", "take host interrupt back"];
    const guest = ["route IPI", "resume"];
    const orders: readonly (readonly [PassthroughDefect | undefined, string[], string[]])[] = [
      [undefined, ["zap pages", "select PHB source", "IPI off"], ["zap pages", ...host, ...guest,
        "select IPI"]],
      ["passthrough.set.hardOffBeforeZap", ["select PHB source", "IPI off", "zap pages"],
        ["zap pages", ...host, ...guest, "select IPI"]],
      ["passthrough.set.hardOffBeforeSelection", ["zap pages", "IPI off", "select PHB source"],
        ["zap pages", ...host, ...guest, "select IPI"]],
      ["passthrough.clr.zapLate", ["zap pages", "select PHB source", "IPI off"],
        [...host, "zap pages", ...guest, "select IPI"]],
      ["passthrough.clr.selectBeforeResume", ["zap pages", "select PHB source", "IPI off"],
        ["zap pages", ...host, "select IPI", ...guest]],
    ];
    for (const [defect, setMiddle, clrMiddle] of orders) {
      const p = world(native, defect);
      expect(stepsOf(p, begin(setPassthru(p, LISN, 45)))).toEqual([...set, ...setMiddle, ...setEnd]);
      expect(stepsOf(p, begin(clrPassthru(p, LISN, 45)))).toEqual([...clr, ...clrMiddle, "unlock"]);
    }
  });

  it("waits for the lock, and for an EOI that is under way; waiting changes nothing", () => {
    for (const holds of [(p: Passthrough): void => p.sources.lock(LISN),
      (p: Passthrough): void => { p.source(LISN)!.inEoi = true; }]) {
      const p = world(native);
      holds(p);
      const operation = begin(setPassthru(p, LISN, 45));
      expect(finish(p, operation)).toBe(false);
      expect([nextStepOf(p, operation), p.operations.length]).toEqual(["lock and mask", 1]);
      const saved = savePassthrough(p);
      expect([advance(p, operation), savePassthrough(p)]).toEqual(["blocked", saved]);
      p.sources.unlock(LISN);
      p.source(LISN)!.inEoi = false;
      expect(finish(p, operation)).toBe(true);
      expect(() => advance(p, operation)).toThrow();
    }
  });
});
