/**
 * What every host offers, whatever shows it: the guests, their fetches and their machines.
 * One per process; each page that connects gets a session (`session.ts`) onto it.
 */
import type { ApMatrix, MachineConfig } from "../../engine/api/machine.ts";
import type { FetchProgress, FetchState, GuestSummary, MachineSummary } from "../../engine/api/workbench.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import type { EngineTiming } from "../engineHost.ts";
import { DeviceMachine } from "./deviceMachine.ts";
import type { GuestSpec } from "./guests.ts";
import { ScriptFiles, type ScriptPlaces } from "./scriptFiles.ts";
import { Settings, type SettingsKeeper } from "./settings.ts";
import { Machines } from "./machines.ts";
import { Pasts } from "./pasts.ts";
import { Saves } from "./saves.ts";
import { Sessions } from "./sessions.ts";
import type { Store } from "../store/store.ts";
import type { SnapshotsService } from "./snapshots.ts";

/** What the workbench needs of the guest catalogue (`guests.ts`). */
export interface Guests {
  list(): Promise<GuestSummary[]>;
  fetch(
    id: string,
    onProgress: (progress: FetchProgress) => void,
    signal: AbortSignal,
  ): Promise<Result<GuestSummary, string>>;
  add(spec: GuestSpec): Promise<Result<GuestSummary, string>>;
  remove(id: string): Promise<Result<void, string>>;
  machineConfig(id: string, overrides?: Partial<MachineConfig>): Promise<Result<MachineConfig, string>>;
}

export interface WorkbenchListener {
  guestsChanged(guests: readonly GuestSummary[]): void;
  fetchChanged(change: { id: string; state?: FetchState }): void;
}

export interface WorkbenchOptions {
  /** Where what a person set up is kept; without it, as long as the process lives. */
  readonly settings?: SettingsKeeper;
  /** Where machines that are on are remembered, and those made from snapshots; without it they are not. */
  readonly store?: Store;
  readonly guests: Guests;
  /** Where snapshots are kept; without it nothing can be saved. */
  readonly snapshots?: SnapshotsService;
  readonly workerUrl: URL;
  /** Thread entry of device machines; where none is given, the one that is built beside the engine's. */
  readonly deviceWorkerUrl?: URL;
  /** Thread entry of scripts, likewise. */
  readonly scriptWorkerUrl?: URL;
  /** Where scripts are kept, and the examples; without it there are none. */
  readonly scripts?: ScriptPlaces;
  readonly timing?: EngineTiming;
  readonly consoleBytes?: number;
  /** Where records of engine faults are kept; without it none are. */
  readonly crashFolder?: string;
}

export class Workbench {
  readonly machines: Machines;
  readonly settings: Settings;
  readonly saves: Saves;
  readonly pasts: Pasts;
  readonly sessions: Sessions;
  readonly devices: DeviceMachine;
  readonly scriptFiles: ScriptFiles;
  readonly scriptWorkerUrl: URL;
  private readonly catalogue: Guests;
  private readonly listeners = new Set<WorkbenchListener>();
  private readonly running = new Map<string, AbortController>();
  private readonly fetchStates = new Map<string, FetchState>();

  constructor(options: WorkbenchOptions) {
    this.catalogue = options.guests;
    this.settings = new Settings(options.settings);
    this.devices = new DeviceMachine(
      options.deviceWorkerUrl ?? besideEngine(options.workerUrl, "deviceWorker"),
    );
    this.scriptFiles = new ScriptFiles(options.scripts);
    this.scriptWorkerUrl = options.scriptWorkerUrl ?? besideEngine(options.workerUrl, "scriptWorker");
    this.machines = new Machines({
      ...options,
      machineConfig: (id, overrides) => caught(() => this.catalogue.machineConfig(id, overrides)),
    });
    this.sessions = new Sessions(options.store, this.machines);
    this.saves = new Saves({
      snapshots: options.snapshots,
      store: options.store,
      saved: (machine) => this.sessions.note(machine),
      machines: this.machines,
      guest: async (id) => (await this.guests()).find((guest) => guest.id === id),
      copiesChanged: () => this.tellGuests(),
    });
    this.pasts = new Pasts(this.machines, () => this.tellGuests());
  }

  listen(listener: WorkbenchListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async guests(): Promise<GuestSummary[]> {
    const copies = await this.saves.guests();
    return [...(await this.catalogue.list()), ...copies, ...this.pasts.guests()];
  }

  fetches(): { id: string; state: FetchState }[] {
    return [...this.fetchStates].map(([id, state]) => ({ id, state }));
  }

  /** Fetches or goes on fetching; what an earlier attempt has stored is used. */
  async fetch(id: string): Promise<Result<GuestSummary, string>> {
    if (this.running.has(id)) return refuse("This guest is being fetched already.");
    const abort = new AbortController();
    this.running.set(id, abort);
    this.setFetch(id, { kind: "fetching", progress: { step: "Preparing", doneBytes: 0, totalBytes: 0 } });
    const fetched = await caught(() =>
      this.catalogue.fetch(
        id,
        (progress) => {
          if (!abort.signal.aborted) this.setFetch(id, { kind: "fetching", progress });
        },
        abort.signal,
      ),
    );
    this.running.delete(id);
    if (fetched.ok) this.setFetch(id, undefined);
    else
      this.setFetch(
        id,
        abort.signal.aborted ? { kind: "cancelled" } : { kind: "failed", sentence: fetched.error },
      );
    await this.tellGuests();
    return fetched;
  }

  cancelFetch(id: string): Result<void, string> {
    const abort = this.running.get(id);
    if (!abort) return refuse("This guest is not being fetched.");
    abort.abort();
    return ok(undefined);
  }

  async add(spec: GuestSpec): Promise<Result<GuestSummary, string>> {
    const added = await caught(() => this.catalogue.add(spec));
    if (added.ok) await this.tellGuests();
    return added;
  }

  async remove(id: string): Promise<Result<void, string>> {
    if (this.machines.isActive(id))
      return refuse("This guest's machine is on. Power it off before removing the guest.");
    if (this.pasts.isPast(id)) {
      await this.pasts.remove(id);
      return ok(undefined);
    }
    const isCopy = await this.saves.isCopy(id);
    const removed = isCopy
      ? await this.saves.removeCopy(id)
      : await caught(() => this.catalogue.remove(id));
    if (!removed.ok) return removed;
    // What was left of it has no machine to go on in.
    await this.sessions.forget(id);
    this.machines.forget(id);
    await this.tellGuests();
    return removed;
  }

  /** `ap`: queues that the machine is given in place of the guest's own. */
  async start(id: string, ap?: ApMatrix): Promise<Result<MachineSummary, string>> {
    if (await this.saves.isCopy(id))
      return ap ? refuse("A machine made from a snapshot has the AP queues that it was saved with.")
        : this.saves.start(id);
    if (this.pasts.isPast(id))
      return refuse("A machine in the past is not started; go to a moment of the present one.");
    const guest = (await this.guests()).find((candidate) => candidate.id === id);
    if (!guest) return refuse(`There is no guest "${id}". Choose one from the list.`);
    if (!guest.ready) return refuse(guest.missing ?? `${guest.title} is not complete. Fetch it first.`);
    return this.machines.start(guest, ap);
  }

  /** Goes on with a machine that was on when its host ended. */
  async takeUp(id: string): Promise<Result<MachineSummary, string>> {
    const left = (await this.sessions.left()).find((one) => one.id === id);
    if (!left) return refuse(`Nothing was left of "${id}". Start it in place of that.`);
    return left.snapshot ? this.saves.goOn(id, left.snapshot.id) : this.start(id);
  }

  /** Machines that are on are left for the next host to offer. */
  async close(): Promise<void> {
    for (const abort of this.running.values()) abort.abort();
    await this.sessions.settled();
    await this.devices.close();
    await this.machines.close();
    await this.saves.close();
  }

  private setFetch(id: string, state: FetchState | undefined): void {
    if (state) this.fetchStates.set(id, state);
    else this.fetchStates.delete(id);
    for (const listener of this.listeners) listener.fetchChanged({ id, ...(state && { state }) });
  }

  private async tellGuests(): Promise<void> {
    const guests = await this.guests();
    for (const listener of this.listeners) listener.guestsChanged(guests);
  }
}

const besideEngine = (workerUrl: URL, name: string): URL => new URL(`./${name}.js`, workerUrl);

/** The catalogue works with disks and networks; what it did not expect is still told as a sentence. */
async function caught<T>(work: () => Promise<Result<T, string>>): Promise<Result<T, string>> {
  try {
    return await work();
  } catch (error) {
    return refuse(`This failed unexpectedly: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
