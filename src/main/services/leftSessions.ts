/**
 * Machines that were on when their host ended: read from the store once, and forgotten one by one. Sessions
 * of a host that still lives are its own and are not among them.
 */
import type { LeftMachine } from "../../engine/api/workbench.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import type { SessionRow } from "../store/memories.ts";
import type { Store } from "../store/store.ts";

export class LeftSessions {
  private readonly store: Store;
  private readonly host: string | undefined;
  /** Newest first. */
  private rows: SessionRow[] = [];
  private loaded: Promise<void> | undefined;

  /** `host`: the one that asks, if it has sessions of its own. */
  constructor(store: Store, host?: string) {
    this.store = store;
    this.host = host;
  }

  /** Newest first; one line for each machine. */
  async all(): Promise<LeftMachine[]> {
    await (this.loaded ??= this.load());
    const first = new Map<string, SessionRow>();
    for (const row of this.rows) if (!first.has(row.machine)) first.set(row.machine, row);
    return [...first.values()].map(describe);
  }

  /** What was left of a machine is offered no more. */
  async forget(machine: string): Promise<Result<void, string>> {
    await (this.loaded ??= this.load());
    const gone = this.rows.filter((row) => row.machine === machine);
    if (gone.length === 0) return refuse(`Nothing was left of "${machine}", so there is nothing to forget.`);
    for (const { host } of gone) {
      const ended = await this.store.call("endSession", { host, machine });
      if (!ended.ok) return refuse(ended.error.sentence);
    }
    this.rows = this.rows.filter((row) => row.machine !== machine);
    return ok(undefined);
  }

  private async load(): Promise<void> {
    const kept = await this.store.call("sessions", undefined);
    if (kept.ok) this.rows = kept.value.filter(({ host }) => host !== this.host && !isAlive(host));
    // A store that is busy is asked again with the next question.
    else this.loaded = undefined;
  }
}

function describe({ machine, title, beganMs, snapshot, note, savedMs }: SessionRow): LeftMachine {
  const saved = snapshot === null ? undefined : { id: snapshot, note: note ?? "", createdMs: savedMs ?? 0 };
  return { id: machine, title, beganMs, ...(saved && { snapshot: saved }) };
}

/** Another process with the number of one that has ended hides what that one left, until it ends too. */
function isAlive(host: string): boolean {
  const pid = Number.parseInt(host, 10);
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
