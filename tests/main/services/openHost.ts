/** A workbench on a data folder, with the real engine and store, as a host opens it. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GuestsService } from "../../../src/main/services/guests.ts";
import { SnapshotsService } from "../../../src/main/services/snapshots.ts";
import { storedSettings } from "../../../src/main/services/storedSettings.ts";
import { Workbench } from "../../../src/main/services/workbench.ts";
import { Store } from "../../../src/main/store/store.ts";

const source = (path: string): URL => new URL(`../../../src/${path}`, import.meta.url);

export function openHost(dataDir: string): { workbench: Workbench; store: Store } {
  const resourcesDir = fileURLToPath(new URL("../../../resources", import.meta.url));
  const store = new Store({ dataDir, workerUrl: source("main/store/storeWorker.ts"), busyMs: 50 });
  const workbench = new Workbench({
    guests: new GuestsService({ dataDir, resourcesDir }),
    snapshots: new SnapshotsService(store, "test"),
    store,
    settings: storedSettings(store, join(dataDir, "settings.json")),
    workerUrl: source("engine/worker/engineWorker.ts"),
  });
  return { workbench, store };
}
