/**
 * The same seed twice: two machines of devices that get the same calls answer the same, tell their
 * surroundings the same and end in the same state, byte for byte.
 */
import { show } from "../base/plainData.ts";
import { Prng } from "../base/prng.ts";
import type { Failure, FigureResult } from "./figure.ts";
import type { AnyDevice } from "./laws/device.ts";

const CALLS = 40;
const FAILURES_MAX = 3;

/** All that can be seen of one run, as text. */
function trace({ make, calls, heard, codec }: AnyDevice, seed: number): string {
  const chance = new Prng(seed);
  const world = make();
  const answers = Array.from({ length: CALLS }, () => {
    const call = chance.pick(calls);
    return `${call.name}: ${show(call.run(world, new Prng(chance.u32())))}; ${heard?.(world) ?? ""}`;
  });
  return [...answers, show(codec.save(world))].join("\n");
}

/** `count` seeds, each on the next of `devices`. */
export function determinismFigure(devices: readonly AnyDevice[], count: number): FigureResult {
  const failures: Failure[] = [];
  let reached = 0;
  for (; reached < count && failures.length < FAILURES_MAX; reached++) {
    const device = devices[reached % devices.length]!;
    const [once, again] = [trace(device, reached), trace(device, reached)];
    if (once !== again)
      failures.push({ seed: reached, sentence: `${device.name}: not the same twice`, steps: [] });
  }
  const name = `the same seed twice on each of ${devices.length} devices in turn, the same trace`;
  return { name, reached, target: count, failures };
}
