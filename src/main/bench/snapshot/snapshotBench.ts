/** Snapshots on both sides, with what each side needs to start a guest. */
import type { GuestImages, Side } from "../measuredGuest.ts";
import { writeQemuFiles } from "../qemuGuest.ts";
import { EngineSavingGuest, type EnginePlaces } from "./engineSavingGuest.ts";
import { measureSnapshots, type MeasuredSnapshots, type SnapshotPlan } from "./measureSnapshots.ts";
import { QemuSavingGuest } from "./qemuSavingGuest.ts";

/** Files of both sides go below `places.folder`. */
export async function benchSnapshots(
  images: GuestImages,
  places: EnginePlaces,
  plan: Omit<SnapshotPlan, "start">,
): Promise<MeasuredSnapshots> {
  const files = await writeQemuFiles(images, places.folder, "snapshot");
  const start = (side: Side) =>
    side === "ours"
      ? EngineSavingGuest.start(images, places)
      : QemuSavingGuest.start(files, places.folder);
  return measureSnapshots({ ...plan, start });
}
