/**
 * Repeats a recorded run: a machine that stands at some moment of it goes forward, and gets at each recorded
 * moment what it got then. Nothing else reaches it, and its waiting is skipped, so it does what it did.
 *
 *   going ─▶ there                    the goal, or the end of what is recorded
 *         └▶ halted                   a breakpoint or watchpoint on the way; `advance` goes on behind it
 *         └▶ lost                     the repetition cannot have been the run: a sentence says where
 *
 * Invariant: recorded events lie at or ahead of the machine's own moment, in order of virtual time.
 */
import type { Halt, Moment } from "../api/debug.ts";
import type { OutsideAction, OutsideEvent } from "../api/history.ts";
import { assert } from "../base/assert.ts";
import type { Debugger, DebugStep } from "../machine/debug/debugger.ts";
import type { S390Ccw } from "../machine/s390Ccw.ts";
import { carryOut } from "./outside.ts";

/** So many instructions; without a time the last moment that has so many. */
export interface ReplayGoal {
  readonly instructions: number;
  readonly virtualNs?: number;
}
export type Arrival =
  | { readonly kind: "going" | "there" }
  | { readonly kind: "halted"; readonly halt: Halt }
  | { readonly kind: "lost"; readonly sentence: string };

const GOING: Arrival = { kind: "going" };
const THERE: Arrival = { kind: "there" };

export class Replay {
  readonly machine: S390Ccw;
  readonly debug: Debugger;
  private readonly journal: readonly OutsideEvent[];
  /** Of the next event. */
  index: number;
  /** Trace hashes that were the run's. */
  checked = 0;
  /** The first that was not. */
  difference: string | undefined;
  /** Told of each event as it is given to the settled machine. */
  onGive: ((action: OutsideAction) => void) | undefined;

  /** `index`: of the first event that the machine, as it stands, has not got yet. */
  constructor(machine: S390Ccw, debug: Debugger, journal: readonly OutsideEvent[], index = 0) {
    this.machine = machine;
    this.debug = debug;
    this.journal = journal;
    this.index = index;
  }

  get moment(): Moment {
    const { machine } = this;
    return { instructions: Number(machine.instructions), virtualNs: Number(machine.now()) };
  }
  /** The last moment that is recorded. */
  get end(): Moment {
    const last = this.journal.at(-1);
    assert(last, "a journal ends with a mark");
    const { instructions, virtualNs } = last;
    return { instructions, virtualNs };
  }

  /** Goes up to about `budget` instructions towards the goal, and never beyond it. */
  advance(goal: ReplayGoal, budget: number): Arrival {
    const { instructions, virtualNs } = this.moment;
    const event = this.journal[this.index];
    if (event && (event.instructions < instructions || event.virtualNs < virtualNs)) return this.lost(event);
    const ahead = Math.min(goal.instructions, event?.instructions ?? this.end.instructions) - instructions;
    if (ahead <= 0) return this.hold(goal, event?.instructions === instructions ? event : undefined);
    const step = this.debug.run(Math.min(budget, ahead));
    const { end } = step;
    if (end.kind === "idle") {
      if (end.untilNs === undefined) return this.lost(event ?? this.end);
      this.machine.skipIdle(end.untilNs);
    }
    if (end.kind === "ended" && this.moment.instructions < instructions + ahead)
      return this.lost(event ?? this.end);
    return this.halted(step) ?? GOING;
  }

  /** As many instructions as the goal or the next event has: what happens here without one more. */
  private hold(goal: ReplayGoal, event: OutsideEvent | undefined): Arrival {
    const step = this.debug.settle();
    const halted = this.halted(step);
    if (halted) return halted;
    const { instructions, virtualNs } = this.moment;
    if (event && event.virtualNs <= virtualNs) return this.give(event);
    const isThere = instructions >= goal.instructions;
    const goalNs = isThere ? (goal.virtualNs ?? Infinity) : Infinity;
    const isLast = this.index >= this.journal.length;
    if (isThere && (goalNs <= virtualNs || isLast || (step.end.kind !== "idle" && !event))) return THERE;
    if (isLast) return THERE;
    if (step.end.kind !== "idle") return this.lost(event ?? this.end);
    const { untilNs } = step.end;
    const nextNs = Math.min(goalNs, event?.virtualNs ?? Infinity, Number(untilNs ?? Infinity));
    if (nextNs === Infinity) return THERE;
    this.machine.skipIdle(BigInt(nextNs));
    return GOING;
  }

  private give({ action, instructions }: OutsideEvent): Arrival {
    this.index++;
    this.onGive?.(action);
    if (action.kind === "mark") this.compare(instructions, action.traceHash);
    carryOut(this.machine, this.debug, action);
    return GOING;
  }
  private compare(instructions: number, recorded: string): void {
    const { traceHash } = this.machine;
    if (traceHash === recorded) this.checked++;
    else
      this.difference ??=
        `At instruction ${instructions} the run had trace hash ${recorded}; repeated it has ${traceHash}.`;
  }
  private halted({ halt }: DebugStep): Arrival | undefined {
    return halt && { kind: "halted", halt };
  }
  private lost(event: Moment): Arrival {
    const { instructions } = this.moment;
    this.difference ??=
      `At instruction ${instructions} the repetition left the recorded run: ` +
      `what came from outside at instruction ${event.instructions} no longer fits.`;
    return { kind: "lost", sentence: this.difference };
  }
}
