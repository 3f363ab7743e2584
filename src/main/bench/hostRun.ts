/** Runs a benchmark program on the host's own processor: the checksum that both guests must give. */
import { spawn } from "node:child_process";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { ConsoleLines } from "./consoleLines.ts";
import { awaitEnd, awaitStart, type ProgramTime } from "./markers.ts";

const hostTimeoutMs = 60_000;

export async function runOnHost(name: string, path: string): Promise<Result<ProgramTime, string>> {
  const lines = new ConsoleLines();
  const child = spawn(path, [], { stdio: ["ignore", "pipe", "ignore"] });
  child.stdout.on("data", (bytes: Buffer) => lines.take(bytes, performance.now()));
  child.on("error", (error) => lines.end(`${path} could not be started: ${error.message}.`));
  child.on("close", (code, signal) => lines.end(`${path} ended with ${signal ?? code}.`));
  try {
    const start = await awaitStart(lines, name, hostTimeoutMs);
    if (!start.ok) return refuse(start.error.sentence);
    const end = await awaitEnd(lines, name, hostTimeoutMs);
    if (!end.ok) return refuse(end.error.sentence);
    return ok({ ms: end.value.atMs - start.value.atMs, checksum: end.value.checksum });
  } finally {
    child.kill("SIGKILL");
  }
}
