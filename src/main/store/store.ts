/**
 * The store as hosts use it: calls become messages to its worker, which is started with the first. A worker
 * that dies fails the calls under way with a sentence; the next call starts another.
 */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import type { StoreCall, StoreCalls, StoreReply } from "./storeApi.ts";

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

export class Store {
  private readonly options: StoreOptions;
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, (reply: StoreReply) => void>();
  private calls = 0;

  constructor(options: StoreOptions) {
    this.options = options;
  }

  /** Never rejects. `transfer`: buffers of the argument that need not be copied. */
  call<Name extends StoreCall>(
    name: Name,
    argument: Parameters<StoreCalls[Name]>[0],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Answer<Name>> {
    const id = ++this.calls;
    return new Promise((resolve) => {
      this.waiting.set(id, (reply) => {
        if (reply.ok) resolve(ok(reply.value as ReturnType<StoreCalls[Name]>));
        else resolve(refuse({ sentence: reply.error, isBaseGone: reply.isBaseGone }));
      });
      this.worker ??= this.start();
      this.worker.postMessage({ id, call: name, argument }, [...transfer]);
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
    const workerData = { path: join(dataDir, "store.sqlite"), busyMs };
    const worker = new Worker(workerUrl, { name: "latchwork-store", workerData });
    worker.on("message", (reply: StoreReply) => {
      this.waiting.get(reply.id)?.(reply);
      this.waiting.delete(reply.id);
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
    for (const [id, tell] of this.waiting) tell({ id, ok: false, error, isBaseGone: false });
    this.waiting.clear();
  }
}
