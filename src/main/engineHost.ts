/**
 * One engine worker and the watch over it. Whatever happens in the worker (it throws, exits, runs out of
 * memory, or stops answering) becomes one last `state` event; the host itself goes on.
 *
 *   started ─▶ (events …) ─▶ ended: stopped | crashed | engine fault      exactly one end, nothing after it
 */
import type { MessagePort, Worker } from "node:worker_threads";
import type {
  CrashRecord,
  MachineConfig,
  MachineEvent,
  MachineRequest,
  StopReason,
} from "../engine/api/machine.ts";
import type { RecordedPast } from "../engine/api/history.ts";
import type { SavedMachine } from "../engine/api/snapshot.ts";
import { ok, refuse, type Result } from "../engine/base/result.ts";
import { engineThread } from "./engineThread.ts";

export interface EngineTiming {
  /** Milliseconds between questions to the worker. */
  readonly pingMs: number;
  /**
   * So many questions without any sign of life mean that it hangs. Counted, not timed: a laptop may sleep.
   */
  readonly silentPingsMax: number;
  /** How long a worker may take to power off before it is ended. */
  readonly powerOffMs: number;
}

export const engineTiming: EngineTiming = { pingMs: 2_000, silentPingsMax: 15, powerOffMs: 3_000 };

export interface EngineOptions {
  readonly workerUrl: URL;
  readonly config: MachineConfig;
  /** Where a machine of this configuration was saved: it goes on there in place of a boot. */
  readonly saved?: SavedMachine;
  /** Stands in the past of a machine of this configuration, in place of running. */
  readonly past?: RecordedPast;
  /** Keeps checkpoints of the run, for a machine that somebody may go back in. */
  readonly checkpoints?: boolean;
  readonly timing: EngineTiming;
  onEvent(event: MachineEvent): void;
}

type RestoreRequest = Extract<MachineRequest, { type: "restore" }>;
interface Restoring {
  readonly seed: number;
  accept(): (event: MachineEvent) => void;
  resolve(done: Result<void, string>): void;
}

export class EngineHost {
  private readonly worker: Worker;
  private readonly options: EngineOptions;
  private onEvent: (event: MachineEvent) => void;
  private seed: number;
  private restoring: Restoring | undefined;
  private held: ((changed: Uint32Array<ArrayBuffer> | null) => void) | undefined;
  /** It stands still for a restore. */
  isHeld = false;
  private readonly pinger: NodeJS.Timeout;
  private powerOffTimer: NodeJS.Timeout | undefined;
  private silentPings = 0;
  private pings = 0;
  private instructions = 0;
  private ended = false;

  constructor(options: EngineOptions) {
    this.options = options;
    this.onEvent = options.onEvent;
    this.seed = options.config.seed;
    this.worker = engineThread(options.workerUrl, { stdout: false, stderr: false });
    this.worker.on("message", (event: MachineEvent) => this.take(event));
    this.worker.on("error", (error) => this.fault("The engine stopped with an error", describe(error)));
    this.worker.on("messageerror", (error) =>
      this.fault("The engine sent what cannot be read", describe(error)),
    );
    this.worker.on("exit", (code) => this.fault(`The engine's thread ended by itself with code ${code}`, ""));
    this.pinger = setInterval(() => this.ping(), options.timing.pingMs);
    this.pinger.unref();
    const { config, saved, past, checkpoints = false } = options;
    const begin = { ...(saved && { saved }), ...(past && { past }), checkpoints };
    const start: MachineRequest = { type: "start", config, ...begin };
    // Most of a snapshot is its pages: they go, in place of being copied.
    this.worker.postMessage(start, saved ? [saved.memory.bytes.buffer] : []);
  }

  /** A machine that has ended closes the ports it is given. */
  post(request: MachineRequest, ports: MessagePort[] = []): void {
    if (request.type === "reset") this.stayOn();
    if (this.ended) for (const port of ports) port.close();
    else this.worker.postMessage(request, ports);
  }

  /**
   * Has the machine stand still until it is restored or released. Pages that changed since the last save that
   * was kept; null where that is not known.
   */
  hold(): Promise<Uint32Array<ArrayBuffer> | null> {
    if (this.ended) return Promise.resolve(null);
    this.isHeld = true;
    return new Promise((resolve) => {
      this.held = resolve;
      this.post({ type: "hold" });
    });
  }
  release(): void {
    this.isHeld = false;
    this.post({ type: "release" });
  }
  private tellHeld(changed: Uint32Array<ArrayBuffer> | null): void {
    this.held?.(changed);
    this.held = undefined;
  }

  /**
   * Has another machine take the place of the one that runs, which goes on where that is refused. Once it is
   * there `accept` is called, and what it gives hears the events that follow. `isOver`: the machine is held,
   * and `saved` has only the pages of memory that differ from its own.
   */
  restore(
    { config, saved, isOver = false }: Omit<RestoreRequest, "type">,
    accept: () => (event: MachineEvent) => void,
  ): Promise<Result<void, string>> {
    if (this.ended || this.restoring)
      return Promise.resolve(refuse("This machine is being restored already, or has ended."));
    return new Promise((resolve) => {
      this.restoring = { accept, resolve, seed: config.seed };
      const request: RestoreRequest = { type: "restore", config, saved, isOver };
      this.worker.postMessage(request, [saved.memory.bytes.buffer]);
    });
  }
  private restored(refusal: string | undefined): void {
    const { restoring } = this;
    this.restoring = undefined;
    this.isHeld = false;
    if (!restoring) return;
    if (refusal !== undefined) return restoring.resolve(refuse(refusal));
    this.stayOn();
    this.onEvent = restoring.accept();
    this.seed = restoring.seed;
    restoring.resolve(ok(undefined));
  }

  /** Asks the worker to power off; where it does not, ends it. Both report `stopped`. */
  powerOff(): void {
    this.post({ type: "power-off" });
    this.powerOffTimer ??= setTimeout(
      () => this.end({ type: "state", state: "stopped", reason: { kind: "powered-off" } }),
      this.options.timing.powerOffMs,
    );
  }
  /** The guest that was asked to power off is no longer there. */
  private stayOn(): void {
    clearTimeout(this.powerOffTimer);
    this.powerOffTimer = undefined;
  }

  /** Ends the worker without a report. */
  async dispose(): Promise<void> {
    this.ended = true;
    this.tellHeld(null);
    this.restored("The machine ended before it was restored. Restore it again.");
    clearInterval(this.pinger);
    this.stayOn();
    await this.worker.terminate();
  }

  private take(event: MachineEvent): void {
    if (this.ended) return;
    this.silentPings = 0;
    if (event.type === "stats" || event.type === "progress") this.instructions = event.stats.instructions;
    // The answer to a ping is the same figures as progress: listeners need only one kind.
    const told: MachineEvent = event.type === "stats" ? { type: "progress", stats: event.stats } : event;
    if (told.type === "restored") this.restored(told.refusal);
    else if (told.type === "held") this.tellHeld(told.changed);
    else if (told.type === "state" && (told.state === "stopped" || told.state === "crashed")) this.end(told);
    else this.onEvent(told);
  }

  private ping(): void {
    if (this.silentPings >= this.options.timing.silentPingsMax) {
      const seconds = Math.round((this.silentPings * this.options.timing.pingMs) / 1000);
      this.fault(`The engine has not answered for ${seconds} s and was ended`, "");
      return;
    }
    this.silentPings++;
    this.post({ type: "stats", id: ++this.pings });
  }

  private fault(what: string, stack: string): void {
    if (this.ended) return;
    const record: CrashRecord = {
      seed: this.seed,
      instructions: this.instructions,
      stack,
      state: "",
      lastInstructions: [],
    };
    const cause = stack === "" ? "" : `: ${stack.split("\n", 1)[0]}`;
    const sentence = `${what}${cause}. The guest's memory is lost; start it again to go on.`;
    const reason: StopReason = { kind: "engine-fault", sentence, record };
    this.end({ type: "state", state: "crashed", reason });
  }

  private end(last: MachineEvent): void {
    if (this.ended) return;
    void this.dispose();
    this.onEvent(last);
  }
}

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
