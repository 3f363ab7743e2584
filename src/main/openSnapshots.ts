/** The one place where a host gets its snapshots. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SnapshotsService } from "./services/snapshots.ts";
import { Store } from "./store/store.ts";

export interface SnapshotPlaces {
  /** The folder with package.json. */
  readonly root: string;
  readonly dataDir: string;
  readonly storeWorker: URL;
}

/** The store in a data folder, and the snapshots in it. */
export function openSnapshots({ root, dataDir, storeWorker }: SnapshotPlaces): {
  store: Store;
  snapshots: SnapshotsService;
} {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const store = new Store({ dataDir, workerUrl: storeWorker });
  return { store, snapshots: new SnapshotsService(store, version) };
}

/** Opens the store for one piece of work. */
export async function withSnapshots<T>(
  places: SnapshotPlaces,
  work: (snapshots: SnapshotsService) => Promise<T>,
): Promise<T> {
  const { snapshots } = openSnapshots(places);
  try {
    return await work(snapshots);
  } finally {
    await snapshots.close();
  }
}
