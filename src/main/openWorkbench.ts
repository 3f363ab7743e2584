/**
 * The one place where a host gets its workbench: the guests on this machine and the engine it starts for
 * them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crashFolder } from "./crashRecords.ts";
import { dataFolder } from "./dataFolder.ts";
import { openSnapshots } from "./openSnapshots.ts";
import { GuestsService } from "./services/guests.ts";
import { storedSettings } from "./services/storedSettings.ts";
import { Workbench } from "./services/workbench.ts";

/**
 * `root` is the folder with package.json; `dataDir` has guests, snapshots and settings; the others are the
 * entries of the engine's and store's threads. What is passing leaves no machines for the next host to offer.
 */
export function openWorkbench(
  root: string,
  workerUrl: URL,
  storeWorker: URL,
  dataDir = dataFolder(),
  isPassing = false,
): { workbench: Workbench; version: string } {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const guests = new GuestsService({ dataDir, resourcesDir: join(root, "resources") });
  const { store, snapshots } = openSnapshots({ root, dataDir, storeWorker });
  const workbench = new Workbench({
    guests,
    workerUrl,
    snapshots,
    ...(!isPassing && { store }),
    crashFolder: crashFolder(dataDir),
    settings: storedSettings(store, join(dataDir, "settings.json")),
    scripts: { folder: join(dataDir, "scripts"), examples: join(root, "resources", "scripts") },
  });
  return { workbench, version };
}
