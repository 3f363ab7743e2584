/**
 * The lines a benchmark prints, `BENCH <name> start` and `BENCH <name> end <checksum>`, and the shell's
 * `BENCH <name> exit <status>` after it. Time is taken where they are read: a guest's own clock may be virtual.
 */
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import type { ConsoleLines, SeenLine } from "./consoleLines.ts";

export interface ProgramTime {
  /** Milliseconds between the two markers, on the host's monotonic clock. */
  readonly ms: number;
  /** 16 hexadecimal digits. */
  readonly checksum: string;
}

export const readyPattern = /BENCH-READY/;

export async function awaitStart(
  lines: ConsoleLines,
  name: string,
  timeoutMs: number,
): Promise<Result<SeenLine, string>> {
  const seen = await lines.waitFor(new RegExp(`BENCH ${name} (start|exit \\d+)`), timeoutMs);
  if (!seen.ok || / start/.test(seen.value.text)) return seen;
  return refuse(`${name} ended before it began: ${seen.value.text}.`);
}

export async function awaitEnd(
  lines: ConsoleLines,
  name: string,
  timeoutMs: number,
): Promise<Result<SeenLine & { readonly checksum: string }, string>> {
  const seen = await lines.waitFor(new RegExp(`BENCH ${name} (end [0-9a-f]{16}|exit \\d+)`), timeoutMs);
  if (!seen.ok) return seen;
  const checksum = / end ([0-9a-f]{16})/.exec(seen.value.text)?.[1];
  if (checksum === undefined) return refuse(`${name} died: ${seen.value.text}.`);
  return ok({ ...seen.value, checksum });
}
