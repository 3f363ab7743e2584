/** vCPU requests against their specification: every documented yes and no, by exploring everything. */
import { Answers } from "../../litmus/answers.ts";
import { experiments } from "../../litmus/experiments.ts";
import { relaxed, relaxedLoads, relaxedStores, total } from "../../litmus/memoryModel.ts";
import type { ConformanceVector, Suite, Walk } from "../suite.ts";
import {
  describedResults, documentedResults, exploredResults, invariants, type InvariantVector, type RequestVector,
} from "./requestVectors.ts";

const results = [...documentedResults, ...describedResults, ...exploredResults];

const onT = new Answers(total);
const onR = new Answers(relaxed);
const withStores = new Answers(relaxedStores);
const withLoads = new Answers(relaxedLoads);

function resultVector(vector: RequestVector): ConformanceVector {
  const machines = [
    ["T", onT, vector.T], ["R", onR, vector.R], ["stores", withStores, vector.stores],
    ["loads", withLoads, vector.loads],
  ] as const;
  const asked = machines.filter(([, , documented]) => documented !== undefined);
  return {
    id: vector.id, title: experiments.find(({ id }) => id === vector.id)!.title, calls: asked.length,
    note: vector.note,
    mismatches: () => asked.flatMap(([name, answers, documented]) =>
      answers.of(vector.id).yes === documented ? []
        : [`on ${name} documented ${documented}, explored otherwise`]),
  };
}

function invariantVector({ id, title, holds, breaks }: InvariantVector): ConformanceVector {
  return {
    id, title, calls: holds.length + breaks.length,
    mismatches: () => [
      ...holds.filter((one) => onT.of(one).yes || onR.of(one).yes).map((one) => `it does not hold in ${one}`),
      ...breaks.filter((one) => ![onT, onR, withStores, withLoads].some((answers) => answers.of(one).yes))
        .map((one) => `it holds in ${one}, where something is taken away`),
    ],
  };
}

/** All states of one program, where each experiment about it has to answer no. */
function walk(name: string, ids: readonly string[], answers: Answers, whole: Walk["whole"]): Walk {
  return {
    name: `${name}, ${answers.model.title}`, whole,
    run() {
      const known = ids.map((id) => ({ id, ...answers.of(id) }));
      const { states, transitions } = known[0]!;
      return { states, transitions,
        violations: known.filter(({ yes }) => yes).map(({ id, steps }) => `${id}: ${steps.join("; ")}`) };
    },
  };
}

const walked: readonly Walk[] = [
  walk("kick and sleep, two requesters", ["kick-sleep", "kick-sleep-lost"], onT,
    { states: 75_592, transitions: 183_117 }),
  walk("kick and sleep, two requesters", ["kick-sleep", "kick-sleep-lost"], onR,
    { states: 81_097, transitions: 198_184 }),
  walk("guest entry and two kicks", ["L6", "L6-ipis"], onT, { states: 13_599, transitions: 29_312 }),
  walk("guest entry and two kicks", ["L6", "L6-ipis"], onR, { states: 15_055, transitions: 32_881 }),
  walk("s390 synchronous request, two requesters", ["L15×2"], onT, { states: 7663, transitions: 19_128 }),
  walk("s390 synchronous request, two requesters", ["L15×2"], onR, { states: 26_759, transitions: 80_667 }),
];

export const requestsSuite: Suite = {
  name: "requests", title: "vCPU requests, kicks and sleep (partly derived from source)",
  specified: [
    ...Array.from({ length: 19 }, (_, index) => `L${index + 1}`), ...invariants.map(({ id }) => id),
    ...results.map(({ id }) => id).filter((id) => !/^L\d/.test(id)),
  ],
  vectors: [...results.map(resultVector), ...invariants.map(invariantVector)],
  walks: walked,
};
