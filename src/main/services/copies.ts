/**
 * Machines of their own that were made from snapshots: listed like guests, started from their snapshot, and
 * kept until a person removes them. Without a store they last as long as this process.
 */
import type { GuestSummary } from "../../engine/api/workbench.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import type { StoredCopy } from "../store/memories.ts";
import type { Store } from "../store/store.ts";

const COPIES_MAX = 16;
/** Room for a number behind the guest's name, within what an id may have. */
const NAME_CHARACTERS = 48;

export class Copies {
  private readonly store: Store | undefined;
  private readonly all = new Map<string, StoredCopy>();
  private loaded: Promise<void> | undefined;

  constructor(store: Store | undefined) {
    this.store = store;
  }

  async guests(): Promise<GuestSummary[]> {
    await this.ready();
    return [...this.all.values()].map(describe);
  }
  async has(id: string): Promise<boolean> {
    await this.ready();
    return this.all.has(id);
  }
  /** The snapshot that a copy starts from. */
  async snapshotOf(id: string): Promise<Result<{ guest: GuestSummary; snapshot: number }, string>> {
    await this.ready();
    const copy = this.all.get(id);
    if (!copy) return refuse(`There is no machine "${id}".`);
    if (copy.snapshot === null) return refuse(describe(copy).missing!);
    return ok({ guest: describe(copy), snapshot: copy.snapshot });
  }

  /** A new one of `origin`, not kept yet: its machine may still be refused. */
  async next(
    origin: string, title: string, made: Pick<StoredCopy, "snapshot" | "memoryBytes" | "cpus">,
  ): Promise<Result<{ copy: StoredCopy; guest: GuestSummary }, string>> {
    await this.ready();
    if (this.all.size >= COPIES_MAX)
      return refuse(`${COPIES_MAX} machines were made from snapshots already. Remove one first.`);
    const name = origin.slice(0, NAME_CHARACTERS);
    let number = 1;
    while (this.all.has(`${name}.${number}`)) number++;
    const copy = { id: `${name}.${number}`, title: `${title} (${number})`, ...made };
    // Reserved while its machine is made.
    this.all.set(copy.id, copy);
    return ok({ copy, guest: describe(copy) });
  }
  async keep(copy: StoredCopy): Promise<void> {
    // One that cannot be written is still there for as long as this host is.
    await this.store?.call("keepCopy", copy);
  }
  /** Forgets one that was not kept. */
  drop(id: string): void {
    this.all.delete(id);
  }
  async remove(id: string): Promise<Result<void, string>> {
    const gone = await this.store?.call("dropCopy", id);
    if (gone && !gone.ok) return refuse(gone.error.sentence);
    this.all.delete(id);
    return ok(undefined);
  }

  private ready(): Promise<void> {
    return (this.loaded ??= this.load());
  }
  private async load(): Promise<void> {
    const kept = await this.store?.call("copies", undefined);
    if (kept?.ok) for (const copy of kept.value) this.all.set(copy.id, copy);
  }
}

function describe({ id, title, snapshot, memoryBytes, cpus }: StoredCopy): GuestSummary {
  const shape = { id, title, kind: "snapshot", memoryBytes, cpus } as const;
  if (snapshot !== null) return { ...shape, ready: true, description: `Goes on from snapshot ${snapshot}.` };
  const missing = "The snapshot that this machine was made from was removed. Remove the machine too.";
  return { ...shape, ready: false, description: "Went on from a snapshot.", missing };
}
