/**
 * All states that a litmus program can reach on a machine, and the shortest interleaving to each outcome.
 * Complete, not sampled: breadth first from the initial state.
 */
import { ok, refuse, type Result } from "../base/result.ts";
import { LitmusMachine, type Step } from "./machine.ts";
import type { MemoryModel } from "./memoryModel.ts";
import type { AssembledProgram } from "./program.ts";
import { keyOf, type State } from "./state.ts";
import { StateView } from "./stateView.ts";

export interface Exploration {
  readonly program: AssembledProgram;
  readonly model: MemoryModel;
  readonly states: number;
  readonly transitions: number;
  /** State numbers after each state, in step order; the initial state is number 0. */
  readonly successors: readonly (readonly number[])[];
  /** For each outcome, every state in which it holds. */
  readonly holding: ReadonlyMap<string, readonly number[]>;
  /** A shortest interleaving from the initial state to a state in which the outcome holds. */
  readonly shortest: ReadonlyMap<string, readonly Step[]>;
}

export interface TooManyStates {
  readonly statesMax: number;
  readonly sentence: string;
}

/** Enough for every program of the catalogue, thirty times over. */
const STATES_MAX = 1_000_000;

/** Refuses a program with more than `statesMax` states; nothing is said about part of a walk. */
export function explore(
  program: AssembledProgram, model: MemoryModel, statesMax = STATES_MAX,
): Result<Exploration, TooManyStates> {
  const machine = new LitmusMachine(program, model);
  const states: State[] = [machine.initial()];
  const numbers = new Map([[keyOf(states[0]!), 0]]);
  const cameFrom: { readonly state: number; readonly step: Step }[] = [];
  const successors: number[][] = [];
  let transitions = 0;
  for (let number = 0; number < states.length; number++) {
    const next: number[] = [];
    for (const step of machine.steps(states[number]!)) {
      const key = keyOf(step.next);
      let target = numbers.get(key);
      if (target === undefined) {
        target = states.length;
        if (target >= statesMax) return refuse(tooMany(program, statesMax));
        numbers.set(key, target);
        states.push(step.next);
        cameFrom[target] = { state: number, step };
      }
      next.push(target);
    }
    transitions += next.length;
    successors.push(next);
  }
  const holding = outcomesIn(program, states);
  const shortest = new Map<string, Step[]>();
  for (const [outcome, [first]] of holding) if (first !== undefined) shortest.set(outcome, way(cameFrom,
    first));
  return ok({ program, model, states: states.length, transitions, successors, holding, shortest });
}

function tooMany(program: AssembledProgram, statesMax: number): TooManyStates {
  const { title } = program.source;
  return { statesMax, sentence: `"${title}" has more than ${statesMax} states; nothing was concluded.` };
}

function outcomesIn(program: AssembledProgram, states: readonly State[]): Map<string, number[]> {
  const views = states.map((state) => new StateView(program, state));
  return new Map(program.source.outcomes.map(({ id, holds }) =>
    [id, views.flatMap((view, number) => (holds(view) ? [number] : []))]));
}

function way(cameFrom: readonly { readonly state: number; readonly step: Step }[], to: number): Step[] {
  const steps: Step[] = [];
  for (let at = cameFrom[to]; at; at = cameFrom[at.state]) steps.unshift(at.step);
  return steps;
}

/** States from which no way leads to any state of `goals`: who waits for one of them waits for ever. */
export function cannotReach({ successors }: Exploration, goals: readonly number[]): number[] {
  const before: number[][] = successors.map(() => []);
  for (const [state,
    targets] of successors.entries()) for (const target of targets) before[target]!.push(state);
  const canReach = new Uint8Array(successors.length);
  const open = [...goals];
  for (const goal of goals) canReach[goal] = 1;
  for (let state = open.pop(); state !== undefined; state = open.pop())
    for (const earlier of before[state]!) {
      if (canReach[earlier]) continue;
      canReach[earlier] = 1;
      open.push(earlier);
    }
  return [...successors.keys()].filter((state) => !canReach[state]);
}
