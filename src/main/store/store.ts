/**
 * The store as hosts use it: calls become messages to its worker, which is started with the first. A worker
 * that dies fails the calls under way with a sentence; the next call starts another.
 */
import { join } from "node:path";
import { Worker, type MessagePort } from "node:worker_threads";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import type { Task } from "../task.ts";
import type { StoreAnswer, StoreCall, StoreCalls, StoreReply } from "./storeApi.ts";

export interface StoreOptions {
  readonly dataDir: string;
  readonly workerUrl: URL;
  /** How long another process that writes is waited for, in milliseconds. */
  readonly busyMs?: number;
}
export interface StoreRefusal {
  readonly sentence: string;
  /** An incremental save whose base was removed: a whole one will do. */
  readonly isBaseGone: boolean;
}
type Answer<Name extends StoreCall> = Result<ReturnType<StoreCalls[Name]>, StoreRefusal>;

/** The database of a data folder. */
export const storePath = (dataDir: string): string => join(dataDir, "store.sqlite");

export class Store {
  private readonly options: StoreOptions;
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, { readonly task: Task; tell(answer: StoreAnswer): void }>();
  private calls = 0;

  constructor(options: StoreOptions) {
    this.options = options;
  }

  /**
   * Never rejects. `transfer`: what of the argument goes in place of being copied. A task that is given up is
   * refused, and the store is as it was.
   */
  call<Name extends StoreCall>(
    name: Name,
    argument: Parameters<StoreCalls[Name]>[0],
    transfer: readonly MessagePort[] = [],
    task: Task = {},
  ): Promise<Answer<Name>> {
    const id = ++this.calls;
    const isCancelled = new Int32Array(new SharedArrayBuffer(4));
    const cancel = (): void => void Atomics.store(isCancelled, 0, 1);
    if (task.signal?.aborted) cancel();
    else task.signal?.addEventListener("abort", cancel, { once: true });
    return new Promise((resolve) => {
      const tell = (answer: StoreAnswer): void => {
        if (answer.ok) resolve(ok(answer.value as ReturnType<StoreCalls[Name]>));
        else resolve(refuse({ sentence: answer.error, isBaseGone: answer.isBaseGone }));
      };
      this.waiting.set(id, { task, tell });
      this.worker ??= this.start();
      this.worker.postMessage({ id, call: name, argument, isCancelled }, [...transfer]);
    });
  }

  async close(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
    this.failAll("The store was closed.");
  }

  private start(): Worker {
    const { dataDir, workerUrl, busyMs } = this.options;
    const workerData = { path: storePath(dataDir), busyMs };
    const worker = new Worker(workerUrl, { name: "latchwork-store", workerData });
    worker.on("message", (reply: StoreReply) => {
      const waiting = this.waiting.get(reply.id);
      if ("progress" in reply) {
        waiting?.task.onProgress?.(reply.progress);
        return;
      }
      this.waiting.delete(reply.id);
      waiting?.tell(reply);
    });
    const gone = (sentence: string): void => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      this.failAll(sentence);
    };
    worker.on("error", (error) => gone(`The store failed: ${error.message}. What was committed is kept.`));
    worker.on("exit", () => gone("The store ended by itself. What was committed is kept."));
    return worker;
  }

  private failAll(error: string): void {
    for (const [id, { tell }] of this.waiting) tell({ id, ok: false, error, isBaseGone: false });
    this.waiting.clear();
  }
}
