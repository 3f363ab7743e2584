/** The machines do what the literature says of machines like them. */
import { describe, expect, it } from "vitest";
import { cannotReach, explore, type Exploration } from "../../../src/engine/litmus/explore.ts";
import {
  awaitWord, barrier, clear, compareExchange, equals, load, set, store,
} from "../../../src/engine/litmus/instruction.ts";
import {
  memoryModels, relaxed, relaxedLoads, relaxedStores, total, type MemoryModel,
} from "../../../src/engine/litmus/memoryModel.ts";
import { assemble, barriersOf, type LitmusProgram } from "../../../src/engine/litmus/program.ts";
import {
  coherence, loadBuffering, messagePassing, ownOrder, ownStore, releasedMessage, storeBuffering, writeTwice,
} from "./classics.ts";

function explored(program: LitmusProgram, model: MemoryModel, without: readonly string[] = []): Exploration {
  const result = explore(assemble(program, without), model);
  if (!result.ok) throw new Error(result.error.sentence);
  return result.value;
}

const isOdd = (program: LitmusProgram, model: MemoryModel, without: readonly string[] = []): boolean =>
  explored(program, model, without).shortest.has("odd");

describe("without barriers, the odd outcome", () => {
  const rows = [
    ["store buffering", storeBuffering, { T: true, R: true, "R-stores": true, "R-loads": true }],
    ["message passing", messagePassing, { T: false, R: false, "R-stores": true, "R-loads": true }],
    ["load buffering", loadBuffering, { T: false, R: false, "R-stores": false, "R-loads": true }],
    ["two writes each", writeTwice, { T: false, R: false, "R-stores": true, "R-loads": false }],
    ["coherence", coherence, { T: false, R: false, "R-stores": false, "R-loads": false }],
    ["two stores of one word", ownOrder, { T: false, R: false, "R-stores": false, "R-loads": false }],
    ["a thread's own store", ownStore, { T: false, R: false, "R-stores": false, "R-loads": false }],
  ] as const;
  it.each(rows)("of %s is seen exactly where the machine reorders that", (_name, program, expected) => {
    for (const model of memoryModels)
      expect(isOdd(program, model, barriersOf(program)), model.id).toBe(expected[model.id]);
  });

  it.each(rows)("of %s is seen nowhere once the barriers are there", (_name, program) => {
    for (const model of memoryModels) expect(isOdd(program, model), model.id).toBe(false);
  });
});

describe("one barrier of two", () => {
  it("is not enough where both threads reorder", () => {
    for (const model of memoryModels)
      for (const id of ["P0", "P1"]) expect(isOdd(storeBuffering, model, [id]), model.id).toBe(true);
  });
  it("is enough in message passing on the side that reorders", () => {
    expect(isOdd(messagePassing, relaxedStores, ["P1"])).toBe(false);
    expect(isOdd(messagePassing, relaxedStores, ["P0"])).toBe(true);
    expect(isOdd(messagePassing, relaxedLoads, ["P0"])).toBe(false);
    expect(isOdd(messagePassing, relaxedLoads, ["P1"])).toBe(true);
  });
  it("may be a release store", () => {
    expect(isOdd(releasedMessage, relaxedStores)).toBe(false);
  });
});

describe("atomics", () => {
  const updates = { words: { x: { initial: 4 }, y: { initial: 0 } } } as const;
  const lost: LitmusProgram = {
    ...updates, title: "two updates of one word",
    threads: [{ name: "P0", code: [set("x", 1)] }, { name: "P1", code: [set("x", 2)] },
      { name: "P2", code: [clear("x", 4)] }],
    outcomes: [{ id: "odd", verdict: "forbidden", title: "an update is lost",
      holds: (state) => state.isFinished("P0", "P1", "P2") && state.buffersEmpty && state.word("x") !== 3 }],
  };
  const exchange: LitmusProgram = {
    ...updates, title: "two exchanges of one word",
    threads: ["P0", "P1"].map((name) => ({ name, code: [compareExchange("x", 4, 5, "old")] })),
    outcomes: [{ id: "odd", verdict: "forbidden", title: "not exactly one exchanges",
      holds: (state) => state.isFinished("P0", "P1")
        && (state.register("P0", "old") === 4) === (state.register("P1", "old") === 4) }],
  };
  const ordering = (update: ReturnType<typeof set>): LitmusProgram => ({
    words: { x: { initial: 0 }, y: { initial: 0 }, z: { initial: 0 } },
      title: "an atomic between store and load",
    threads: [{ name: "P0", code: [store("x", 1), update, load("y", "a")] },
      { name: "P1", code: [store("y", 1), barrier("P1"), load("x", "b")] }],
    outcomes: [{ id: "odd", verdict: "remark", title: "the load overtook the store",
      holds: (state) => state.isFinished("P0", "P1") && state.register("P0", "a") === 0
        && state.register("P1", "b") === 0 }],
  });

  const ownUpdate: LitmusProgram = {
    ...updates, title: "an exchange after the thread's own update",
    threads: [{ name: "P0", code: [set("x", 1), compareExchange("x", 5, 6, "old")] }],
    outcomes: [{ id: "odd", verdict: "forbidden", title: "the update was not seen",
      holds: (state) => state.isFinished("P0") && state.register("P0", "old") !== 5 }],
  };
  it("lose no update and exchange once, on every machine", () => {
    for (const model of memoryModels) {
      expect(isOdd(lost, model), model.id).toBe(false);
      expect(isOdd(exchange, model), model.id).toBe(false);
      expect(isOdd(ownUpdate, model), model.id).toBe(false);
    }
  });
  it("order a store before a load on T only", () => {
    for (const update of [set("z", 1), clear("z", 1), compareExchange("z", 0, 1, "old")]) {
      expect(isOdd(ordering(update), total), update.kind).toBe(false);
      expect(isOdd(ordering(update), relaxed), update.kind).toBe(true);
    }
  });
});

describe("interrupts", () => {
  const withIpi = (isOn: boolean): LitmusProgram => ({
    title: "an IPI to a thread", words: { x: { initial: 0 } },
    threads: [
      { name: "P0", cpu: 0, code: [{ kind: "interrupts", on: isOn }, awaitWord("x", equals(1))] },
      { name: "P1", code: [{ kind: "sendIpi", cpu: 0, call: 1 },
        { kind: "awaitAcknowledgement", cpu: 0, call: 1 }, store("x", 1)] },
    ],
    outcomes: [{ id: "acknowledged", verdict: "final", title: "the sender went on",
      holds: (state) => state.isFinished("P1") }],
  });
  const strands = (program: LitmusProgram): boolean => {
    const exploration = explored(program, total);
    return cannotReach(exploration, exploration.holding.get("acknowledged")!).length > 0;
  };
  it("are taken, and so acknowledged, only while they are on", () => {
    expect([strands(withIpi(true)), strands(withIpi(false))]).toEqual([false, true]);
  });
});
