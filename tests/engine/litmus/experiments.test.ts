/** The exploration agrees with every documented yes and no. */
import { describe, expect, it } from "vitest";
import { answerAll, type Answer } from "../../../src/engine/litmus/experiment.ts";
import { experiments } from "../../../src/engine/litmus/experiments.ts";
import {
  relaxed, relaxedLoads, relaxedStores, total, type MemoryModel,
} from "../../../src/engine/litmus/memoryModel.ts";
import { choicesOf, Replay } from "../../../src/engine/litmus/replay.ts";
import {
  describedResults, documentedResults, exploredResults, invariants, type RequestVector,
} from "../../../src/engine/conformance/requests/requestVectors.ts";

const vectors = [...documentedResults, ...describedResults, ...exploredResults];

function answersOf(model: MemoryModel, ids?: readonly string[]): ReadonlyMap<string, Answer> {
  const asked = experiments.filter(({ id }) => ids === undefined || ids.includes(id));
  const answers = new Map<string, Answer>();
  for (const [{ id }, answer] of answerAll(asked, model)) {
    if (!answer.ok) throw new Error(answer.error.sentence);
    answers.set(id, answer.value);
  }
  return answers;
}

const T = answersOf(total);
const R = answersOf(relaxed);

function mismatches(answers: ReadonlyMap<string, Answer>, expected: (vector: RequestVector) =>
  boolean | undefined):
string[] {
  return vectors.flatMap((vector) => {
    const documented = expected(vector);
    if (documented === undefined || answers.get(vector.id)?.yes === documented) return [];
    return [`${vector.id}: documented ${documented}, explored ${answers.get(vector.id)?.yes}`];
  });
}

describe("every experiment", () => {
  it("has a vector, and every vector an experiment, once", () => {
    expect(vectors.map(({ id }) => id).sort()).toEqual(experiments.map(({ id }) => id).sort());
    expect(new Set(vectors.map(({ id }) => id)).size).toBe(vectors.length);
  });
  it("answers as documented where atomics order", () => {
    expect(mismatches(T, ({ T: documented }) => documented)).toEqual([]);
  });
  it("answers as documented where atomics do not order", () => {
    expect(mismatches(R, ({ R: documented }) => documented)).toEqual([]);
  });
  it("answers as documented where stores or loads overtake", () => {
    const stores = vectors.filter((vector) => vector.stores !== undefined).map(({ id }) => id);
    const loads = vectors.filter((vector) => vector.loads !== undefined).map(({ id }) => id);
    expect(stores.length * loads.length).toBeGreaterThan(0);
    expect(mismatches(answersOf(relaxedStores, stores), (vector) => vector.stores)).toEqual([]);
    expect(mismatches(answersOf(relaxedLoads, loads), (vector) => vector.loads)).toEqual([]);
  });
  it("comes to rest only in a way that it names, where it names its ends", () => {
    for (const [id, { exploration }] of [...T, ...R]) {
      const { outcomes } = exploration.program.source;
      if (!outcomes.some(({ verdict }) => verdict === "final")) continue;
      const named = new Set(outcomes.flatMap((outcome) => exploration.holding.get(outcome.id)!));
      const unnamed = exploration.successors.flatMap((next, state) =>
        next.length === 0 && !named.has(state) ? [state] : []);
      expect(unnamed, id).toEqual([]);
    }
  });
});

describe("a shortest interleaving", () => {
  it("replayed choice by choice shows its outcome at its last step, and not before", () => {
    const shown = [...T, ...R].filter(([, { shortest }]) => shortest !== undefined);
    expect(shown.length).toBeGreaterThan(60);
    for (const [id, { exploration, shortest }] of shown) {
      const { asks } = experiments.find((experiment) => experiment.id === id)!;
      if (!("reaches" in asks)) continue;
      const { program, model } = exploration;
      const replay = new Replay(program, model);
      for (const choice of choicesOf(program, model, shortest!)) {
        expect(replay.outcomes, id).not.toContain(asks.reaches);
        expect(replay.take(choice).ok, id).toBe(true);
      }
      expect(replay.outcomes, id).toContain(asks.reaches);
      expect(replay.history).toHaveLength(shortest!.length);
    }
  });
});

describe("invariants of the protocol", () => {
  it("are V1 to V12", () => {
    expect(invariants.map(({ id }) => id)).toEqual(Array.from({ length: 12 }, (_, i) => `V${i + 1}`));
  });
  it.each(invariants.map((row) => [row.id, row.title, row] as const))("%s: %s", (_id, _title, row) => {
    for (const id of row.holds) {
      expect(T.get(id)!.yes, `${id} on T`).toBe(false);
      expect(R.get(id)!.yes, `${id} on R`).toBe(false);
    }
    const weak = [answersOf(relaxedStores, row.breaks), answersOf(relaxedLoads, row.breaks)];
    for (const id of row.breaks)
      expect([T, R, ...weak].some((answers) => answers.get(id)!.yes), id).toBe(true);
  });
});
