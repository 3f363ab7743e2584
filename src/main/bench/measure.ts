/**
 * Runs what was chosen on both sides in turn, round after round.
 *
 *   round: boot on each side ─▶ a guest per side, waiting for names ─▶ each program on each side ─▶ ended
 *
 * Invariant: only one guest computes at any moment, and the side that goes first changes with every round, so
 * what else the host does falls on both alike. Every round has fresh guests: compiling counts in each.
 */
import type { MachineStats } from "../../engine/api/machine.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { bootName } from "./catalogue.ts";
import { awaitEnd, awaitStart, readyPattern, type MarkerFailure, type ProgramTime } from "./markers.ts";
import type { MeasuredGuest, Side } from "./measuredGuest.ts";

/** `boot` is the guest as it is; `programs` the one that reads names of programs. */
export type GuestKind = "boot" | "programs";

export interface MeasurePlan {
  readonly rounds: number;
  readonly sides: readonly Side[];
  readonly boot: boolean;
  readonly programs: readonly string[];
  readonly signal: AbortSignal;
  readonly bootTimeoutMs: number;
  readonly programTimeoutMs: number;
  startGuest(side: Side, kind: GuestKind): MeasuredGuest;
  /** Told before every run. */
  onStep(step: string): void;
}

/** One timed run. */
export interface Sample {
  readonly name: string;
  readonly side: Side;
  readonly round: number;
  readonly ms: number;
  /** Processor time of the whole virtual machine over that stretch: what a busy host does not blur. */
  readonly processorMs?: number;
  /** Absent for a boot. */
  readonly checksum?: string;
  /** The engine's figures over the timed stretch, within one of its turns (some 8 ms). */
  readonly engine?: EngineFigures;
}

export interface Failure {
  readonly name: string;
  readonly side: Side;
  readonly round: number;
  readonly sentence: string;
  readonly lastLines: readonly string[];
}

type Place = Pick<Failure, "name" | "side" | "round">;

/** What the engine did meanwhile; seconds of wall time. */
export type EngineFigures = Pick<
  MachineStats,
  | "instructions"
  | "interpretedInstructions"
  | "regionsCompiled"
  | "wallSeconds"
  | "compileSeconds"
  | "deviceSeconds"
>;

export interface Measured {
  readonly samples: readonly Sample[];
  readonly failures: readonly Failure[];
  readonly residentBytes: ResidentBytes;
}

/** The most each side was seen to hold of the host's memory, guest at its shell or running programs. */
export type ResidentBytes = Readonly<Record<GuestKind, Readonly<Partial<Record<Side, number>>>>>;

/** Exec, and filling its arrays: what a program does before it starts to count. */
const settleTimeoutMs = 10_000;

export function measure(plan: MeasurePlan): Promise<Measured> {
  return new Measurement(plan).run();
}

class Measurement {
  private readonly plan: MeasurePlan;
  private readonly samples: Sample[] = [];
  private readonly failures: Failure[] = [];
  private readonly residentBytes: Record<GuestKind, Partial<Record<Side, number>>> = {
    boot: {},
    programs: {},
  };
  private readonly open = new Set<MeasuredGuest>();

  constructor(plan: MeasurePlan) {
    this.plan = plan;
  }

  async run(): Promise<Measured> {
    const { rounds, sides, boot, programs, signal } = this.plan;
    const stop = (): void => void Promise.all([...this.open].map((guest) => this.close(guest)));
    signal.addEventListener("abort", stop, { once: true });
    try {
      for (let round = 0; round < rounds && !signal.aborted; round++) {
        const order = round % 2 === 0 ? sides : sides.toReversed();
        if (boot) for (const side of order) if (!signal.aborted) await this.boot(side, round);
        if (programs.length > 0 && !signal.aborted) await this.runPrograms(order, round);
      }
    } finally {
      signal.removeEventListener("abort", stop);
      await Promise.all([...this.open].map((guest) => this.close(guest)));
    }
    const { samples, failures, residentBytes } = this;
    return { samples, failures, residentBytes };
  }

  private start(side: Side, kind: GuestKind): MeasuredGuest {
    const guest = this.plan.startGuest(side, kind);
    this.open.add(guest);
    return guest;
  }

  private async close(guest: MeasuredGuest): Promise<void> {
    this.open.delete(guest);
    await guest.close();
  }

  private note(guest: MeasuredGuest, side: Side, kind: GuestKind): void {
    const now = guest.residentBytes();
    const most = this.residentBytes[kind];
    if (now !== undefined) most[side] = Math.max(now, most[side] ?? 0);
  }

  private fail(guest: MeasuredGuest, where: Place, sentence: string): void {
    // What an interrupted run was in the middle of is no failure of its guest.
    if (!this.plan.signal.aborted)
      this.failures.push({ ...where, sentence, lastLines: [...guest.lines.lastLines()] });
  }

  private async boot(side: Side, round: number): Promise<void> {
    const where = { name: bootName, side, round };
    this.step(where);
    const guest = this.start(side, "boot");
    const seen = await guest.lines.waitFor(/GUEST-READY/, this.plan.bootTimeoutMs);
    if (seen.ok) {
      const processorMs = guest.processorMs();
      const engine = await guest.figures();
      this.note(guest, side, "boot");
      const ms = seen.value.atMs - guest.startedAtMs;
      this.samples.push({
        ...where,
        ms,
        ...(processorMs !== undefined && { processorMs }),
        ...(engine && { engine: pickFigures(engine) }),
      });
    } else this.fail(guest, where, seen.error);
    await this.close(guest);
  }

  private async runPrograms(order: readonly Side[], round: number): Promise<void> {
    const guests = new Map<Side, MeasuredGuest>();
    for (const side of order) {
      const guest = await this.startReader(side, round);
      if (guest !== undefined) guests.set(side, guest);
    }
    for (const name of this.plan.programs)
      for (const [side, guest] of guests) {
        if (this.plan.signal.aborted) return;
        const where = { name, side, round };
        this.step(where);
        const timed = await this.runProgram(guest, name);
        this.note(guest, side, "programs");
        if (timed.ok) this.samples.push({ ...where, ...timed.value });
        else this.fail(guest, where, timed.error.sentence);
        if (timed.ok || timed.error.guestGoesOn) continue;
        guests.delete(side);
        await this.close(guest);
      }
    for (const guest of guests.values()) await this.close(guest);
  }

  /** A guest that waits for a name; undefined, with the failure noted, where it does not get there. */
  private async startReader(side: Side, round: number): Promise<MeasuredGuest | undefined> {
    const guest = this.start(side, "programs");
    const ready = await guest.lines.waitFor(readyPattern, this.plan.bootTimeoutMs);
    if (ready.ok) {
      await guest.freeze();
      return guest;
    }
    this.fail(guest, { name: this.plan.programs[0]!, side, round }, ready.error);
    await this.close(guest);
    return undefined;
  }

  private async runProgram(
    guest: MeasuredGuest,
    name: string,
  ): Promise<Result<ProgramTime & Pick<Sample, "engine" | "processorMs">, MarkerFailure>> {
    const { lines } = guest;
    guest.thaw();
    guest.type(`${name}\n`);
    const start = await awaitStart(lines, name, this.plan.programTimeoutMs);
    if (!start.ok) return start;
    const processorBefore = guest.processorMs();
    const before = await guest.figures();
    const end = await awaitEnd(lines, name, this.plan.programTimeoutMs);
    if (!end.ok) return end;
    const processorAfter = guest.processorMs();
    const after = await guest.figures();
    const exit = await lines.waitFor(new RegExp(`BENCH ${name} exit \\d+`), settleTimeoutMs);
    if (!exit.ok) return refuse({ sentence: exit.error, guestGoesOn: false });
    await guest.freeze();
    const { checksum } = end.value;
    const engine = before && after && difference(after, before);
    const isTold = processorBefore !== undefined && processorAfter !== undefined;
    return ok({
      ms: end.value.atMs - start.value.atMs,
      checksum,
      ...(isTold && { processorMs: processorAfter - processorBefore }),
      ...(engine && { engine }),
    });
  }

  private step({ name, side, round }: Place): void {
    this.plan.onStep(`${name}, ${side}, round ${round + 1} of ${this.plan.rounds}`);
  }
}

const pickFigures = (stats: EngineFigures): EngineFigures => ({
  instructions: stats.instructions,
  interpretedInstructions: stats.interpretedInstructions,
  regionsCompiled: stats.regionsCompiled,
  wallSeconds: stats.wallSeconds,
  compileSeconds: stats.compileSeconds,
  deviceSeconds: stats.deviceSeconds,
});

function difference(after: EngineFigures, before: EngineFigures): EngineFigures {
  const [to, from] = [pickFigures(after), pickFigures(before)];
  return Object.fromEntries(
    Object.entries(to).map(([key, value]) => [key, value - from[key as keyof EngineFigures]]),
  ) as unknown as EngineFigures;
}
