/**
 * Snapshots as every host offers them: saves of running machines, the tree of what was saved, and machines to
 * go on with. Errors are sentences.
 */
import { MessageChannel } from "node:worker_threads";
import type { MachineConfig } from "../../engine/api/machine.ts";
import type { SnapshotSummary } from "../../engine/api/snapshot.ts";
import type { SnapshotDiff } from "../../engine/api/snapshotCalls.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import type { DiffOrder } from "../store/diff.ts";
import type { DifferenceOrder } from "../store/difference.ts";
import type { StartImages } from "../store/images.ts";
import type { SnapshotFrame, StoredMachine, StoredState } from "../store/snapshots.ts";
import { startConfigOf } from "../store/startConfig.ts";
import type { Store, StoreRefusal } from "../store/store.ts";
import type { StoreCall, StoreCalls } from "../store/storeApi.ts";
import type { Task } from "../task.ts";
import type { MachineSaver } from "./machineSaver.ts";

export interface SaveOptions {
  readonly guest: string;
  readonly title: string;
  readonly note: string;
  /** The end of the console. */
  readonly console: Uint8Array;
}
/** How a restored machine is to run; the rest is the snapshot's. */
export type RunConfig = Pick<MachineConfig, "pace" | "trace" | "interpreterOnly"> &
  Partial<Pick<MachineConfig, "until">>;

/** Shown as a thumbnail: a screen of 80 by 24 fits. */
export const CONSOLE_TAIL_BYTES = 4096;

export class SnapshotsService {
  private readonly store: Store;
  private readonly writer: string;

  /** `writer`: this program's version. */
  constructor(store: Store, writer: string) {
    this.store = store;
    this.writer = writer;
  }

  /** Saves what changed since the machine's last save, or all of it where there was none. */
  async save(
    saver: MachineSaver,
    options: SaveOptions,
    task: Task = {},
  ): Promise<Result<SnapshotSummary, string>> {
    const first = await this.saveOnce(saver, options, saver.base === null, task);
    const isBaseGone = !first.ok && first.error.isBaseGone;
    const saved = isBaseGone ? await this.saveOnce(saver, options, true, task) : first;
    return saved.ok ? saved : refuse(saved.error.sentence);
  }

  /** Machine and store work at the same time, and speak to each other alone. */
  private async saveOnce(
    saver: MachineSaver,
    options: SaveOptions,
    whole: boolean,
    task: Task,
  ): Promise<Result<SnapshotSummary, StoreRefusal>> {
    if (saver.isSaving) return refuse({ sentence: isSavedAlready, isBaseGone: false });
    const { port1: fromMachine, port2: toStore } = new MessageChannel();
    let isKept = false;
    saver.begin(this.writer, whole, toStore, task);
    try {
      const order = { ...newSnapshot(saver, options, whole), port: fromMachine };
      const saved = await this.store.call("save", order, [fromMachine], task);
      isKept = saved.ok;
      if (saved.ok) saver.base = saved.value.id;
      return saved;
    } finally {
      saver.done(isKept);
    }
  }

  list(): Promise<Result<SnapshotSummary[], string>> {
    return this.ask("list", undefined);
  }
  async show(id: number): Promise<Result<SnapshotSummary, string>> {
    const all = await this.list();
    if (!all.ok) return all;
    const found = all.value.find((one) => one.id === id);
    return found ? ok(found) : refuse(`There is no snapshot ${id}; see the list of snapshots.`);
  }
  /** All of a snapshot, checked. */
  read(id: number, task?: Task): Promise<Result<StoredMachine, string>> {
    return this.ask("read", id, task);
  }
  /** What of a snapshot a machine lacks that has another with some pages changed. */
  readDifference(order: DifferenceOrder, task?: Task): Promise<Result<StoredState, string>> {
    return this.ask("readDifference", order, task);
  }
  diff(order: DiffOrder, task?: Task): Promise<Result<SnapshotDiff, string>> {
    return this.ask("diff", order, task);
  }
  setNote(id: number, note: string): Promise<Result<void, string>> {
    return this.ask("setNote", { id, note });
  }
  remove(id: number): Promise<Result<void, string>> {
    return this.ask("remove", id);
  }
  /** What is wrong with the store, as sentences. */
  check(): Promise<Result<string[], string>> {
    return this.ask("check", undefined);
  }
  export(id: number, task?: Task): Promise<Result<Uint8Array, string>> {
    return this.ask("export", id, task);
  }
  import(file: Uint8Array, task?: Task): Promise<Result<SnapshotSummary, string>> {
    return this.ask("import", file, task);
  }
  /** Does not wait for what the store is doing. */
  close(): Promise<void> {
    return this.store.close();
  }

  private async ask<Name extends StoreCall>(
    name: Name,
    argument: Parameters<StoreCalls[Name]>[0],
    task?: Task,
  ): Promise<Result<ReturnType<StoreCalls[Name]>, string>> {
    const answer = await this.store.call(name, argument, [], task);
    return answer.ok ? answer : refuse(answer.error.sentence);
  }
}

const isSavedAlready = "This machine is being saved already; wait for that to end.";

/** Images go along with a whole save only: later ones begin with what their parent began with. */
function newSnapshot(saver: MachineSaver, options: SaveOptions, whole: boolean): SnapshotFrame {
  const { kernel, initrd, disk } = saver.config;
  const images = () => ({
    kernel: shared(kernel), ...(initrd && { initrd: shared(initrd) }), ...(disk && { disk: shared(disk) }),
  });
  return {
    ...options,
    createdMs: Date.now(),
    parent: saver.base,
    config: startConfigOf(saver.config),
    images: whole ? images() : null,
  };
}

/** A copy that goes to another thread without being copied twice more on its way. */
function shared(image: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(image.length));
  copy.set(image);
  return copy;
}

/** What a worker needs to go on where a machine was saved. */
export const configOf = (
  { config }: StoredState,
  { kernel, initrd, disk }: StartImages,
  run: RunConfig,
): MachineConfig => ({ ...config, kernel, ...(initrd && { initrd }), ...(disk && { disk }), ...run });
