/** The one comparison of all vector runners. */
import { isSame, show } from "../base/plainData.ts";

/** One sentence if `seen` is not what was expected, none if it is or nothing was expected. */
export const differs = (what: string, seen: unknown, expected: unknown): string[] =>
  expected === undefined || isSame(seen, expected) ? []
    : [`${what} is ${show(seen)}, expected ${show(expected)}`];
