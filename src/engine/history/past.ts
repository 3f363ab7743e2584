/**
 * A machine in the past of another: stands at one moment of a recorded run and can be sent to any other.
 *
 *   standing ─ seek, run ─▶ on its way ─ advance … ─▶ standing
 *
 * The way is made in bounded pieces. Whoever drives it may stop between two, and it stands where it has come.
 */
import type { Halt, Hex } from "../api/debug.ts";
import type { PastGoal, PastReport, Stops } from "../api/history.ts";
import { sameWatch, type Watchpoint } from "../api/watch.ts";
import { ok, refuse, type Result } from "../base/result.ts";
import { arm, LastStop, noStops } from "./lastStop.ts";
import { Rewinder, type RecordedRun } from "./rewinder.ts";

type Errand =
  | { readonly kind: "go"; readonly from: number; readonly to: number; readonly halt?: Halt }
  | { readonly kind: "search"; readonly search: LastStop; readonly origin: number }
  | { readonly kind: "run"; readonly from: number };

/** Steps in which a CPU that can execute gets its turn, with room to spare. */
const STEPS_MAX = 1_000_000;
const END = "This is the end of what was recorded; the machine itself goes on from here.";

export class Past {
  /** Of a person: what a run meets, forward or back. */
  stops: Stops = noStops;
  readonly rewinder: Rewinder;
  private errand: Errand | undefined;
  private sentence: string | undefined;
  /** What was searched for last, and where it was found. */
  private lastWrite: { readonly watch: Watchpoint; readonly at: number } | undefined;

  private constructor(rewinder: Rewinder) {
    this.rewinder = rewinder;
  }
  /** Stands at the beginning of the record. */
  static open(run: RecordedRun): Result<Past, string> {
    const rewinder = Rewinder.open(run);
    return rewinder.ok ? ok(new Past(rewinder.value)) : rewinder;
  }

  get isOnItsWay(): boolean {
    return this.errand !== undefined;
  }
  get at(): number {
    return this.rewinder.moment.instructions;
  }
  report(): PastReport {
    const { rewinder, errand, sentence } = this;
    const { first, last, checked, difference, moment } = rewinder;
    const done = errand && this.doneOf(errand);
    return {
      ...moment, printed: rewinder.printed, first, last, checked, rewinds: rewinder.rewinds,
      ...(done !== undefined && { done }), ...(difference && { difference }), ...(sentence && { sentence }),
    };
  }
  private doneOf(errand: Errand): number {
    if (errand.kind === "search") return errand.search.done;
    const to = errand.kind === "go" ? errand.to : this.rewinder.last.instructions;
    return Math.min(1, Math.max(0, (this.at - errand.from) / Math.max(1, to - errand.from)));
  }

  /** `at`: where the goal is seen from. */
  seek(goal: PastGoal, at = this.at): void {
    this.sentence = undefined;
    switch (goal.kind) {
      case "at":
        this.go(goal.instructions);
        return;
      case "back":
        this.go(at - 1);
        return;
      case "stop":
        this.search(this.stops, at - 1, at);
        return;
      case "write": {
        const { lastWrite } = this;
        // Asked again where it was found: the writer before that one.
        const isAgain = lastWrite?.at === at && sameWatch(lastWrite.watch, goal.watch);
        this.search({ addresses: [], watchpoints: [goal.watch] }, isAgain ? at - 1 : at, at);
        return;
      }
    }
  }
  private go(instructions: number, halt?: Halt): void {
    const { first, last } = this.rewinder;
    const to = Math.min(last.instructions, Math.max(first.instructions, instructions));
    if (to !== instructions)
      this.sentence =
        `What is recorded reaches from instruction ${first.instructions} to ${last.instructions}; ` +
        `${instructions} is outside.`;
    if (to < this.at || this.rewinder.hasShortcut(to)) this.rewinder.rewind(to);
    arm(this.rewinder, noStops);
    this.errand = { kind: "go", from: this.at, to, ...(halt && { halt }) };
  }
  private search(stops: Stops, latest: number, origin: number): void {
    if (latest <= this.rewinder.first.instructions) {
      this.sentence = "Nothing is recorded before this.";
      return;
    }
    this.errand = { kind: "search", search: new LastStop(this.rewinder, stops, latest), origin };
  }
  /** One that stands goes by no stop, whatever was asked of its debugger. */
  disarm(): void {
    arm(this.rewinder, noStops);
  }
  /** Forward to the next stop, or to an address; at most to the end of what is recorded. */
  run(goal?: { readonly address: Hex; readonly why: Halt["why"] }): void {
    this.sentence = undefined;
    arm(this.rewinder, this.stops);
    this.rewinder.replay.debug.begin(goal);
    this.errand = { kind: "run", from: this.at };
  }
  /** Stands where it is. */
  stop(): void {
    if (this.errand) this.sentence = "Stopped on the way.";
    this.errand = undefined;
  }

  /** About `budget` instructions of the way; what stopped it, if that was a breakpoint or a watchpoint. */
  advance(budget: number): Halt | undefined {
    const { errand } = this;
    if (errand?.kind === "search") return this.searchOn(errand, budget);
    if (!errand) return undefined;
    const to = errand.kind === "go" ? errand.to : this.rewinder.last.instructions;
    const arrival = this.rewinder.advance(to, budget);
    if (arrival.kind === "going") return undefined;
    this.errand = undefined;
    if (arrival.kind === "lost") this.sentence = arrival.sentence;
    else if (errand.kind === "run" && arrival.kind === "there") this.sentence = END;
    return arrival.kind === "halted" ? arrival.halt : errand.kind === "go" ? errand.halt : undefined;
  }
  private searchOn({ search, origin }: Errand & { kind: "search" }, budget: number): undefined {
    const met = search.advance(budget);
    if (met === undefined) return;
    this.go(met ? met.instructions : origin, met?.halt);
    const watch = met?.halt.hit?.watchpoint;
    if (met && watch) this.lastWrite = { watch, at: met.instructions };
    if (!met)
      this.sentence =
        `Nothing was met between instruction ${this.rewinder.first.instructions}, where the record ` +
        "begins, and this one.";
  }

  /** One instruction of a CPU, to the last moment behind it. */
  step(cpu: number): Result<null, string> {
    this.sentence = undefined;
    const { rewinder } = this;
    const { replay: { debug, machine }, last } = rewinder;
    const objection = debug.objectionToStep(cpu);
    if (objection !== undefined) return refuse(objection);
    arm(rewinder, noStops);
    for (let steps = 0; steps < STEPS_MAX && this.at < last.instructions; steps++) {
      const before = this.at;
      const arrival = rewinder.advance(last.instructions, 1);
      if (arrival.kind === "lost") return refuse(arrival.sentence);
      if (this.at === before || machine.core.vcpu.id !== cpu) continue;
      while (rewinder.replay.advance({ instructions: this.at }, 1).kind === "going");
      return ok(null);
    }
    return refuse(this.at < last.instructions ? `CPU ${cpu} was not given a turn.` : END);
  }
}
