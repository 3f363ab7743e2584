/**
 * Structured bad calls by the million: every one refused with the errno it must have, and nothing changed.
 * The state is compared after each batch; a batch that changed something is taken apart call by call.
 */
import { isSame } from "../base/plainData.ts";
import { Prng } from "../base/prng.ts";
import type { Failure, FigureResult } from "./figure.ts";

/** What came back from one bad call and what had to. */
export type Answered = readonly [result: number, expected: number];

/** Calls to one device that must be refused, each well formed but for one thing. */
export interface BadCalls<Machine> {
  /** Of the device. */
  readonly name: string;
  readonly calls: Readonly<Record<string, (machine: Machine, prng: Prng) => Answered>>;
  /** A machine with something of everything in it, so that a change would be seen. */
  make(): Machine;
  /** All of its state, as plain data. */
  stateOf(machine: Machine): unknown;
}

const BATCH = 1_000;
const FAILURES_MAX = 3;

export function badCallsFigure<Machine>(bad: BadCalls<Machine>, count: number, seed = 1): FigureResult {
  const failures: Failure[] = [];
  const machine = bad.make();
  const all = Object.entries(bad.calls);
  const before = bad.stateOf(machine);
  let reached = 0;
  for (let batch = seed; reached < count && failures.length < FAILURES_MAX; batch++) {
    const prng = new Prng(batch);
    const calls = Math.min(BATCH, count - reached);
    for (let call = 0; call < calls; call++) {
      const [name, make] = prng.pick(all);
      const [result, expected] = make(machine, prng);
      if (result === expected) continue;
      failures.push({ seed: batch, sentence: `${name} gave ${result}, expected ${expected}`, steps: [name] });
    }
    if (!isSame(bad.stateOf(machine), before)) {
      failures.push(takeApart(bad, batch, calls));
      break;
    }
    reached += calls;
  }
  return { name: `bad attribute calls, ${bad.name}`, reached, target: count, failures };
}

/** The first call of a batch that changed the state. */
function takeApart<Machine>(bad: BadCalls<Machine>, seed: number, calls: number): Failure {
  const machine = bad.make();
  const before = bad.stateOf(machine);
  const prng = new Prng(seed);
  for (let call = 0; call < calls; call++) {
    const [name, make] = prng.pick(Object.entries(bad.calls));
    make(machine, prng);
    if (!isSame(bad.stateOf(machine), before))
      return { seed, sentence: `${name} changed the state`, steps: [name] };
  }
  return { seed, sentence: "only many batches together changed the state", steps: [] };
}
