/** Runs a script's file on this terminal, with machines of its own. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Verdict } from "../../engine/scenarios/runScenario.ts";
import { openWorkbench } from "../openWorkbench.ts";
import { MachineAsks } from "../script/machineAsks.ts";
import type { RunEnd, ScriptStart } from "../script/protocol.ts";
import { ScriptRun, scriptDefaults, scriptLimits } from "../script/scriptRun.ts";
import { CommandEnd, exitCodes, type CliContext } from "./context.ts";

export type FileLimits = Pick<ScriptStart, "grants" | "timeMs" | "memoryBytes" | "withDefects">;

/** Runs a file to its end; what it prints goes to this terminal. */
export async function runScriptFile(
  file: string, limits: FileLimits, { io, places }: CliContext, abort?: AbortSignal,
): Promise<RunEnd> {
  const source = await readFile(file, "utf8").catch((error: Error) => {
    throw new CommandEnd(exitCodes.usage, `The script ${file} cannot be read: ${error.message}.`);
  });
  if (Buffer.byteLength(source) > scriptLimits.sourceBytesMax)
    throw new CommandEnd(exitCodes.usage, `The script ${file} has more than 1 MiB.`);
  const { workbench } = openWorkbench(places.root, places.engineWorker, places.storeWorker, places.dataDir);
  const asks = new MachineAsks(workbench, limits.grants);
  const run = new ScriptRun({
    workerUrl: places.scriptWorker,
    start: { source, file: basename(file), outputBytesMax: scriptDefaults.outputBytesMax, ...limits },
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
  const end = await runScriptFile(file, { grants: [], timeMs, memoryBytes, withDefects }, context);
  if (end.kind === "done" && end.verdict) return end.verdict;
  const why = end.kind === "done" ? "its default export is not what defineScenario gave" : end.sentence;
  throw new CommandEnd(exitCodes.usage, `${file} is no scenario: ${why}.`);
}
