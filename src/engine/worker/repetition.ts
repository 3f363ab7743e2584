/**
 * A machine that repeats a recorded run before it goes on: it gets again what came from outside, and its
 * trace hash is compared at each mark. Nothing else reaches it meanwhile, and its waiting is skipped.
 */
import type { HistoryEvent } from "../api/history.ts";
import type { Replay } from "../history/replay.ts";
import type { RunRecorder } from "../history/runRecorder.ts";
import type { DebugStep } from "../machine/debug/debugger.ts";

/** Wherever the record ends. */
const END = { instructions: Infinity };

export class Repetition {
  private readonly replay: Replay;
  private readonly send: (event: HistoryEvent) => void;
  isOver = false;

  /** What is given again belongs to this run's record too. */
  constructor(replay: Replay, record: RunRecorder, send: (event: HistoryEvent) => void) {
    replay.onGive = (action) => record.note(action);
    this.replay = replay;
    this.send = send;
  }

  /** About `budget` instructions. Tells the end of the record, or the first difference from it. */
  step(budget: number): DebugStep {
    const arrival = this.replay.advance(END, budget);
    const { index: given, checked, difference } = this.replay;
    if (arrival.kind === "there" || difference !== undefined) {
      this.isOver = true;
      this.send({ type: "repeated", given, checked, ...(difference !== undefined && { difference }) });
    }
    return { end: { kind: "ran" }, halt: arrival.kind === "halted" ? arrival.halt : undefined };
  }
}
