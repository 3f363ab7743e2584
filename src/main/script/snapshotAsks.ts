/**
 * What a script may ask of snapshots, on the host's side. It sees all that was saved, and changes only what
 * it has saved itself.
 */
import * as v from "valibot";
import type { SnapshotInfo } from "../../../resources/scripts/api/snapshots.d.ts";
import { snapshotLimits, type SnapshotDiff } from "../../engine/api/snapshotCalls.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import type { Workbench } from "../services/workbench.ts";
import { snapshotNote as note, snapshotNumber as snapshot } from "../snapshotContract.ts";
import type { AskAnswers, AskEntries } from "./askTable.ts";

type OfSnapshot = { readonly snapshot: number };
export interface SnapshotQuestions {
  snapshots(argument: object): readonly SnapshotInfo[];
  saveMachine(argument: { readonly id: string; readonly note: string }): SnapshotInfo;
  diffSnapshots(
    argument: { readonly before: number; readonly after: number; readonly rowsMax: number },
  ): SnapshotDiff;
  noteSnapshot(argument: OfSnapshot & { readonly note: string }): void;
  removeSnapshot(argument: OfSnapshot): void;
  /** `consoleEnd`: the place behind what the machine had printed when it was saved. */
  restoreSnapshot(
    argument: OfSnapshot & { readonly into: "same" | "new" },
  ): { readonly id: string; readonly consoleEnd: number };
}

export const snapshotEntries: AskEntries<SnapshotQuestions> = {
  snapshots: { grants: ["snapshot"], shape: v.strictObject({}) },
  saveMachine: { grants: ["snapshot"], shape: v.strictObject({ id: v.string(), note }) },
  diffSnapshots: {
    grants: ["snapshot"],
    shape: v.strictObject({
      before: snapshot, after: snapshot,
      rowsMax: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(snapshotLimits.rowsMax)),
    }),
  },
  noteSnapshot: { grants: ["snapshot"], shape: v.strictObject({ snapshot, note }) },
  removeSnapshot: { grants: ["snapshot"], shape: v.strictObject({ snapshot }) },
  restoreSnapshot: {
    grants: ["snapshot", "drive"],
    shape: v.strictObject({ snapshot, into: v.picklist(["same", "new"]) }),
  },
};

/** A loop that saves must not fill the disk. */
const SAVES_MAX = 100;

export class SnapshotAsks {
  private readonly workbench: Workbench;
  private readonly signal: AbortSignal;
  private readonly own = new Set<number>();
  private saves = 0;

  /** `signal` gives up what is under way. */
  constructor(workbench: Workbench, signal: AbortSignal) {
    this.workbench = workbench;
    this.signal = signal;
  }

  readonly answers: AskAnswers<SnapshotQuestions> = {
    snapshots: () => this.saved.with((all) => all.list()),
    saveMachine: async ({ id, note: text }) => {
      if (this.saves >= SAVES_MAX) return refuse(`A run may take ${SAVES_MAX} snapshots; this is one more.`);
      this.saves++;
      const taken = await this.saved.save(id, text, { signal: this.signal });
      if (taken.ok) this.own.add(taken.value.id);
      return taken;
    },
    diffSnapshots: (order) => this.saved.with((all) => all.diff(order, { signal: this.signal })),
    noteSnapshot: ({ snapshot: id, note: text }) => this.ofOwn(id, () => this.saved.setNote(id, text)),
    removeSnapshot: ({ snapshot: id }) => this.ofOwn(id, async () => {
      const removed = await this.saved.remove(id);
      if (removed.ok) this.own.delete(id);
      return removed;
    }),
    restoreSnapshot: ({ snapshot: id, into }) => this.restore(id, into),
  };

  private get saved(): Workbench["saves"] {
    return this.workbench.saves;
  }

  private async ofOwn(
    id: number, change: () => Promise<Result<void, string>>,
  ): Promise<Result<void, string>> {
    return this.own.has(id) ? change()
      : refuse(`Snapshot ${id} was not taken by this run, which may change its own only.`);
  }

  private async restore(
    id: number, into: "same" | "new",
  ): Promise<Result<{ id: string; consoleEnd: number }, string>> {
    const found = await this.saved.with((all) => all.show(id));
    if (!found.ok) return found;
    const task = { signal: this.signal };
    const machine = into === "same"
      ? await this.saved.restoreSame(id, task) : await this.saved.restoreNew(id, task);
    if (!machine.ok) return machine;
    const console = this.workbench.machines.console(machine.value.id);
    if (!console.ok) return console;
    const before = Buffer.byteLength(found.value.console);
    return ok({ id: machine.value.id, consoleEnd: console.value.start + before });
  }
}
