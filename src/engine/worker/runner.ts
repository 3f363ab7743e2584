/**
 * One machine in its thread: runs it in short turns so that messages are answered between them, paces its
 * idle time, and reports its own faults with a crash record instead of dying silently.
 *
 * The wall clock is known in this folder and nowhere below: for pacing idle time, for statistics.
 */
import type {
  CrashRecord, MachineConfig, MachineEvent, MachineState, MachineStats, StopReason,
} from "../api/machine.ts";
import type { DebugCall } from "../api/debug.ts";
import type { SavedMachine } from "../api/snapshot.ts";
import { assert } from "../base/assert.ts";
import { TextWatch } from "../base/textWatch.ts";
import type { DebugStep } from "../machine/debug/debugger.ts";
import { S390Ccw } from "../machine/s390Ccw.ts";
import { restoreMachine } from "../machine/snapshot.ts";
import { Capture, type SaveRequest } from "./capture.ts";
import { describeState } from "./crashState.ts";
import { DebugPort, type RunControl } from "./debugPort.ts";
import { InstructionRate } from "./instructionRate.ts";
import { statsOf } from "./machineStats.ts";

/** A turn's wall time aimed at, and how often progress is told, in milliseconds. */
const TURN_MS = 8;
const PROGRESS_MS = 250;
/** After so long without a step the last second holds none. */
const STILL_MS = 1000;
const TRACE_LINES_MAX = 512;
/** How long a guest may take to power off once it was asked to. */
const QUIESCE_MS = 3000;
/** The longest wait that the host's timers know; a longer one is taken in parts. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const clock = (): number => performance.now();

/** The machine waits: since when on the wall, from which virtual time to which event. */
interface Sleep {
  readonly timer: NodeJS.Timeout | undefined;
  /** Tells once more that nothing happens. */
  readonly still: NodeJS.Timeout;
  readonly since: number;
  readonly fromNs: bigint;
  readonly toNs: bigint | undefined;
}

type Send = (event: MachineEvent, transfer?: ArrayBuffer[]) => void;

export class Runner implements RunControl {
  private config: MachineConfig;
  private readonly send: Send;
  private readonly rate = new InstructionRate();
  private machine!: S390Ccw;
  private debug: DebugPort | undefined;
  capture!: Capture;
  private state: MachineState = "paused";
  private budget = 1_000_000;
  private runMs = 0;
  private idleMs = 0;
  private toldAt = 0;
  private sleeping: Sleep | undefined;
  private scheduled = false;
  private quiescing: NodeJS.Timeout | undefined;
  private trace: string[] = [];
  private until: TextWatch | undefined;

  private constructor(config: MachineConfig, send: Send) {
    this.config = config;
    this.send = send;
  }
  /** A machine that stands still, or the sentence that says why there is none. */
  static create(config: MachineConfig, send: Send, saved?: SavedMachine): Runner | string {
    const runner = new Runner(config, send);
    return runner.build(config, saved) ?? runner;
  }
  /** Takes a new machine for the present one, or answers why not. */
  private build(config: MachineConfig, saved?: SavedMachine): string | undefined {
    const before = saved ? undefined : this.machine;
    try {
      const show = (bytes: Uint8Array): void => this.printed(bytes);
      const made = saved ? restoreMachine(config, saved, show, clock) : S390Ccw.create(config, show, clock);
      if (!made.ok) return made.error;
      this.machine = made.value;
    } catch (error) {
      // What WebAssembly says when the host has no room for the guest's memory.
      if (!(error instanceof RangeError)) throw error;
      return `This host cannot give a machine ${config.memoryBytes / 0x100000} MiB of memory; ask for less.`;
    }
    this.config = config;
    this.debug = new DebugPort(this.machine, this, this.debug);
    this.capture = new Capture(this.machine, clock, this.send, saved !== undefined, before);
    this.until = config.until === undefined ? undefined : new TextWatch(config.until);
    this.observe();
    return undefined;
  }
  private printed(bytes: Uint8Array): void {
    this.send({ type: "console", bytes });
    if (this.until?.take(bytes)) this.machine.scheduler.leave();
  }
  private observe(): void {
    if (!this.config.trace) return;
    this.machine.onTrace = (line) => {
      this.trace.push(line);
      if (this.trace.length >= TRACE_LINES_MAX) this.flushTrace();
    };
  }
  private flushTrace(): void {
    if (this.trace.length > 0) this.send({ type: "trace", lines: this.trace });
    this.trace = [];
  }
  private become(state: MachineState, reason?: StopReason): void {
    this.state = state;
    this.send({ type: "state", state, ...(reason && { reason, ...this.debug?.remains() }) });
  }
  get isPaused(): boolean {
    return this.state === "paused";
  }
  /** Goes on; with a goal, to the address it names. */
  resume(goal?: Parameters<RunControl["resume"]>[0]): void {
    if (!this.isPaused) return;
    this.debug!.begin(goal);
    this.become("running");
    this.schedule();
  }
  pause(): void {
    if (this.state !== "running") return;
    this.wake();
    this.become("paused");
    this.tell();
  }
  reset(): void {
    const { isPaused } = this;
    const refusal = this.replace(this.config);
    if (refusal !== undefined) this.send({ type: "refused", sentence: refusal });
    else if (!isPaused) this.resume();
  }
  restore(config: MachineConfig, saved: SavedMachine): void {
    const refusal = this.replace(config, saved);
    this.send({ type: "restored", ...(refusal !== undefined && { refusal }) });
    if (refusal === undefined) this.resume();
  }
  /** Another machine, which stands still; or the sentence that says why the present one goes on. */
  private replace(config: MachineConfig, saved?: SavedMachine): string | undefined {
    this.wake();
    this.capture.finish();
    const refusal = this.build(config, saved);
    if (refusal !== undefined) this.schedule();
    if (refusal !== undefined) return refusal;
    clearTimeout(this.quiescing);
    this.quiescing = undefined;
    this.rate.clear();
    this.runMs = this.idleMs = 0;
    this.state = "paused";
    return undefined;
  }
  /** Asks the guest first, if it listens; one that does not, or is asked twice, is switched off at once. */
  powerOff(): void {
    if (this.state === "running" && !this.quiescing && this.machine.signalQuiesce()) {
      this.quiescing = setTimeout(() => this.switchOff(), QUIESCE_MS);
      this.wake();
      this.schedule();
    } else this.switchOff();
  }
  private switchOff(): void {
    if (this.state === "stopped" || this.state === "crashed") return;
    this.wake();
    this.end({ kind: "powered-off" });
  }
  private end(reason: StopReason): void {
    clearTimeout(this.quiescing);
    this.capture.finish();
    this.flushTrace();
    this.tell();
    this.become(reason.kind === "crashed" || reason.kind === "engine-fault" ? "crashed" : "stopped", reason);
  }
  look(): void {
    this.wake();
    this.schedule();
  }
  /** A step that ended the machine, or stopped it somewhere. */
  stepped({ end, halt }: DebugStep): void {
    this.tell();
    if (end.kind === "ended") this.end(end.reason);
    else {
      this.state = "paused";
      this.send({ type: "state", state: "paused", ...(halt && { halt }) });
    }
  }
  debugCall(id: number, call: DebugCall): void {
    this.send({ type: "debug", id, answer: this.debug!.answer(call) });
  }
  input(bytes: Uint8Array): void {
    if (this.state === "stopped" || this.state === "crashed") return;
    this.wake();
    this.send({ type: "input", input: { atNs: Number(this.machine.now()), bytes } });
    this.machine.consoleInput(bytes);
    this.schedule();
  }

  /** Between two turns; the guest goes on while its pages are copied. */
  save(request: SaveRequest): void {
    this.wake();
    this.capture.save(request);
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled || this.state !== "running" || this.sleeping) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (this.state === "running" && !this.sleeping) this.turn();
    });
  }

  private turn(): void {
    const start = clock();
    let step: DebugStep;
    try {
      step = this.debug!.step(this.budget);
      const breach = this.machine.log.ledger.check();
      assert(breach === undefined, `the books of the interrupts do not balance: ${breach}`);
    } catch (fault) {
      this.fault(fault);
      return;
    }
    const { end, halt } = step;
    const took = clock() - start;
    this.runMs += took;
    const wanted = this.budget * Math.min(2, Math.max(0.5, TURN_MS / Math.max(took, 0.1)));
    if (end.kind === "ran") this.budget = Math.round(Math.min(50_000_000, Math.max(100_000, wanted)));
    if (end.kind === "ended" || halt) {
      this.stepped(step);
      return;
    }
    if (this.until?.seen) {
      this.until = undefined;
      this.pause();
      return;
    }
    if (clock() - this.toldAt > PROGRESS_MS) this.tell();
    if (end.kind === "idle") this.idle(end.untilNs);
    this.schedule();
  }

  private idle(untilNs: bigint | undefined): void {
    if (untilNs !== undefined && this.config.pace === "skip") {
      this.machine.skipIdle(untilNs);
      return;
    }
    const fromNs = this.machine.now();
    const since = clock();
    const goOn = (): void => {
      this.wake();
      this.schedule();
    };
    const waitMs = untilNs === undefined ? undefined : Math.min(TIMER_MS_MAX, Number(untilNs - fromNs) / 1e6);
    const timer = waitMs === undefined ? undefined : setTimeout(goOn, waitMs);
    const still = setTimeout(() => this.tell(), STILL_MS);
    this.sleeping = { timer, still, since, fromNs, toNs: untilNs };
    this.flushTrace();
    this.tell();
  }
  /**
   * Ends a sleep: virtual time moves by what has passed on the wall, at most to the event that was waited
   * for.
   */
  private wake(): void {
    const s = this.sleeping;
    if (!s) return;
    this.sleeping = undefined;
    clearTimeout(s.timer);
    clearTimeout(s.still);
    const passed = clock() - s.since;
    this.idleMs += passed;
    if (this.config.pace === "skip") return;
    const to = s.fromNs + BigInt(Math.round(passed * 1e6));
    this.machine.skipIdle(s.toNs !== undefined && to > s.toNs ? s.toNs : to);
  }

  fault(fault: unknown): void {
    const error = fault instanceof Error ? fault : new Error(String(fault));
    const { seed } = this.config;
    const record: CrashRecord = {
      seed, instructions: Number(this.machine.instructions), stack: error.stack ?? error.message,
      state: describeState(this.machine), lastInstructions: this.machine.lastEvents(),
    };
    this.end({ kind: "engine-fault", sentence: `The engine made a mistake: ${error.message}`, record });
  }

  stats(): MachineStats {
    const { machine, runMs, idleMs } = this;
    const recentMips = this.rate.note(clock(), Number(machine.instructions));
    return statsOf(machine, { runMs, idleMs, recentMips });
  }
  private tell(): void {
    this.toldAt = clock();
    this.send({ type: "progress", stats: this.stats() });
  }
}
