/** The litmus programs of the catalogue, explored and stepped for a window. */
import type {
  CodeLine, LitmusList, LitmusQuestion, LitmusResult, LitmusSetting, LitmusSummary, LitmusWalk, OutcomeCount,
} from "../api/litmusView.ts";
import { ok, refuse, type Result } from "../base/result.ts";
import { experiments } from "../litmus/experiments.ts";
import type { Experiment, Question } from "../litmus/experiment.ts";
import { cannotReach, explore } from "../litmus/explore.ts";
import { describe } from "../litmus/frame.ts";
import { countInterleavings } from "../litmus/interleavings.ts";
import { memoryModels, type MemoryModel } from "../litmus/memoryModel.ts";
import {
  assemble, barriersOf, type AssembledProgram, type LitmusProgram, type Thread,
} from "../litmus/program.ts";
import { Replay, choicesOf } from "../litmus/replay.ts";

/** In the catalogue's order; questions about one program stand together. */
const programs: readonly LitmusProgram[] = [...new Set(experiments.map(({ program }) => program))];

export const litmusList = (): LitmusList => ({
  programs: programs.map((program, number): LitmusSummary => ({
    program: number,
    title: program.title,
    barriers: barriersOf(program),
    questions: experiments.filter((one) => one.program === program).map(questionOf),
  })),
  models: memoryModels.map(({ id, title }) => ({ id, title })),
});

function questionOf({ id, title, without, asks, program }: Experiment): LitmusQuestion {
  const name = (outcome: string): string =>
    program.outcomes.find((one) => one.id === outcome)?.title ?? outcome;
  return { id, title, without, asks: questionText(asks, name) };
}

const questionText = (asks: Question, name: (outcome: string) => string): string =>
  "reaches" in asks ? `Can it come to: ${name(asks.reaches)}?`
    : `Is there a state from which this can no longer come: ${name(asks.strands)}?`;

interface Chosen {
  readonly program: AssembledProgram;
  readonly model: MemoryModel;
}

function choose({ program: number, without, model: id }: LitmusSetting): Result<Chosen, string> {
  const program = programs[number];
  const model = memoryModels.find((one) => one.id === id);
  if (!program) return refuse(`There is no program ${number}: there are ${programs.length}, from 0.`);
  if (!model) return refuse(`There is no machine "${id}": ${memoryModels.map((one) => one.id).join(", ")}.`);
  const known = barriersOf(program);
  const unknown = without.find((barrier) => !known.includes(barrier));
  if (unknown !== undefined)
    return refuse(`"${program.title}" has no barrier "${unknown}"; it has ${known.join(", ") || "none"}.`);
  return ok({ program: assemble(program, without), model });
}

export function litmusExplore(setting: LitmusSetting): Result<LitmusResult, string> {
  const chosen = choose(setting);
  if (!chosen.ok) return chosen;
  const { program, model } = chosen.value;
  const explored = explore(program, model);
  if (!explored.ok) return refuse(explored.error.sentence);
  const { states, transitions, shortest, holding } = explored.value;
  const counts = countInterleavings(explored.value);
  const outcomes = program.source.outcomes.map(({ id, title, verdict }): OutcomeCount => {
    const way = shortest.get(id);
    return {
      id, title, verdict,
      interleavings: String(counts.showing.get(id) ?? 0n),
      strandedStates: cannotReach(explored.value, holding.get(id) ?? []).length,
      ...(way && { choices: choicesOf(program, model, way) }),
    };
  });
  const threads = program.source.threads.map((thread) =>
    ({ name: thread.name, code: codeOf(program, thread, setting.without) }));
  return ok({ threads, states, transitions, interleavings: String(counts.total), outcomes });
}

function codeOf(program: AssembledProgram, { code }: Thread, without: readonly string[]): CodeLine[] {
  let at = 0;
  return code.map((item): CodeLine => {
    if (item.kind === "label") return { text: `${item.name}:`, isRemoved: false };
    const barrier = item.kind === "barrier" ? item.id : undefined;
    const isRemoved = barrier !== undefined && without.includes(barrier);
    const text = describe(program, item) + (barrier === undefined ? "" : `: ${barrier}`);
    return { text, ...(!isRemoved && { at: at++ }), ...(barrier !== undefined && { barrier }), isRemoved };
  });
}

/** Refuses a choice that is not offered where it stands. */
export function litmusWalk(setting: LitmusSetting, choices: readonly number[]): Result<LitmusWalk, string> {
  const chosen = choose(setting);
  if (!chosen.ok) return chosen;
  const replay = new Replay(chosen.value.program, chosen.value.model);
  const frames = [replay.frame];
  const holding = [replay.outcomes];
  for (const choice of choices) {
    const taken = replay.take(choice);
    if (!taken.ok) return taken;
    frames.push(replay.frame);
    holding.push(replay.outcomes);
  }
  return ok({ frames, steps: [...replay.history], holding, offers: replay.offers });
}
