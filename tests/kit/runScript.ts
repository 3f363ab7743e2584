/** Runs a script's text in its sandbox, with a workbench of fakes or none, and keeps what it printed. */
import type { Result } from "../../src/engine/base/result.ts";
import type { Grant } from "../../src/engine/api/script.ts";
import type { RunEnd } from "../../src/main/script/protocol.ts";
import { ScriptRun, scriptDefaults } from "../../src/main/script/scriptRun.ts";
import { buildApp, builtWorkers } from "./builtApp.ts";

export interface ScriptOutcome {
  readonly end: RunEnd;
  readonly out: string;
  readonly err: string;
}

export interface ScriptOptions {
  readonly timeMs?: number;
  readonly memoryBytes?: number;
  readonly outputBytesMax?: number;
  readonly grants?: readonly Grant[];
  /** Called when the run has begun. */
  began?(run: ScriptRun): void;
  answer?(call: string, argument: unknown): Promise<Result<unknown, string>>;
}

export async function runScript(source: string, options: ScriptOptions = {}): Promise<ScriptOutcome> {
  const printed = { out: "", err: "" };
  const { timeMs = 120_000, grants = [], ...rest } = options;
  await buildApp();
  const run = new ScriptRun({
    workerUrl: builtWorkers.scriptWorker,
    start: {
      ...scriptDefaults, source, file: "test.ts", timeMs, grants, withDefects: true, ...limitsOf(rest),
    },
    onOutput: (stream, text) => { printed[stream] += text; },
    answer: options.answer ?? (async (call) => ({ ok: false, error: `"${call}" was asked.` })),
  });
  options.began?.(run);
  return { end: await run.ended, ...printed };
}

const limitsOf = ({ memoryBytes, outputBytesMax }: ScriptOptions) => ({
  ...(memoryBytes !== undefined && { memoryBytes }), ...(outputBytesMax !== undefined && { outputBytesMax }),
});
