/** A machine on its way into the store: its pages are stored and its lists made as its parts come. */
import {
  storages, type CapturedMachine, type SavedStorage, type SaveHead,
} from "../../engine/api/snapshot.ts";
import type { Database } from "./database.ts";
import { compress } from "./frames.ts";
import { NewPages } from "./newPages.ts";
import { encodeList, putPages, type PageList } from "./pageList.ts";
import { machineIsGone, type SaveParts } from "./saveParts.ts";
import type { Work } from "./work.ts";

export interface PackedList {
  readonly storage: SavedStorage;
  readonly count: number;
  readonly data: Buffer;
}
/** A machine whose pages are stored. */
export interface ReceivedMachine extends Omit<CapturedMachine, SavedStorage> {
  /** Of all its pages; none of a storage without any. */
  readonly lists: readonly PackedList[];
  /** Bytes that its pages and lists take. */
  readonly addedBytes: number;
}

/**
 * Belongs into a transaction that lasts until it is done. `listsOf`: what the pages are relative to. Throws a
 * sentence where the machine is not there to its end.
 */
export async function receiveMachine(
  database: Database,
  parts: SaveParts,
  listsOf: (head: SaveHead, storage: SavedStorage) => PageList,
  work: Work,
): Promise<ReceivedMachine> {
  const pages = new NewPages(database);
  const lists = new Map<SavedStorage, PageList>();
  let head: SaveHead | undefined;
  let [done, total] = [0, 0];
  for await (const part of parts) {
    work({ step: "Saving pages", done, total });
    if (part.kind === "begun") {
      ({ head, pages: total } = part);
      for (const storage of storages) lists.set(storage, listsOf(head, storage));
    } else if (part.kind === "pages") {
      const { storage, set } = part;
      putPages(lists.get(storage)!, set, await pages.put(set.bytes));
      done += set.numbers.length + set.zeros.length;
    } else if (part.kind === "ended" && head) {
      const pageBytes = await pages.end();
      const packed = [...lists].filter(([, list]) => list.size > 0).map(packedList);
      const addedBytes = packed.reduce((sum, { data }) => sum + data.length, pageBytes);
      return { ...head, pauseMs: part.pauseMs, lists: packed, addedBytes };
    }
  }
  throw machineIsGone();
}

const packedList = ([storage, list]: [SavedStorage, PageList]): PackedList =>
  ({ storage, count: list.size, data: compress(encodeList(list)) });
