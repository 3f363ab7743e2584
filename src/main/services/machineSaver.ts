/**
 * Asks one running machine for its state, and tells it what became of that. One save at a time; a machine
 * that ends meanwhile answers with a sentence.
 */
import type { MachineConfig, MachineRequest } from "../../engine/api/machine.ts";
import type { CapturedMachine, SnapshotEvent } from "../../engine/api/snapshot.ts";
import { refuse, type Result } from "../../engine/base/result.ts";
import type { Task } from "../task.ts";

interface Waiting {
  readonly task: Task;
  resolve(result: Result<CapturedMachine, string>): void;
}

export class MachineSaver {
  readonly config: MachineConfig;
  /** The snapshot that the machine's next changes are relative to; null before the first. */
  base: number | null;
  private readonly post: (request: MachineRequest) => void;
  private waiting: Waiting | undefined;
  private saves = 0;

  /** `base`: the snapshot that the machine was restored from. */
  constructor(config: MachineConfig, base: number | null, post: (request: MachineRequest) => void) {
    this.config = config;
    this.base = base;
    this.post = post;
  }

  capture(writer: string, whole: boolean, task: Task): Promise<Result<CapturedMachine, string>> {
    if (this.waiting)
      return Promise.resolve(refuse("This machine is being saved already; wait for that to end."));
    const id = ++this.saves;
    task.signal?.addEventListener("abort", () => this.post({ type: "save-cancel", id }), { once: true });
    return new Promise((resolve) => {
      this.waiting = { task, resolve };
      this.post({ type: "save", id, writer, whole });
      if (task.signal?.aborted) this.post({ type: "save-cancel", id });
    });
  }
  get isSaving(): boolean {
    return this.waiting !== undefined;
  }
  /** How far the machine is, or its answer. */
  take(event: SnapshotEvent): void {
    if (event.type === "saving")
      this.waiting?.task.onProgress?.({ step: "Copying pages", done: event.done, total: event.total });
    else this.answer(event.result);
  }
  done(isKept: boolean): void {
    this.post({ type: "save-done", isKept });
  }
  /** No answer will come. */
  ended(): void {
    this.answer(refuse("The machine ended before it was saved."));
  }
  private answer(result: Result<CapturedMachine, string>): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve(result);
  }
}
