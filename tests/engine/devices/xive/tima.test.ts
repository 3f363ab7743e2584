import { describe, expect, it } from "vitest";
import type { XiveStep } from "../../../../src/engine/devices/xive/observer.ts";
import {
  RING_OS, RING_PHYS, ThreadContext, type Ring,
} from "../../../../src/engine/devices/xive/threadContext.ts";
import { TIMA_SIZE, allOnes, timaLoad, timaStore } from "../../../../src/engine/devices/xive/tima.ts";

/** Who may do what by raw accesses, page by page from HW to USER: 1 writes, 2 reads; rings USER to PHYS. */
const masks = [
  ["3000000033330000", "3333330233330000", "0033000033330000", "3333030230033330"],
  ["3000000033330000", "3333330233330000", "0033000003330000", "3333030230030000"],
  ["3000000033330000", "2322220200000000", "0000000000000000", "0000000000000000"],
  ["3000000000000000", "0000000000000000", "0000000000000000", "0000000000000000"],
].map((rings) => rings.join(""));
/** The special operations: bits 11:0 of the offset, sizes, and the least privileged page that has them. */
const specialLoads = [
  [0x038, [1], 1], [0x810, [2], 2], [0x818, [4, 8], 1], [0x828, [4, 8], 1], [0x830, [2], 1],
] as const;
const specialStores = [
  [0x011, [1], 2], [0x018, [4], 1], [0x031, [1], 1], [0x038, [1], 1], [0x812, [1], 2],
] as const;
type Special = typeof specialLoads | typeof specialStores;
const isSpecial = (table: Special, page: number, offset: number, size: number): boolean =>
  table.some(([at, sizes, last]) =>
    at === offset % 0x1000 && page <= last && (sizes as readonly number[]).includes(size));

/** Two ring files, and around each border where the decoding changes; in between it repeats every 0x40. */
const offsets = [0, 0x40, 0x7c0, 0x800, 0xbc0, 0xc00, 0xfc0].flatMap((first) =>
  Array.from({ length: 0x40 }, (_, i) => first + i));

const noBacklog = { takeBacklog: () => 0 };
const value64 = 0x8182838485868788n;

/** A context whose register n holds n + 1, without a line up. */
function marked(): ThreadContext {
  const context = new ThreadContext(3);
  context.registers.forEach((_, i) => { context.registers[i] = i + 1; });
  return context;
}
const differ = (context: ThreadContext, wanted: Uint8Array): boolean =>
  context.registers.some((byte, i) => byte !== wanted[i]);

describe("an access to the TIMA", () => {
  it("reads what its page may read and the rest as 0, on every page", () => {
    for (let page = 0; page < 4; page++)
      for (const offset of offsets)
        for (const size of [1, 2, 4, 8]) {
          if (isSpecial(specialLoads, page, offset, size)) continue;
          const start = offset % 0x40;
          const mask = masks[page]!.slice(start, start + size);
          const isRaw = size >= 4 && offset % size === 0 && start >= 0x10 && offset < 0x800;
          const reads = isRaw && /[23]/.test(mask);
          const wanted = [...mask].map((digit, i) => (Number(digit) & 2 ? start + i + 1 : 0));
          const number = wanted.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
          const at = `page ${page} offset ${offset} size ${size}`;
          const found = timaLoad(marked(), page * 0x10000 + offset, size);
          if (found !== (reads ? number : undefined)) expect(found, at).toBe(reads ? number : undefined);
        }
  });

  it("writes what its page may write and nothing else, on every page", () => {
    for (let page = 0; page < 4; page++)
      for (const offset of offsets)
        for (const size of [1, 2, 4, 8]) {
          if (isSpecial(specialStores, page, offset, size)) continue;
          const start = offset % 0x40;
          const mask = masks[page]!.slice(start, start + size);
          const isRaw = size >= 4 && offset % size === 0 && start >= 0x10 && offset < 0x800;
          const writes = isRaw && /[13]/.test(mask);
          const context = marked();
          const wanted = context.registers.slice();
          if (writes) [...mask].forEach((digit, i) => {
            const byte = Number((value64 >> BigInt(8 * (size - 1 - i))) & 0xffn);
            if (Number(digit) & 1) wanted[start + i] = byte;
          });
          const value = BigInt.asUintN(8 * size, value64);
          const stored = timaStore(context, noBacklog, page * 0x10000 + offset, size, value);
          const at = `page ${page} offset ${offset} size ${size}`;
          if (stored !== writes || differ(context, wanted)) expect([stored, context.registers], at)
            .toEqual([writes, wanted]);
        }
  });

  it("fails beyond the area, unaligned, of an odd size, or where only a more privileged page may", () => {
    const refused: (readonly [number, number])[] = [
      [-8, 8], [TIMA_SIZE, 8], [0x20014, 8], [0x20011, 2], [0x20010, 3], [0x20010, 16], [0x20010, 0],
    ];
    for (const [at, , last] of [...specialLoads, ...specialStores])
      for (const size of [1, 2, 4, 8])
        for (let page = last + 1; page < 4 && at >= 0x800; page++) refused.push([page * 0x10000 + at, size]);
    for (const [offset, size] of refused) {
      const context = marked();
      expect(timaLoad(context, offset, size), `load ${offset} ${size}`).toBeUndefined();
      expect(timaStore(context, noBacklog, offset, size, value64)).toBe(false);
      expect(context.registers).toEqual(marked().registers);
    }
    expect([1, 2, 4, 8].map(allOnes)).toEqual([0xffn, 0xffffn, 0xffff_ffffn, 0xffff_ffff_ffff_ffffn]);
  });

  it("tells of a raw write that reaches IPB, with its ring, and of no other", () => {
    const told: [number, number][] = [];
    for (let offset = 0x10; offset < 0x40; offset += 4) {
      const context = marked();
      context.onStep = ({ step, bit, value, target }) => {
        expect([step, bit, target]).toEqual(["set", "IPB", 3]);
        told.push([offset, value]);
      };
      timaStore(context, noBacklog, offset, 4, 0n);
    }
    expect(told).toEqual([[0x10, 0x10], [0x20, 0x20], [0x30, 0x30]]);
    const context = marked();
    context.onStep = () => expect.fail("the OS page has no IPB");
    timaStore(context, noBacklog, 0x20010, 4, 0n);
  });
});

describe("the special operations", () => {
  const word2At = (context: ThreadContext, ring: Ring): number => context.word2(ring);

  it("keep VT as it was stored", () => {
    const context = marked();
    expect(timaStore(context, noBacklog, 0x10038, 1, 0xa5n)).toBe(true);
    expect(timaLoad(context, 0x10038, 1)).toBe(0xa5n);
  });

  it.each([4, 8])("pull the OS context: word 2 as it was, valid bit off, line down (%s bytes)", (size) => {
    const context = marked();
    context.setWord2(RING_OS, 0x80000405);
    const before = context.registers.slice(RING_OS, RING_OS + 8);
    const lines: unknown[] = [];
    context.setLine(RING_OS, true);
    context.onLine = (line, isUp) => lines.push([line, isUp]);
    expect(timaLoad(context, 0x10818, size)).toBe(0x80000405n);
    expect([word2At(context, RING_OS), lines]).toEqual([0x405, [["os", false]]]);
    expect(timaLoad(context, 0x10818, size)).toBe(0x405n);
    expect(lines.length).toBe(1);
    expect(context.registers.slice(RING_OS, RING_OS + 8)).toEqual(before);
  });

  it("pull the pool's context: word 2 as it is afterwards, the line as it was", () => {
    const context = marked();
    context.setWord2(0x20, 0x80000406);
    context.setLine(RING_PHYS, true);
    expect(timaLoad(context, 0x10828, 4)).toBe(0x406n);
    expect([word2At(context, 0x20), context.hvLine]).toEqual([0x406, true]);
  });

  it("push a context: its backlog becomes pending if the word is valid, and only then is taken", () => {
    for (const isValid of [true, false])
      for (const bits of [0, 0x02, 0x81]) {
        const context = new ThreadContext(1);
        context.registers[RING_OS + 1] = 0xff;
        const taken: number[] = [];
        const steps: string[] = [];
        context.onStep = ({ step, value }) => steps.push(`${step} ${value}`);
        const backlog = { takeBacklog: (nvt: number) => { taken.push(nvt); return bits; } };
        const word = isValid ? 0xff000405n : 0x7f000405n;
        timaStore(context, backlog, 0x10018, 4, word);
        expect(word2At(context, RING_OS)).toBe(Number(word));
        expect(taken).toEqual(isValid ? [0x405] : []);
        const isPending = isValid && bits !== 0;
        expect(context.registers[RING_OS + 2]).toBe(isPending ? bits : 0);
        expect(context.osLine).toBe(isPending);
        expect(steps).toEqual(isPending ? ["dispatched 1029", "presented 16"] : []);
      }
  });
});

/** Every priority alone, none, two and all. */
const ipbs = [0, 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x42, 0xff];
/** Priorities in an IPB from the most favoured: 0x80 is 0. */
const best = (ipb: number): number => [0, 1, 2, 3, 4, 5, 6, 7].find((p) => ipb & (128 >> p)) ?? 0xff;

describe("a ring", () => {
  const rings = [[RING_OS, 0x80, "os"], [RING_PHYS, 0xc0, "hv"]] as const;
  const start = (
    ring: Ring, ipb: number, cppr: number, nsr: number,
  ): { context: ThreadContext; steps: XiveStep[] } => {
    const context = new ThreadContext(5);
    context.registers.fill(0);
    context.registers.set([nsr, cppr, ipb, 0, 0, 0, 0, best(ipb)], ring);
    const steps: XiveStep[] = [];
    context.onStep = (step) => steps.push(step);
    return { context, steps };
  };
  const state = (context: ThreadContext, ring: Ring): number[] =>
    [0, 1, 2, 7].map((register) => context.get(ring, register));
  const pprs = [0, 1, 2, 3, 4, 5, 6, 7, 0xff];

  it("interrupts while its most favoured pending priority is below CPPR, and never takes that back", () => {
    for (const [ring, , line] of rings)
      for (const ipb of ipbs)
        for (const cppr of pprs)
          for (const nsr of [0, 0x80])
            for (const value of [0, 1, 6, 7, 8, 0xff]) {
              const { context, steps } = start(ring, ipb, cppr, nsr);
              context.setCppr(ring, value);
              const now = value > 7 ? 0xff : value;
              const interrupts = best(ipb) < now;
              const wanted = [interrupts ? nsr | 0x80 : nsr, now, ipb, best(ipb)];
              const isUp = line === "os" ? context.osLine : context.hvLine;
              const told = interrupts && nsr === 0
                ? [{ step: "presented", bit: "CPPR", target: 5, priority: best(ipb), value: ring }] : [];
              const isRight = String(state(context, ring)) === String(wanted) && isUp === interrupts
                && steps.length === told.length;
              if (!isRight || told.length > 0 && steps[0]!.priority !== best(ipb))
                expect([state(context, ring), isUp, steps]).toMatchObject([wanted, interrupts, told]);
              expect(line === "os" ? context.hvLine : context.osLine).toBe(false);
            }
  });

  it("acknowledges what is pending: line down, its priority the new CPPR, old NSR in the answer", () => {
    for (const [ring, waiting, line] of rings)
      for (const ipb of ipbs.slice(1))
        for (const nsr of [0, 0x20, 0x80, 0xc0, 0x40, 0xa0]) {
          const { context, steps } = start(ring, ipb, 7, nsr);
          context.setLine(ring, true);
          const takes = (nsr & waiting) !== 0;
          const left = takes ? ipb & ~(128 >> best(ipb)) : ipb;
          const cppr = takes ? best(ipb) : 7;
          expect(context.acknowledge(ring)).toBe(nsr * 256 + cppr);
          expect(state(context, ring)).toEqual([takes ? nsr & ~waiting : nsr, cppr, left, best(left)]);
          expect(line === "os" ? context.osLine : context.hvLine).toBe(false);
          const accepted = { step: "accepted", bit: "NSR", target: 5, priority: best(ipb), value: ring };
          expect(steps).toMatchObject(takes ? [accepted] : []);
          expect(steps.length).toBe(takes ? 1 : 0);
        }
  });

  it("of the OS takes a priority that software makes pending, and none above 7", () => {
    for (const ipb of ipbs)
      for (let priority = 0; priority < 10; priority++) {
        const { context, steps } = start(RING_OS, ipb, 0, 0);
        context.setPending(priority);
        const bit = priority > 7 ? 0 : 128 >> priority;
        expect(state(context, RING_OS)).toEqual([0, 0, ipb | bit, best(ipb | bit)]);
        const fate = ipb & bit ? "coalesced" : "pending";
        const told = bit === 0 ? [] : [
          { step: "raised", bit: "IPB", target: -1 },
          { step: fate, bit: "IPB", target: 5, priority, value: RING_OS },
        ];
        expect(steps).toMatchObject(told);
        expect(steps.length).toBe(told.length);
      }
  });

  it("is silent after a reset, which masks everything and says so", () => {
    const { context, steps } = start(RING_OS, 0xff, 0xff, 0x80);
    context.registers.fill(0x55);
    context.setLine(RING_OS, true);
    context.setLine(RING_PHYS, true);
    const lines: unknown[] = [];
    context.onLine = (line, isUp) => lines.push([line, isUp]);
    context.reset();
    const wanted = new Uint8Array(64);
    wanted.set([0, 0, 0, 0xff, 0xff, 0, 0xff, 0xff], RING_OS);
    wanted[RING_PHYS + 7] = 0xff;
    expect(context.registers).toEqual(wanted);
    expect(lines).toEqual([["os", false], ["hv", false]]);
    expect(steps).toMatchObject([{ step: "cleared", bit: "reset", target: 5 }]);
    context.reset();
    expect(lines.length).toBe(2);
  });
});
