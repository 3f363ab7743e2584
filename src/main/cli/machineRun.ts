/**
 * One machine on this process's console, from start to one end.
 *
 *   started ─▶ running ─▶ ended: until-seen | powered-off | all-stopped | crashed | engine-fault
 *                                timeout | left | signal | refused
 *
 * Invariant: exactly one end; the terminal is as it was found, whatever the end.
 */
import { constants } from "node:os";
import type { MessagePort, Worker } from "node:worker_threads";
import { TextWatch } from "../../engine/base/textWatch.ts";
import type {
  MachineConfig,
  MachineEvent,
  MachineRequest,
  MachineStats,
  StopReason,
} from "../../engine/api/machine.ts";
import type { OutsideEvent } from "../../engine/api/history.ts";
import type { SavedMachine } from "../../engine/api/snapshot.ts";
import { engineThread } from "../engineThread.ts";
import { ConsoleLog } from "../services/consoleLog.ts";
import { MachineSaver } from "../services/machineSaver.ts";
import { CONSOLE_TAIL_BYTES } from "../services/snapshots.ts";
import type { CliIo } from "./context.ts";
import { EscapeKeys, escapeHelp } from "./escapeKeys.ts";

export interface RunOptions {
  readonly config: MachineConfig;
  readonly workerUrl: URL;
  /** Where the machine goes on, and the snapshot that this is. */
  readonly from?: { readonly saved: SavedMachine; readonly snapshot: number };
  readonly timeoutSeconds?: number;
  /** Holds piped input back until the console has printed it. */
  readonly inputAfter?: string;
  onTrace?(lines: readonly string[]): void;
  /** The run is over and its machine is still there; `console` is the end of what it printed. */
  beforeEnd?(saver: MachineSaver, console: Uint8Array): Promise<void>;
  /** What came to a run that this one repeats first; what is typed waits until then. */
  readonly repeat?: readonly OutsideEvent[];
  /** Something has reached the machine from outside, or its trace hash was noted. */
  onOutside?(event: OutsideEvent): void;
}

export type RunEnd =
  | { readonly kind: "until-seen" | "timeout" | "left" }
  | { readonly kind: "signal"; readonly number: number }
  | { readonly kind: "refused" | "differs"; readonly sentence: string }
  | StopReason;

export interface RunOutcome {
  readonly end: RunEnd;
  /** The engine's last figures; undefined if it never gave any. */
  readonly stats: MachineStats | undefined;
  /** Wall seconds from the start request to the text of `until`. */
  readonly timeToUntilSeconds: number | undefined;
}

const inputChunkBytes = 4096;
/** How long an engine that has ended may take to give its last figures. */
const lastStatsMs = 2_000;
const lastStatsId = 1;

export class MachineRun {
  private readonly options: RunOptions;
  private readonly io: CliIo;
  private readonly worker: Worker;
  private readonly keys = new EscapeKeys();
  private readonly saver: MachineSaver;
  private readonly printed = new ConsoleLog(CONSOLE_TAIL_BYTES);
  private readonly inputAfter: TextWatch | undefined;
  private readonly isRaw: boolean;
  private readonly startedAt: number;
  private readonly cleanups: (() => void)[] = [];
  private untilAt: number | undefined;
  private stats: MachineStats | undefined;
  private end: RunEnd | undefined;
  private isGone = false;
  private isRepeating: boolean;
  /** What was typed while a run was repeated. */
  private readonly typed: Uint8Array[] = [];
  private gotLastStats: () => void = () => undefined;
  private finish!: (outcome: RunOutcome) => void;
  /** Settles at the end; never rejects. */
  readonly outcome: Promise<RunOutcome>;

  constructor(options: RunOptions, io: CliIo) {
    this.options = options;
    this.io = io;
    this.inputAfter = options.inputAfter === undefined ? undefined : new TextWatch(options.inputAfter);
    this.isRaw = io.stdin.isTTY === true && io.stdin.setRawMode !== undefined;
    this.outcome = new Promise((resolve) => (this.finish = resolve));
    this.worker = engineThread(options.workerUrl);
    this.worker.on("message", (event: MachineEvent) => this.take(event));
    this.worker.on("error", (error) => this.fault("The engine stopped with an error", describe(error)));
    this.worker.on("messageerror", (error) =>
      this.fault("The engine sent what cannot be read", describe(error)),
    );
    this.worker.on("exit", (code) => this.fault(`The engine's thread ended by itself with code ${code}`, ""));
    this.watchProcess();
    this.startedAt = performance.now();
    const { config, from, repeat } = options;
    this.isRepeating = repeat !== undefined;
    this.saver = new MachineSaver(config, from?.snapshot ?? null, (request, ports) =>
      this.post(request, ports),
    );
    this.post({ type: "start", config, ...(from && { saved: from.saved }), ...(repeat && { repeat }) });
    this.attachInput();
  }

  private post(request: MachineRequest, ports: MessagePort[] = []): void {
    if (this.isGone) for (const port of ports) port.close();
    else this.worker.postMessage(request, ports);
  }

  private take(event: MachineEvent): void {
    switch (event.type) {
      case "console":
        return this.takeConsole(event.bytes);
      case "progress":
        this.stats = event.stats;
        return;
      case "stats":
        this.stats = event.stats;
        if (event.id === lastStatsId) this.gotLastStats();
        return;
      case "debug":
        // Nobody here asks the debugger.
        return;
      case "outside":
        this.options.onOutside?.(event.event);
        return;
      case "repeated":
        return this.takeRepeated(event);
      case "trace":
        this.options.onTrace?.(event.lines);
        return;
      case "refused":
        return this.endWith({ kind: "refused", sentence: event.sentence });
      case "state":
        if (event.state === "stopped") this.endWith(event.reason ?? { kind: "powered-off" });
        else if (event.state === "crashed") this.endWith(event.reason ?? unexplainedCrash);
        else if (event.state === "paused") this.endAtText();
        return;
      case "held":
      case "marked":
      case "past":
      case "restored":
        // Of a past that a terminal does not go to.
        return;
    }
  }

  private takeRepeated({ given, checked, difference }: MachineEvent & { type: "repeated" }): void {
    if (difference !== undefined) return this.endWith({ kind: "differs", sentence: difference });
    const lines = `${given} recorded ${given === 1 ? "line" : "lines"}`;
    const hashes = `${checked} trace ${checked === 1 ? "hash agrees" : "hashes agree"}`;
    this.io.stderr.write(`\nlatchwork: repeated ${lines}, ${hashes}\n`);
    if (this.end !== undefined) return;
    this.isRepeating = false;
    for (const bytes of this.typed.splice(0)) this.give(bytes);
    this.takeInputIfDue();
  }

  private takeConsole(bytes: Uint8Array): void {
    // What a guest printed last before its engine failed may come after the news of it, and is wanted most.
    if (this.end !== undefined && this.end.kind !== "engine-fault") return;
    this.io.stdout.write(bytes);
    this.printed.append(bytes);
    if (this.end !== undefined) return;
    if (this.inputAfter?.take(bytes) === true) this.takeInputIfDue();
  }

  /** What is piped waits until the guest may have it; keys come at once, as some are for us. */
  private takeInputIfDue(): void {
    const isDue = !this.isRepeating && (this.inputAfter?.seen ?? true);
    if (isDue || this.isRaw) this.io.stdin.resume();
    else this.io.stdin.pause();
  }

  /** The machine has paused by itself: behind the text that the run was to end with. */
  private endAtText(): void {
    if (this.end !== undefined) return;
    this.untilAt = performance.now();
    this.endWith({ kind: "until-seen" });
  }

  private fault(what: string, stack: string): void {
    this.isGone = true;
    if (this.end !== undefined) return this.gotLastStats();
    const cause = stack === "" ? "" : `: ${stack.split("\n", 1)[0]}`;
    const record = {
      seed: this.options.config.seed,
      instructions: this.stats?.instructions ?? 0,
      stack,
      state: "",
      lastInstructions: [],
    };
    this.end = { kind: "engine-fault", sentence: `${what}${cause}.`, record };
    void this.close();
  }

  private endWith(end: RunEnd): void {
    if (this.end !== undefined) return;
    this.end = end;
    void this.askLastStats()
      .then(() => this.options.beforeEnd?.(this.saver, this.printed.read(0, CONSOLE_TAIL_BYTES).bytes))
      .finally(() => this.close());
  }

  /** A worker that cannot answer any more ends the wait by its exit, or the timer does. */
  private askLastStats(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, lastStatsMs);
      this.gotLastStats = () => {
        clearTimeout(timer);
        resolve();
      };
      // The record ends with the trace hash of this moment.
      if (this.end?.kind !== "engine-fault") this.post({ type: "mark", id: lastStatsId, before: 0 });
      this.post({ type: "stats", id: lastStatsId });
    });
  }

  private async close(): Promise<void> {
    for (const cleanup of this.cleanups.splice(0)) cleanup();
    await this.worker.terminate();
    const timeToUntilSeconds =
      this.untilAt === undefined ? undefined : (this.untilAt - this.startedAt) / 1000;
    this.finish({ end: this.end!, stats: this.stats, timeToUntilSeconds });
  }

  private attachInput(): void {
    const { stdin } = this.io;
    const onData = (bytes: Buffer): void => this.takeInput(bytes);
    stdin.on("data", onData);
    this.takeInputIfDue();
    this.cleanups.push(() => {
      stdin.off("data", onData);
      stdin.pause();
    });
    if (!this.isRaw) return;
    stdin.setRawMode!(true);
    const restore = (): void => void stdin.setRawMode!(false);
    // Also where an error of ours ends the process before the run has ended.
    process.once("exit", restore);
    this.cleanups.push(() => {
      process.off("exit", restore);
      restore();
    });
  }

  private takeInput(bytes: Uint8Array): void {
    if (this.end !== undefined) return;
    const { forGuest, leaves, asksHelp } = this.isRaw
      ? this.keys.take(bytes)
      : { forGuest: bytes, leaves: false, asksHelp: false };
    if (this.isRepeating) this.typed.push(forGuest);
    else this.give(forGuest);
    if (asksHelp) this.io.stderr.write(`\r\n${escapeHelp}\r\n`);
    if (leaves) this.endWith({ kind: "left" });
  }

  private give(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += inputChunkBytes)
      this.post({ type: "console-input", bytes: Uint8Array.from(bytes.subarray(at, at + inputChunkBytes)) });
  }

  private watchProcess(): void {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      const handler = (): void => this.endWith({ kind: "signal", number: constants.signals[name] });
      process.on(name, handler);
      this.cleanups.push(() => process.off(name, handler));
    }
    // Whoever read our output has left (`… | head`): nobody is there to run for.
    const onBrokenPipe = (): void => this.endWith({ kind: "left" });
    this.io.stdout.on("error", onBrokenPipe);
    if (this.options.timeoutSeconds === undefined) return;
    const timer = setTimeout(() => this.endWith({ kind: "timeout" }), this.options.timeoutSeconds * 1000);
    this.cleanups.push(() => clearTimeout(timer));
  }
}

const unexplainedCrash: StopReason = {
  kind: "crashed",
  sentence: "The guest crashed; the engine gave no reason.",
  pswMask: "",
  pswAddress: "",
};

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
