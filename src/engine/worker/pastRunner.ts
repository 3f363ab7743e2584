/**
 * A machine in the past, in its thread: makes its way in short turns, so that messages are answered between
 * them, and answers the debugger as a paused machine does. Nothing can be changed in it.
 */
import type { DebugAnswer, DebugCall, Halt, Hex } from "../api/debug.ts";
import { isDebugWrite, type PastGoal, type RecordedPast } from "../api/history.ts";
import type { MachineConfig, MachineEvent, MachineRequest, MachineStats } from "../api/machine.ts";
import { ok, refuse, type Result } from "../base/result.ts";
import { Past } from "../history/past.ts";
import { crashOf } from "./crashState.ts";
import { statsOf } from "./machineStats.ts";

type Send = (event: MachineEvent) => void;

/** A turn's wall time aimed at, the instructions between two looks at the clock, and how often to report. */
const TURN_MS = 8;
const PIECE = 250_000;
const REPORT_MS = 100;
const READ_ONLY =
  "This machine stands in the past, where nothing can be changed. Go back to the present to write.";

const clock = (): number => performance.now();

export class PastRunner {
  private readonly past: Past;
  private readonly send: Send;
  private runMs = 0;
  private reportedAt = 0;
  private isScheduled = false;
  private state: "running" | "paused" | "stopped" = "paused";

  private constructor(past: Past, send: Send) {
    this.past = past;
    this.send = send;
  }
  /** On its way to the goal, or the sentence that says why not. */
  static open(config: MachineConfig, recorded: RecordedPast, send: Send): PastRunner | string {
    const past = Past.open({ ...recorded, config });
    if (!past.ok) return past.error;
    const runner = new PastRunner(past.value, send);
    past.value.stops = recorded.stops;
    runner.seek(recorded.goal, past.value.rewinder.last.instructions);
    return runner;
  }

  answer(request: MachineRequest): void {
    switch (request.type) {
      case "seek": this.seek(request.goal); return;
      case "resume": this.run(); return;
      case "pause": this.stop(); return;
      case "power-off": this.end(); return;
      case "stats": this.send({ type: "stats", id: request.id, stats: this.stats() }); return;
      case "debug":
        this.send({ type: "debug", id: request.id, answer: this.debugCall(request.call) });
        return;
      case "save": request.port.close(); return;
      default: return;
    }
  }

  private seek(goal: PastGoal, from?: number): void {
    // Going back makes a machine anew, which takes its time: first the host hears that there is one.
    if (this.state !== "running") this.become("running");
    this.past.seek(goal, from);
    this.begin();
  }
  private run(goal?: { readonly address: Hex; readonly why: Halt["why"] }): void {
    this.past.run(goal);
    this.begin();
  }
  private begin(): void {
    if (this.state !== "running") this.become("running");
    this.report();
    this.schedule();
  }
  private stop(): void {
    this.past.stop();
    this.stand(undefined);
  }
  private end(): void {
    this.state = "stopped";
    this.send({ type: "state", state: "stopped", reason: { kind: "powered-off" } });
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      if (this.state === "running") this.turn();
    });
  }
  private turn(): void {
    const start = clock();
    let halt: Halt | undefined;
    try {
      do halt = this.past.advance(PIECE) ?? halt;
      while (this.past.isOnItsWay && clock() - start < TURN_MS);
    } catch (fault) {
      this.fault(fault);
      return;
    }
    this.runMs += clock() - start;
    if (!this.past.isOnItsWay) this.stand(halt);
    else {
      if (clock() - this.reportedAt > REPORT_MS) this.report();
      this.schedule();
    }
  }
  /** Arrived, or stopped on the way. */
  private stand(halt: Halt | undefined): void {
    this.report();
    this.become("paused", halt);
  }
  private become(state: "running" | "paused", halt?: Halt): void {
    this.state = state;
    this.send({ type: "state", state, ...(halt && { halt }) });
  }
  private report(): void {
    this.reportedAt = clock();
    this.send({ type: "progress", stats: this.stats() });
    this.send({ type: "past", report: this.past.report() });
  }
  fault(fault: unknown): void {
    const { message, record } = crashOf(this.past.rewinder.replay.machine, fault);
    const sentence = `The engine made a mistake in the past: ${message}`;
    this.send({ type: "state", state: "crashed", reason: { kind: "engine-fault", sentence, record } });
  }
  private stats(): MachineStats {
    const { machine } = this.past.rewinder.replay;
    return statsOf(machine, { runMs: this.runMs, idleMs: 0, recentMips: 0 });
  }

  private debugCall(call: DebugCall): Result<DebugAnswer, string> {
    const { past } = this;
    const { debug } = past.rewinder.replay;
    if (isDebugWrite(call)) return refuse(READ_ONLY);
    switch (call.name) {
      case "setBreakpoints":
      case "setWatchpoints":
        return this.keepStops(call);
      case "step":
      case "stepOver":
      case "runTo": {
        if (past.isOnItsWay) return refuse("The machine is on its way; wait until it stands, or stop it.");
        if (call.name === "runTo") this.run({ address: call.address, why: "run-to" });
        else {
          const objection = debug.objectionToStep(call.cpu);
          if (objection !== undefined) return refuse(objection);
          const address = call.name === "stepOver" ? debug.afterCall(call.cpu) : undefined;
          if (address === undefined) return this.step(call.cpu);
          this.run({ address, why: "step" });
        }
        return ok(null);
      }
      default:
        return debug.look(call);
    }
  }
  private step(cpu: number): Result<null, string> {
    const stepped = this.past.step(cpu);
    if (!stepped.ok) return stepped;
    const { adapters } = this.past.rewinder.replay.machine;
    const address = adapters[cpu]!.address().toString(16).padStart(16, "0");
    this.stand({ why: "step", cpu, address });
    return ok(null);
  }
  /** Taken where the machine accepts them; a run meets them, a way to a known place does not. */
  private keepStops(
    call: Extract<DebugCall, { name: "setBreakpoints" | "setWatchpoints" }>,
  ): Result<DebugAnswer, string> {
    const { past } = this;
    // On its way it looks for stops of its own, or for none.
    const answer = past.isOnItsWay ? ok(null) : past.rewinder.replay.debug.look(call);
    if (!answer.ok) return answer;
    past.stops = call.name === "setBreakpoints"
      ? { ...past.stops, addresses: call.addresses }
      : { ...past.stops, watchpoints: call.watchpoints };
    if (!past.isOnItsWay) past.disarm();
    return ok(null);
  }
}
