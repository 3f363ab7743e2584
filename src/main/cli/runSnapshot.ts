/** What `latchwork run` has to do with snapshots: going on from one, and saving at the end. */
import type { MachineConfig } from "../../engine/api/machine.ts";
import type { SavedMachine } from "../../engine/api/snapshot.ts";
import { withSnapshots } from "../openSnapshots.ts";
import type { MachineSaver } from "../services/machineSaver.ts";
import { configOf, type RunConfig } from "../services/snapshots.ts";
import { CommandEnd, exitCodes, type CliContext } from "./context.ts";

export interface RestorePoint {
  readonly config: MachineConfig;
  readonly from: { readonly saved: SavedMachine; readonly snapshot: number };
  readonly guest: string;
  readonly title: string;
}

/** Ends the command where the snapshot cannot be read. */
export async function restorePoint(
  snapshot: number,
  run: RunConfig,
  { places }: CliContext,
): Promise<RestorePoint> {
  const stored = await withSnapshots(places, (snapshots) => snapshots.read(snapshot));
  if (!stored.ok) throw new CommandEnd(exitCodes.failed, stored.error);
  const { summary, saved } = stored.value;
  const { guest, title } = summary;
  const config = configOf(stored.value, stored.value.images, run);
  return { config, from: { saved, snapshot }, guest, title };
}

/** Saves a machine whose run is over, and says so; the sentence that says why not goes to `failed`. */
export const saveAtEnd =
  (
    { places, io }: CliContext,
    { guest, title, note }: { guest: string; title: string; note: string },
    failed: (sentence: string) => void,
  ) =>
  async (saver: MachineSaver, console: Uint8Array): Promise<void> => {
    const saved = await withSnapshots(places, (snapshots) =>
      snapshots.save(saver, { guest, title, note, console }),
    );
    if (saved.ok) io.stderr.write(`\nlatchwork: saved as snapshot ${saved.value.id}\n`);
    else failed(saved.error);
  };
