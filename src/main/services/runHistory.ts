/**
 * What a host keeps of the run of one machine, so that its past can be stood in: how it began, and what came
 * from outside. It outlives the engine, as long as the machine is not started anew.
 *
 * Bounded: of the marks, which only check a repetition, every second goes where they are many; a run that was
 * given more from outside than is kept has no past any more, and says so.
 */
import type {
  HistoryEvent,
  NearCheckpoint,
  OutsideAction,
  OutsideEvent,
  PastGoal,
  RecordedPast,
  Stops,
} from "../../engine/api/history.ts";
import type { MachineConfig } from "../../engine/api/machine.ts";
import type { SavedMachine } from "../../engine/api/snapshot.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";

/** The saved machine that a run went on from, read again. */
export type Beginning = () => Promise<Result<SavedMachine, string>>;
export interface RecordedMachine {
  readonly config: MachineConfig;
  readonly past: RecordedPast;
}

const MARKS_MAX = 4096;
const BYTES_MAX = 32 * 2 ** 20;
interface Recorded extends OutsideEvent {
  readonly number: number;
}
/** Of an event, beside the bytes that it carries. */
const EVENT_BYTES = 128;

export class RunHistory {
  private readonly config: MachineConfig;
  private readonly beginning: Beginning | undefined;
  private journal: Recorded[] = [];
  private marks = 0;
  private bytes = 0;
  private isCut = false;

  constructor(config: MachineConfig, beginning?: Beginning) {
    this.config = config;
    this.beginning = beginning;
  }

  take({ number, event: taken }: HistoryEvent & { type: "outside" }): void {
    if (this.isCut) return;
    const event: Recorded = { ...taken, number };
    const isMark = event.action.kind === "mark";
    // Nothing came since the last mark: the newer one says more.
    if (isMark && this.journal.at(-1)?.instructions === event.instructions) this.dropLastMark();
    this.journal.push(event);
    if (isMark) this.marks++;
    else this.bytes += EVENT_BYTES + bytesOf(event.action);
    if (this.marks > MARKS_MAX) this.thin();
    if (this.bytes <= BYTES_MAX) return;
    this.isCut = true;
    this.journal = [];
  }
  private dropLastMark(): void {
    if (this.journal.at(-1)?.action.kind !== "mark") return;
    this.journal.pop();
    this.marks--;
  }
  private thin(): void {
    let seen = 0;
    this.journal = this.journal.filter(({ action }) => action.kind !== "mark" || seen++ % 2 === 0);
    this.marks = this.journal.filter(({ action }) => action.kind === "mark").length;
  }

  /**
   * What another engine needs to repeat the run as far as it has come. `near`: a checkpoint of the machine;
   * its `index` is the number of the last event before it.
   */
  async recorded(
    goal: PastGoal,
    stops: Stops,
    near?: NearCheckpoint,
  ): Promise<Result<RecordedMachine, string>> {
    const { config } = this;
    const journal = [...this.journal];
    if (this.isCut)
      return refuse(
        `More than ${BYTES_MAX / 2 ** 20} MiB came to this run from outside, so its past is no longer ` +
          "kept. Start the machine to record anew.",
      );
    if (journal.at(-1)?.action.kind !== "mark")
      return refuse("This machine's engine has not recorded a moment yet.");
    const saved = await this.beginning?.();
    if (saved && !saved.ok)
      return refuse(`The snapshot that this run began with cannot be read again: ${saved.error}`);
    const index = journal.filter(({ number }) => number <= (near?.index ?? 0)).length;
    const beginning = { ...(saved && { saved: saved.value }), ...(near && { near: { ...near, index } }) };
    return ok({ config, past: { journal, goal, stops, ...beginning } });
  }
}

const bytesOf = (action: OutsideAction): number => {
  if (action.kind === "console") return action.bytes.length;
  return action.kind === "debug" && "bytes" in action.call ? action.call.bytes.length : 0;
};
