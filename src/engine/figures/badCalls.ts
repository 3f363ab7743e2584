/**
 * Structured bad calls by the million: every one refused with the errno it must have, and nothing changed.
 * The state is compared after each batch; a batch that changed something is taken apart call by call.
 */
import { isSame } from "../base/plainData.ts";
import { Prng } from "../base/prng.ts";
import type { S390DeviceMachine } from "../deviceMachine/s390DeviceMachine.ts";
import type { Failure, FigureResult } from "./figure.ts";
import { crowdedMachine, makeBadCall } from "./flicBadCalls.ts";

const BATCH = 1_000;
const FAILURES_MAX = 3;

/** Everything but the next identity, which a refused injection uses up. */
const stateOf = ({ kvm }: S390DeviceMachine): unknown => structuredClone({ ...kvm.flic.save(), nextId: 0 });

export function flicBadCallsFigure(
  count: number, seed = 1, make: () => S390DeviceMachine = crowdedMachine,
): FigureResult {
  const failures: Failure[] = [];
  const machine = make();
  const before = stateOf(machine);
  let reached = 0;
  for (let batch = seed; reached < count && failures.length < FAILURES_MAX; batch++) {
    const prng = new Prng(batch);
    const calls = Math.min(BATCH, count - reached);
    for (let call = 0; call < calls; call++) {
      const { name, result, expected } = makeBadCall(machine, prng);
      if (result === expected) continue;
      failures.push({ seed: batch, sentence: `${name} gave ${result}, expected ${expected}`, steps: [name] });
    }
    if (!isSame(stateOf(machine), before)) {
      failures.push(takeApart(make, batch, calls));
      break;
    }
    reached += calls;
  }
  return { name: "bad attribute calls, floating interrupt controller", reached, target: count, failures };
}

/** The first call of a batch that changed the state. */
function takeApart(make: () => S390DeviceMachine, seed: number, calls: number): Failure {
  const machine = make();
  const before = stateOf(machine);
  const prng = new Prng(seed);
  for (let call = 0; call < calls; call++) {
    const { name } = makeBadCall(machine, prng);
    if (!isSame(stateOf(machine), before))
      return { seed, sentence: `${name} changed the state`, steps: [name] };
  }
  return { seed, sentence: "only many batches together changed the state", steps: [] };
}
