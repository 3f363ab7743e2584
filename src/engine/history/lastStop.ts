/**
 * Searches a recorded run backwards for what was met last before a place: a breakpoint, a watchpoint. A run
 * can only be watched forwards, so it is gone over piece by piece, from checkpoint to checkpoint, the latest
 * piece first; what is met last in a piece is met last of all.
 */
import type { Halt } from "../api/debug.ts";
import type { Stops } from "../api/history.ts";
import type { Rewinder } from "./rewinder.ts";

export const noStops: Stops = { addresses: [], watchpoints: [] };

/** Sets them in place of those before. */
export function arm({ replay: { debug } }: Rewinder, { addresses, watchpoints }: Stops): void {
  debug.look({ name: "setBreakpoints", addresses });
  debug.look({ name: "setWatchpoints", watchpoints });
}

export interface Met {
  readonly instructions: number;
  readonly halt: Halt;
}

export class LastStop {
  private readonly rewinder: Rewinder;
  private readonly stops: Stops;
  /** Instruction number of what counts at the latest. */
  private readonly latest: number;
  /** The piece that is gone over: where it begins and ends. */
  private from = 0;
  private to: number;
  private met: Met | undefined;

  constructor(rewinder: Rewinder, stops: Stops, latest: number) {
    this.rewinder = rewinder;
    this.stops = stops;
    this.latest = latest;
    this.to = latest;
    this.begin();
  }
  private begin(): void {
    this.rewinder.rewind(this.to - 1);
    this.from = this.rewinder.moment.instructions;
    arm(this.rewinder, this.stops);
  }

  /** How much of the run was gone over, of 1. */
  get done(): number {
    const { rewinder: { first, moment }, latest, from, to } = this;
    const all = Math.max(1, latest - first.instructions);
    return Math.min(1, (latest - to + Math.max(0, moment.instructions - from)) / all);
  }

  /** Undefined while the search goes on; null where nothing was met. */
  advance(budget: number): Met | null | undefined {
    const { rewinder } = this;
    const arrival = rewinder.advance(this.to, budget);
    if (arrival.kind === "going") return undefined;
    if (arrival.kind === "halted") {
      const { instructions } = rewinder.moment;
      if (instructions <= this.latest) this.met = { instructions, halt: arrival.halt };
      // Past the instruction that stands at the breakpoint; what is watched goes on from here.
      rewinder.replay.debug.begin();
      return undefined;
    }
    if (this.met || this.from <= rewinder.first.instructions || arrival.kind === "lost")
      return this.met ?? null;
    this.to = this.from;
    this.begin();
    return undefined;
  }
}
