/**
 * Saves and restores a Debian guest on each side in turn, round after round.
 *
 *   round and side: boot ─▶ shell ─▶ save ─▶ 10 MB written ─▶ save ─▶ restore ─▶ shell answers ─▶ ended
 *
 * Invariant: only one guest is there at any moment. A restored guest is asked for the checksum of what it had
 * written: figures of one that lost something do not count.
 */
import { ok, refuse, type Result } from "../../../engine/base/result.ts";
import { snapshotName } from "../catalogue.ts";
import type { Failure } from "../measure.ts";
import type { Side } from "../measuredGuest.ts";
import type { SavingGuest } from "./savingGuest.ts";
import type { SnapshotFigure, SnapshotSample } from "./snapshotRows.ts";

export interface SnapshotPlan {
  readonly rounds: number;
  readonly sides: readonly Side[];
  readonly signal: AbortSignal;
  readonly bootTimeoutMs: number;
  readonly commandTimeoutMs: number;
  start(side: Side): Promise<SavingGuest>;
  onStep(step: string): void;
}
export interface MeasuredSnapshots {
  readonly samples: readonly SnapshotSample[];
  readonly failures: readonly Failure[];
}
type Values = Map<SnapshotFigure, Pick<SnapshotSample, "value" | "processorMs">>;

const WRITTEN_MIB = 10;

export async function measureSnapshots(plan: SnapshotPlan): Promise<MeasuredSnapshots> {
  const samples: SnapshotSample[] = [];
  const failures: Failure[] = [];
  for (let round = 0; round < plan.rounds; round++)
    for (const side of round % 2 === 0 ? plan.sides : plan.sides.toReversed()) {
      if (plan.signal.aborted) return { samples, failures };
      plan.onStep(`snapshots, ${side}, round ${round + 1} of ${plan.rounds}`);
      const guest = await plan.start(side);
      const stop = (): void => void guest.close();
      plan.signal.addEventListener("abort", stop, { once: true });
      const values: Values = new Map();
      const done = await new Drill(guest, plan, values).run();
      plan.signal.removeEventListener("abort", stop);
      if (done.ok) for (const [figure, value] of values) samples.push({ figure, side, round, ...value });
      else if (!plan.signal.aborted)
        failures.push({
          name: snapshotName, side, round, sentence: done.error, lastLines: [...guest.lines.lastLines()],
        });
      await guest.close();
    }
  return { samples, failures };
}

/** One guest's way through all of it. */
class Drill {
  private readonly guest: SavingGuest;
  private readonly plan: SnapshotPlan;
  private readonly values: Values;
  private asked = 0;

  constructor(guest: SavingGuest, plan: SnapshotPlan, values: Values) {
    this.guest = guest;
    this.plan = plan;
    this.values = values;
  }

  async run(): Promise<Result<void, string>> {
    const { guest, plan } = this;
    const booted = await guest.lines.waitFor(/GUEST-READY/, plan.bootTimeoutMs);
    if (!booted.ok) return booted;
    const calm = await this.tell("sleep 2");
    if (!calm.ok) return calm;
    const first = await this.save("save, ms", "save: guest stands still, ms");
    if (!first.ok) return first;
    const before = await guest.storedBytes();
    const written = await this.tell(
      `dd if=/dev/urandom of=/tmp/written bs=1M count=${WRITTEN_MIB} 2>/dev/null; md5sum /tmp/written`,
    );
    if (!written.ok) return written;
    const second = await this.save("save of 10 MB changed, ms", "its stand-still, ms");
    if (!second.ok) return second;
    const [grown, changed] = [(await guest.storedBytes()) - before, await guest.changedBytes()];
    if (changed) this.values.set("its growth, % of what changed", { value: (100 * grown) / changed });
    const restored = await this.restore();
    if (!restored.ok) return restored;
    const found = await this.tell("md5sum /tmp/written");
    if (!found.ok) return found;
    return found.value === written.value
      ? ok(undefined)
      : refuse(`What it had written was lost: ${written.value} became ${found.value}.`);
  }

  /** Types a command; what it printed, and a word of its own that the echo of the line does not hold. */
  private async tell(command: string): Promise<Result<string, string>> {
    const number = ++this.asked;
    this.guest.type(`${command} | sed s/^/SAID${number}-/; echo DONE$((${number}))\n`);
    const { lines } = this.guest;
    const said = await lines.waitFor(
      new RegExp(`^(SAID${number}-|DONE${number}$)`), this.plan.commandTimeoutMs,
    );
    if (!said.ok || said.value.text.startsWith("DONE")) return said.ok ? ok("") : said;
    const done = await lines.waitFor(new RegExp(`^DONE${number}$`), this.plan.commandTimeoutMs);
    return done.ok ? ok(said.value.text.slice(`SAID${number}-`.length)) : done;
  }

  private async save(time: SnapshotFigure, pause: SnapshotFigure): Promise<Result<void, string>> {
    const before = this.guest.processorMs();
    const saved = await this.guest.save();
    if (!saved.ok) return saved;
    this.values.set(time, { value: saved.value.ms, ...this.processorSince(before) });
    this.values.set(pause, { value: saved.value.pauseMs });
    return ok(undefined);
  }

  /** Until a command that was typed behind it is answered. */
  private async restore(): Promise<Result<void, string>> {
    const before = this.guest.processorMs();
    const start = performance.now();
    const restored = await this.guest.restore();
    if (!restored.ok) return restored;
    this.guest.type("echo BACK$((1))\n");
    const answered = await this.guest.lines.waitFor(/^BACK1$/, this.plan.commandTimeoutMs);
    if (!answered.ok) return answered;
    this.values.set("restore to an answering shell, ms", {
      value: answered.value.atMs - start, ...this.processorSince(before),
    });
    return ok(undefined);
  }

  private processorSince(before: number | undefined): { processorMs?: number } {
    const after = this.guest.processorMs();
    return before === undefined || after === undefined ? {} : { processorMs: after - before };
  }
}
