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

export function openSnapshots({ root, dataDir, storeWorker }: SnapshotPlaces): SnapshotsService {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return new SnapshotsService(new Store({ dataDir, workerUrl: storeWorker }), version);
}

/** Opens the store for one piece of work. */
export async function withSnapshots<T>(
  places: SnapshotPlaces,
  work: (snapshots: SnapshotsService) => Promise<T>,
): Promise<T> {
  const snapshots = openSnapshots(places);
  try {
    return await work(snapshots);
  } finally {
    await snapshots.close();
  }
}
