/** What crosses the thread between a host and the store's worker: plain data. */
import type { MessagePort } from "node:worker_threads";
import type { SnapshotSummary } from "../../engine/api/snapshot.ts";
import type { TaskProgress } from "../../engine/api/task.ts";
import type { SnapshotDiff } from "../../engine/api/snapshotCalls.ts";
import type { DiffOrder } from "./diff.ts";
import type { DifferenceOrder } from "./difference.ts";
import type { SessionRow, StoredCopy, StoredSession } from "./memories.ts";
import type { SnapshotFrame, StoredMachine, StoredState } from "./snapshots.ts";

export interface SaveOrder extends SnapshotFrame {
  /** Where the machine comes from (`SavePart`). */
  readonly port: MessagePort;
}

/** Each call, by name: its argument and its answer. */
export interface StoreCalls {
  list: (argument: undefined) => SnapshotSummary[];
  save: (order: SaveOrder) => SnapshotSummary;
  read: (id: number) => StoredMachine;
  readDifference: (order: DifferenceOrder) => StoredState;
  diff: (order: DiffOrder) => SnapshotDiff;
  setNote: (argument: { readonly id: number; readonly note: string }) => void;
  remove: (id: number) => void;
  check: (argument: undefined) => string[];
  /** One snapshot as one file; the answer is its bytes. */
  export: (id: number) => Uint8Array<ArrayBuffer>;
  import: (file: Uint8Array) => SnapshotSummary;
  settings: (argument: undefined) => Record<string, string>;
  setSetting: (argument: { readonly key: string; readonly value: string | undefined }) => void;
  importSettings: (values: Readonly<Record<string, string>>) => void;
  copies: (argument: undefined) => StoredCopy[];
  keepCopy: (copy: StoredCopy) => void;
  dropCopy: (id: string) => void;
  sessions: (argument: undefined) => SessionRow[];
  keepSession: (session: StoredSession) => void;
  endSession: (argument: Pick<StoredSession, "host" | "machine">) => void;
}
export type StoreCall = keyof StoreCalls;

export interface StoreRequest {
  readonly id: number;
  readonly call: StoreCall;
  readonly argument: unknown;
  /** One word, shared: not zero once the answer is no longer wanted. */
  readonly isCancelled: Int32Array;
}
export type StoreReply =
  | { readonly id: number; readonly progress: TaskProgress }
  | StoreAnswer;
export type StoreAnswer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: string; readonly isBaseGone: boolean };
