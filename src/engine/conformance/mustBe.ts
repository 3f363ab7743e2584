/** Vectors that end at their first difference: a step says what must be so; the rest is not carried out. */
import { isSame, show } from "../base/plainData.ts";

class Mismatch extends Error {}

/** Ends the vector unless `saw` is what was expected. */
export function mustBe(saw: unknown, expected: unknown): void {
  if (!isSame(saw, expected)) throw new Mismatch(`saw ${show(saw)}, expected ${show(expected)}`);
}

/** Carries out the steps of a vector; the first difference with its place, or nothing. */
export function firstMismatch<Step extends { readonly op: string }>(
  id: string, steps: readonly Step[], carryOut: (step: Step) => void,
): string[] {
  for (const [index, step] of steps.entries())
    try {
      carryOut(step);
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      return [`${id} step ${index + 1} (${step.op}): ${error.message}`];
    }
  return [];
}
