/**
 * What the project holds against its specifications: for each one its vectors, carried out call by call, and
 * the state spaces that are walked completely.
 */

export interface ConformanceVector {
  /** Stable: `F07`, `A18a`. */
  readonly id: string;
  readonly title: string;
  /** Calls whose answer the specification gives; what only arranges the machine is not counted. */
  readonly calls: number;
  /** Where the specification's own reading is doubted: both readings, in words. */
  readonly note?: string;
  /** Carries the vector out; sentences about what was different, empty if it holds. */
  mismatches(): readonly string[];
}

export interface WalkResult {
  /** Distinct states reached, and steps taken between them, every one checked. */
  readonly states: number;
  readonly transitions: number;
  /** Sentences about steps that broke the rule; empty if none did. */
  readonly violations: readonly string[];
}

export interface Walk {
  readonly name: string;
  /** The whole space as it was counted once: a run that finds another one has left something out. */
  readonly whole: Pick<WalkResult, "states" | "transitions">;
  run(): WalkResult;
}

/** What a walk found wrong, first of all that it was not the whole space. */
export function runWalk({ whole, run }: Walk): WalkResult {
  const { states, transitions, violations } = run();
  const isWhole = states === whole.states && transitions === whole.transitions;
  const short = `of ${whole.states} states and ${whole.transitions} transitions`
    + ` it found ${states} and ${transitions}`;
  return { states, transitions, violations: isWhole ? violations : [short, ...violations] };
}

export interface Suite {
  /** As the command line names it: `flic`. */
  readonly name: string;
  readonly title: string;
  /**
   * Ids that the specification numbers, and a series of our own for vectors derived from its sentences, so
   * that one left out is seen.
   */
  readonly specified: readonly string[];
  readonly vectors: readonly ConformanceVector[];
  readonly walks: readonly Walk[];
}

export interface SuiteReport {
  readonly name: string;
  readonly title: string;
  /** Ids specified, and those that at least one vector carries out. */
  readonly vectorsSpecified: number;
  readonly vectorsChecked: number;
  readonly callsSpecified: number;
  readonly callsChecked: number;
  readonly mismatches: readonly { readonly id: string; readonly sentence: string }[];
  readonly notes: readonly { readonly id: string; readonly note: string }[];
  readonly walks: readonly ({ readonly name: string } & WalkResult)[];
}

/** `F07` from `F07b`: a specified vector may be carried out in parts. */
export const specifiedId = (id: string): string => /^[A-Z]+\d+/.exec(id)?.[0] ?? id;

/** `F01` to `F55`: letters, and numbers of at least two digits. */
export const numbered = (letters: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${letters}${String(n + 1).padStart(2, "0")}`);

/** Carries out all of a suite. A vector that throws is a mismatch and counts as not checked. */
export function runSuite({ name, title, specified, vectors, walks }: Suite): SuiteReport {
  const mismatches: { id: string; sentence: string }[] = [];
  const checked = new Set<string>();
  let callsChecked = 0;
  for (const vector of vectors) {
    try {
      for (const sentence of vector.mismatches()) mismatches.push({ id: vector.id, sentence });
      callsChecked += vector.calls;
      checked.add(specifiedId(vector.id));
    } catch (error) {
      mismatches.push({ id: vector.id, sentence: `it threw: ${String(error)}` });
    }
  }
  const sum = (total: number, { calls }: ConformanceVector): number => total + calls;
  return {
    name, title, mismatches, callsChecked, callsSpecified: vectors.reduce(sum, 0),
    vectorsSpecified: specified.length, vectorsChecked: specified.filter((id) => checked.has(id)).length,
    notes: vectors.flatMap(({ id, note }) => (note === undefined ? [] : [{ id, note }])),
    walks: walks.map((walk) => ({ name: walk.name, ...runWalk(walk) })),
  };
}

/** True if every specified vector was carried out and nothing was different. */
export const conforms = ({ vectorsSpecified, vectorsChecked, mismatches, walks }: SuiteReport): boolean =>
  vectorsSpecified === vectorsChecked && mismatches.length === 0
  && walks.every(({ violations }) => violations.length === 0);
