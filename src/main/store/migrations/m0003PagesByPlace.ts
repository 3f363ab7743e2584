/**
 * Migration 3: a page's id says where it lies, and a pack has one hash of its own. Never edited: what changes
 * is another migration.
 *
 * Before, a page had a row with its hash, pack and slot, which was looked up and compared for each page that
 * was read. Lists of pages name ids, so they are written anew. What was damaged before stays so: a pack in
 * which a page is not what its hash says gets a hash that nothing has.
 */
import type { Database } from "better-sqlite3";
import { createHash } from "node:crypto";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";

const PACK_PAGES = 64;
const PAGE_BYTES = 4096;
const LIST_BYTES_MAX = 2 ** 22 * 8;
const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
const NO_HASH = Buffer.alloc(32);

export function m0003PagesByPlace(database: Database): void {
  hashPacks(database);
  renameIds(database);
  database.exec(`
    CREATE TABLE pages_by_hash (
      hash BLOB PRIMARY KEY CHECK (length(hash) = 32),  -- SHA-256 of the page as it is stored
      id   INTEGER NOT NULL                             -- 64 times its pack, and its slot there
    ) WITHOUT ROWID;
    INSERT OR IGNORE INTO pages_by_hash SELECT hash, pack * ${PACK_PAGES} + slot FROM pages;
    DROP TABLE pages;
    ALTER TABLE pages_by_hash RENAME TO pages`);
}

function hashPacks(database: Database): void {
  database.exec("ALTER TABLE packs ADD COLUMN hash BLOB NOT NULL DEFAULT x''");
  const pagesOf = database.prepare<[number], { slot: number; hash: Buffer }>(
    "SELECT slot, hash FROM pages WHERE pack = ?",
  );
  const read = database.prepare<[number], Buffer>("SELECT data FROM packs WHERE id = ?").pluck();
  const setHash = database.prepare("UPDATE packs SET hash = ? WHERE id = ?");
  for (const id of database.prepare<[], number>("SELECT id FROM packs").pluck().all()) {
    const data = read.get(id)!;
    setHash.run(isSound(data, pagesOf.all(id)) ? sha256(data) : NO_HASH, id);
  }
}

function isSound(data: Buffer, pages: readonly { slot: number; hash: Buffer }[]): boolean {
  try {
    const plain = zstdDecompressSync(data, { maxOutputLength: PACK_PAGES * PAGE_BYTES });
    return pages.every(({ slot, hash }) =>
      sha256(plain.subarray(slot * PAGE_BYTES, (slot + 1) * PAGE_BYTES)).equals(hash));
  } catch {
    return false;
  }
}

function renameIds(database: Database): void {
  const place = database.prepare<[number], number>(
    `SELECT pack * ${PACK_PAGES} + slot FROM pages WHERE id = ?`,
  ).pluck();
  const setList = database.prepare(
    "UPDATE page_lists SET list = ?, list_hash = ? WHERE snapshot = ? AND storage = ?",
  );
  interface Row { snapshot: number; storage: string; list: Buffer; list_hash: Buffer }
  for (const row of database.prepare<[], Row>("SELECT * FROM page_lists").all()) {
    if (!sha256(row.list).equals(row.list_hash)) continue;
    const plain = zstdDecompressSync(row.list, { maxOutputLength: LIST_BYTES_MAX });
    // A page that is missing is named as one of no pack.
    for (let at = 0; at + 8 <= plain.length; at += 8)
      plain.writeUInt32LE(place.get(plain.readUInt32LE(at + 4)) ?? 0, at + 4);
    const list = zstdCompressSync(plain);
    setList.run(list, sha256(list), row.snapshot, row.storage);
  }
}
