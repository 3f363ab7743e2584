/** A store of an earlier version: everything in it is read as before, and damage in it stays damage. */
import Sqlite from "better-sqlite3";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { expect, it, onTestFinished } from "vitest";
import { encodeSections } from "../../../src/engine/snapshot/sections.ts";
import { openDatabase } from "../../../src/main/store/database.ts";
import { m0001Snapshots } from "../../../src/main/store/migrations/m0001Snapshots.ts";
import { m0002Sessions } from "../../../src/main/store/migrations/m0002Sessions.ts";
import { Snapshots } from "../../../src/main/store/snapshots.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { captured, newSnapshot, pages } from "./savedMachine.ts";

const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/** Packs of version 2 by their ids: pages by theirs, in the order of their slots. */
type Packs = Readonly<Record<number, readonly { readonly id: number; readonly value: number }[]>>;
/** Lists of snapshots: page ids by page numbers. */
type Lists = Readonly<Record<number, Readonly<Record<number, number>>>>;

function versionTwo(path: string, packs: Packs, lists: Lists): void {
  const database = new Sqlite(path);
  database.exec(m0001Snapshots);
  database.exec(m0002Sessions);
  database.pragma(`application_id = ${0x4c57_5354}`);
  database.pragma("user_version = 2");
  const kernel = Uint8Array.of(1, 2, 3);
  database.prepare("INSERT INTO images VALUES (?, 3, ?)").run(sha256(kernel), zstdCompressSync(kernel));
  database.exec("INSERT INTO guests VALUES ('hello', 'Hello')");
  for (const [pack, held] of Object.entries(packs)) {
    const contents = held.map(({ value }) => pages({ 0: value }).bytes);
    const data = zstdCompressSync(Buffer.concat(contents));
    database.prepare("INSERT INTO packs VALUES (?, ?)").run(Number(pack), data);
    for (const [slot, { id }] of held.entries())
      database.prepare("INSERT INTO pages VALUES (?, ?, ?, ?)")
        .run(id, sha256(contents[slot]!), Number(pack), slot);
  }
  const payload = Uint8Array.from({ length: 64 }, (_, at) => at);
  const plainState = encodeSections("s390-ccw", "test", [{ name: "cpu.0", version: 1, payload }]);
  const state = zstdCompressSync(plainState);
  const config = JSON.stringify(newSnapshot().config);
  for (const [id, ids] of Object.entries(lists)) {
    const values = "?, NULL, 'hello', '', 1, ?, ?, NULL, NULL, ?, ?, 1, 2, 3, 4, x''";
    database.prepare(`INSERT INTO snapshots VALUES (${values})`)
      .run(Number(id), config, sha256(kernel), state, sha256(state));
    const words = Uint32Array.from(Object.entries(ids).flatMap(([page, its]) => [Number(page), its]));
    const list = zstdCompressSync(new Uint8Array(words.buffer));
    database.prepare("INSERT INTO page_lists VALUES (?, 'memory', ?, ?, ?)")
      .run(Number(id), words.length / 2, list, sha256(list));
  }
  database.close();
}

function opened(packs: Packs, lists: Lists, harm = "") {
  const path = join(temporaryFolder(), "store.sqlite");
  versionTwo(path, packs, lists);
  const old = new Sqlite(path);
  old.exec(harm);
  old.close();
  const database = openDatabase(path);
  onTestFinished(() => void database.close());
  return { database, snapshots: new Snapshots(database) };
}

const packs: Packs = {
  1: [{ id: 1, value: 5 }, { id: 2, value: 6 }],
  // A page before this one was swept away: its contents are in the pack still.
  7: [{ id: 9, value: 7 }, { id: 4, value: 8 }],
};
const lists: Lists = { 1: { 3: 1, 4: 2, 900: 1 }, 2: { 3: 4 } };

it("gives every snapshot back, and takes more", async () => {
  const { database, snapshots } = opened(packs, lists, "DELETE FROM pages WHERE id = 9");
  expect((await snapshots.read(1)).saved.memory).toEqual(pages({ 3: 5, 4: 6, 900: 5 }));
  expect((await snapshots.read(2)).saved.memory).toEqual(pages({ 3: 8 }));
  expect(await snapshots.check()).toEqual([]);
  const next = await snapshots.save(
    newSnapshot({ parent: 1, images: null, captured: captured({ 4: 8, 5: 70, 6: 7 }, false) }),
  );
  expect((await snapshots.read(next.id)).saved.memory).toEqual(pages({ 3: 5, 4: 8, 5: 70, 6: 7, 900: 5 }));
  const indexed = database.prepare<[], number>("SELECT count(*) FROM pages").pluck();
  expect(indexed.get()).toBe(5);
  expect(next.id).toBe(3);
  snapshots.remove(1);
  expect((await snapshots.read(next.id)).saved.memory.numbers.length).toBe(5);
  snapshots.remove(next.id);
  expect(indexed.get()).toBe(1);
  expect((await snapshots.read(2)).saved.memory).toEqual(pages({ 3: 8 }));
  expect(await snapshots.check()).toEqual([]);
});

it.each([
  ["a page that is not what its hash says", "UPDATE pages SET slot = 1 WHERE id = 1"],
  ["a pack that is no frame", "UPDATE packs SET data = x'00' WHERE id = 1"],
  ["a pack that is missing", "PRAGMA foreign_keys = OFF; DELETE FROM packs WHERE id = 1"],
  ["a page that is missing", "DELETE FROM pages WHERE id = 1"],
  ["a list that has changed", "UPDATE page_lists SET list = x'28' WHERE snapshot = 1"],
])("refuses what it would have refused before: %s", async (_, harm) => {
  const { snapshots } = opened(packs, lists, harm);
  await expect(snapshots.read(1)).rejects.toThrow("The store is damaged");
  expect((await snapshots.read(2)).saved.memory).toEqual(pages({ 3: 8 }));
  expect((await snapshots.check()).length).toBeGreaterThan(0);
});
