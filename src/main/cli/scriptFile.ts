/** Reads a script's file, and runs it on this terminal with machines of its own. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { scriptLimits } from "../../engine/api/script.ts";
import type { Verdict } from "../../engine/scenarios/runScenario.ts";
import { openWorkbench } from "../openWorkbench.ts";
import { MachineAsks } from "../script/machineAsks.ts";
import type { RunEnd, ScriptStart } from "../script/protocol.ts";
import { ScriptRun, scriptDefaults } from "../script/scriptRun.ts";
import { CommandEnd, exitCodes, type CliContext } from "./context.ts";

export type FileLimits = Pick<ScriptStart, "grants" | "timeMs" | "memoryBytes" | "withDefects">;

export interface ScriptText {
  /** Of the file, for traces. */
  readonly name: string;
  readonly source: string;
}

export async function readScriptFile(file: string): Promise<ScriptText> {
  const source = await readFile(file, "utf8").catch((error: Error) => {
    throw new CommandEnd(exitCodes.usage, `The script ${file} cannot be read: ${error.message}.`);
  });
  const { sourceCharactersMax } = scriptLimits;
  if (source.length > sourceCharactersMax)
    throw new CommandEnd(
      exitCodes.usage, `The script ${file} has more than ${sourceCharactersMax} characters.`);
  return { name: basename(file), source };
}

/** Runs a script to its end; what it prints goes to this terminal. */
export async function runScriptText(
  { name, source }: ScriptText, limits: FileLimits, { io, places }: CliContext, abort?: AbortSignal,
): Promise<RunEnd> {
  const { root, engineWorker, storeWorker, dataDir } = places;
  const { workbench } = openWorkbench(root, engineWorker, storeWorker, dataDir, true);
  const asks = new MachineAsks(workbench, limits.grants);
  const run = new ScriptRun({
    workerUrl: places.scriptWorker,
    start: { source, file: name, outputBytesMax: scriptDefaults.outputBytesMax, ...limits },
    onOutput: (stream, text) => void (stream === "out" ? io.stdout : io.stderr).write(text),
    answer: (call, argument) => asks.answer(call, argument),
  });
  abort?.addEventListener("abort", () => run.stop());
  const end = await run.ended;
  asks.close();
  await workbench.close();
  return end;
}

/** Plays the scenario that a file exports; a file without one is bad usage. */
export async function playScenarioFile(
  context: CliContext, file: string, withDefects: boolean,
): Promise<Verdict> {
  const { timeMs, memoryBytes } = scriptDefaults;
  const limits = { grants: [], timeMs, memoryBytes, withDefects };
  const end = await runScriptText(await readScriptFile(file), limits, context);
  if (end.kind === "done" && end.verdict) return end.verdict;
  const why = end.kind === "done" ? "its default export is not what defineScenario gave"
    : end.sentence.replace(/^Error: This is no scenario: /, "").replace(/\.$/, "");
  throw new CommandEnd(exitCodes.usage, `${file} is no scenario: ${why}.`);
}
