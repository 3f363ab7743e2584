/**
 * A guest in our engine, saved and taken up through the services that the window uses: what is measured is
 * what a person waits for. Its store is a new one, removed with the guest.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { MachineConfig } from "../../../engine/api/machine.ts";
import type { GuestSummary } from "../../../engine/api/workbench.ts";
import { ok, refuse, type Result } from "../../../engine/base/result.ts";
import { PAGE_BYTES } from "../../../engine/api/snapshot.ts";
import { Machines } from "../../services/machines.ts";
import { Saves } from "../../services/saves.ts";
import { SnapshotsService } from "../../services/snapshots.ts";
import { openDatabase } from "../../store/database.ts";
import { Store, storePath } from "../../store/store.ts";
import { ConsoleLines } from "../consoleLines.ts";
import type { GuestImages } from "../measuredGuest.ts";
import type { SaveFigures, SavingGuest } from "./savingGuest.ts";

export interface EnginePlaces {
  readonly engineWorker: URL;
  readonly storeWorker: URL;
  /** Stores are made in this folder. */
  readonly folder: string;
}

const CHUNK_BYTES = 1 << 16;

export class EngineSavingGuest implements SavingGuest {
  readonly lines = new ConsoleLines();
  private readonly guest: GuestSummary;
  private readonly dataDir: string;
  private readonly machines: Machines;
  private readonly snapshots: SnapshotsService;
  private readonly saves: Saves;
  private readonly processorBefore = process.cpuUsage();
  private readonly kept: number[] = [];
  private seen = 0;

  static async start(images: GuestImages, places: EnginePlaces): Promise<EngineSavingGuest> {
    const guest = new EngineSavingGuest(images, places, await mkdtemp(join(places.folder, "store-")));
    // A host that runs has its store open.
    await guest.snapshots.list();
    const started = await guest.machines.start(guest.guest);
    if (!started.ok) guest.lines.end(started.error);
    return guest;
  }

  private constructor(images: GuestImages, places: EnginePlaces, dataDir: string) {
    this.dataDir = dataDir;
    const { memoryBytes } = images;
    const words = { title: "Measured", kind: "debian", description: "", ready: true } as const;
    this.guest = { id: "measured", ...words, memoryBytes, cpus: 1 };
    const config: MachineConfig = {
      board: "s390-ccw", cpus: 1, seed: 1, interpreterOnly: false, pace: "wall", trace: false, ...images,
    };
    const machineConfig = () => Promise.resolve(ok(config));
    this.machines = new Machines({ workerUrl: places.engineWorker, machineConfig });
    this.machines.listen({
      machineChanged: ({ phase }) => {
        if (phase === "stopped" || phase === "crashed") this.lines.end(`The guest is ${phase}.`);
      },
      consoleGrew: () => this.read(),
      machineRefused: (_, sentence) => this.lines.end(sentence),
    });
    this.snapshots = new SnapshotsService(new Store({ dataDir, workerUrl: places.storeWorker }), "bench");
    this.saves = new Saves({
      snapshots: this.snapshots, machines: this.machines, store: undefined, saved: () => undefined,
      guest: () => Promise.resolve(this.guest), copiesChanged: () => Promise.resolve(),
    });
  }

  private read(): void {
    const console = this.machines.console(this.guest.id);
    if (!console.ok) return;
    const log = console.value;
    for (;;) {
      const { offset, bytes } = log.read(this.seen, CHUNK_BYTES);
      if (bytes.length === 0) return;
      this.seen = offset + bytes.length;
      this.lines.take(bytes, performance.now());
    }
  }

  type(text: string): void {
    this.machines.input(this.guest.id, new TextEncoder().encode(text));
  }

  async save(): Promise<Result<SaveFigures, string>> {
    const start = performance.now();
    const saved = await this.saves.save(this.guest.id, "", {});
    if (!saved.ok) return saved;
    const ms = performance.now() - start;
    this.kept.push(saved.value.id);
    return ok({ ms, pauseMs: saved.value.pauseMs });
  }

  async restore(): Promise<Result<void, string>> {
    const last = this.kept.at(-1);
    if (last === undefined) return refuse("Nothing was saved.");
    const restored = await this.saves.restoreSame(last, {});
    return restored.ok ? ok(undefined) : restored;
  }

  async changedBytes(): Promise<number | undefined> {
    const [before, after] = this.kept.slice(-2);
    if (before === undefined || after === undefined) return undefined;
    const diff = await this.snapshots.diff({ before, after, rowsMax: 1 });
    return diff.ok ? diff.value.pagesDiffering * PAGE_BYTES : undefined;
  }

  /** With what is in the log still; the log's own file keeps its length. */
  storedBytes(): Promise<number> {
    const database = openDatabase(storePath(this.dataDir));
    const pragma = (name: string): number => database.pragma(name, { simple: true }) as number;
    const bytes = pragma("page_count") * pragma("page_size");
    database.close();
    return Promise.resolve(bytes);
  }

  /** Of this whole process, which does nothing else meanwhile. */
  processorMs(): number {
    const { user, system } = process.cpuUsage(this.processorBefore);
    return (user + system) / 1000;
  }

  async close(): Promise<void> {
    this.lines.end("The guest was ended.");
    await this.machines.close();
    await this.saves.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
