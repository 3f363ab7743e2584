/**
 * The machine of devices alone that every window of this host shows. It lives in a worker of its own, which
 * is started by the first call; one that ends takes the machine with it, and the next call starts another.
 */
import { Worker } from "node:worker_threads";
import {
  nothingOpen, type DeviceAnswer, type DeviceCall, type DeviceEvent, type DeviceReport, type DeviceRequest,
} from "../../engine/api/deviceSession.ts";
import { refuse, type Result } from "../../engine/base/result.ts";

type Settle = (answer: Result<DeviceAnswer, string>) => void;

/** Windows ask a few at a time; more than this means that the worker does not answer. */
const WAITING_MAX = 256;
/** No call takes so long: the largest litmus program is explored in a tenth of it. */
const ANSWER_MS_MAX = 60_000;

export class DeviceMachine {
  private readonly workerUrl: URL;
  private readonly listeners = new Set<(report: DeviceReport) => void>();
  private readonly waiting = new Map<number, Settle>();
  private worker: Worker | undefined;
  private watch: NodeJS.Timeout | undefined;
  private last = 0;
  private now: DeviceReport = nothingOpen;

  constructor(workerUrl: URL) {
    this.workerUrl = workerUrl;
  }

  listen(listener: (report: DeviceReport) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  report(): DeviceReport {
    return this.now;
  }

  ask(call: DeviceCall): Promise<Result<DeviceAnswer, string>> {
    if (this.waiting.size >= WAITING_MAX)
      return Promise.resolve(refuse("The machine has not answered earlier calls yet. Try again."));
    const worker = (this.worker ??= this.start());
    const id = ++this.last;
    return new Promise((settle) => {
      this.waiting.set(id, settle);
      this.watch ??= this.watchAnswers();
      worker.postMessage({ id, call } satisfies DeviceRequest);
    });
  }

  async close(): Promise<void> {
    const { worker } = this;
    this.lose("The host is closing.");
    await worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(this.workerUrl, { name: "latchwork-devices", stdout: false, stderr: false });
    const lost = (sentence: string) => (): void => {
      if (this.worker === worker) this.lose(sentence);
    };
    worker.on("message", (event: DeviceEvent) => {
      if (this.worker === worker) this.take(event);
    });
    worker.on("error", (error) => lost(`The device machine stopped with an error: ${error.message}.`)());
    worker.on("exit", lost("The device machine's thread ended."));
    worker.unref();
    return worker;
  }

  private take(event: DeviceEvent): void {
    if (event.type === "report") {
      this.tell(event.report);
      return;
    }
    const settle = this.waiting.get(event.id);
    this.waiting.delete(event.id);
    clearTimeout(this.watch);
    this.watch = this.waiting.size > 0 ? this.watchAnswers() : undefined;
    settle?.(event.answer);
  }

  private watchAnswers(): NodeJS.Timeout {
    return setTimeout(() => {
      const { worker } = this;
      this.lose(`The device machine has not answered for ${ANSWER_MS_MAX / 1000} s and was ended.`);
      void worker?.terminate();
    }, ANSWER_MS_MAX);
  }

  /** Nobody will answer any more, and nothing is open. */
  private lose(sentence: string): void {
    clearTimeout(this.watch);
    this.watch = undefined;
    this.worker = undefined;
    for (const settle of this.waiting.values()) settle(refuse(`${sentence} Open it again.`));
    this.waiting.clear();
    if (this.now.machine || this.now.batch) this.tell({ revision: this.now.revision + 1 });
  }

  private tell(report: DeviceReport): void {
    // Revisions of a new worker begin again; pages only look whether theirs is the same.
    this.now = report;
    for (const listener of this.listeners) listener(report);
  }
}
