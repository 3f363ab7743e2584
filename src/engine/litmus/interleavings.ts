/**
 * How many interleavings a litmus program has, and how many of them show an outcome.
 *
 * An interleaving goes from the initial state to where nothing new can come: a rest, or a loop that is never
 * left. Rounds of a loop are not told apart, so the number is finite. Exact, counted over the whole graph.
 */
import { componentsOf, type Components } from "./components.ts";
import type { Exploration } from "./explore.ts";

export interface InterleavingCount {
  readonly total: bigint;
  /** Outcome → interleavings in which it holds at some moment. */
  readonly showing: ReadonlyMap<string, bigint>;
}

export function countInterleavings(exploration: Exploration): InterleavingCount {
  const { successors, holding } = exploration;
  const components = componentsOf(successors);
  const onward = edgesBetween(successors, components);
  const start = components.of[0]!;
  const total = waysFrom(onward, new Set())[start]!;
  const showing = new Map<string, bigint>();
  for (const [outcome, states] of holding) {
    const avoided = new Set(states.map((state) => components.of[state]!));
    showing.set(outcome, total - waysFrom(onward, avoided)[start]!);
  }
  return { total, showing };
}

/** For each component, the components that its outgoing transitions lead to, once for each transition. */
function edgesBetween(successors: readonly (readonly number[])[], { of, count }: Components): number[][] {
  const onward: number[][] = Array.from({ length: count }, () => []);
  for (const [state, targets] of successors.entries())
    for (const target of targets) if (of[target] !== of[state]) onward[of[state]!]!.push(of[target]!);
  return onward;
}

/** For each component, the ways from it to an end that touch none of `avoided`. */
function waysFrom(onward: readonly (readonly number[])[], avoided: ReadonlySet<number>): bigint[] {
  const ways: bigint[] = [];
  for (const [component, targets] of onward.entries()) {
    if (avoided.has(component)) ways.push(0n);
    else if (targets.length === 0) ways.push(1n);
    else ways.push(targets.reduce((sum, target) => sum + ways[target]!, 0n));
  }
  return ways;
}
