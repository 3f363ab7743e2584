/**
 * Guests that come with the program: an assembler source and a description, `guests/<id>.json` in the
 * resources.
 * Invariant: a built-in guest is assembled when it is started, so its source and its image cannot differ.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { refuse, type Result } from "../../engine/base/result.ts";
import { assembleFile } from "./assembler.ts";

const builtinRecord = v.object({
  title: v.string(),
  description: v.string(),
  memoryBytes: v.number(),
  cpus: v.number(),
  /** The machine has these demonstration adapters. */
  adapters: v.optional(v.array(v.object({ isc: v.number(), suppressible: v.boolean() }))),
  /** The machine has these AP queues. */
  ap: v.optional(v.object({ adapters: v.array(v.number()), domains: v.array(v.number()) })),
  /** File name beside the record. */
  source: v.pipe(v.string(), v.regex(/^[\w-]+\.s$/)),
});

export interface BuiltinGuest extends v.InferOutput<typeof builtinRecord> {
  readonly id: string;
  /** Why it cannot be started, as a sentence. */
  readonly fault?: string;
}

/** The built-in guests by file name. One whose record cannot be read is there with its `fault`. */
export async function readBuiltins(resourcesDir: string): Promise<BuiltinGuest[]> {
  const folder = join(resourcesDir, "guests");
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(names.map((name) => readBuiltin(folder, name)));
}

async function readBuiltin(folder: string, name: string): Promise<BuiltinGuest> {
  const id = name.slice(0, -".json".length);
  try {
    return { id, ...v.parse(builtinRecord, JSON.parse(await readFile(join(folder, name), "utf8"))) };
  } catch (error) {
    const fault = `${name} cannot be read (${(error as Error).message}); install Latchwork again.`;
    return { id, title: id, description: "", memoryBytes: 0, cpus: 0, source: "", fault };
  }
}

/** The ELF image of a built-in guest. */
export async function assembleBuiltin(
  resourcesDir: string,
  guest: BuiltinGuest,
): Promise<Result<Uint8Array, string>> {
  if (guest.fault !== undefined) return refuse(guest.fault);
  return assembleFile(join(resourcesDir, "guests", guest.source));
}
