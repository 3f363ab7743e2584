/**
 * A scenario about threads that race: a litmus program is explored completely, on a machine whose atomics
 * order and on one whose do not, and each claim says whether its outcome can come about. A defect puts
 * another program, or the same without a barrier, in the place of the one that a claim asks about.
 */
import { Answers } from "../../litmus/answers.ts";
import { experiments } from "../../litmus/experiments.ts";
import { relaxed, total, type MemoryModel } from "../../litmus/memoryModel.ts";
import { claim, defineScenario, step, type Defects, type Evidence, type Scenario } from "../scenario.ts";

export interface LitmusClaim {
  readonly says: string;
  /** Id of the experiment that asks for what must not be. */
  readonly asks: string;
  /** The outcome must be possible instead. */
  readonly isPossible?: boolean;
}

export interface LitmusDefect {
  readonly switch: string;
  readonly breaks: string;
  readonly because: string;
  /** By the experiment that a claim asks: the one that answers in its place. */
  readonly instead: Readonly<Record<string, string>>;
}

export interface LitmusRow {
  readonly id: string;
  readonly row?: string;
  readonly title: string;
  readonly evidence: readonly Evidence[];
  readonly sources: readonly string[];
  readonly given: readonly string[];
  readonly then: readonly LitmusClaim[];
  readonly defects: readonly LitmusDefect[];
  /** Machines beyond the two. */
  readonly machines?: readonly MemoryModel[];
}

interface World {
  /** By the experiment that a claim asks: the one that answers. */
  readonly answering: ReadonlyMap<string, string>;
  readonly explored: Answers[];
}

// A walk is the same whichever scenario asks for it.
const answers = new Map<MemoryModel, Answers>();
function answersOn(model: MemoryModel): Answers {
  if (!answers.has(model)) answers.set(model, new Answers(model));
  return answers.get(model)!;
}

/** The machines on which the experiment answers yes, each with a shortest interleaving. */
const waysTo = ({ explored, answering }: World, asks: string): string[] =>
  explored.flatMap((machine) => {
    const { yes, steps } = machine.of(answering.get(asks)!);
    return yes ? [`${machine.model.title}: ${steps.join("; ") || "no way back from some state"}`] : [];
  });

const describeWalk = ({ explored }: World, id: string): string[] =>
  explored.map((machine) => {
    const { states, transitions, interleavings } = machine.of(id);
    const { title } = experiments.find((experiment) => experiment.id === id)!.program;
    return `${title}; ${machine.model.title}: ${states} states, ${transitions} transitions, `
      + `${interleavings} interleavings`;
  });

export function litmusScenario(row: LitmusRow): Scenario<World> {
  const machines = [total, relaxed, ...(row.machines ?? [])];
  const build = (defects: Defects): World => {
    const isOn = (defect: LitmusDefect): boolean => defects.has(defect.switch);
    const substitutes: Readonly<Record<string, string>> =
      Object.assign({}, ...row.defects.filter(isOn).map(({ instead }) => instead));
    const answering = row.then.map(({ asks }) => [asks, substitutes[asks] ?? asks] as const);
    return { answering: new Map(answering), explored: [] };
  };
  return defineScenario<World>({
    id: row.id, family: "requests", ...(row.row === undefined ? {} : { row: row.row }), title: row.title,
    evidence: row.evidence, sources: row.sources,
    given: { says: row.given, build },
    when: machines.map((model) => step(`every interleaving is explored where ${model.title}`, (world) => {
      world.explored.push(answersOn(model));
    })),
    then: row.then.map(({ says, asks, isPossible }) => isPossible
      ? claim(says, (world) => waysTo(world, asks).length, machines.length)
      : claim(says, (world) => waysTo(world, asks), [])),
    shows: (world) => [...new Set([...world.answering.values()].flatMap((id) => describeWalk(world, id)))],
    defects: row.defects.map(({ instead: _, ...defect }) => defect),
  });
}
