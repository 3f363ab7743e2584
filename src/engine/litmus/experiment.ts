/** One question about one litmus program, and its answer by exploring everything. */
import { ok, type Result } from "../base/result.ts";
import { cannotReach, explore, type Exploration, type TooManyStates } from "./explore.ts";
import type { Step } from "./machine.ts";
import type { MemoryModel } from "./memoryModel.ts";
import { assemble, type LitmusProgram } from "./program.ts";

/**
 * `reaches`: can the outcome come about? `strands`: is there a state from which it can no longer come about,
 * so that whoever waits for it waits for ever?
 */
export type Question = { readonly reaches: string } | { readonly strands: string };

export interface Experiment {
  /** The scenario of the catalogue and a letter for the variant. */
  readonly id: string;
  readonly title: string;
  readonly program: LitmusProgram;
  /** Barriers that are taken out. */
  readonly without: readonly string[];
  readonly asks: Question;
}

export interface Answer {
  readonly yes: boolean;
  readonly exploration: Exploration;
  /** A shortest interleaving that shows a reached outcome. */
  readonly shortest: readonly Step[] | undefined;
}

export function answer(experiment: Experiment, model: MemoryModel): Result<Answer, TooManyStates> {
  const explored = explore(assemble(experiment.program, experiment.without), model);
  return explored.ok ? ok(judge(experiment, explored.value)) : explored;
}

/** Answers in order. Neighbours that ask about the same program share one exploration. */
export function* answerAll(
  experiments: readonly Experiment[], model: MemoryModel,
): Generator<readonly [Experiment, Result<Answer, TooManyStates>]> {
  let last: { readonly of: Experiment; readonly explored: Result<Exploration, TooManyStates> } | undefined;
  for (const experiment of experiments) {
    if (last?.of.program !== experiment.program || last.of.without.join() !== experiment.without.join())
      last = { of: experiment, explored: explore(assemble(experiment.program, experiment.without), model) };
    const { explored } = last;
    yield [experiment, explored.ok ? ok(judge(experiment, explored.value)) : explored];
  }
}

function judge({ asks }: Experiment, exploration: Exploration): Answer {
  if ("reaches" in asks) {
    const shortest = exploration.shortest.get(asks.reaches);
    return { yes: shortest !== undefined, exploration, shortest };
  }
  const stranded = cannotReach(exploration, exploration.holding.get(asks.strands)!);
  return { yes: stranded.length > 0, exploration, shortest: undefined };
}
