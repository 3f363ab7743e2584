/**
 * A scenario: what a machine is given, what happens to it, and what must then be so; with the defects that
 * must break it, each a named switch that is off unless the runner turns it on.
 *
 * Everything in it is data and functions of the world it builds, so a run repeats exactly, can be stepped and
 * can be taken back by running to an earlier step.
 */
import { assert } from "../base/assert.ts";

/**
 * Where a scenario comes from. `read`: issue, commit message or document was read. `title`: only its title
 * and commit id were seen. `derived`: derived from source, not established as a defect. `derived-twice`:
 * the same, agreed by a second reader. `documented`: a documented rule. `measured`: on the system named.
 */
export type Evidence = "read" | "title" | "derived" | "derived-twice" | "documented" | "measured";

/** One action. It changes the world; a refusal by the machine is kept in the world, not thrown. */
export interface Step<World> {
  readonly says: string;
  does(world: World): void;
}

/** One statement about the world after the last step: what is seen equals what is expected, deeply. */
export interface Claim<World> {
  readonly says: string;
  seen(world: World): unknown;
  readonly is: unknown;
}

export interface Defect {
  /** Name of the switch, from the machine's part inwards: `xive.eqSync.skipMarkDirty`. */
  readonly switch: string;
  /** The claim, word for word, that fails with the switch on; others may fail with it. */
  readonly breaks: string;
  /** What goes wrong, in one sentence. */
  readonly because: string;
}

/** The switches that are on while a world is built; empty for a correct machine. */
export type Defects = ReadonlySet<string>;

export interface Scenario<World = unknown> {
  /** Unique, in words: `gisa-bits-lost-on-short-buffer`. */
  readonly id: string;
  /** The family it is listed under: `s390`, `power`, `memory`, `passthrough`, `requests`, `own`. */
  readonly family: string;
  /** Its id in the collection it comes from (`7`, `R12`, `L4a`), if it is from one. */
  readonly row?: string;
  readonly title: string;
  readonly evidence: readonly Evidence[];
  readonly sources: readonly string[];
  readonly given: { readonly says: readonly string[]; build(defects: Defects): World };
  readonly when: readonly Step<World>[];
  readonly then: readonly Claim<World>[];
  /** Lines for the reader about the world after the last step: what was explored, how much was counted. */
  shows?(world: World): readonly string[];
  readonly defects: readonly Defect[];
}

type Outline =
  Pick<Scenario<never>, "id" | "defects"> & { readonly then: readonly { readonly says: string }[] };

/** What types cannot say: sentences that can be told apart, defects that break a claim there is. */
export function objectionToScenario({ id, then, defects }: Outline): string | undefined {
  const claims = then.map(({ says }) => says);
  const switches = defects.map((defect) => defect.switch);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id)) return `"${id}" is no scenario id: lower-case words and hyphens`;
  if (claims.length === 0) return `scenario ${id} claims nothing`;
  if (new Set(claims).size !== claims.length) return `scenario ${id} says one claim twice`;
  if (new Set(switches).size !== switches.length) return `scenario ${id} names one switch twice`;
  const stray = defects.find(({ breaks }) => !claims.includes(breaks));
  return stray && `a defect of scenario ${id} breaks no claim of it: "${stray.breaks}"`;
}

export function defineScenario<World>(scenario: Scenario<World>): Scenario<World> {
  const objection = objectionToScenario(scenario);
  assert(objection === undefined, objection ?? "");
  return scenario;
}

export const step = <World>(says: string, does: (world: World) => void): Step<World> => ({ says, does });

export const claim = <World>(
  says: string, seen: (world: World) => unknown, is: unknown,
): Claim<World> => ({ says, seen, is });
