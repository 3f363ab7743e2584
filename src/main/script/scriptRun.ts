/**
 * One run of a script, as its host sees it: a worker of its own, everything it prints, and exactly one end.
 * Whatever the script does (it loops, fills memory, prints without end, waits for ever), the worker is gone
 * at the latest a moment after its time.
 */
import { Worker } from "node:worker_threads";
import type { Result } from "../../engine/base/result.ts";
import type { FromScript, RunEnd, ScriptStart, ToScript } from "./protocol.ts";

export const scriptDefaults = {
  timeMs: 60_000,
  memoryBytes: 64 * 2 ** 20,
  outputBytesMax: 4 * 2 ** 20,
} as const;

/** How long after its time a worker may still end by itself and say why. */
const GRACE_MS = 2_000;
/** Of the worker's own heap, where its device-only machines are; the script's own memory is apart. */
const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64, stackSizeMb: 8 };

export interface ScriptRunOptions {
  readonly workerUrl: URL;
  readonly start: ScriptStart;
  onOutput(stream: "out" | "err", text: string): void;
  /** Answers a question of the script to this host's services. */
  answer(call: string, argument: unknown): Promise<Result<unknown, string>>;
}

export class ScriptRun {
  /** Resolves once, whatever happens. */
  readonly ended: Promise<RunEnd>;
  private readonly worker: Worker;
  private readonly options: ScriptRunOptions;
  private readonly timer: NodeJS.Timeout;
  private finish: (end: RunEnd) => void = () => undefined;
  private isOver = false;

  constructor(options: ScriptRunOptions) {
    this.options = options;
    const { timeMs } = options.start;
    this.worker = new Worker(options.workerUrl, {
      name: "latchwork-script", workerData: options.start, resourceLimits, stdout: true, stderr: true,
      // Nothing of the host's environment is the script's business.
      env: {},
    });
    this.ended = new Promise((resolve) => { this.finish = resolve; });
    this.worker.on("message", (message: FromScript) => this.take(message));
    this.worker.on("error", (error) => this.end({ kind: "failed", sentence: sentenceOf(error) }));
    this.worker.on("exit", () => this.end({ kind: "failed", sentence: "The script's thread ended." }));
    this.timer = setTimeout(() => this.end({
      kind: "time",
      sentence: `The script ran longer than the ${timeMs / 1000} s that it may, and was ended by force.`,
    }), timeMs + GRACE_MS);
  }

  stop(): void {
    this.end({ kind: "stopped", sentence: "The script was stopped." });
  }

  private take(message: FromScript): void {
    if (this.isOver) return;
    switch (message.type) {
      case "output": return this.options.onOutput(message.stream, message.text);
      case "end": return this.end(message.end);
      case "ask": {
        const { id, call, argument } = message;
        void this.options.answer(call, argument).then((answer) => {
          if (!this.isOver) this.worker.postMessage({ type: "answer", id, answer } satisfies ToScript);
        });
      }
    }
  }

  private end(end: RunEnd): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    // The thread is gone before anybody hears of the end.
    void this.worker.terminate().then(() => this.finish(end));
  }
}

function sentenceOf(error: unknown): string {
  const { code, message } = error as Error & { code?: string };
  return code === "ERR_WORKER_OUT_OF_MEMORY"
    ? "The script's machines used more memory than they may. The script was ended."
    : `The script's thread failed: ${message}.`;
}
