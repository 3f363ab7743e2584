/**
 * One interleaving, step by step, forward and back: a person chooses who goes next, or follows one that
 * exploration found. An interleaving is kept as the numbers chosen, in the order that the machine offers.
 */
import { refuse, ok, type Result } from "../base/result.ts";
import type { Frame } from "../api/litmusView.ts";
import { describeStep, frameOf } from "./frame.ts";
import { LitmusMachine, type Step } from "./machine.ts";
import type { MemoryModel } from "./memoryModel.ts";
import type { AssembledProgram } from "./program.ts";
import { keyOf, type State } from "./state.ts";
import { StateView } from "./stateView.ts";

export class Replay {
  private readonly machine: LitmusMachine;
  private readonly states: State[];
  private readonly chosen: number[] = [];
  private readonly texts: string[] = [];

  constructor(program: AssembledProgram, model: MemoryModel) {
    this.machine = new LitmusMachine(program, model);
    this.states = [this.machine.initial()];
  }

  /** Steps taken so far. */
  get choices(): readonly number[] {
    return this.chosen;
  }
  /** What was done so far, one line a step. */
  get history(): readonly string[] {
    return this.texts;
  }
  /** What can come next; empty at rest. */
  get offers(): string[] {
    return this.machine.steps(this.state).map((step) => describeStep(this.machine.program, step));
  }
  get frame(): Frame {
    return frameOf(this.machine.program, this.state);
  }
  /** Ids of the outcomes that hold now. */
  get outcomes(): string[] {
    const view = new StateView(this.machine.program, this.state);
    return this.machine.program.source.outcomes.filter(({ holds }) => holds(view)).map(({ id }) => id);
  }

  /** Takes the offered step with this number; refuses a number that is not offered, with a sentence. */
  take(choice: number): Result<void, string> {
    const steps = this.machine.steps(this.state);
    const step = steps[choice];
    if (!step)
      return refuse(`Step ${choice} is not offered: there are ${steps.length} here, counted from 0.`);
    this.states.push(step.next);
    this.chosen.push(choice);
    this.texts.push(describeStep(this.machine.program, step));
    return ok(undefined);
  }

  /** Undoes the last step; false at the beginning. */
  back(): boolean {
    if (this.chosen.length === 0) return false;
    this.states.pop();
    this.chosen.pop();
    this.texts.pop();
    return true;
  }

  private get state(): State {
    return this.states[this.states.length - 1]!;
  }
}

/** The numbers to choose so that a replay does the given steps from the beginning. */
export function choicesOf(program: AssembledProgram, model: MemoryModel, steps: readonly Step[]): number[] {
  const machine = new LitmusMachine(program, model);
  let state = machine.initial();
  return steps.map((wanted) => {
    const choice = machine.steps(state).findIndex(({ next }) => keyOf(next) === keyOf(wanted.next));
    state = wanted.next;
    return choice;
  });
}
