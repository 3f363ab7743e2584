/** What crosses the thread when a machine is saved or restored: plain data. */
export const PAGE_BYTES = 4096;

/**
 * Pages of a storage by their numbers, and their contents one after another; pages that hold nothing but
 * zeros by their numbers alone. Ascending where they come from a store; in the order in which they were
 * copied where they come from a machine.
 */
export interface PageSet<Memory extends ArrayBufferLike = ArrayBuffer> {
  readonly numbers: Uint32Array<ArrayBuffer>;
  /** `PAGE_BYTES` for each of `numbers`. */
  readonly bytes: Uint8Array<Memory>;
  readonly zeros: Uint32Array<ArrayBuffer>;
  /**
   * `descending`: each page begins with the byte of its highest address, as the engine keeps the RAM of
   * big-endian machines. Pages travel and are stored as they are: turning them around would lengthen the
   * guest's pause.
   */
  readonly order: "ascending" | "descending";
}

/** A machine between two steps. */
export interface SavedMachine {
  /** Header and sections (`engine/snapshot/header.ts`). */
  readonly state: Uint8Array<ArrayBuffer>;
  readonly memory: PageSet;
  /** Pages of the disk that differ from the image that the machine was started with; absent without one. */
  readonly disk?: PageSet;
}

/** What is known of a save before its pages are copied. */
export interface SaveHead {
  readonly state: SavedMachine["state"];
  /** All pages ever written follow; else those since the last save that was kept. */
  readonly isWhole: boolean;
  readonly instructions: number;
  readonly virtualSeconds: number;
}
export interface CapturedMachine extends SaveHead, SavedMachine {
  /** The longest time for which the guest stood still in one piece, in wall milliseconds. */
  readonly pauseMs: number;
}

export const storages = ["memory", "disk"] as const;
export type SavedStorage = (typeof storages)[number];

/**
 * What a machine that is being saved sends to the store, straight from thread to thread:
 *
 *   begun ─▶ pages … ─▶ ended
 *     └──────────┴─▶ refused
 *
 * Pages mostly lie in memory that both threads have; once the store has taken them it answers with where they
 * began there, and others may take their place. A machine without such room waits.
 */
export type SavePart =
  /** `pages`: how many follow, zeros among them. */
  | { readonly kind: "begun"; readonly head: SaveHead; readonly pages: number }
  | { readonly kind: "pages"; readonly storage: SavedStorage; readonly set: PageSet<ArrayBufferLike> }
  | ({ readonly kind: "ended" } & Pick<CapturedMachine, "pauseMs">)
  | { readonly kind: "refused"; readonly sentence: string };

/**
 * The machine's end of the way to the store: a `MessagePort` of Node. It is not heard by `onmessage`: to make
 * the first event of that kind, Node loads a whole HTTP client for a tenth of a second.
 */
export interface SavePort {
  postMessage(part: SavePart): void;
  on(event: "message", listener: (taken: number) => void): void;
  close(): void;
}

export type SnapshotRequest =
  /**
   * Sends the machine's state to `port`; `writer` is the program's version. `whole`: also where it need not
   * be.
   */
  | {
      readonly type: "save";
      readonly id: number;
      readonly writer: string;
      readonly whole: boolean;
      readonly port: SavePort;
    }
  /** Gives a save up that is still copying; its last part is a refusal. */
  | { readonly type: "save-cancel"; readonly id: number }
  /** What became of the last save: kept, or its pages are due again. */
  | { readonly type: "save-done"; readonly isKept: boolean }
  /** The machine stands still until it is restored or released; its answer is `held`. */
  | { readonly type: "hold" }
  | { readonly type: "release" };

/** The bytes of page `index` of a set, lowest address first. */
export function pageAt({ bytes, order }: Pick<PageSet, "bytes" | "order">, index: number): Uint8Array {
  const page = bytes.slice(index * PAGE_BYTES, (index + 1) * PAGE_BYTES);
  return order === "descending" ? page.reverse() : page;
}

/** One snapshot of the tree, as lists show it. Bytes and milliseconds. */
export interface SnapshotSummary {
  readonly id: number;
  /** The snapshot that this one's machine went on from or was saved as before; null for a first one. */
  readonly parent: number | null;
  readonly guest: string;
  readonly title: string;
  readonly note: string;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly instructions: number;
  readonly virtualSeconds: number;
  readonly pauseMs: number;
  /** Pages of RAM and disk that are not zero. */
  readonly pages: number;
  /** What it added to the store; pages that others have are not counted. */
  readonly newBytes: number;
  /** The end of the console, as it was. */
  readonly console: string;
}

export interface FieldDifference {
  /** Section, field and index: `cpu.0.gr[3]`. */
  readonly path: string;
  /** As text; undefined where one state has no such field. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}
export interface RowDifference {
  /** Absolute address of its first byte, a multiple of 16. */
  readonly address: number;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}
