/**
 * Snapshots of the machines of one host: saves of those that are on, machines that go on from what was saved,
 * and the tree, the same for every page.
 */
import type { SavedMachine, SnapshotSummary } from "../../engine/api/snapshot.ts";
import type { GuestSummary, MachineSummary } from "../../engine/api/workbench.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import type { StartImages } from "../store/images.ts";
import type { StoredState } from "../store/snapshots.ts";
import type { Store } from "../store/store.ts";
import type { Task } from "../task.ts";
import { Copies } from "./copies.ts";
import type { HeldMachine, RestorePoint } from "./machineRecord.ts";
import type { Machines } from "./machines.ts";
import { configOf, CONSOLE_TAIL_BYTES, type SnapshotsService } from "./snapshots.ts";

export interface SavesOptions {
  /** None: nothing can be saved in this host. */
  readonly snapshots: SnapshotsService | undefined;
  readonly machines: Machines;
  /** Where machines made from snapshots are kept; without it they last as long as this process. */
  readonly store: Store | undefined;
  /** A machine that is on was saved. */
  saved(machine: MachineSummary): void;
  guest(id: string): Promise<GuestSummary | undefined>;
  /** The list of copies is another. */
  copiesChanged(): Promise<void>;
}
export type TreeListener = (tree: readonly SnapshotSummary[]) => void;

export class Saves {
  private readonly options: SavesOptions;
  private readonly listeners = new Set<TreeListener>();
  private readonly copies: Copies;

  constructor(options: SavesOptions) {
    this.options = options;
    this.copies = new Copies(options.store);
  }

  listen(listener: TreeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  /** Machines of their own that were made from snapshots. */
  guests(): Promise<GuestSummary[]> {
    return this.copies.guests();
  }
  isCopy(id: string): Promise<boolean> {
    return this.copies.has(id);
  }

  async save(id: string, note: string, task: Task): Promise<Result<SnapshotSummary, string>> {
    const source = this.options.machines.saveSource(id);
    if (!source.ok) return source;
    const { saver, origin, log } = source.value;
    const from = Math.max(log.start, log.end - CONSOLE_TAIL_BYTES);
    const { bytes: console } = log.read(from, CONSOLE_TAIL_BYTES);
    const whose = { ...origin, note, console };
    const saved = await this.changing((snapshots) => snapshots.save(saver, whose, task));
    const machine = this.options.machines.summaries().find((one) => one.id === id);
    if (saved.ok && machine) this.options.saved(machine);
    return saved;
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
    const found = await this.with((snapshots) => snapshots.show(snapshot));
    if (!found.ok) return found;
    const { guest: origin, title, memoryBytes, cpus } = found.value;
    const made = await this.copies.next(origin, title, { snapshot, memoryBytes, cpus });
    if (!made.ok) return made;
    const { copy, guest } = made.value;
    const restored = await this.takeUp(guest, snapshot, task);
    if (restored.ok) await this.copies.keep(copy);
    else this.copies.drop(copy.id);
    await this.options.copiesChanged();
    return restored;
  }

  /** A machine goes on from a snapshot of its own, whatever it is a machine of. */
  async goOn(id: string, snapshot: number): Promise<Result<MachineSummary, string>> {
    const guest = await this.options.guest(id);
    if (guest) return this.takeUp(guest, snapshot, {});
    return refuse(`The guest "${id}" is not on this machine. Restore snapshot ${snapshot} as a new machine.`);
  }

  /** Starts a copy afresh from its snapshot. */
  async start(id: string): Promise<Result<MachineSummary, string>> {
    const found = await this.copies.snapshotOf(id);
    if (!found.ok) return found;
    const { guest, snapshot } = found.value;
    if (this.options.machines.isActive(id))
      return refuse(`${guest.title} is already on. Power it off to start it from its snapshot again.`);
    return this.takeUp(guest, snapshot, {});
  }
  /** Forgets a copy that is off; its snapshot stays. */
  removeCopy(id: string): Promise<Result<void, string>> {
    return this.copies.remove(id);
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
    const held = await this.options.machines.hold(guest.id);
    if (!held.ok) return held;
    const gone = held.value && (await this.goBack(guest, id, held.value, task));
    if (gone?.ok) return gone;
    // What the machine that is on has cannot be used: all of the snapshot is read.
    const stored = await this.with((snapshots) => snapshots.read(id, task));
    if (!stored.ok) return stored;
    return this.options.machines.restore(guest, this.point(stored.value, stored.value.images));
  }

  /** A machine that stands still goes on from a snapshot: only what differs is read. */
  private async goBack(
    guest: GuestSummary,
    snapshot: number,
    { base, changed, config }: HeldMachine,
    task: Task,
  ): Promise<Result<MachineSummary, string>> {
    const { machines } = this.options;
    const order = { snapshot, base, changed };
    const stored = await this.with((snapshots) => snapshots.readDifference(order, task));
    const gone = stored.ok
      ? await machines.restore(guest, { ...this.point(stored.value, config), isOver: true })
      : stored;
    if (!gone.ok) machines.release(guest.id);
    return gone;
  }

  private point(stored: StoredState, images: StartImages): RestorePoint {
    const { summary, saved } = stored;
    const { id, guest, title, console } = summary;
    return {
      config: configOf(stored, images, { pace: "wall", trace: false, interpreterOnly: false }),
      saved,
      snapshot: id,
      again: () => this.savedAgain(id),
      origin: { guest, title },
      console: new TextEncoder().encode(console),
    };
  }
}
