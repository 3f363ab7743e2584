/**
 * What a machine that runs tells of its run, so that it can be repeated: what came from outside, marks to
 * compare by, and checkpoints to begin with, which stay here until one is asked for.
 *
 * A checkpoint is taken after so much time of computing that going on from one takes about as long, and not
 * before their cost is a fraction of what was computed since.
 */
import type { HistoryEvent, NearCheckpoint, OutsideAction } from "../api/history.ts";
import type { S390Ccw } from "../machine/s390Ccw.ts";
import { Checkpoints, nearOf } from "./checkpoints.ts";
import { PageFollower } from "./pageFollower.ts";

const MARK_MS = 1000;
const CHECKPOINT_MS = 2000;
/** Computing per time of taking checkpoints, at least. */
const COMPUTING_PER_COST = 50;
const BYTES_MAX = 128 * 2 ** 20;

export class RunRecorder {
  private readonly machine: S390Ccw;
  private readonly clock: () => number;
  private readonly send: (event: HistoryEvent) => void;
  private readonly isKept: boolean;
  private readonly checkpoints = new Checkpoints(BYTES_MAX);
  /** Made with the first checkpoint: what never gets there costs nothing. */
  private follower: PageFollower | undefined;
  /** Console bytes so far. */
  printed = 0;
  private sent = 0;
  private markedAt = 0;
  /** Milliseconds of computing at which the next checkpoint is due. */
  private dueMs = CHECKPOINT_MS;

  /** `clock`: milliseconds on the wall. `isKept`: somebody may go back there. */
  constructor(
    machine: S390Ccw, clock: () => number, send: (event: HistoryEvent) => void, isKept: boolean,
  ) {
    this.machine = machine;
    this.clock = clock;
    this.send = send;
    this.isKept = isKept;
  }

  /** An action that a settled machine is about to get. */
  note(action: OutsideAction): void {
    const { machine } = this;
    const moment = { instructions: Number(machine.instructions), virtualNs: Number(machine.now()) };
    this.send({ type: "outside", number: ++this.sent, event: { ...moment, action } });
  }
  /** Of a settled machine. */
  mark(): void {
    this.markedAt = this.clock();
    this.note({ kind: "mark", traceHash: this.machine.traceHash });
  }
  /** Now and then a machine that runs is to be settled and marked. */
  get isDue(): boolean {
    return this.clock() - this.markedAt > MARK_MS;
  }
  /** Marks a settled machine; where checkpoints are kept, takes one if it has computed long enough for it. */
  keep(computedMs: number): void {
    this.mark();
    if (!this.isKept || computedMs < this.dueMs) return;
    const start = this.clock();
    this.follower ??= new PageFollower(this.machine);
    const { sent: index, printed } = this;
    this.checkpoints.take(this.machine, { index, printed }, this.follower);
    this.dueMs = computedMs + Math.max(CHECKPOINT_MS, (this.clock() - start) * COMPUTING_PER_COST);
  }

  /** The last that is kept with at most so many instructions. */
  near(instructions: number): NearCheckpoint | undefined {
    const found = this.checkpoints.before(instructions);
    return found && nearOf(found, this.machine.config.disk !== undefined);
  }
}
