/**
 * Pages by the hash of their contents: every page is stored once, whoever has it. New ones are packed, up to
 * 64 in one zstd frame, because single pages compress badly and slowly. A page's id says in which pack it is,
 * and where there: to read one, nothing else is looked up.
 *
 * Invariant: a pack that is read has the hash that it was stored under, or reading it fails.
 */
import type { Statement } from "better-sqlite3";
import { PAGE_BYTES, type PageSet } from "../../engine/api/snapshot.ts";
import type { Database } from "./database.ts";
import { compressAside, decompressAside, inTurn, sha256 } from "./frames.ts";
import { packOf, pageId, PACK_PAGES, slotOf, type PageList } from "./pageList.ts";
import { unwatched, type Work } from "./work.ts";

const PACK_BYTES = PACK_PAGES * PAGE_BYTES;
/** What the index takes for a page: its hash, its id, and their place in a tree. */
const INDEXED_BYTES = 40;

/** Pages that no pack holds yet, one after another. */
interface NewPack {
  readonly id: number;
  readonly pages: Uint8Array;
}
interface Indexed {
  readonly id: number;
  readonly hash: Buffer;
}
/** Pages of a pack that are wanted, by their places in a list. */
interface WantedPack {
  readonly id: number;
  readonly at: readonly number[];
}

export class Pages {
  private readonly database: Database;
  private readonly findPack: Statement<[number], { data: Buffer; hash: Buffer }>;

  constructor(database: Database) {
    this.database = database;
    this.findPack = database.prepare("SELECT data, hash FROM packs WHERE id = ?");
  }

  /**
   * Stores what is new; the ids of all pages in their order, and the bytes that this added. Belongs into a
   * transaction that lasts until it is done.
   */
  async put(set: PageSet, work = unwatched): Promise<{ ids: Uint32Array; addedBytes: number }> {
    const addPack = this.database.prepare("INSERT INTO packs (id, data, hash) VALUES (?, ?, ?)");
    const ids = new Uint32Array(set.numbers.length);
    let addedBytes = 0;
    await inTurn(
      this.newPacks(set, ids, work),
      ({ pages }) => compressAside(pages),
      (data, { id, pages }) => {
        addPack.run(id, data, sha256(data));
        addedBytes += data.length + (pages.length / PAGE_BYTES) * INDEXED_BYTES;
      },
    );
    return { ids, addedBytes };
  }

  /** Gives every page its id; those whose contents are new come in packs. */
  private *newPacks({ bytes }: PageSet, ids: Uint32Array, work: Work): Generator<NewPack> {
    const add = this.database.prepare("INSERT INTO pages (hash, id) VALUES (?, ?) ON CONFLICT DO NOTHING");
    const find = this.database.prepare<[Buffer], number>("SELECT id FROM pages WHERE hash = ?").pluck();
    const newest = this.database.prepare<[], number | null>("SELECT max(id) FROM packs").pluck();
    let id = (newest.get() ?? 0) + 1;
    let fresh: number[] = [];
    for (let index = 0; index < ids.length; index++) {
      if (index % PACK_PAGES === 0) work({ step: "Storing pages", done: index, total: ids.length });
      const hash = sha256(pageOf(bytes, index));
      ids[index] = pageId(id, fresh.length);
      if (add.run(hash, ids[index]).changes === 0) ids[index] = find.get(hash)!;
      else if (fresh.push(index) === PACK_PAGES) {
        yield { id: id++, pages: gathered(bytes, fresh) };
        fresh = [];
      }
    }
    if (fresh.length > 0) yield { id, pages: gathered(bytes, fresh) };
  }

  /** The pages of a list, in its order. Throws a sentence where one is missing or damaged. */
  async read(list: PageList, order: PageSet["order"], work = unwatched): Promise<PageSet> {
    const numbers = Uint32Array.from(list.keys());
    const ids = Uint32Array.from(list.values());
    const bytes = new Uint8Array(numbers.length * PAGE_BYTES);
    let done = 0;
    await inTurn(
      wantedPacks(ids),
      ({ id }) => this.unpacked(id),
      (plain, { at }) => {
        work({ step: "Reading pages", done, total: numbers.length });
        done += at.length;
        for (const index of at) bytes.set(pageIn(plain, ids[index]!), index * PAGE_BYTES);
      },
    );
    return { numbers, bytes, zeros: new Uint32Array(0), order };
  }

  private async unpacked(id: number): Promise<Uint8Array<ArrayBuffer>> {
    const pack = this.findPack.get(id);
    if (!pack) throw new Error(`The store is damaged: pack ${id} is missing.`);
    if (!sha256(pack.data).equals(pack.hash))
      throw new Error(`The store is damaged: pack ${id} has changed.`);
    return decompressAside(pack.data, PACK_BYTES, `pack ${id}`);
  }

  /** Deletes every pack of which no list has a page. */
  sweep(lists: Iterable<PageList>): void {
    const { database } = this;
    database.exec("CREATE TEMP TABLE IF NOT EXISTS used (pack INTEGER PRIMARY KEY); DELETE FROM used");
    const use = database.prepare("INSERT OR IGNORE INTO used VALUES (?)");
    for (const list of lists) for (const id of list.values()) use.run(packOf(id));
    database.exec(`
      DELETE FROM packs WHERE id NOT IN (SELECT pack FROM used);
      DELETE FROM pages WHERE id / ${PACK_PAGES} NOT IN (SELECT pack FROM used);
      DELETE FROM used`);
  }

  /** Sentences for packs that are damaged, and for pages that would be found under the hash of others. */
  async check(): Promise<string[]> {
    const found = new Set<string>();
    const indexed = this.database.prepare<[], Indexed>("SELECT id, hash FROM pages ORDER BY id").all();
    let [pack, plain] = [-1, new Uint8Array(0)];
    for (const { id, hash } of indexed)
      try {
        if (packOf(id) !== pack) [pack, plain] = [packOf(id), await this.unpacked(packOf(id))];
        if (!sha256(pageIn(plain, id)).equals(hash))
          found.add(`The store is damaged: page ${id} is kept under the hash of another.`);
      } catch (error) {
        found.add(error instanceof Error ? error.message : String(error));
      }
    return [...found];
  }
}

const pageOf = (bytes: Uint8Array, index: number): Uint8Array =>
  bytes.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES);

/** The pages at these places, ascending; not copied where they lie one after another already. */
function gathered(bytes: Uint8Array, at: readonly number[]): Uint8Array {
  const [first, last] = [at[0]!, at.at(-1)!];
  if (last - first === at.length - 1) return bytes.subarray(first * PAGE_BYTES, (last + 1) * PAGE_BYTES);
  const pages = new Uint8Array(at.length * PAGE_BYTES);
  for (const [slot, index] of at.entries()) pages.set(pageOf(bytes, index), slot * PAGE_BYTES);
  return pages;
}

/** The page of that id, in what its pack holds. Throws a sentence where it is not there. */
function pageIn(plain: Uint8Array, id: number): Uint8Array {
  const page = pageOf(plain, slotOf(id));
  if (page.length < PAGE_BYTES) throw new Error(`The store is damaged: page ${id} is missing.`);
  return page;
}

function wantedPacks(ids: Uint32Array): WantedPack[] {
  const packs = new Map<number, number[]>();
  for (const [index, id] of ids.entries()) {
    const at = packs.get(packOf(id));
    if (at) at.push(index);
    else packs.set(packOf(id), [index]);
  }
  return [...packs].map(([id, at]) => ({ id, at }));
}
