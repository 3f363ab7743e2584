/**
 * The lines a benchmark prints, `BENCH <name> start` and `BENCH <name> end <checksum>`, and the shell's
 * `BENCH <name> exit <status>` after it. Time is taken where they are read: a guest's clock may be virtual.
 */
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import type { ConsoleLines, SeenLine } from "./consoleLines.ts";

export interface ProgramTime {
  /** Milliseconds between the two markers, on the host's monotonic clock. */
  readonly ms: number;
  /** 16 hexadecimal digits. */
  readonly checksum: string;
}

/** Printed by the guest that runs benchmarks once it reads names. */
export const readyPattern = /BENCH-READY/;

export interface MarkerFailure {
  readonly sentence: string;
  /** The program is gone, but its guest reads the next name. */
  readonly guestGoesOn: boolean;
}

export interface EndMarker extends SeenLine {
  readonly checksum: string;
}

export async function awaitStart(
  lines: ConsoleLines,
  name: string,
  timeoutMs: number,
): Promise<Result<SeenLine, MarkerFailure>> {
  const seen = await lines.waitFor(new RegExp(`BENCH ${name} (start|exit \\d+)`), timeoutMs);
  if (!seen.ok) return refuse({ sentence: seen.error, guestGoesOn: false });
  if (/ start/.test(seen.value.text)) return seen;
  return refuse({ sentence: `It could not begin (${seen.value.text}).`, guestGoesOn: true });
}

export async function awaitEnd(
  lines: ConsoleLines,
  name: string,
  timeoutMs: number,
): Promise<Result<EndMarker, MarkerFailure>> {
  const pattern = new RegExp(`BENCH ${name} (end [0-9a-f]{16}|exit \\d+)`);
  const seen = await lines.waitFor(pattern, timeoutMs);
  if (!seen.ok) return refuse({ sentence: seen.error, guestGoesOn: false });
  const checksum = / end ([0-9a-f]{16})/.exec(seen.value.text)?.[1];
  if (checksum !== undefined) return ok({ ...seen.value, checksum });
  return refuse({ sentence: `It died (${seen.value.text}).`, guestGoesOn: true });
}
