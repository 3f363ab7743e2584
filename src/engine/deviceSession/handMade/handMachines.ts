/** Every kind of machine that can be made by hand, and one of them as a course of steps. */
import type { HandMachineSummary } from "../../api/handMade.ts";
import { handLimits } from "../../api/handMade.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import type { Step } from "../../scenarios/scenario.ts";
import { apMachine } from "./apMachine.ts";
import { armMachines } from "./armMachine.ts";
import { flicMachine } from "./flicMachine.ts";
import { argumentsOf, stepText, summaryOfCall, type HandMachine } from "./handMachine.ts";
import { passthroughMachines } from "./passthroughMachine.ts";
import { xiveMachine } from "./xiveMachine.ts";

/** A call only ever meets the machine of its own kind. */
type AnyMachine = Omit<HandMachine<never>, "build"> & { build(): unknown };
const machines: readonly AnyMachine[] = [
  flicMachine, xiveMachine, apMachine, ...armMachines, ...passthroughMachines,
];

export const handMachineList: readonly HandMachineSummary[] = machines.map(
  ({ kind, title, given, calls }) => ({ kind, title, given, calls: calls.map(summaryOfCall) }));

/** A machine with what its calls answered, by step. */
export interface HandWorld {
  readonly machine: unknown;
  readonly answers: string[];
}

export interface HandCourse {
  readonly kind: string;
  readonly title: string;
  readonly given: readonly string[];
  readonly when: readonly Step<HandWorld>[];
  build(): HandWorld;
}

export function startByHand(kind: string): Result<HandCourse, string> {
  const made = machines.find((one) => one.kind === kind);
  if (!made) return refuse(`There is no machine "${kind}": ${machines.map((one) => one.kind).join(", ")}.`);
  const { title, given } = made;
  return ok({ kind, title, given, when: [], build: () => ({ machine: made.build(), answers: [] }) });
}

/** The course with one more call behind its first `at` steps; later ones are dropped. */
export function append(
  course: HandCourse, at: number, id: string, values: Readonly<Record<string, string>>,
): Result<HandCourse, string> {
  const call = machines.find(({ kind }) => kind === course.kind)?.calls.find((one) => one.id === id);
  if (!call) return refuse(`This machine has no call "${id}".`);
  if (at >= handLimits.stepsMax) return refuse(`A machine takes ${handLimits.stepsMax} calls at most.`);
  const given = argumentsOf(call.fields, values);
  if (!given.ok) return given;
  const step: Step<HandWorld> = {
    says: stepText(call, values),
    does: ({ machine, answers }) => { answers.push(call.run(machine as never, given.value)); },
  };
  return ok({ ...course, when: [...course.when.slice(0, at), step] });
}
