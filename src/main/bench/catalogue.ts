/**
 * What is measured. Every name but `boot` and `snapshot` is a C program in `resources/bench`.
 * Invariant: a name is a file's name without its ending, and what the program calls itself.
 */
import { ok, refuse, type Result } from "../../engine/base/result.ts";

/** Boot of the Debian guest, from power-on to its shell. */
export const bootName = "boot";

/** Saves and restores of the Debian guest at its shell. */
export const snapshotName = "snapshot";

/** The programs, in the order they run and are shown. */
export const programNames = [
  "intmix",
  "divmix",
  "sieve",
  "sha256",
  "memcpy",
  "memset",
  "bytesum",
  "qsort",
  "chase16k",
  "chase8m",
  "strmix",
  "matmul",
] as const;

export type ProgramName = (typeof programNames)[number];

export interface Selection {
  readonly boot: boolean;
  readonly snapshot: boolean;
  readonly programs: readonly ProgramName[];
}

/** What `names` ask for: everything where there are none; a sentence for a name that nothing has. */
export function select(names: readonly string[]): Result<Selection, string> {
  const known: readonly string[] = [bootName, snapshotName, ...programNames];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    return refuse(`"${unknown}" is no benchmark; there are ${known.join(", ")}.`);
  const isChosen = (name: string): boolean => names.length === 0 || names.includes(name);
  return ok({
    boot: isChosen(bootName),
    snapshot: isChosen(snapshotName),
    programs: programNames.filter(isChosen),
  });
}
