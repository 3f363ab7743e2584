/** Scripts that pages run: one at a time for each page, a few on one host; a page that goes takes its run. */
import type { Grant, ScriptEnd, ScriptOutput } from "../../engine/api/script.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { MachineAsks } from "../script/machineAsks.ts";
import { ScriptRun, scriptDefaults } from "../script/scriptRun.ts";
import { ScriptFeed } from "./scriptFeed.ts";
import type { Workbench } from "./workbench.ts";

export interface ScriptRequest {
  readonly source: string;
  readonly file: string;
  readonly grants: readonly Grant[];
  readonly seconds: number;
  readonly memoryBytes?: number | undefined;
}
export interface ScriptListener {
  output(output: ScriptOutput): void;
  ended(run: number, end: ScriptEnd): void;
}

const RUNS_MAX = 4;
/** Of this host, whatever page they are of. */
const running = new WeakMap<Workbench, Set<ScriptRun>>();

export class PageScripts {
  private readonly workbench: Workbench;
  private readonly listener: ScriptListener;
  private current: { readonly feed: ScriptFeed; readonly run: ScriptRun } | undefined;
  /** The run before: what it printed may still be on its way. */
  private last: ScriptFeed | undefined;
  private runs = 0;
  private isClosed = false;

  constructor(workbench: Workbench, listener: ScriptListener) {
    this.workbench = workbench;
    this.listener = listener;
  }

  start({
    source, file, grants, seconds, memoryBytes = scriptDefaults.memoryBytes,
  }: ScriptRequest): Result<{ run: number }, string> {
    const { workbench } = this;
    const all = running.get(workbench) ?? new Set();
    running.set(workbench, all);
    if (this.current) return refuse("A script of this window runs already. Stop it first.");
    if (all.size >= RUNS_MAX) return refuse(`${all.size} scripts run on this host already. Stop one first.`);
    const number = ++this.runs;
    const feed = new ScriptFeed(
      number, (output) => this.tell(() => this.listener.output(output)),
      (end) => this.tell(() => this.listener.ended(number, end)));
    const asks = new MachineAsks(workbench, grants);
    const { outputBytesMax } = scriptDefaults;
    const run = new ScriptRun({
      workerUrl: workbench.scriptWorkerUrl,
      start: {
        source, file, grants, memoryBytes, outputBytesMax, timeMs: seconds * 1000, withDefects: true,
      },
      onOutput: (stream, text) => feed.print(stream, text),
      answer: (call, argument) => asks.answer(call, argument),
    });
    all.add(run);
    this.current = { feed, run };
    void run.ended.then((end) => {
      asks.close();
      all.delete(run);
      this.current = undefined;
      this.last = feed;
      feed.finish(end);
    });
    return ok({ run: number });
  }

  stop(number: number): Result<void, string> {
    if (this.current?.feed.run !== number) return refuse("This script has ended already.");
    this.current.run.stop();
    return ok(undefined);
  }

  acknowledge(number: number, offset: number): void {
    for (const feed of [this.current?.feed, this.last]) if (feed?.run === number) feed.acknowledge(offset);
  }

  /** The page is gone: its run ends, and nobody is told. */
  close(): void {
    this.isClosed = true;
    this.current?.run.stop();
  }

  private tell(say: () => void): void {
    if (!this.isClosed) say();
  }
}
