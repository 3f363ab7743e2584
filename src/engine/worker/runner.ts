/**
 * One machine in its thread: runs it in short turns so that messages are answered between them, paces its
 * idle time, and reports its own faults with a crash record instead of dying silently.
 *
 * The wall clock is known in this folder and nowhere below: for pacing idle time, for statistics.
 */
import type {
  MachineConfig, MachineEvent, MachineRequest, MachineState, MachineStats, StopReason,
} from "../api/machine.ts";
import type { DebugCall } from "../api/debug.ts";
import type { OutsideAction } from "../api/history.ts";
import type { SavedMachine } from "../api/snapshot.ts";
import { assert } from "../base/assert.ts";
import { TextWatch } from "../base/textWatch.ts";
import { RunRecorder } from "../history/runRecorder.ts";
import type { DebugStep } from "../machine/debug/debugger.ts";
import type { S390Ccw } from "../machine/s390Ccw.ts";
import { buildMachine } from "./buildMachine.ts";
import { Capture, type SaveRequest } from "./capture.ts";
import { crashOf } from "./crashState.ts";
import { DebugPort, type RunControl } from "./debugPort.ts";
import { IdleSleep } from "./idleSleep.ts";
import { InstructionRate } from "./instructionRate.ts";
import { statsOf } from "./machineStats.ts";
import { Repetition } from "./repetition.ts";
import { TraceLines } from "./traceLines.ts";

/** A turn's wall time aimed at, and how often progress is told, in milliseconds. */
const TURN_MS = 8;
const PROGRESS_MS = 250;
/** How long a guest may take to power off once it was asked to. */
const QUIESCE_MS = 3000;

const clock = (): number => performance.now();
type Send = (event: MachineEvent, transfer?: ArrayBuffer[]) => void;
type Beginning = Pick<MachineRequest & { type: "start" }, "saved" | "repeat" | "checkpoints">;

export class Runner implements RunControl {
  private config: MachineConfig;
  private readonly send: Send;
  private readonly checkpoints: boolean;
  private readonly rate = new InstructionRate();
  private machine!: S390Ccw;
  private debug: DebugPort | undefined;
  capture!: Capture;
  private state: MachineState = "paused";
  private budget = 1_000_000;
  private runMs = 0;
  private toldAt = 0;
  private recorder!: RunRecorder;
  private readonly sleep = new IdleSleep(clock, {
    due: () => { this.wake(); this.schedule(); },
    still: () => this.tell(),
  });
  private scheduled = false;
  private isHeld = false;
  private quiescing: NodeJS.Timeout | undefined;
  private repetition: Repetition | undefined;
  private readonly trace: TraceLines;
  private until: TextWatch | undefined;

  private constructor(config: MachineConfig, send: Send, checkpoints: boolean) {
    this.config = config;
    this.send = send;
    this.checkpoints = checkpoints;
    this.trace = new TraceLines(config.trace, send);
  }
  /** A machine that stands still, or the sentence that says why there is none. */
  static create(config: MachineConfig, send: Send, begin: Beginning): Runner | string {
    const { saved, repeat, checkpoints = false } = begin;
    const runner = new Runner(config, send, checkpoints);
    const refusal = runner.build(config, saved);
    if (repeat && refusal === undefined)
      runner.repetition = new Repetition(runner.debug!.repeat(repeat), runner.recorder, send);
    return refusal ?? runner;
  }
  /** Takes a new machine for the present one, or answers why not. */
  private build(config: MachineConfig, saved?: SavedMachine, over?: S390Ccw): string | undefined {
    const made = buildMachine(config, this.printed, clock, saved, over);
    if (!made.ok) return made.error;
    this.machine = made.value;
    this.config = config;
    this.debug = new DebugPort(this.machine, this, this.debug);
    this.capture = new Capture(this.machine, clock, saved !== undefined);
    this.until = config.until === undefined ? undefined : new TextWatch(config.until);
    this.trace.observe(this.machine);
    this.recorder = new RunRecorder(this.machine, clock, this.send, this.checkpoints);
    return undefined;
  }
  private readonly printed = (bytes: Uint8Array): void => {
    this.recorder.printed += bytes.length;
    this.send({ type: "console", bytes });
    if (this.until?.take(bytes)) this.machine.scheduler.leave();
  };
  private become(state: MachineState, reason?: StopReason): void {
    this.state = state;
    this.send({ type: "state", state, ...(reason && { reason, ...this.debug?.remains() }) });
  }
  private get isOn(): boolean {
    return this.state === "running" || this.state === "paused";
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
    if (!this.isOn || !this.outside({ kind: "reset" })) return;
    this.machine.reset();
    this.stopAsking();
    // What it had stopped at is gone.
    this.become(this.isPaused ? "paused" : "running");
    this.tell();
    this.schedule();
  }
  /** Another machine takes the place of the present one, which goes on where that cannot be. */
  restore({ config, saved, isOver }: MachineRequest & { type: "restore" }): void {
    this.wake();
    this.capture.finish();
    const refusal = this.build(config, saved, isOver ? this.machine : undefined);
    this.isHeld = false;
    this.send({ type: "restored", ...(refusal !== undefined && { refusal }) });
    if (refusal !== undefined) {
      this.schedule();
      return;
    }
    this.stopAsking();
    this.rate.clear();
    this.runMs = this.sleep.idleMs = 0;
    this.state = "paused";
    this.resume();
  }
  /** A guest that was asked to power off is no longer there. */
  private stopAsking(): void {
    clearTimeout(this.quiescing);
    this.quiescing = undefined;
  }
  /** Stands still, whatever comes, until another machine takes its place or it is released. */
  hold(isHeld: boolean): void {
    this.wake();
    this.isHeld = isHeld;
    if (isHeld) this.send({ type: "held", changed: this.capture.changed() });
    else this.schedule();
  }
  /** Asks the guest first, if it listens; one that does not, or is asked twice, is switched off at once. */
  powerOff(): void {
    const mayAsk = this.state === "running" && !this.quiescing && this.outside({ kind: "quiesce" });
    if (mayAsk && this.machine.signalQuiesce()) {
      this.quiescing = setTimeout(() => this.switchOff(), QUIESCE_MS);
      this.schedule();
    } else this.switchOff();
  }
  private switchOff(): void {
    if (!this.isOn) return;
    this.wake();
    this.end({ kind: "powered-off" });
  }
  private end(reason: StopReason): void {
    clearTimeout(this.quiescing);
    this.capture.finish();
    this.trace.flush();
    if (reason.kind !== "engine-fault") {
      this.machine.scheduler.settle();
      this.recorder.mark();
    }
    this.tell();
    this.become(reason.kind === "crashed" || reason.kind === "engine-fault" ? "crashed" : "stopped", reason);
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
    if (!this.isOn || !this.outside({ kind: "console", bytes })) return;
    this.machine.consoleInput(bytes);
    this.schedule();
  }
  outside(action: OutsideAction): boolean {
    if (this.repetition) return false;
    this.rest();
    if (this.isOn) this.recorder.note(action);
    return this.isOn;
  }
  mark(id: number, before: number): void {
    this.rest();
    this.recorder.mark();
    const near = this.recorder.near(before);
    this.send({ type: "marked", id, ...(near && { near }) }, near ? [near.saved.memory.bytes.buffer] : []);
  }
  /** Between two instructions with nothing left to happen there, unless that stops or ends the machine. */
  private rest(): void {
    this.wake();
    const step = this.debug!.settle();
    if (step.halt || (step.end.kind === "ended" && this.isOn)) this.stepped(step);
  }

  /** Between two turns; the guest goes on while its pages are copied. */
  save(request: SaveRequest): void {
    this.wake();
    this.capture.save(request);
    this.schedule();
  }

  private get mayRun(): boolean {
    return this.state === "running" && !this.sleep.isOn && !this.isHeld;
  }
  schedule(): void {
    if (this.scheduled || !this.mayRun) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (this.mayRun) this.turn();
    });
  }

  private turn(): void {
    const start = clock();
    let step: DebugStep;
    try {
      if (this.recorder.isDue) {
        this.rest();
        this.recorder.keep(this.runMs);
      }
      if (this.state !== "running") return;
      step = (this.repetition ?? this.debug!).step(this.budget);
      if (this.repetition?.isOver) this.repetition = undefined;
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
    this.sleep.begin(this.machine.now(), untilNs);
    this.trace.flush();
    this.tell();
  }
  /** Ends a sleep, in which virtual time has moved as the wall's. */
  private wake(): void {
    const to = this.sleep.end();
    if (to !== undefined && this.config.pace === "wall") this.machine.skipIdle(to);
  }

  fault(fault: unknown): void {
    const { message, record } = crashOf(this.machine, fault);
    this.end({ kind: "engine-fault", sentence: `The engine made a mistake: ${message}`, record });
  }

  stats(): MachineStats {
    const { machine, runMs, sleep: { idleMs } } = this;
    const recentMips = this.rate.note(clock(), Number(machine.instructions));
    return statsOf(machine, { runMs, idleMs, recentMips });
  }
  private tell(): void {
    this.toldAt = clock();
    this.send({ type: "progress", stats: this.stats() });
  }
}
