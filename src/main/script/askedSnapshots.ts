/** Snapshots as a script sees them: every call is a question to the host, which checks the grant. */
import * as v from "valibot";
import type {
  SnapshotDifference, SnapshotInfo, Snapshots as SnapshotsApi,
} from "../../../resources/scripts/api/snapshots.d.ts";
import { snapshotLimits } from "../../engine/api/snapshotCalls.ts";
import { snapshotNote as note, snapshotNumber as number } from "../snapshotContract.ts";
import { AskedMachine, type Ask } from "./askedMachine.ts";
import { none, wholeTo } from "./facade/arguments.ts";
import { ScriptRefusal, type MethodTable } from "./hostObjects.ts";

const ROWS = 64;

export class AskedSnapshots implements SnapshotsApi {
  private readonly ask: Ask;

  constructor(ask: Ask) {
    this.ask = ask;
  }
  async list(): Promise<SnapshotInfo[]> {
    return [...await this.ask("snapshots", {})];
  }
  async show(snapshot: number): Promise<SnapshotInfo> {
    const found = (await this.list()).find(({ id }) => id === snapshot);
    if (!found) throw new ScriptRefusal(`There is no snapshot ${snapshot}.`);
    return found;
  }
  diff(before: number, after: number, rows = ROWS): Promise<SnapshotDifference> {
    return this.ask("diffSnapshots", { before, after, rowsMax: rows }) as Promise<SnapshotDifference>;
  }
  note(snapshot: number, text: string): Promise<void> {
    return this.ask("noteSnapshot", { snapshot, note: text });
  }
  remove(snapshot: number): Promise<void> {
    return this.ask("removeSnapshot", { snapshot });
  }
  async restore(snapshot: number, into: "same" | "new" = "same"): Promise<AskedMachine> {
    const { id, consoleEnd } = await this.ask("restoreSnapshot", { snapshot, into });
    return new AskedMachine(id, this.ask, consoleEnd);
  }
}

export const snapshotsMethods: MethodTable<SnapshotsApi> = {
  list: none,
  show: v.strictTuple([number]),
  diff: v.strictTuple([number, number, v.optional(wholeTo(snapshotLimits.rowsMax))]),
  note: v.strictTuple([number, note]),
  remove: v.strictTuple([number]),
  restore: v.strictTuple([number, v.optional(v.picklist(["same", "new"]))]),
};
