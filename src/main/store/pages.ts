/**
 * Pages that are stored: every one once, whoever has it (`newPages.ts`). A page's id says in which pack it
 * is, and where there: to read one, nothing else is looked up.
 *
 * Invariant: a pack that is read has the hash that it was stored under, or reading it fails.
 */
import type { Statement } from "better-sqlite3";
import { PAGE_BYTES, type PageSet } from "../../engine/api/snapshot.ts";
import type { Database } from "./database.ts";
import { decompressAside, InTurn, sha256 } from "./frames.ts";
import { packOf, PACK_BYTES, PACK_PAGES, slotOf, type PageList } from "./pageList.ts";
import { unwatched } from "./work.ts";

interface Indexed {
  readonly id: number;
  readonly hash: Buffer;
}
/** Pages of a pack that are wanted, by their places in a list. */
interface WantedPack {
  readonly id: number;
  readonly at: readonly number[];
}
interface Unpacked extends Pick<WantedPack, "at"> {
  readonly plain: Uint8Array;
}

export class Pages {
  private readonly database: Database;
  private readonly findPack: Statement<[number], { data: Buffer; hash: Buffer }>;

  constructor(database: Database) {
    this.database = database;
    this.findPack = database.prepare("SELECT data, hash FROM packs WHERE id = ?");
  }

  /** The pages of a list, in its order. Throws a sentence where one is missing or damaged. */
  async read(list: PageList, order: PageSet["order"], work = unwatched): Promise<PageSet> {
    const numbers = Uint32Array.from(list.keys());
    const ids = Uint32Array.from(list.values());
    const bytes = new Uint8Array(numbers.length * PAGE_BYTES);
    let done = 0;
    const unpacking = new InTurn<Unpacked>(({ at, plain }) => {
      work({ step: "Reading pages", done, total: numbers.length });
      done += at.length;
      for (const index of at) bytes.set(pageIn(plain, ids[index]!), index * PAGE_BYTES);
    });
    for (const { id, at } of wantedPacks(ids))
      await unpacking.add(this.unpacked(id).then((plain) => ({ at, plain })));
    await unpacking.end();
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
