/**
 * A figure is a count with a target: so many calls, operations or runs, each one checked. What breaks a rule
 * is kept with its seed and the fewest steps that still break it.
 */
import { Prng } from "../base/prng.ts";
import { shrink } from "./shrink.ts";

export interface Failure {
  /** Seed of the run in which it was found. */
  readonly seed: number;
  readonly sentence: string;
  /** The fewest steps found that still break the rule, each by name and the seed of its operands. */
  readonly steps: readonly string[];
}

export interface FigureResult {
  readonly name: string;
  readonly reached: number;
  readonly target: number;
  readonly failures: readonly Failure[];
}

/** One kind of step with random operands. */
export interface Operation<World> {
  readonly name: string;
  run(world: World, prng: Prng): unknown;
}

/** Random use of one kind of machine: how it is made, what may be done to it, and what must hold after it. */
export interface RandomUse<World> {
  readonly name: string;
  readonly operations: readonly Operation<World>[];
  /** `seed` may choose among shapes. */
  create(seed: number): World;
  /** What is wrong now, in one sentence; undefined if nothing is. */
  breach(world: World): string | undefined;
}

interface Recorded {
  readonly operation: number;
  readonly seed: number;
}

/** Steps of one machine before a new one is made. */
const RUN_STEPS = 2_000;
const FAILURES_MAX = 3;

/** `count` random operations from `seed` on, the rule checked after each; a few failures end it early. */
export function randomUse<World>(use: RandomUse<World>, count: number, seed = 1): FigureResult {
  const failures: Failure[] = [];
  let reached = 0;
  for (let run = seed; reached < count && failures.length < FAILURES_MAX; run++) {
    const steps = Math.min(RUN_STEPS, count - reached);
    const failure = oneRun(use, run, steps);
    if (failure) failures.push(failure);
    reached += steps;
  }
  return { name: use.name, reached, target: count, failures };
}

function oneRun<World>(use: RandomUse<World>, seed: number, steps: number): Failure | undefined {
  const chance = new Prng(seed);
  const world = use.create(seed);
  const done: Recorded[] = [];
  for (let step = 0; step < steps; step++) {
    const recorded = { operation: chance.below(use.operations.length), seed: chance.u32() };
    done.push(recorded);
    const sentence = stepOf(use, world, recorded);
    if (sentence !== undefined) {
      const steps = shrink(done, (fewer) => replay(use, seed, fewer) !== undefined);
      const named = steps.map(({ operation, seed: of }) => `${use.operations[operation]!.name} (${of})`);
      return { seed, sentence: replay(use, seed, steps) ?? sentence, steps: named };
    }
  }
  return undefined;
}

/** Operands come from a seed of their own, so that leaving out a step changes no other. */
function stepOf<World>(
  use: RandomUse<World>, world: World, { operation, seed }: Recorded,
): string | undefined {
  try {
    use.operations[operation]!.run(world, new Prng(seed));
    return use.breach(world);
  } catch (error) {
    return `it threw: ${String(error)}`;
  }
}

function replay<World>(use: RandomUse<World>, seed: number, steps: readonly Recorded[]): string | undefined {
  const world = use.create(seed);
  for (const step of steps) {
    const sentence = stepOf(use, world, step);
    if (sentence !== undefined) return sentence;
  }
  return undefined;
}
