/**
 * Runs one program to its end, or ends it with everything it started.
 * Invariant: after the promise settles because of a cancel, no process of the group runs on; its files stay.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { ok, refuse, type Result } from "../../engine/base/result.ts";

export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export const cancelled =
  "The fetch was cancelled; what was downloaded is kept, and the next fetch goes on from there.";
/** How much of the output is kept, in bytes. */
const outputMax = 0x10_0000;
/** How long a program may take to put its partial files in order. */
const graceMs = 3_000;

/** The program's standard output if it ended with 0; else a sentence with the last lines it said. */
export function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<Result<string, string>> {
  if (options.signal.aborted) return Promise.resolve(refuse(cancelled));
  return new Promise((resolve) => {
    // A group of its own: a cancel must reach the transport processes that apt starts.
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env, LC_ALL: "C.UTF-8" },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout
      .setEncoding("utf8")
      .on("data", (text: string) => (stdout = (stdout + text).slice(-outputMax)));
    child.stderr
      .setEncoding("utf8")
      .on("data", (text: string) => (stderr = (stderr + text).slice(-outputMax)));
    let hardKill: NodeJS.Timeout | undefined;
    const stop = (): void => {
      killGroup(child.pid, constants.signals.SIGTERM);
      hardKill = setTimeout(() => killGroup(child.pid, constants.signals.SIGKILL), graceMs);
    };
    options.signal.addEventListener("abort", stop, { once: true });
    const settle = (result: Result<string, string>): void => {
      clearTimeout(hardKill);
      options.signal.removeEventListener("abort", stop);
      resolve(options.signal.aborted ? refuse(cancelled) : result);
    };
    child.on("error", (error) => settle(refuse(`${command} could not be started: ${error.message}.`)));
    child.on("close", (code, signal) => {
      if (code === 0) settle(ok(stdout));
      else settle(refuse(`${command} ended with ${signal ?? code}: ${lastLines(stderr)}`));
    });
  });
}

function killGroup(pid: number | undefined, signal: number): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Everything in the group has ended already.
  }
}

const lastLines = (text: string): string =>
  text.trim() === "" ? "it said nothing." : text.trim().split("\n").slice(-4).join(" ");
