import type { Machine } from "./machines.d.ts";

/** One snapshot of the tree. Bytes and milliseconds. */
export interface SnapshotInfo {
  /** From 1, in the order of saving. */
  readonly id: number;
  /** The snapshot that its machine was saved as, or went on from, before; null for a first one. */
  readonly parent: number | null;
  readonly guest: string;
  readonly title: string;
  readonly note: string;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  readonly memoryBytes: number;
  readonly cpus: number;
  /** Instructions executed by all CPUs until then, and guest time. */
  readonly instructions: number;
  readonly virtualSeconds: number;
  /** The longest time for which the guest stood still in one piece. */
  readonly pauseMs: number;
  /** Pages of 4096 bytes, of memory and disk, that are not zero. */
  readonly pages: number;
  /** What it added to the store; pages that others have are not counted. */
  readonly newBytes: number;
  /** The end of the console, at most 4 KiB. */
  readonly console: string;
}

export interface SnapshotDifference {
  /** Devices and registers by name, such as "cpu.0.gr[3]"; one side is undefined where a state has no such field. */
  readonly fields: readonly { readonly path: string; readonly before?: string; readonly after?: string }[];
  /** Memory in rows of 16 bytes, by absolute address. */
  readonly rows: readonly { readonly address: number; readonly before: Uint8Array; readonly after: Uint8Array }[];
  /** Pages of memory whose contents differ; their rows may be more than `rows`. */
  readonly pagesDiffering: number;
  /** No row and no field was left out. */
  readonly isComplete: boolean;
}

/**
 * What was saved on this host, by whomever. Grant `snapshot` for every call. A number that is not there is
 * refused with a sentence, and so is a damaged snapshot; what runs is left as it was then.
 */
export interface Snapshots {
  /** All of them, oldest first. */
  list(): Promise<SnapshotInfo[]>;
  show(snapshot: number): Promise<SnapshotInfo>;
  /** What differs between two, with at most `rows` rows of memory (default 64, up to 4096). */
  diff(before: number, after: number, rows?: number): Promise<SnapshotDifference>;
  /** Says what one is: at most 1000 characters on one line. Only one that this run has taken. */
  note(snapshot: number, note: string): Promise<void>;
  /** Deletes one that this run has taken; those that were made after it stay. */
  remove(snapshot: number): Promise<void>;
  /**
   * A machine goes on where it was saved. "same" (default): the machine of the snapshot's guest, in place of
   * whatever it was doing; "new": a machine of its own. `waitFor` of the machine looks at what is printed from
   * there on. Needs the grant `drive` too.
   */
  restore(snapshot: number, into?: "same" | "new"): Promise<Machine>;
}
