/**
 * The laws that hold in the middle of random calls, as one random use for every device:
 *
 * - no call throws, and one that is refused changes nothing;
 * - saving changes nothing, and saving what was loaded gives the same bytes, three times over;
 * - two instances that got the same calls answer the same and have the same state, although one of them is
 *   now and then saved and goes on as a copy (so running and saving can be done in either order);
 * - the books balance.
 */
import { isSame, show } from "../../base/plainData.ts";
import { Prng } from "../../base/prng.ts";
import type { Operation, RandomUse } from "../figure.ts";
import { isRefused, type DeviceUnderLaw, type LawCall } from "./device.ts";

const CYCLES = 3;
/** Calls that a machine has had before a state is loaded into it. */
const NOISE_CALLS = 12;

export interface LawCounts {
  refused: number;
}

/** `copied` is the instance that is saved and goes on as a copy, `twin` the one that never is. */
interface Instances<World> {
  copied: World;
  readonly twin: World;
  breach: string | undefined;
}

/** Counts refused calls in `counts`. */
export function lawUse<World>(
  device: DeviceUnderLaw<World>, counts: LawCounts = { refused: 0 },
): RandomUse<Instances<World>> {
  const called = device.calls.map((call): Operation<Instances<World>> => ({
    name: call.name,
    run: (instances, prng) => { instances.breach ??= callBoth(device, call, instances, prng.u32(), counts); },
  }));
  const copy: Operation<Instances<World>> = {
    name: "save and load, three times",
    run: (instances, prng) => { instances.breach ??= goOnAsCopy(device, instances, prng); },
  };
  return {
    name: device.name,
    operations: [...called, copy],
    create: () => ({ copied: device.make(), twin: device.make(), breach: undefined }),
    breach: (instances) => instances.breach,
  };
}

function callBoth<World>(
  device: DeviceUnderLaw<World>, call: LawCall<World>, { copied, twin }: Instances<World>, seed: number,
  counts: LawCounts,
): string | undefined {
  const { codec, heard, breach } = device;
  const untouched = device.untouched ?? codec.save;
  const before = untouched(copied);
  const result = call.run(copied, new Prng(seed));
  const other = call.run(twin, new Prng(seed));
  const after = codec.save(copied);
  if (!isSame(result, other)) return `one answers ${show(result)}, its twin ${show(other)}`;
  if (isRefused(result)) counts.refused++;
  if (isRefused(result) && !isSame(before, untouched(copied)))
    return `refused with ${show(result)}, it changed the state`;
  if (!isSame(codec.save(copied), after)) return "saving changed the state";
  if (!isSame(codec.save(twin), after)) return "its twin has another state";
  const [one, two] = [heard?.(copied), heard?.(twin)];
  if (one !== two) return `one says ${one}, its twin ${two}`;
  return breach?.(copied);
}

function goOnAsCopy<World>(
  device: DeviceUnderLaw<World>, instances: Instances<World>, prng: Prng,
): string | undefined {
  const { codec, calls, follow } = device;
  for (let cycle = 1; cycle <= CYCLES; cycle++) {
    const saved = codec.save(instances.copied);
    const next = device.make();
    for (let call = 0; call < NOISE_CALLS; call++)
      prng.pick(calls.filter(({ passesTime }) => !passesTime)).run(next, prng);
    follow?.(next, instances.copied);
    const loaded = codec.load(next, saved);
    if (!loaded.ok) return `cycle ${cycle} was refused: ${loaded.error}`;
    if (!isSame(codec.save(next), saved)) return `cycle ${cycle} gives another state`;
    instances.copied = next;
  }
  return device.breach?.(instances.copied);
}
