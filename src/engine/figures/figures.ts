/** The figures per commit, in the order in which they are printed. */
import { runSuite, runWalk, type Suite, type Walk } from "../conformance/suite.ts";
import { suites } from "../conformance/suites.ts";
import { scenarios } from "../scenarios/catalogue.ts";
import { collection } from "../scenarios/collection.ts";
import { runScenario } from "../scenarios/runScenario.ts";
import { badCallsFigure, type BadCalls } from "./badCalls.ts";
import { apUse } from "./apUse.ts";
import { esbUse } from "./esbUse.ts";
import { devicesUnderLaw } from "./laws/devices.ts";
import { lawUse } from "./laws/lawUse.ts";
import { randomUse, type FigureResult, type RandomUse } from "./figure.ts";
import { determinismFigure } from "./determinism.ts";
import { facadeBadCalls } from "./facadeBadCalls.ts";
import { FILE_DAMAGES, fileDamageFigure } from "./fileDamage.ts";
import { flicBadCalls } from "./flicBadCalls.ts";
import { flicUse } from "./flicUse.ts";
import { xicsBadCalls } from "./xicsBadCalls.ts";
import { xiveBadCalls } from "./xiveBadCalls.ts";
import { xicsUse } from "./xicsUse.ts";
import { xiveUse } from "./xiveUse.ts";

/** A figure of the project: what it counts and how many are aimed at. */
export interface Figure {
  readonly target: number;
  /** Aims at `count` in place of the target. */
  run(count: number): FigureResult;
}

const MILLION = 1_000_000;

const operations = <World>(use: RandomUse<World>, target: number): Figure => ({
  target,
  run: (count) => ({ ...randomUse(use, count), name: `random operations, invariants on: ${use.name}` }),
});

const badCalls = <Machine>(bad: BadCalls<Machine>, target: number): Figure =>
  ({ target, run: (count) => badCallsFigure(bad, count) });

export const figures: readonly Figure[] = [
  // Ten million in all to the controllers, and KVM's own calls beside them.
  badCalls(flicBadCalls, 4 * MILLION),
  badCalls(xiveBadCalls, 3 * MILLION),
  badCalls(xicsBadCalls, 3 * MILLION),
  badCalls(facadeBadCalls, MILLION),
  // Thirty million in all; more of what is cheap, and enough of each.
  operations(flicUse, 6 * MILLION),
  operations(apUse, MILLION),
  operations(xiveUse, 3 * MILLION),
  operations(xicsUse, 2 * MILLION),
  operations(esbUse, 18 * MILLION),
  { target: 10_000, run: (count) => underLaw(count) },
  { target: FILE_DAMAGES, run: fileDamageFigure },
  { target: 1000, run: (count) => determinismFigure(devicesUnderLaw, count) },
];

/** Random calls of every device with the laws checked after each, saved and loaded in between. */
function underLaw(count: number): FigureResult {
  const share = Math.ceil(count / devicesUnderLaw.length);
  const results = devicesUnderLaw.map((device) => randomUse(lawUse(device), share));
  return {
    name: `random calls under the device laws, of ${devicesUnderLaw.length} devices`,
    reached: results.reduce((sum, { reached }) => sum + reached, 0), target: count,
    failures: results.flatMap(({ failures }) => failures),
  };
}

/** What is counted as it is: complete walks, vectors, scenarios played both ways. */
export const counted: readonly (() => FigureResult)[] = [
  ...suites.flatMap((suite) => suite.walks.map((walk) => () => walked(walk))),
  ...suites.map((suite) => () => conforming(suite)),
  () => scenariosPlayed(),
];

/** Met if it was the whole space and nothing in it broke the rule. */
function walked(walk: Walk): FigureResult {
  const { transitions, violations } = runWalk(walk);
  const failures = violations.map((sentence) => ({ seed: 0, sentence, steps: [] }));
  const name = `transitions of ${walk.whole.states} states, all of them: ${walk.name}`;
  return { name, reached: transitions, target: walk.whole.transitions, failures };
}

function conforming(suite: Suite): FigureResult {
  const { vectorsChecked, vectorsSpecified, mismatches } = runSuite({ ...suite, walks: [] });
  const failures = mismatches.map(({ id, sentence }) => ({ seed: 0, sentence, steps: [id] }));
  return { name: `vectors of ${suite.title}`, reached: vectorsChecked, target: vectorsSpecified, failures };
}

/** The target is every historical row; those that wait are the shortfall. */
function scenariosPlayed(): FigureResult {
  const historical = collection.filter(({ row }) => /^\d+$/.test(row)).map(({ row }) => row);
  const verdicts = scenarios.map((scenario) => ({ scenario, verdict: runScenario(scenario, true) }));
  const rowsPassed = verdicts.filter(({ verdict }) => verdict.passed).map(({ scenario }) => scenario.row);
  const passed = new Set(rowsPassed);
  const failures = verdicts.filter(({ verdict }) => !verdict.passed)
    .map(({ verdict }) => ({ seed: 0, sentence: verdict.reasons.join("; "), steps: [verdict.id] }));
  const reached = historical.filter((row) => passed.has(row)).length;
  return { name: "historical scenarios, defects off and on", reached, target: historical.length, failures };
}
