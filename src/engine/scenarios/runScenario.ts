/**
 * Runs scenarios in both directions: with no defect every claim holds; with each defect on, the claim it
 * names fails. A scenario whose defect run passes, or fails for another reason, is itself broken.
 */
import { isSame, show } from "../base/plainData.ts";
import type { Defect, Defects, Scenario } from "./scenario.ts";

/** A claim that did not hold; `saw` and `expected` are texts. */
export interface FailedClaim {
  readonly claim: string;
  readonly saw: string;
  readonly expected: string;
}

export interface Run {
  /** The switch that was on. */
  readonly defect: string | undefined;
  readonly failed: readonly FailedClaim[];
  readonly shown: readonly string[];
  /** A step or a claim that threw: a mistake in the scenario or in the machine. */
  readonly threw: string | undefined;
}

export interface Verdict {
  readonly id: string;
  readonly passed: boolean;
  readonly runs: readonly Run[];
  /** Why it did not pass, one sentence each. */
  readonly reasons: readonly string[];
}

const NO_DEFECT: Defects = new Set();

/** Builds the world and performs the first `steps` steps (default: all). */
export function playScenario<World>(
  scenario: Scenario<World>, defects: Defects = NO_DEFECT, steps = scenario.when.length,
): World {
  const world = scenario.given.build(defects);
  for (const { does } of scenario.when.slice(0, steps)) does(world);
  return world;
}

/** One run with the given switch on, or with none. */
export function runOnce<World>(scenario: Scenario<World>, defect?: string): Run {
  const failed: FailedClaim[] = [];
  try {
    const world = playScenario(scenario, defect === undefined ? NO_DEFECT : new Set([defect]));
    for (const { says, seen, is } of scenario.then) {
      const saw = seen(world);
      if (!isSame(saw, is)) failed.push({ claim: says, ...shown(saw, is) });
    }
    return { defect, failed, shown: scenario.shows?.(world) ?? [], threw: undefined };
  } catch (error) {
    return { defect, failed, shown: [], threw: error instanceof Error ? error.message : String(error) };
  }
}

/** Two values that are not the same, as texts that are not: 2 and 2n read alike. */
function shown(saw: unknown, is: unknown): Pick<FailedClaim, "saw" | "expected"> {
  const texts = [show(saw), show(is)] as const;
  if (texts[0] !== texts[1]) return { saw: texts[0], expected: texts[1] };
  return { saw: `${texts[0]} (${typeof saw})`, expected: `${texts[1]} (${typeof is})` };
}

/** The run without a defect, and with `withDefects` one run for each switch. */
export function runScenario(scenario: Scenario, withDefects: boolean): Verdict {
  const plain = runOnce(scenario);
  const runs = [plain];
  const reasons = objectionsTo(plain);
  for (const defect of withDefects ? scenario.defects : []) {
    const run = runOnce(scenario, defect.switch);
    runs.push(run);
    const reason = objectionToDefect(defect, run);
    if (reason) reasons.push(reason);
  }
  return { id: scenario.id, passed: reasons.length === 0, runs, reasons };
}

function objectionsTo({ failed, threw }: Run): string[] {
  const sentences = failed.map(
    ({ claim, saw, expected }) => `not so: ${claim} (saw ${saw}, expected ${expected})`);
  return threw === undefined ? sentences : [...sentences, `it threw: ${threw}`];
}

function objectionToDefect(defect: Defect, { failed, threw }: Run): string | undefined {
  if (threw !== undefined) return `with ${defect.switch} on it threw: ${threw}`;
  if (failed.some(({ claim }) => claim === defect.breaks)) return undefined;
  const instead = failed.length ? `failed for another reason: ${failed[0]!.claim}` : "passed";
  return `with ${defect.switch} on it ${instead}`;
}
