/** A workbench with real guests and engines, over a data folder of its own. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GuestsService } from "../../src/main/services/guests.ts";
import { Workbench } from "../../src/main/services/workbench.ts";
import { builtWorkers, root } from "./builtApp.ts";

/** Fills the data folder before the workbench opens it. */
export type Prepare = (guests: GuestsService, dataDir: string) => Promise<void> | void;

export async function guestsWorkbench(
  prepare?: Prepare,
): Promise<{ readonly workbench: Workbench; readonly dataDir: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), "latchwork-window-"));
  const guests = new GuestsService({ dataDir, resourcesDir: join(root, "resources") });
  await prepare?.(guests, dataDir);
  return { workbench: new Workbench({ guests, workerUrl: builtWorkers.engineWorker }), dataDir };
}
