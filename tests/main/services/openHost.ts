/** A workbench on a data folder, with the real engine and store, as a host opens it. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { engineTiming } from "../../../src/main/engineHost.ts";
import { GuestsService } from "../../../src/main/services/guests.ts";
import { SnapshotsService } from "../../../src/main/services/snapshots.ts";
import { storedSettings } from "../../../src/main/services/storedSettings.ts";
import { Workbench } from "../../../src/main/services/workbench.ts";
import { Store } from "../../../src/main/store/store.ts";
import { buildApp, builtWorkers } from "../../kit/builtApp.ts";

await buildApp();

export function openHost(dataDir: string): { workbench: Workbench; store: Store } {
  const resourcesDir = fileURLToPath(new URL("../../../resources", import.meta.url));
  const store = new Store({ dataDir, workerUrl: builtWorkers.storeWorker, busyMs: 50 });
  const workbench = new Workbench({
    guests: new GuestsService({ dataDir, resourcesDir }),
    snapshots: new SnapshotsService(store, "test"),
    store,
    settings: storedSettings(store, join(dataDir, "settings.json")),
    workerUrl: builtWorkers.engineWorker,
    // Half a minute without an answer is no sign of a fault where many tests share a processor.
    timing: { ...engineTiming, silentPingsMax: 300 },
  });
  return { workbench, store };
}
