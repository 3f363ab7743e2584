/** What a page, the command line or a script may ask of a host's snapshots: plain data. */
import type { FieldDifference, RowDifference, SnapshotSummary } from "./snapshot.ts";
import type { TaskProgress } from "./task.ts";
import type { MachineSummary } from "./workbench.ts";

export const snapshotLimits = {
  noteCharactersMax: 1000,
  /** Of a difference between two: rows of memory, and fields. */
  rowsMax: 4096,
  fieldsMax: 4096,
  /** Bytes of an export that are handed over at a time. */
  exportChunkBytes: 2 ** 20,
} as const;

export interface SnapshotDiff {
  readonly fields: readonly FieldDifference[];
  readonly rows: readonly RowDifference[];
  /** Pages of memory whose contents differ; their rows may be more than `rows`. */
  readonly pagesDiffering: number;
  /** No row and no field was left out. */
  readonly isComplete: boolean;
}

/** Names a piece of work of the caller's own, so that it hears how far it is and can give it up. */
type WithTask = { readonly task?: string };
type OfSnapshot = { readonly snapshot: number };

/** Each call, by name: its argument and its answer. */
export interface SnapshotCalls {
  list(call: object): readonly SnapshotSummary[];
  /** Saves a machine that is on. */
  save(call: WithTask & { readonly machine: string; readonly note: string }): SnapshotSummary;
  /**
   * `same`: the machine of the snapshot's guest goes on there, in place of whatever it was doing; `new`: a
   * machine of its own does. What runs is left alone until the snapshot has been taken up.
   */
  restore(call: WithTask & OfSnapshot & { readonly into: "same" | "new" }): MachineSummary;
  note(call: OfSnapshot & { readonly note: string }): null;
  remove(call: OfSnapshot): null;
  diff(
    call: WithTask & { readonly before: number; readonly after: number; readonly rowsMax: number },
  ): SnapshotDiff;
  /** Makes a snapshot one file, which the caller then reads piece by piece, and drops. */
  export(
    call: WithTask & OfSnapshot,
  ): { readonly id: string; readonly name: string; readonly sizeBytes: number };
  readExport(call: { readonly id: string; readonly offset: number }): Uint8Array;
  dropExport(call: { readonly id: string }): null;
  /** Takes a snapshot from a finished upload. */
  import(call: WithTask & { readonly upload: string }): SnapshotSummary;
  cancel(call: { readonly task: string }): null;
}
export type SnapshotCallName = keyof SnapshotCalls;
export type SnapshotCall = {
  [Name in SnapshotCallName]: { readonly name: Name } & Parameters<SnapshotCalls[Name]>[0];
}[SnapshotCallName];
export type SnapshotAnswer = ReturnType<SnapshotCalls[SnapshotCallName]>;

export interface SnapshotTask {
  readonly task: string;
  readonly progress: TaskProgress;
}
