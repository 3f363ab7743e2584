/** The answers of one machine to every experiment; explored when they are first asked for, and kept. */
import { assert } from "../base/assert.ts";
import { answerAll, type Answer, type Experiment } from "./experiment.ts";
import { experiments } from "./experiments.ts";
import { describeStep } from "./frame.ts";
import { countInterleavings } from "./interleavings.ts";
import type { MemoryModel } from "./memoryModel.ts";

export interface Known {
  readonly yes: boolean;
  readonly states: number;
  readonly transitions: number;
  readonly interleavings: bigint;
  /** A shortest interleaving that shows what was asked for, one text a step; empty where none does. */
  readonly steps: readonly string[];
}

export class Answers {
  readonly model: MemoryModel;
  private readonly known = new Map<string, Known>();

  constructor(model: MemoryModel) {
    this.model = model;
  }
  of(id: string): Known {
    if (!this.known.has(id)) this.explore(id);
    return this.known.get(id)!;
  }
  private explore(id: string): void {
    const asked = experiments.find((experiment) => experiment.id === id);
    assert(asked !== undefined, `there is no experiment "${id}"`);
    // The others about the same walk come for the same price.
    const isSameWalk = ({ program, without }: Experiment): boolean =>
      program === asked.program && without.join() === asked.without.join();
    for (const [experiment, answer] of answerAll(experiments.filter(isSameWalk), this.model)) {
      assert(answer.ok, `${id} has too many states`);
      this.known.set(experiment.id, summary(answer.value));
    }
  }
}

function summary({ yes, shortest, exploration }: Answer): Known {
  const { program, states, transitions } = exploration;
  return {
    yes, states, transitions, interleavings: countInterleavings(exploration).total,
    steps: (shortest ?? []).map((step) => describeStep(program, step)),
  };
}
