/**
 * Which machines are on, remembered beyond this process: what was on when a host ended, whether it quit,
 * crashed or was killed, is offered by the next one.
 *
 *   on ─▶ remembered ─▶ ended by itself or by a person: forgotten
 *                    └▶ its host ended first: left ─▶ taken up again | started | forgotten
 *
 * A host is known by its process: sessions of one that still lives are its own.
 */
import type { LeftMachine, MachineSummary } from "../../engine/api/workbench.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import type { SessionRow } from "../store/memories.ts";
import type { Store } from "../store/store.ts";
import type { Machines } from "./machines.ts";

export type LeftListener = (left: readonly LeftMachine[]) => void;

export class Sessions {
  private readonly store: Store | undefined;
  private readonly machines: Machines;
  private readonly host = `${process.pid}.${Date.now()}.${performance.now()}`;
  private readonly listeners = new Set<LeftListener>();
  /** Machines that are on, with the snapshot that is remembered for each. */
  private readonly remembered = new Map<string, { beganMs: number; snapshot: number | null }>();
  /** What others have left, newest first. */
  private rows: SessionRow[] = [];
  private loaded: Promise<void> | undefined;
  private writing: Promise<unknown> = Promise.resolve();

  /** Without a store nothing is remembered. */
  constructor(store: Store | undefined, machines: Machines) {
    this.store = store;
    this.machines = machines;
    if (!store) return;
    machines.listen({
      machineChanged: (machine) => this.note(machine),
      consoleGrew: () => undefined,
      machineRefused: () => undefined,
    });
  }

  listen(listener: LeftListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** What was on when its host ended, newest first; one line for each machine. */
  async left(): Promise<LeftMachine[]> {
    await (this.loaded ??= this.load());
    const first = new Map<string, SessionRow>();
    for (const row of this.rows) if (!first.has(row.machine)) first.set(row.machine, row);
    return [...first.values()].map(describe);
  }

  /** What was left of a machine is offered no more. */
  async forget(machine: string): Promise<Result<void, string>> {
    await (this.loaded ??= this.load());
    const gone = this.rows.filter((row) => row.machine === machine);
    if (gone.length === 0) return refuse(`Nothing was left of "${machine}".`);
    for (const { host } of gone) {
      const ended = await this.store!.call("endSession", { host, machine });
      if (!ended.ok) return refuse(ended.error.sentence);
    }
    this.rows = this.rows.filter((row) => row.machine !== machine);
    const left = await this.left();
    for (const listener of this.listeners) listener(left);
    return ok(undefined);
  }

  /** A machine is another, or was saved. */
  note({ id, title, phase, past }: Pick<MachineSummary, "id" | "title" | "phase" | "past">): void {
    // The past of a machine goes with it.
    if (past) return;
    if (phase === "stopped" || phase === "crashed") {
      if (this.remembered.delete(id))
        this.write((store) => store.call("endSession", { host: this.host, machine: id }));
      return;
    }
    // One that is still starting may yet be refused.
    if (phase === "starting") return;
    const known = this.remembered.get(id);
    const snapshot = this.machines.baseOf(id);
    if (known?.snapshot === snapshot) return;
    const beganMs = known?.beganMs ?? Date.now();
    const now = { beganMs, snapshot };
    this.remembered.set(id, now);
    this.write(async (store) => {
      const kept = await store.call("keepSession", { host: this.host, machine: id, title, ...now });
      // A store that is busy is told again with the machine's next figures.
      if (!kept.ok && this.remembered.get(id) === now) this.remembered.delete(id);
    });
    if (!known) this.write(() => this.forget(id));
  }

  /** Everything that was told so far is kept. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private write(change: (store: Store) => Promise<unknown>): void {
    const { store } = this;
    if (store) this.writing = this.writing.then(() => change(store));
  }

  private async load(): Promise<void> {
    const kept = await this.store?.call("sessions", undefined);
    if (kept?.ok) this.rows = kept.value.filter(({ host }) => host !== this.host && !isAlive(host));
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
