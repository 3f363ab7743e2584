/**
 * Snapshots of the machines of one host: saves of those that are on, machines that go on from what was saved,
 * and the tree, the same for every page.
 *
 * A machine of its own that was made from a snapshot is listed as a guest, as long as this host lives: it is
 * started from its snapshot and removed like one that a person added.
 */
import type { SavedMachine, SnapshotSummary } from "../../engine/api/snapshot.ts";
import type { GuestSummary, MachineSummary } from "../../engine/api/workbench.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import type { Task } from "../task.ts";
import type { Machines } from "./machines.ts";
import { configOf, CONSOLE_TAIL_BYTES, type SnapshotsService } from "./snapshots.ts";

export interface SavesOptions {
  /** None: nothing can be saved in this host. */
  readonly snapshots: SnapshotsService | undefined;
  readonly machines: Machines;
  guest(id: string): Promise<GuestSummary | undefined>;
  /** The list of copies is another. */
  copiesChanged(): Promise<void>;
}
export type TreeListener = (tree: readonly SnapshotSummary[]) => void;

const COPIES_MAX = 16;

export class Saves {
  private readonly options: SavesOptions;
  private readonly listeners = new Set<TreeListener>();
  private readonly copies = new Map<string, { readonly guest: GuestSummary; readonly snapshot: number }>();
  private copiesMade = 0;

  constructor(options: SavesOptions) {
    this.options = options;
  }

  listen(listener: TreeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  /** Machines of their own that were made from snapshots. */
  guests(): GuestSummary[] {
    return [...this.copies.values()].map(({ guest }) => guest);
  }
  isCopy(id: string): boolean {
    return this.copies.has(id);
  }

  async save(id: string, note: string, task: Task): Promise<Result<SnapshotSummary, string>> {
    const source = this.options.machines.saveSource(id);
    if (!source.ok) return source;
    const { saver, origin, log } = source.value;
    const from = Math.max(log.start, log.end - CONSOLE_TAIL_BYTES);
    const { bytes: console } = log.read(from, CONSOLE_TAIL_BYTES);
    return this.changing((snapshots) => snapshots.save(saver, { ...origin, note, console }, task));
  }

  /** The machine of the snapshot's guest goes on there; what it did before ends once that has begun. */
  async restoreSame(snapshot: number, task: Task): Promise<Result<MachineSummary, string>> {
    const found = await this.with((snapshots) => snapshots.show(snapshot));
    if (!found.ok) return found;
    const { guest: id } = found.value;
    const guest = await this.options.guest(id);
    if (!guest)
      return refuse(`The guest "${id}" is not on this machine. Restore the snapshot as a new machine.`);
    return this.takeUp(guest, snapshot, task);
  }

  async restoreNew(snapshot: number, task: Task): Promise<Result<MachineSummary, string>> {
    if (this.copies.size >= COPIES_MAX)
      return refuse(`${COPIES_MAX} machines were made from snapshots already. Remove one first.`);
    const found = await this.with((snapshots) => snapshots.show(snapshot));
    if (!found.ok) return found;
    const { guest: origin, title, memoryBytes, cpus } = found.value;
    const copy: GuestSummary = {
      id: `${origin.slice(0, 48)}.${++this.copiesMade}`,
      title: `${title} (${this.copiesMade})`,
      kind: "snapshot",
      description: `Goes on from snapshot ${snapshot}${found.value.note && `, “${found.value.note}”`}.`,
      ready: true,
      memoryBytes,
      cpus,
    };
    this.copies.set(copy.id, { guest: copy, snapshot });
    const restored = await this.takeUp(copy, snapshot, task);
    if (!restored.ok) this.copies.delete(copy.id);
    await this.options.copiesChanged();
    return restored;
  }

  /** Starts a copy afresh from its snapshot. */
  async start(id: string): Promise<Result<MachineSummary, string>> {
    const copy = this.copies.get(id);
    if (!copy) return refuse(`There is no machine "${id}".`);
    if (this.options.machines.isActive(id))
      return refuse(`${copy.guest.title} is already on. Power it off to start it from its snapshot again.`);
    return this.takeUp(copy.guest, copy.snapshot, {});
  }
  /** Forgets a copy that is off; its snapshot stays. */
  async removeCopy(id: string): Promise<void> {
    this.copies.delete(id);
    this.options.machines.forget(id);
    await this.options.copiesChanged();
  }

  setNote(id: number, note: string): Promise<Result<void, string>> {
    return this.changing((snapshots) => snapshots.setNote(id, note));
  }
  remove(id: number): Promise<Result<void, string>> {
    return this.changing((snapshots) => snapshots.remove(id));
  }
  import(file: Uint8Array, task: Task): Promise<Result<SnapshotSummary, string>> {
    return this.changing((snapshots) => snapshots.import(file, task));
  }
  /** Whatever changes nothing. */
  with<T>(
    ask: (snapshots: SnapshotsService) => Promise<Result<T, string>>,
  ): Promise<Result<T, string>> {
    const { snapshots } = this.options;
    return snapshots ? ask(snapshots) : Promise.resolve(refuse("This host keeps no snapshots."));
  }
  async close(): Promise<void> {
    await this.options.snapshots?.close();
  }

  private async changing<T>(
    ask: (snapshots: SnapshotsService) => Promise<Result<T, string>>,
  ): Promise<Result<T, string>> {
    const done = await this.with(ask);
    if (!done.ok) return done;
    const tree = await this.with((snapshots) => snapshots.list());
    if (tree.ok) for (const listener of this.listeners) listener(tree.value);
    return done;
  }

  private async savedAgain(id: number): Promise<Result<SavedMachine, string>> {
    const stored = await this.with((snapshots) => snapshots.read(id));
    return stored.ok ? ok(stored.value.saved) : stored;
  }

  private async takeUp(guest: GuestSummary, id: number, task: Task): Promise<Result<MachineSummary, string>> {
    const stored = await this.with((snapshots) => snapshots.read(id, task));
    if (!stored.ok) return stored;
    const { summary, saved } = stored.value;
    return this.options.machines.restore(guest, {
      config: configOf(stored.value, { pace: "wall", trace: false, interpreterOnly: false }),
      saved,
      snapshot: id,
      again: () => this.savedAgain(id),
      origin: { guest: summary.guest, title: summary.title },
      console: new TextEncoder().encode(summary.console),
    });
  }
}
