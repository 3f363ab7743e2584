/** What the window sees of sources, against the devices' own answers. */
import { describe, expect, it } from "vitest";
import { esbCell, type EsbMapView, type SourceView } from "../../../src/engine/api/xiveView.ts";
import { pseries } from "../../../src/engine/deviceMachine/powerDeviceMachine.ts";
import { hcall } from "../../../src/engine/devices/xive/hcallCodes.ts";
import { xiveHcall } from "../../../src/engine/devices/xive/hcalls.ts";
import { ESB_SET_PQ, type Pq } from "../../../src/engine/devices/xive/esb.ts";
import { TIMA_ACK_OS, TIMA_OS_CPPR } from "../../../src/engine/devices/xive/tima.ts";
import { look } from "../../../src/engine/deviceSession/look.ts";
import { partsOf } from "../../../src/engine/deviceSession/parts.ts";
import { playScenario } from "../../../src/engine/scenarios/runScenario.ts";
import { scenarios } from "../../../src/engine/scenarios/catalogue.ts";

const LISN = 0x1300;
const OS_PAGE = 2 << 16;

function sourceOf(world: unknown, lisn = LISN): SourceView {
  const answer = look(partsOf(world), { name: "source", part: 0, lisn });
  if (!answer.ok) throw new Error(answer.error);
  return answer.value as SourceView;
}
function cellsOf(world: unknown): Uint8Array {
  const answer = look(partsOf(world), { name: "esbMap", part: 0 });
  if (!answer.ok) throw new Error(answer.error);
  return (answer.value as { cells: Uint8Array }).cells;
}

/** A source that is claimed, routed and open, to vCPU 0 with priority 6. */
function routed(hasKernel: boolean) {
  const machine = pseries(hasKernel);
  const { xive } = machine;
  xive.claim(LISN, false);
  xiveHcall(xive, hcall.H_INT_SET_QUEUE_CONFIG, [1n, 0n, 6n, 0x1_0000n, 16n]);
  xiveHcall(xive, hcall.H_INT_SET_SOURCE_CONFIG, [2n, BigInt(LISN), 0n, 6n, 0x42n]);
  xive.loadEsb(LISN, "management", ESB_SET_PQ(0));
  return machine;
}

describe("the map of all sources", () => {
  it.each([false, true])("has PQ of every source, alone of it (in the kernel: %s)", (hasKernel) => {
    const machine = routed(hasKernel);
    for (const pq of [0, 1, 2, 3] as const) {
      const before = cellsOf(machine);
      machine.xive.loadEsb(LISN, "management", ESB_SET_PQ(pq));
      const after = cellsOf(machine);
      expect(after[LISN]! & esbCell.pq).toBe(pq);
      expect(after[LISN]! & esbCell.claimed).not.toBe(0);
      before[LISN] = after[LISN]!;
      expect(after).toEqual(before);
    }
  });

  it.each([false, true])("counts each source's events, and tells the last step (%s)", (hasKernel) => {
    const machine = routed(hasKernel);
    const eventsIn = () => {
      const answer = look(partsOf({ machine }), { name: "esbMap", part: 0 });
      if (!answer.ok) throw new Error(answer.error);
      return (answer.value as EsbMapView).events;
    };
    expect(eventsIn()).toEqual([]);
    for (let n = 0; n < 3; n++) machine.xive.storeEsb(LISN, "trigger", 0);
    expect(eventsIn()).toEqual([[LISN, 3]]);
    expect(sourceOf({ machine }).last).toMatchObject({ step: "coalesced", bit: "Q" });
    machine.xive.loadEsb(LISN, "management", 0);
    expect(sourceOf({ machine }).last?.bit, "an EOI sends what is in Q").toMatch(/^(P|Q|PQ=..)$/);
    expect(sourceOf({ machine }, LISN + 1).last).toBeUndefined();
  });

  it("says which sources are passed through, and whose pages lead astray", () => {
    const row = scenarios.find(({ row: name }) => name === "R1")!;
    const world = playScenario(row);
    expect(cellsOf(world)[LISN]! & (esbCell.passedThrough | esbCell.stale)).toBe(esbCell.passedThrough);
    const defect = new Set(row.defects.map((one) => one.switch));
    const broken = playScenario(row, defect);
    expect(cellsOf(broken)[LISN]! & esbCell.stale).toBe(esbCell.stale);
    expect(sourceOf(broken).pages.some(({ isStale, leadsTo }) => isStale && leadsTo.startsWith("IPI"))).toBe(
      true,
    );
  });
});

describe("the way of a source's events", () => {
  it("ends at the first bit that stands against it", () => {
    const { xive, memory } = routed(false);
    const world = { xive, memory };
    const bit = (): string => sourceOf(world).why.bit;
    const setPq = (pq: Pq) => xive.loadEsb(LISN, "management", ESB_SET_PQ(pq));
    expect(bit()).toBe("P");
    setPq(1);
    expect(bit()).toBe("PQ=01");
    setPq(0);
    xive.context(0).setCppr(0x10, 5);
    xive.storeEsb(LISN, "trigger", 0);
    expect(bit()).toBe("CPPR");
    expect(sourceOf(world).why.sentence).toContain("PIPR 06 is not below CPPR 05");
    xive.chip.timaStore(0, OS_PAGE + TIMA_OS_CPPR, 1, 0xffn);
    expect(bit()).toBe("NSR");
    xive.chip.timaLoad(0, OS_PAGE + TIMA_ACK_OS, 2);
    expect(sourceOf(world).why).toMatchObject({ bit: "P", sentence: expect.stringContaining("has taken") });
    xiveHcall(xive, hcall.H_INT_SET_SOURCE_CONFIG, [1n, BigInt(LISN), 0n, 6n, 0n]);
    expect(bit()).toBe("EAS.m");
    xive.release(LISN);
    expect(bit()).toBe("EAS.v");
  });

  it("shows the queue's newest entry beside the index, and its generation", () => {
    const { xive, memory } = routed(false);
    xive.storeEsb(LISN, "trigger", 0);
    const ring = sourceOf({ xive, memory }).ring!;
    expect(ring).toMatchObject({ index: 1, generation: 1, entries: 16384, address: "0000000000010000" });
    const written = ring.shown.filter(({ isWritten }) => isWritten);
    expect(written).toEqual([{ index: 0, word: "80000042", isWritten: true }]);
  });

  it.each([false, true])("changes nothing by looking (in the kernel: %s)", (hasKernel) => {
    const machine = routed(hasKernel);
    machine.xive.storeEsb(LISN, "trigger", 0);
    for (const lisn of [0, LISN, LISN + 1, 0x1fff]) {
      const once = sourceOf(machine, lisn);
      expect(sourceOf(machine, lisn)).toEqual(once);
    }
    expect(cellsOf(machine)).toEqual(cellsOf(machine));
  });

  it("answers for every number of every scenario's machines", () => {
    for (const scenario of scenarios) {
      const parts = partsOf(playScenario(scenario));
      for (const [part, { kind }] of parts.entries())
        for (const lisn of [0, 0x1000, LISN, 0x1fff]) {
          const answer = look(parts, { name: "source", part, lisn });
          expect(answer.ok, scenario.id).toBe(kind === "xive" || kind === "passthrough");
        }
    }
  });

  it("refuses a part that is not there or cannot answer", () => {
    expect(look([], { name: "esbMap", part: 0 }).ok).toBe(false);
  });
});
