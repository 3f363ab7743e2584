/** What a machine was started with, but for its images: kept as JSON, checked when it is read. */
import * as v from "valibot";
import type { MachineConfig } from "../../engine/api/machine.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { objectionOf } from "../shapeObjection.ts";

const startConfig = v.strictObject({
  board: v.literal("s390-ccw"),
  memoryBytes: v.pipe(v.number(), v.integer()),
  cpus: v.pipe(v.number(), v.integer()),
  seed: v.pipe(v.number(), v.integer()),
  commandLine: v.string(),
  loadParameter: v.optional(v.string()),
  demoAdapters: v.optional(v.array(v.strictObject({ isc: v.number(), suppressible: v.boolean() }))),
});
export type StartConfig = v.InferOutput<typeof startConfig>;

export function startConfigOf(config: MachineConfig): StartConfig {
  const { board, memoryBytes, cpus, seed, commandLine, loadParameter, demoAdapters } = config;
  return {
    board,
    memoryBytes,
    cpus,
    seed,
    commandLine,
    ...(loadParameter !== undefined && { loadParameter }),
    ...(demoAdapters && {
      demoAdapters: demoAdapters.map(({ isc, suppressible }) => ({ isc, suppressible })),
    }),
  };
}

export function parseStartConfig(text: string): Result<StartConfig, string> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse("what the machine was started with cannot be read");
  }
  const parsed = v.safeParse(startConfig, json);
  return parsed.success ? ok(parsed.output) : refuse(objectionOf(parsed.issues));
}
