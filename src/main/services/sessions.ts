/**
 * Which machines are on, remembered beyond this process: what was on when a host ended, whether it quit,
 * crashed or was killed, is offered by the next one.
 *
 *   on ─▶ remembered ─▶ ended by itself or by a person: forgotten
 *                    └▶ its host ended first: left ─▶ taken up again | started | forgotten
 *
 * A host is known by its process.
 */
import type { LeftMachine, MachineSummary } from "../../engine/api/workbench.ts";
import { refuse, type Result } from "../../engine/base/result.ts";
import type { Store } from "../store/store.ts";
import { LeftSessions } from "./leftSessions.ts";
import type { Machines } from "./machines.ts";

export type LeftListener = (left: readonly LeftMachine[]) => void;

export class Sessions {
  private readonly store: Store | undefined;
  private readonly machines: Machines;
  private readonly host = `${process.pid}.${Date.now()}.${performance.now()}`;
  private readonly listeners = new Set<LeftListener>();
  /** Machines that are on, with the snapshot that is remembered for each. */
  private readonly remembered = new Map<string, { beganMs: number; snapshot: number | null }>();
  private readonly others: LeftSessions | undefined;
  private writing: Promise<unknown> = Promise.resolve();

  /** Without a store nothing is remembered. */
  constructor(store: Store | undefined, machines: Machines) {
    this.store = store;
    this.machines = machines;
    if (!store) return;
    this.others = new LeftSessions(store, this.host);
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
    return (await this.others?.all()) ?? [];
  }

  /** What was left of a machine is offered no more. */
  async forget(machine: string): Promise<Result<void, string>> {
    if (!this.others) return refuse("This host remembers no machines.");
    const forgotten = await this.others.forget(machine);
    if (!forgotten.ok) return forgotten;
    const left = await this.left();
    for (const listener of this.listeners) listener(left);
    return forgotten;
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
}
