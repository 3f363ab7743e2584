/**
 * The law of damaged state. As a section with its checksum, every truncation and every single flipped bit is
 * refused. Behind the checksum, what is not a state at all is refused and changes nothing; what still is a
 * state of such a device is taken over as it is, and the device goes on with it without a throw.
 */
import { Prng } from "../../base/prng.ts";
import { isSame } from "../../base/plainData.ts";
import { decodeSections, encodeSections } from "../../snapshot/sections.ts";
import { isRefused, type DeviceUnderLaw } from "./device.ts";

const CALLS_BEFORE = 150;
const CALLS_AFTER = 20;
/** Damages of one payload that are tried: all of a short one, else so many from a seed. */
const DAMAGES_MAX = 300;

export interface DamageCounts {
  refused: number;
  taken: number;
}

/** A machine after random calls. */
function used<World>({ make, calls }: DeviceUnderLaw<World>, prng: Prng, count: number): World {
  const world = make();
  for (let call = 0; call < count; call++) prng.pick(calls).run(world, prng);
  return world;
}

/** The first breach of the law, in one sentence; undefined if it held. Fills `counts`. */
export function damageBreach<World>(
  device: DeviceUnderLaw<World>, seed: number, counts: DamageCounts,
): string | undefined {
  const { codec, follow } = device;
  const world = used(device, new Prng(seed), CALLS_BEFORE);
  const newTarget = (): World => {
    const target = device.make();
    follow?.(target, world);
    return target;
  };
  let target = newTarget();
  const untouched = codec.save(target);
  for (const [what, damaged] of damages(codec.save(world), new Prng(seed))) {
    try {
      const loaded = codec.load(target, damaged);
      counts[loaded.ok ? "taken" : "refused"]++;
      if (!loaded.ok && !isSame(codec.save(target), untouched))
        return `${what}: refused (${loaded.error}), and it changed`;
      if (!loaded.ok) continue;
      const breach = goesOn(device, target, seed);
      if (breach !== undefined) return `${what}: ${breach}`;
      target = newTarget();
    } catch (error) {
      return `${what}: it threw: ${String(error)}`;
    }
  }
  return undefined;
}

/** With a state that was taken over: it is that state, and random calls throw nothing. */
function goesOn<World>(
  { codec, calls }: DeviceUnderLaw<World>, target: World, seed: number,
): string | undefined {
  const once = codec.save(target);
  const again = codec.load(target, once);
  if (!again.ok) return `taken over, and then not again: ${again.error}`;
  if (!isSame(codec.save(target), once)) return "taken over, and not the same the second time";
  const prng = new Prng(seed);
  for (let call = 0; call < CALLS_AFTER; call++) prng.pick(calls).run(target, prng);
  codec.save(target);
  return undefined;
}

/** Truncations and flipped bits. */
function* damages(payload: Uint8Array, prng: Prng): Generator<readonly [what: string, bytes: Uint8Array]> {
  const bits = payload.length * 8;
  const share = Math.min(1, DAMAGES_MAX / (bits + payload.length));
  for (let length = 0; length < payload.length; length++)
    if (prng.below(1_000_000) < share * 1_000_000) yield [`cut to ${length} bytes`, payload.slice(0, length)];
  for (let bit = 0; bit < bits; bit++) {
    if (prng.below(1_000_000) >= share * 1_000_000) continue;
    const flipped = payload.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    yield [`bit ${bit} flipped`, flipped];
  }
}

/** Within its section: what is not refused by length or checksum. */
export function undetectedDamage<World>(device: DeviceUnderLaw<World>, seed: number): string[] {
  const payload = device.codec.save(used(device, new Prng(seed), CALLS_BEFORE));
  const whole = encodeSections("laws", "laws", [{ name: device.folder.toLowerCase(), version: 1, payload }]);
  return [...damages(whole, new Prng(seed))]
    .filter(([, bytes]) => decodeSections(bytes).ok).map(([what]) => what);
}

/** What the reset leaves is what is documented, if it is, and a second reset changes nothing. */
export function resetBreach<World>(device: DeviceUnderLaw<World>, seed: number): string | undefined {
  const { codec, reset, follow } = device;
  if (!reset) return undefined;
  const world = used(device, new Prng(seed), CALLS_BEFORE);
  let wanted: Uint8Array | undefined;
  if (reset.documented) {
    const documented = device.make();
    follow?.(documented, world);
    reset.documented(documented, used(device, new Prng(seed), CALLS_BEFORE));
    wanted = codec.save(documented);
  }
  if (isRefused(reset.run(world))) return "the reset was refused";
  const after = codec.save(world);
  if (wanted && !isSame(after, wanted)) return "it leaves another state than is documented";
  reset.run(world);
  return isSame(after, codec.save(world)) ? undefined : "a second reset changes something";
}
