import { describe, expect, it } from "vitest";
import { PHB_FIRST } from "../../../../src/engine/devices/passthrough/hardware.ts";
import {
  addIrqfd, addProducer, clrPassthru, deleteProducer, runHostHandler, setPassthru, settleSwitch, type Begun,
} from "../../../../src/engine/devices/passthrough/irqBypass.ts";
import { finish } from "../../../../src/engine/devices/passthrough/operation.ts";
import type { Passthrough } from "../../../../src/engine/devices/passthrough/passthrough.ts";
import type { PassthroughDefect } from "../../../../src/engine/devices/passthrough/defects.ts";
import { switchOperation } from "../../../../src/engine/devices/passthrough/switchOperation.ts";
import { savePassthrough } from "../../../../src/engine/devices/passthrough/state.ts";
import { newPassthrough } from "../../../../src/engine/figures/passthroughOperations.ts";

const both = [false, true];
const BEGINS = "begins";
const passthrough = (defect?: PassthroughDefect): Passthrough =>
  newPassthrough({ mode: "native", defects: new Set(defect ? [defect] : []) });
const answerOf = (begun: Begun): number | string => ("result" in begun ? begun.result : BEGINS);
/** Carries out what a call has begun; what the call returned in the end. */
const done = (p: Passthrough, begun: Begun): number => {
  if ("result" in begun) return begun.result;
  expect(finish(p, begun.operation)).toBe(true);
  return begun.operation.returns;
};

describe("asking for the direct path", () => {
  it("is refused in the order: switched off, descriptor, memory, chip, taken, full", () => {
    for (const isOff of both)
      for (const hasDescriptor of both)
        for (const isShort of both)
          for (const hasTable of both)
            for (const isOpal of both)
              for (const [entry, defect] of [["mapped"], ["mapped", "passthrough.table.allowRemap"], ["free"],
                ["none"]] as const)
                for (const isFull of both) {
                  const p = passthrough(defect);
                  Object.assign(p, { isBypassDisabled: isOff, isOutOfMemory: isShort });
                  p.host.get(45)!.isOpalMsi = isOpal;
                  if (hasTable) {
                    p.table = new Map();
                    for (let lisn = 1; lisn <= (isFull ? 1024 : 1023); lisn++) p.table.set(lisn, 0);
                    if (entry !== "none") p.table.set(0, entry === "mapped" ? 46 : 0);
                  }
                  const isTaken = hasTable && entry === "mapped" && !defect;
                  const isLast = hasTable && isFull && entry === "none";
                  const reasons = [[isOff, 1], [!hasDescriptor, -5], [!hasTable && isShort, -12],
                    [!isOpal, -2], [isTaken, -22], [isLast, -11]] as const;
                  const wanted = reasons.find(([holds]) => holds)?.[1] ?? BEGINS;
                  const before = { ...savePassthrough(p), table: null };
                  expect(answerOf(setPassthru(p, 0, hasDescriptor ? 45 : 47))).toBe(wanted);
                  if (wanted === BEGINS) expect(p.table!.get(0)).toBe(45);
                  else expect({ ...savePassthrough(p), table: null }).toEqual(before);
                }
  });

  it("lets go only of a number that was mapped once, with the host's descriptor", () => {
    for (const isOff of both)
      for (const hasDescriptor of both)
        for (const table of ["none", "without it", "free", "mapped"]) {
          const p = passthrough();
          p.isBypassDisabled = isOff;
          if (table !== "none") p.table = new Map([[1, 46]]);
          if (table === "free" || table === "mapped") p.table!.set(0, table === "free" ? 0 : 45);
          const reasons = [[isOff, 0], [!hasDescriptor, -5], [table === "none", 0],
            [table === "without it", -19]] as const;
          const wanted = reasons.find(([holds]) => holds)?.[1] ?? BEGINS;
          expect(answerOf(clrPassthru(p, 0, hasDescriptor ? 45 : 47))).toBe(wanted);
          expect(p.operations.length).toBe(wanted === BEGINS ? 1 : 0);
        }
  });
});

describe("an irqfd", () => {
  it("is told how its switch came out, and asks once to undo what it has", () => {
    const p = passthrough();
    const told: string[] = [];
    p.observer = ({ call, step, lisn, value }) => {
      if (call === "irqfd") told.push(`${step} ${lisn} ${value}`);
    };
    const [first, second] = [addIrqfd(p, 0, 45), addIrqfd(p, 1, 46)];
    expect([first, second]).toEqual([
      { id: 1, lisn: 0, hostIrq: 45, hasProducer: false, signals: true },
      { id: 2, lisn: 1, hostIrq: 46, hasProducer: false, signals: true },
    ]);
    expect(done(p, addProducer(p, first))).toBe(0);
    expect([first.hasProducer, second.hasProducer, p.table!.get(0)]).toEqual([true, false, 45]);
    expect(done(p, deleteProducer(p, first))).toBe(0);
    expect([first.hasProducer, p.table!.get(0), p.source(0)!.pt]).toEqual([false, 0, -1]);
    expect(answerOf(deleteProducer(p, first))).toBe(0);
    expect(told).toEqual(["connected 0 0"]);
    expect(p.operations).toEqual([]);
  });

  it("has the direct path, or goes on without it where that is refused, at once or in the end", () => {
    for (const defect of
      [undefined, "passthrough.bypass.dropEventfd", "passthrough.bypass.swallowSetError"] as const)
      for (const refused of ["never", "at once", "in the end"] as const) {
        const p = passthrough(defect);
        const isLate = refused === "in the end";
        const dropsEventfd = defect === "passthrough.bypass.dropEventfd";
        const told: string[] = [];
        p.observer = ({ call, step, value }) => { if (call === "irqfd") told.push(`${step} ${value}`); };
        if (isLate) p.host.get(45)!.affinityError = -38;
        p.isBypassDisabled = refused === "at once";
        const irqfd = addIrqfd(p, 0, 45);
        const isConnected = refused === "never"
          || (isLate && defect === "passthrough.bypass.swallowSetError");
        const answer = isConnected ? 0 : isLate ? -38 : 1;
        expect(done(p, addProducer(p, irqfd))).toBe(answer);
        expect(irqfd)
          .toMatchObject({ hasProducer: isConnected, signals: answer === 0 || !dropsEventfd });
        expect(told).toEqual([isConnected ? "connected 0" : `refused ${answer}`]);
        expect(p.table?.get(0)).toBe({ never: 45, "at once": undefined, "in the end": 0 }[refused]);
        expect(p.source(0)!.pt).toBe(refused === "never" ? PHB_FIRST : -1);
      }
  });

  it("and the table learn how a switch of any kind ended, unless the kernel ended with it", () => {
    const tables = [undefined, [[1, 46]], [[0, 45], [1, 46]]] as const;
    for (const kind of ["set-mapped", "clr-mapped"] as const)
      for (const result of [0, -38])
        for (const fatal of ["", "null dereference"] as const)
          for (const table of tables)
            for (const asker of [-1, 1, 9]) {
              const p = passthrough();
              const irqfd = Object.assign(addIrqfd(p, 0, 45), { hasProducer: result !== 0 });
              if (table) p.table = new Map(table);
              const operation = { ...switchOperation(kind, 0, 45, asker), result, fatal, returns: 7 };
              settleSwitch(p, operation);
              const isFreed = !fatal && table?.length === 2 && (kind === "clr-mapped" || result !== 0);
              expect(p.table && [...p.table]).toEqual(isFreed ? [[0, 0], [1, 46]] : table);
              expect(operation.returns).toBe(fatal ? 7 : result);
              const isTold = !fatal && kind === "set-mapped" && asker === 1;
              expect(irqfd.hasProducer).toBe(isTold ? result === 0 : result !== 0);
            }
  });

  it("keeps its entry free when letting go failed, and the call says so", () => {
    const p = passthrough();
    done(p, setPassthru(p, 0, 45));
    p.host.get(45)!.retargetError = -6;
    expect([done(p, clrPassthru(p, 0, 45)), p.table!.get(0), p.operations.length]).toEqual([-6, 0, 0]);
  });

  it("that nobody remembers still has its number mapped", () => {
    const p = passthrough();
    expect(done(p, setPassthru(p, 0, 45))).toBe(0);
    expect([p.table!.get(0), p.source(0)!.pt]).toEqual([45, PHB_FIRST]);
  });
});

describe("the host's handler", () => {
  it("injects by software for each irqfd of its interrupt that is signalled", () => {
    const p = passthrough();
    const told: string[] = [];
    p.observer = ({ call, step, lisn, source, value }) => {
      if (call === "host") told.push(`${step} ${lisn} ${source} ${value}`);
    };
    expect(runHostHandler(p)).toBeUndefined();
    addIrqfd(p, 0, 45);
    addIrqfd(p, 1, 46);
    addIrqfd(p, 1, 45).signals = false;
    addIrqfd(p, 9, 45);
    for (const ipi of [0, 1]) p.hardware.setPq(ipi, 0);
    p.host.notify(PHB_FIRST);
    expect(runHostHandler(p)?.irq).toBe(45);
    expect([p.hardware.pq(0), p.hardware.pq(1), p.host.handling]).toEqual([2, 0, [45]]);
    expect(told).toEqual([`taken -1 ${PHB_FIRST} 45`, `handler -1 ${PHB_FIRST} 45`,
      `eventfd refused 9 ${PHB_FIRST} -22`]);
  });
});
