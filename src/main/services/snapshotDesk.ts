/**
 * One page's work on snapshots: what it asked for and may give up, and the files that it is reading. Goes
 * with the page; a save that is under way then is finished all the same.
 */
import {
  snapshotLimits,
  type SnapshotAnswer,
  type SnapshotCall,
  type SnapshotTask,
} from "../../engine/api/snapshotCalls.ts";
import type { TaskProgress } from "../../engine/api/task.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import type { Task } from "../task.ts";
import type { Saves } from "./saves.ts";
import type { Uploads } from "./uploads.ts";

type LongCall = Extract<
  SnapshotCall,
  { readonly name: "save" | "restore" | "diff" | "export" | "import" }
>;

const TASKS_MAX = 16;
/** Files are in memory while a page reads them. */
const EXPORTS_MAX = 2;

export class SnapshotDesk {
  private readonly saves: Saves;
  private readonly uploads: Uploads;
  private readonly tell: (task: SnapshotTask) => void;
  private readonly tasks = new Map<string, AbortController>();
  private readonly exports = new Map<string, Uint8Array>();
  private exported = 0;

  constructor(saves: Saves, uploads: Uploads, tell: (task: SnapshotTask) => void) {
    this.saves = saves;
    this.uploads = uploads;
    this.tell = tell;
  }

  async ask(call: SnapshotCall): Promise<Result<SnapshotAnswer, string>> {
    switch (call.name) {
      case "list":
        return this.saves.with((snapshots) => snapshots.list());
      case "note":
        return nothing(await this.saves.setNote(call.snapshot, call.note));
      case "remove":
        return nothing(await this.saves.remove(call.snapshot));
      case "readExport":
        return this.readExport(call.id, call.offset);
      case "dropExport":
        this.exports.delete(call.id);
        return ok(null);
      case "cancel":
        this.tasks.get(call.task)?.abort();
        return ok(null);
      default:
        return this.work(call);
    }
  }

  close(): void {
    this.exports.clear();
  }

  /** A call that takes its time. */
  private async work(
    call: LongCall,
  ): Promise<Result<SnapshotAnswer, string>> {
    const { task: name } = call;
    if (name === undefined) return this.perform(call, {});
    if (this.tasks.has(name) || this.tasks.size >= TASKS_MAX)
      return refuse("Work on snapshots is under way already; wait for its end, or cancel it.");
    const abort = new AbortController();
    this.tasks.set(name, abort);
    const onProgress = (progress: TaskProgress): void => this.tell({ task: name, progress });
    const done = await this.perform(call, { signal: abort.signal, onProgress });
    this.tasks.delete(name);
    return done;
  }

  private perform(
    call: LongCall,
    task: Task,
  ): Promise<Result<SnapshotAnswer, string>> {
    switch (call.name) {
      case "save":
        return this.saves.save(call.machine, call.note, task);
      case "restore":
        return call.into === "same"
          ? this.saves.restoreSame(call.snapshot, task)
          : this.saves.restoreNew(call.snapshot, task);
      case "diff":
        return this.saves.with((snapshots) => snapshots.diff(call, task));
      case "export":
        return this.export(call.snapshot, task);
      case "import":
        return this.import(call.upload, task);
    }
  }

  private async export(snapshot: number, task: Task): Promise<Result<SnapshotAnswer, string>> {
    if (this.exports.size >= EXPORTS_MAX)
      return refuse(`${EXPORTS_MAX} snapshots are being exported already; wait for the end of one.`);
    const found = await this.saves.with((snapshots) => snapshots.show(snapshot));
    if (!found.ok) return found;
    const file = await this.saves.with((snapshots) => snapshots.export(snapshot, task));
    if (!file.ok) return file;
    const id = `export-${++this.exported}`;
    this.exports.set(id, file.value);
    return ok({ id, name: `${found.value.guest}-${snapshot}.lwsnap`, sizeBytes: file.value.length });
  }

  private readExport(id: string, offset: number): Result<Uint8Array, string> {
    const file = this.exports.get(id);
    if (!file || offset > file.length) return refuse("This export is no longer there. Export it again.");
    return ok(file.subarray(offset, offset + snapshotLimits.exportChunkBytes));
  }

  private async import(upload: string, task: Task): Promise<Result<SnapshotAnswer, string>> {
    const file = this.uploads.finished(upload);
    this.uploads.drop(upload);
    return file.ok ? this.saves.import(file.value.bytes, task) : file;
  }
}

const nothing = (done: Result<void, string>): Result<null, string> => (done.ok ? ok(null) : done);
