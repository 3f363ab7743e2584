/**
 * A machine that repeats a recorded run and can be put back: to the last checkpoint before a place, or to the
 * beginning. On long ways forward it takes checkpoints, and one shortly before its goal, so that stepping
 * back from there is short.
 */
import type { Moment } from "../api/debug.ts";
import type { RecordedPast } from "../api/history.ts";
import type { MachineConfig } from "../api/machine.ts";
import { assert } from "../base/assert.ts";
import { ok, type Result } from "../base/result.ts";
import { Debugger } from "../machine/debug/debugger.ts";
import { S390Ccw } from "../machine/s390Ccw.ts";
import { restoreMachine } from "../machine/snapshot.ts";
import { checkpointOf, Checkpoints, machineAt, type Checkpoint } from "./checkpoints.ts";
import { PageFollower } from "./pageFollower.ts";
import { Replay, type Arrival } from "./replay.ts";

export interface RecordedRun extends Pick<RecordedPast, "saved" | "near" | "journal"> {
  readonly config: MachineConfig;
}

/** Instructions between checkpoints on a long way, and at most from one to the goal. */
const SPACING = 64_000_000;
const NEAR = 500_000;
/** Five times what a booted Debian guest has written. */
const CHECKPOINT_BYTES_MAX = 256 * 2 ** 20;

export class Rewinder {
  replay!: Replay;
  first!: Moment;
  rewinds = 0;
  /** Console bytes since the record begins. */
  printed = 0;
  private readonly run: RecordedRun;
  private readonly disk: Uint8Array | undefined;
  private readonly checkpoints = new Checkpoints(CHECKPOINT_BYTES_MAX);
  private follower!: PageFollower;
  private readonly show = (bytes: Uint8Array): void => {
    this.printed += bytes.length;
  };
  private checkedBefore = 0;
  private firstDifference: string | undefined;

  private constructor(run: RecordedRun, disk: Uint8Array | undefined) {
    this.run = run;
    this.disk = disk;
    if (run.near) this.checkpoints.add(checkpointOf(run.near));
  }
  /** Stands at the beginning of the record. Refuses with the sentence of the loader or of the snapshot. */
  static open(run: RecordedRun): Result<Rewinder, string> {
    // Machines write to the image that they are given; each gets its own.
    const rewinder = new Rewinder(run, run.config.disk?.slice());
    const made = rewinder.beginning();
    if (!made.ok) return made;
    rewinder.stand(made.value, undefined);
    rewinder.first = rewinder.moment;
    return ok(rewinder);
  }

  get moment(): Moment {
    return this.replay.moment;
  }
  get last(): Moment {
    return this.replay.end;
  }
  get checked(): number {
    return this.checkedBefore + this.replay.checked;
  }
  get difference(): string | undefined {
    return this.firstDifference ?? this.replay.difference;
  }

  /** Stands at the last checkpoint with at most so many instructions, or at the beginning. */
  rewind(instructions: number): void {
    this.rewinds++;
    this.checkedBefore = this.checked;
    this.firstDifference = this.difference;
    const checkpoint = this.checkpoints.before(instructions);
    const made = checkpoint ? machineAt(checkpoint, this.config, this.show) : this.beginning();
    assert(made.ok, "a machine that was made once can be made again");
    this.stand(made.value, checkpoint);
  }
  private beginning(): Result<S390Ccw, string> {
    const { config, run: { saved }, show } = this;
    return saved ? restoreMachine(config, saved, show) : S390Ccw.create(config, show);
  }
  /** For one machine: with the disk as it was at the start. */
  private get config(): MachineConfig {
    const { run: { config }, disk } = this;
    return disk ? { ...config, disk: disk.slice() } : config;
  }
  private stand(machine: S390Ccw, checkpoint: Checkpoint | undefined): void {
    this.printed = checkpoint?.printed ?? 0;
    this.follower = new PageFollower(machine, checkpoint);
    this.replay = new Replay(machine, new Debugger(machine), this.run.journal, checkpoint?.index);
  }

  /** A checkpoint lies between here and there: going on from it is shorter, also forward. */
  hasShortcut(to: number): boolean {
    const checkpoint = this.checkpoints.before(to);
    return checkpoint !== undefined && checkpoint.instructions > this.moment.instructions + NEAR;
  }

  /** Goes up to about `budget` instructions towards `to`, an instruction number ahead. */
  advance(to: number, budget: number): Arrival {
    const { instructions } = this.moment;
    const passed = this.checkpoints.before(instructions)?.instructions ?? this.first.instructions;
    const isNear = (this.checkpoints.before(to)?.instructions ?? this.first.instructions) >= to - NEAR;
    const due = [passed + SPACING, ...(isNear ? [] : [to - NEAR])].filter((place) => place > instructions);
    const place = Math.min(to, ...due);
    const arrival = this.replay.advance({ instructions: place }, budget);
    if (arrival.kind !== "there" || place === to) return arrival;
    const { printed, replay: { machine, index } } = this;
    this.checkpoints.take(machine, { index, printed }, this.follower);
    return { kind: "going" };
  }
}
