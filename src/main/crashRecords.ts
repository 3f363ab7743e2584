/**
 * Crash records on disk: one JSON file for each fault of the engine, in the data folder, named in the
 * sentence that tells a person of the fault. Only the newest are kept.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MachineStats, StopReason } from "../engine/api/machine.ts";

const RECORDS_MAX = 50;

export const crashFolder = (dataDir: string): string => join(dataDir, "crashes");

/** Writes the record of an engine fault; the same reason with a sentence that names the file. */
export function keepCrashRecord(
  folder: string,
  guest: string,
  reason: StopReason & { readonly kind: "engine-fault" },
  stats: MachineStats | undefined,
): StopReason {
  const at = new Date().toISOString();
  const name = `${at.replaceAll(":", "-")}-${guest}.json`;
  try {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, name);
    writeFileSync(path, `${JSON.stringify({ at, guest, reason, stats }, null, 2)}\n`, { flag: "wx" });
    // Names begin with the time, so their order is the order of the faults.
    const records = readdirSync(folder)
      .filter((file) => file.endsWith(".json"))
      .sort();
    for (const old of records.slice(0, -RECORDS_MAX)) rmSync(join(folder, old), { force: true });
    return { ...reason, sentence: `${reason.sentence} The crash record is ${path}.` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ...reason, sentence: `${reason.sentence} The crash record could not be written: ${why}.` };
  }
}
