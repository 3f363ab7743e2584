/**
 * Under which id a page is kept, by its hash. Many are looked up in one statement, and many entered: a call
 * for each takes four times as long.
 */
import type { Statement } from "better-sqlite3";
import type { Database } from "./database.ts";
import { HASH_BYTES } from "./frames.ts";

/** So many entries wait in memory at most. */
const WAITING_MAX = 1 << 14;

/** Hashes one behind the other, and how many they are. */
interface Hashes {
  readonly hashes: Buffer;
  readonly count: number;
}
const GIVEN = `
  WITH RECURSIVE given (place) AS (
    VALUES (0) UNION ALL SELECT place + 1 FROM given WHERE place + 1 < @count)`;
const HASH = `substr(@hashes, ${HASH_BYTES} * place + 1, ${HASH_BYTES})`;

/** Belongs into one transaction, of which `end` is a part. */
export class PageIndex {
  private readonly find: Statement<[Hashes], [number, number]>;
  private readonly add: Statement<[Hashes & { readonly first: number }]>;
  /** Entries to be written, in the order of their ids. */
  private readonly waiting = new Map<string, number>();
  private next: number;

  /** `next`: the id of the first page that is new; others follow one by one. */
  constructor(database: Database, next: number) {
    const find = `${GIVEN} SELECT place, id FROM given JOIN pages ON hash = ${HASH}`;
    const add = `${GIVEN} INSERT INTO pages (hash, id) SELECT ${HASH}, @first + place FROM given`;
    this.find = database.prepare<[Hashes], [number, number]>(find).raw();
    this.add = database.prepare(add);
    this.next = next;
  }

  /** The ids of pages with these hashes (`sha256Text`), and which of them are new, by their places. */
  enter(hashes: readonly string[]): { ids: Uint32Array; fresh: number[] } {
    const ids = new Uint32Array(hashes.length);
    const fresh: number[] = [];
    if (hashes.length === 0) return { ids, fresh };
    for (const [place, id] of this.find.all(inARow(hashes))) ids[place] = id;
    for (const [place, hash] of hashes.entries()) {
      // No page has the id 0: packs count from 1.
      if (ids[place] !== 0) continue;
      const waiting = this.waiting.get(hash);
      if (waiting === undefined) {
        this.waiting.set(hash, this.next);
        fresh.push(place);
      }
      ids[place] = waiting ?? this.next++;
    }
    if (this.waiting.size >= WAITING_MAX) this.end();
    return { ids, fresh };
  }

  /** Writes what waits. */
  end(): void {
    const { waiting } = this;
    if (waiting.size > 0) this.add.run({ ...inARow([...waiting.keys()]), first: this.next - waiting.size });
    waiting.clear();
  }
}

const inARow = (hashes: readonly string[]): Hashes => ({
  hashes: Buffer.from(hashes.join(""), "latin1"), count: hashes.length,
});
