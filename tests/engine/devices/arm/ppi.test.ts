/** Isolation and register laws of the redistributor; its whole life is walked by `ppiWalk.ts`. */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import {
  SPURIOUS, acknowledge, cpuInterfaceAtReset, endInterrupt, runningPriority, signalled, withPriorityMask,
  type PpiContext,
} from "../../../../src/engine/devices/arm/cpuInterface.ts";
import {
  PPIS, bitOfIntid, deactivated, pendingOf, ppisAtReset, priorityOf, taken, untakenOf, withLine,
  type PpiState,
} from "../../../../src/engine/devices/arm/ppi.ts";
import { gicr, readPpis, writePpis } from "../../../../src/engine/devices/arm/ppiRegisters.ts";

const INTIDS = Array.from({ length: 16 }, (_, n) => 16 + n);
const masks = ["group", "enabled", "latched", "active", "edge", "line"] as const;

function randomPpis(prng: Prng): PpiState {
  const bits = (): number => (prng.u32() & PPIS) >>> 0;
  return {
    group: bits(), enabled: bits(), latched: bits(), active: bits(), edge: bits(), line: bits(),
    priority: INTIDS.map(() => prng.u32() & 0xf8),
  };
}

/** What of two states differs at other interrupts than `intid`. */
const elsewhere = (before: PpiState, after: PpiState, intid: number): unknown[] => [
  ...masks.filter((mask) => ((before[mask] ^ after[mask]) & ~bitOfIntid(intid)) !== 0),
  ...INTIDS.filter((other) => other !== intid && priorityOf(before, other) !== priorityOf(after, other)),
];

describe("a PPI", () => {
  it("is left alone by whatever happens to another one", () => {
    const prng = new Prng(27);
    const registers = Object.values(gicr).filter((offset) => offset < 0x400 && offset !== gicr.IGROUPR0);
    for (let round = 0; round < 200; round++) {
      const before = randomPpis(prng);
      for (const intid of INTIDS) {
        const changes = [
          withLine(before, intid, true), withLine(before, intid, false), taken(before, intid),
          deactivated(before, intid),
          ...registers.map((offset) => writePpis(before, offset, bitOfIntid(intid))),
        ];
        for (const after of changes) expect(elsewhere(before, after, intid)).toEqual([]);
      }
    }
  });

  it("is kept where it is edge-triggered and its line rises, and follows its line where it is not", () => {
    for (const intid of INTIDS)
      for (let set = 0; set < 32; set++) {
        const [edge, line, latched, active, isHigh] = [1, 2, 4, 8, 16].map((bit) => (set & bit) !== 0);
        const bit = bitOfIntid(intid);
        const state = {
          ...ppisAtReset, edge: edge ? bit : 0, line: line ? bit : 0, latched: latched ? bit : 0,
          active: active ? bit : 0,
        };
        const after = withLine(state, intid, isHigh!);
        const isKept = latched || (edge && isHigh && !line);
        const isPending = isKept || (isHigh && !edge);
        const isUntaken = isKept || (isHigh && !edge && !active);
        expect([after.line, after.latched, pendingOf(after), untakenOf(after)])
          .toEqual([isHigh, isKept, isPending, isUntaken].map((is) => (is ? bit : 0)));
        expect(taken(after, intid)).toEqual({ ...after, latched: 0, active: bit });
        expect(deactivated(after, intid)).toEqual({ ...after, active: 0 });
      }
  });

  it("has its priority in one byte, of which five bits are there", () => {
    for (const intid of INTIDS) {
      const offset = gicr.IPRIORITYR4 + (intid & 12);
      const word = (0xff << (8 * (intid & 3))) >>> 0;
      const state = writePpis(ppisAtReset, offset, word);
      expect(INTIDS.map((other) => priorityOf(state, other)))
        .toEqual(INTIDS.map((other) => (other === intid ? 0xf8 : 0)));
      expect(readPpis(state, offset)).toBe((0xf8 << (8 * (intid & 3))) >>> 0);
    }
  });

  it("has its trigger in the left one of two bits of ICFGR1", () => {
    for (const intid of INTIDS) {
      const word = (2 << (2 * (intid - 16))) >>> 0;
      const state = writePpis(ppisAtReset, gicr.ICFGR1, (word | (word >>> 1)) >>> 0);
      expect(state.edge).toBe(bitOfIntid(intid));
      expect(readPpis(state, gicr.ICFGR1)).toBe(word);
    }
  });
});

describe("the registers", () => {
  it("of SGIs, and offsets that are not there, read as zero and ignore writes", () => {
    const prng = new Prng(3);
    const known = new Set<number>([...Object.values(gicr), 0x414, 0x418, 0x41c]);
    for (let offset = 0; offset < 0x1_0000; offset += 4) {
      const state = randomPpis(prng);
      if (!known.has(offset)) {
        expect(readPpis(state, offset), offset.toString(16)).toBe(0);
        expect(writePpis(state, offset, 0xffffffff)).toBe(state);
      } else if (offset < 0x400) expect(readPpis(writePpis(state, offset, 0xffff), offset) & 0xffff).toBe(0);
    }
  });

  it("set and clear in pairs, and read alike", () => {
    const prng = new Prng(4);
    const pairs = [
      [gicr.ISENABLER0, gicr.ICENABLER0], [gicr.ISPENDR0, gicr.ICPENDR0], [gicr.ISACTIVER0, gicr.ICACTIVER0],
    ] as const;
    for (let round = 0; round < 500; round++) {
      const state = { ...randomPpis(prng), line: 0 };
      const value = prng.u32();
      for (const [set, clear] of pairs) {
        const was = readPpis(state, set);
        expect(readPpis(state, clear)).toBe(was);
        expect(readPpis(writePpis(state, set, value), set)).toBe((was | (value & PPIS)) >>> 0);
        expect(readPpis(writePpis(state, clear, value), set)).toBe((was & ~value) >>> 0);
      }
    }
  });

  it("cannot clear a level-sensitive interrupt whose line is high", () => {
    const state = writePpis(withLine(ppisAtReset, 27, true), gicr.ICPENDR0, 0xffffffff);
    expect(pendingOf(state)).toBe(bitOfIntid(27));
  });
});

describe("acknowledging", () => {
  const open = { ...withPriorityMask(cpuInterfaceAtReset, 0xff), group0: true, group1: true };
  const ready = (prng: Prng): PpiContext => ({ ppis: { ...randomPpis(prng), active: 0 }, cpu: open });

  it("takes the most urgent, of two with one priority the lower number, of the group that asks", () => {
    const prng = new Prng(9);
    for (let round = 0; round < 2000; round++) {
      const context = ready(prng);
      const { ppis } = context;
      const waiting = INTIDS.filter((intid) => pendingOf(ppis) & ppis.enabled & bitOfIntid(intid));
      const order = waiting.toSorted((a, b) => priorityOf(ppis, a) - priorityOf(ppis, b) || a - b);
      const first = order.find((intid) => priorityOf(ppis, intid) < 0xf8);
      const group = first !== undefined && ppis.group & bitOfIntid(first) ? 1 : 0;
      expect(signalled(context)?.intid).toBe(first);
      expect(acknowledge(context, group).intid).toBe(first ?? SPURIOUS);
      const other = acknowledge(context, group === 1 ? 0 : 1);
      expect([other.intid, other.ppis, other.cpu]).toEqual([SPURIOUS, ppis, context.cpu]);
    }
  });

  it("nests by priority, and ends in the opposite order with everything as before", () => {
    const prng = new Prng(10);
    let nested = 0;
    for (let round = 0; round < 1000; round++) {
      let context: PpiContext = { ...ready(prng), ppis: { ...ppisAtReset, enabled: PPIS } };
      const stack: (readonly [number, number])[] = [];
      for (let step = 0; step < 20; step++) {
        const raised = { ...context.ppis, latched: bitOfIntid(prng.pick(INTIDS)) };
        const priority = raised.priority.map((old) => (prng.below(8) ? old : prng.u32() & 0xf8));
        context = { ...context, ppis: { ...raised, priority: stack.length ? raised.priority : priority } };
        const before = runningPriority(context.cpu);
        const { intid, ...next } = acknowledge(context, 1);
        if (intid === SPURIOUS) continue;
        expect(runningPriority(next.cpu)).toBeLessThan(before);
        stack.push([intid, before]);
        nested = Math.max(nested, stack.length);
        context = next;
      }
      for (const [intid, before] of stack.toReversed()) {
        context = endInterrupt(context, 1, intid);
        expect(runningPriority(context.cpu)).toBe(before);
      }
      expect([context.ppis.active, context.cpu]).toEqual([0, open]);
    }
    expect(nested).toBeGreaterThan(2);
  });

  it("ignores the end of nothing and of numbers that are no PPI", () => {
    const held = acknowledge(
      { ppis: { ...ppisAtReset, enabled: PPIS, latched: bitOfIntid(20) }, cpu: open }, 1);
    for (const intid of [0, 15, 32, 52, 1020, SPURIOUS, 0xffffff])
      expect(endInterrupt(held, 1, intid)).toBe(held);
    expect(endInterrupt(held, 0, 20)).toBe(held);
  });
});
