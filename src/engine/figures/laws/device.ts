/**
 * A device as the laws see it: how it is made, what may be done to it, what it leaves in a snapshot and what
 * surrounds it. The laws themselves are in `lawUse.ts` and `stateDamage.ts`.
 */
import { ok, type Result } from "../../base/result.ts";
import type { StateSchema } from "../../snapshot/schema.ts";
import type { Operation } from "../figure.ts";

/** A device's state as the bytes of a section's payload, and back. */
export interface Codec<World> {
  /** Reads only. */
  save(world: World): Uint8Array;
  /** Refuses with a sentence; then nothing has changed. */
  load(world: World, payload: Uint8Array): Result<void, string>;
}

/** What may be called at any time, by guest, VMM or person. */
export interface LawCall<World> extends Operation<World> {
  /** Virtual time passes, and does not go back when a state is loaded. */
  readonly passesTime?: true;
}

export interface DeviceUnderLaw<World> {
  /** Its folder below `devices/`. */
  readonly folder: string;
  readonly name: string;
  /** The same machine every time. */
  make(): World;
  /**
   * A negative result, or one that begins with "refused", says that the call was refused. Results are plain
   * data and compared between instances.
   */
  readonly calls: readonly LawCall<World>[];
  /** None of its calls can be refused. */
  readonly refusesNothing?: true;
  readonly codec: Codec<World>;
  /** Brings all that is not the device to where `from` has it: RAM, registers, time, books. */
  follow?(to: World, from: World): void;
  /** What a refused call must leave as it is, where that is not the whole state. */
  untouched?(world: World): unknown;
  /** What the device has sent to its surroundings since this was last asked. */
  heard?(world: World): string;
  /** What is wrong now beyond these laws: books that do not balance, two places that disagree. */
  breach?(world: World): string | undefined;
  readonly reset?: Reset<World>;
}

export interface Reset<World> {
  /** What the reset is, and who documents what it leaves. */
  readonly says: string;
  run(world: World): unknown;
  /**
   * The state that it has to leave, made from a new machine and from what was there before. Where nothing is
   * documented in whole, the law is only that a second reset changes nothing.
   */
  documented?(fresh: World, before: World): void;
}

/** The codec of a section: `take` what it holds, `give` it back. */
export const codecOf = <World, T>(
  schema: StateSchema<T>, take: (world: World) => T,
  give: (world: World, values: T) => Result<void, string> | void,
): Codec<World> => ({
  save: (world) => schema.encode(take(world)),
  load: (world, payload) => {
    const values = schema.decode(schema.version, payload);
    return values.ok ? give(world, values.value) ?? ok(undefined) : values;
  },
});

export const isRefused = (result: unknown): boolean =>
  typeof result === "string" ? result.startsWith("refused") : typeof result === "number" && result < 0;

/** The list of devices holds worlds of every kind; nothing but the row itself looks into one. */
export type AnyDevice = DeviceUnderLaw<unknown>;
export const device = <World>(row: DeviceUnderLaw<World>): AnyDevice => row as unknown as AnyDevice;
