/**
 * Pages by the hash of their contents: every page is stored once, whoever has it. New ones are packed, up to
 * 64 in one zstd frame, because single pages compress badly and slowly.
 *
 * Invariant: a page that is read has the hash that it was stored under, or reading it fails.
 */
import { hash as digest } from "node:crypto";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { PAGE_BYTES, type PageSet } from "../../engine/api/snapshot.ts";
import type { Database } from "./database.ts";
import { unwatched, type Work } from "./work.ts";

const PACK_PAGES = 64;
const level = (n: number) => ({ params: { [constants.ZSTD_c_compressionLevel]: n } });

export const sha256 = (bytes: Uint8Array): Buffer => digest("sha256", bytes, "buffer");
export const compress = (bytes: Uint8Array): Buffer => zstdCompressSync(bytes, level(1));

/** Throws a sentence where `packed` is no zstd frame of at most `most` bytes. */
export function decompress(packed: Uint8Array, most: number, what: string): Uint8Array<ArrayBuffer> {
  try {
    // A whole pack at once: Node's own chunks of 16 KiB take twice as long. The byte more shows that it ends.
    const chunkSize = Math.min(Math.max(most, PAGE_BYTES), PACK_PAGES * PAGE_BYTES) + 1;
    const bytes = zstdDecompressSync(packed, { maxOutputLength: most, chunkSize });
    return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
  } catch {
    throw new Error(`The store is damaged: ${what} cannot be unpacked.`);
  }
}

/** Page numbers, ascending, with the ids of their contents; zeros have none. */
export type PageList = Map<number, number>;

/** Id, pack, slot and hash of a page's contents. */
type Place = [id: number, pack: number, slot: number, hash: Buffer];
/** A page of a pack, and where in a list it is wanted. */
interface Wanted {
  readonly slot: number;
  readonly hash: Buffer;
  readonly at: readonly number[];
}

export class Pages {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** Stores what is new; the ids of all pages in their order, and the bytes that this added. */
  put({ bytes, numbers }: PageSet, work = unwatched): { ids: number[]; addedBytes: number } {
    const find = this.database.prepare<[Buffer], { id: number }>("SELECT id FROM pages WHERE hash = ?");
    const ids = new Array<number>(numbers.length);
    const fresh = new Map<string, { hash: Buffer; at: number[] }>();
    for (let index = 0; index < numbers.length; index++) {
      const hash = sha256(bytes.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES));
      const known = find.get(hash);
      if (known) ids[index] = known.id;
      else {
        const key = hash.toString("latin1");
        const same = fresh.get(key);
        if (same) same.at.push(index);
        else fresh.set(key, { hash, at: [index] });
      }
    }
    return { ids, addedBytes: this.pack(bytes, [...fresh.values()], ids, work) };
  }

  private pack(
    bytes: Uint8Array,
    fresh: readonly { hash: Buffer; at: number[] }[],
    ids: number[],
    work: Work,
  ): number {
    const addPack = this.database.prepare("INSERT INTO packs (data) VALUES (?)");
    const addPage = this.database.prepare("INSERT INTO pages (hash, pack, slot) VALUES (?, ?, ?)");
    const gathered = new Uint8Array(PACK_PAGES * PAGE_BYTES);
    let added = 0;
    for (let first = 0; first < fresh.length; first += PACK_PAGES) {
      work({ step: "Storing pages", done: first, total: fresh.length });
      const together = fresh.slice(first, first + PACK_PAGES);
      together.forEach(({ at }, slot) =>
        gathered.set(bytes.subarray(at[0]! * PAGE_BYTES, (at[0]! + 1) * PAGE_BYTES), slot * PAGE_BYTES),
      );
      const data = compress(gathered.subarray(0, together.length * PAGE_BYTES));
      const pack = addPack.run(data).lastInsertRowid;
      together.forEach(({ hash, at }, slot) => {
        const id = Number(addPage.run(hash, pack, slot).lastInsertRowid);
        for (const index of at) ids[index] = id;
      });
      added += data.length + together.length * 44;
    }
    return added;
  }

  /** The pages of a list, in its order. Throws a sentence where one is missing or damaged. */
  read(list: PageList, order: PageSet["order"], work = unwatched): PageSet {
    const numbers = Uint32Array.from(list.keys());
    const bytes = new Uint8Array(numbers.length * PAGE_BYTES);
    const places = this.places(list);
    const packData = this.database.prepare<[number], { data: Buffer }>("SELECT data FROM packs WHERE id = ?");
    let done = 0;
    for (const [pack, wanted] of places) {
      work({ step: "Reading pages", done, total: numbers.length });
      done += wanted.length;
      const data = packData.get(pack)?.data;
      if (!data) throw new Error(`The store is damaged: pack ${pack} is missing.`);
      const plain = decompress(data, PACK_PAGES * PAGE_BYTES, `pack ${pack}`);
      for (const { slot, hash, at } of wanted) {
        const page = plain.subarray(slot * PAGE_BYTES, (slot + 1) * PAGE_BYTES);
        if (!sha256(page).equals(hash))
          throw new Error(`The store is damaged: a page in pack ${pack} has changed.`);
        for (const index of at) bytes.set(page, index * PAGE_BYTES);
      }
    }
    return { numbers, bytes, zeros: new Uint32Array(0), order };
  }

  /** Where the contents of a list are, pack by pack, and the places in the list that want them. */
  private places(list: PageList): Map<number, Wanted[]> {
    const wantedAt = new Map<number, number[]>();
    [...list.values()].forEach((id, index) => {
      const at = wantedAt.get(id);
      if (at) at.push(index);
      else wantedAt.set(id, [index]);
    });
    const places = new Map<number, Wanted[]>();
    for (const [id, pack, slot, hash] of this.found([...wantedAt.keys()].sort((a, b) => a - b))) {
      const wanted = { slot, hash, at: wantedAt.get(id)! };
      const others = places.get(pack);
      if (others) others.push(wanted);
      else places.set(pack, [wanted]);
    }
    return places;
  }

  /** `ids` ascending. One question for each run of consecutive ones: a save makes few. */
  private *found(ids: readonly number[]): Generator<Place> {
    const find = this.database
      .prepare<[number, number], Place>(
        "SELECT id, pack, slot, hash FROM pages WHERE id BETWEEN ? AND ? ORDER BY id",
      )
      .raw();
    for (let first = 0, end = 0; first < ids.length; first = end) {
      end = first + 1;
      while (end < ids.length && ids[end] === ids[end - 1]! + 1) end++;
      const rows = find.all(ids[first]!, ids[end - 1]!);
      // Ids are unique, so as many rows as were asked for are the ones that were asked for.
      if (rows.length < end - first) {
        const missing = ids.slice(first, end).find((id) => !rows.some((row) => row[0] === id));
        throw new Error(`The store is damaged: page ${missing} is missing.`);
      }
      yield* rows;
    }
  }

  /** Deletes every page that is in none of the lists, and every pack that is empty then. */
  sweep(lists: Iterable<PageList>): void {
    const { database } = this;
    database.exec("CREATE TEMP TABLE IF NOT EXISTS used (id INTEGER PRIMARY KEY); DELETE FROM used");
    const use = database.prepare("INSERT OR IGNORE INTO used VALUES (?)");
    for (const list of lists) for (const id of list.values()) use.run(id);
    database.exec(`
      DELETE FROM pages WHERE id NOT IN (SELECT id FROM used);
      DELETE FROM packs WHERE id NOT IN (SELECT pack FROM pages);
      DELETE FROM used`);
  }
}

/** u32 page number and u32 page id for each page, little-endian. */
export function encodeList(list: PageList): Uint8Array {
  const words = new Uint32Array(list.size * 2);
  let at = 0;
  for (const [number, id] of list) {
    words[at++] = number;
    words[at++] = id;
  }
  return new Uint8Array(words.buffer);
}

export function decodeList(bytes: Uint8Array): PageList {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const list: PageList = new Map();
  for (let at = 0; at + 8 <= bytes.length; at += 8)
    list.set(view.getUint32(at, true), view.getUint32(at + 4, true));
  return list;
}
