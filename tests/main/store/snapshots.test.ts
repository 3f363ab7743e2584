/** Snapshots in the database: what is saved comes back, what is shared is stored once, damage is told. */
import Sqlite from "better-sqlite3";
import { statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { exportBundle, importBundle, readBundle } from "../../../src/main/store/bundle.ts";
import { describeFailure, openDatabase, type Database } from "../../../src/main/store/database.ts";
import { BaseGone, Snapshots } from "../../../src/main/store/snapshots.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { captured, newSnapshot, pages } from "./savedMachine.ts";

const open: Database[] = [];
afterEach(() => {
  for (const database of open.splice(0)) database.close();
});

async function store() {
  const path = join(await temporaryFolder(), "store.sqlite");
  const database = openDatabase(path, 50);
  open.push(database);
  return { path, database, snapshots: new Snapshots(database) };
}
const count = (database: Database, table: string): number =>
  (database.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;

describe("the store", () => {
  it("gives back what was saved, also after it was closed", async () => {
    const { path, snapshots } = await store();
    const { images, ...rest } = newSnapshot({ note: "first", captured: captured({ 3: 7, 9: 7, 4095: 8 }) });
    const { id } = await snapshots.save({ ...rest, images: { ...images!, initrd: Uint8Array.of(9) } });
    const again = openDatabase(path, 50);
    open.push(again);
    const read = await new Snapshots(again).read(id);
    expect(read.saved.state).toEqual(rest.captured.state);
    expect(read.saved.memory).toEqual(pages({ 3: 7, 9: 7, 4095: 8 }));
    expect(read.images).toEqual({ kernel: Uint8Array.of(1, 2, 3), initrd: Uint8Array.of(9) });
    expect(read.config).toEqual(rest.config);
    expect(read.summary).toMatchObject({
      guest: "hello",
      note: "first",
      pages: 3,
      console: "on\n",
      parent: null,
    });
  });

  it("follows any history of incremental saves and removals", async () => {
    const { database, snapshots } = await store();
    const random = new Prng(9);
    const known = new Map<number, Record<number, number>>();
    for (let step = 0; step < 40; step++) {
      const ids = [...known.keys()];
      if (ids.length > 3 && random.below(3) === 0) {
        const id = random.pick(ids);
        snapshots.remove(id);
        known.delete(id);
      } else {
        const parent = ids.length === 0 ? null : random.pick(ids);
        const changes = Object.fromEntries(
          Array.from({ length: 1 + random.below(6) }, () => [random.below(20), random.below(12)]),
        );
        const isWhole = parent === null || random.below(4) === 0;
        const given = { parent, captured: captured(changes, isWhole) };
        const { id } = await snapshots.save(newSnapshot(isWhole ? given : { ...given, images: null }));
        known.set(id, { ...(isWhole ? {} : known.get(parent!)), ...changes });
      }
      for (const [id, contents] of known) {
        const want = pages(Object.fromEntries(Object.entries(contents).filter(([, value]) => value !== 0)));
        const { memory } = (await snapshots.read(id)).saved;
        expect([...memory.numbers], `step ${step}`).toEqual([...want.numbers]);
        expect(Buffer.from(memory.bytes).equals(Buffer.from(want.bytes)), `step ${step}`).toBe(true);
      }
    }
    expect(await snapshots.check()).toEqual([]);
    for (const id of known.keys()) snapshots.remove(id);
    for (const table of ["snapshots", "page_lists", "pages", "packs", "images"])
      expect(count(database, table), table).toBe(0);
  });

  it("stores a page once, whoever has it; a second snapshot adds little more than changed", async () => {
    const { database, snapshots } = await store();
    const many = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [i, 1 + (i % 500)]));
    const first = await snapshots.save(newSnapshot({ captured: captured(many) }));
    expect(count(database, "pages")).toBe(500);
    const second = await snapshots.save(
      newSnapshot({
        parent: first.id,
        images: null,
        captured: captured({ 5: 900, 6: 901 }, false),
      }),
    );
    expect(count(database, "pages")).toBe(502);
    expect(second.newBytes).toBeLessThan(first.newBytes / 8);
  });

  it("makes the children of a removed snapshot its parent's", async () => {
    const { snapshots } = await store();
    const first = await snapshots.save(newSnapshot());
    const second = await snapshots.save(newSnapshot({ parent: first.id }));
    const third = await snapshots.save(newSnapshot({ parent: second.id }));
    snapshots.remove(second.id);
    expect(snapshots.list().map(({ id, parent }) => [id, parent])).toEqual([
      [first.id, null],
      [third.id, first.id],
    ]);
    await expect(snapshots.read(second.id)).rejects.toThrow(`There is no snapshot ${second.id}`);
  });

  it("keeps an image that is kernel and disk at once", async () => {
    const { database, snapshots } = await store();
    const kernel = new Uint8Array(300_000).fill(7);
    const { id } = await snapshots.save(newSnapshot({ images: { kernel, disk: kernel } }));
    expect((await snapshots.read(id)).images).toEqual({ kernel, disk: kernel });
    expect(count(database, "images")).toBe(1);
  });

  it("never takes a new snapshot for one that was removed", async () => {
    const { snapshots } = await store();
    const base = await snapshots.save(newSnapshot());
    snapshots.remove(base.id);
    const other = await snapshots.save(newSnapshot({ captured: captured({ 1: 8, 2: 9 }) }));
    expect(other.id).toBeGreaterThan(base.id);
    const onTop = newSnapshot({ parent: base.id, images: null, captured: captured({ 1: 5 }, false) });
    await expect(snapshots.save(onTop)).rejects.toThrow(BaseGone);
  });

  it("says that an incremental save has lost its base, and keeps nothing of it", async () => {
    const { database, snapshots } = await store();
    const gone = newSnapshot({ parent: 77, captured: captured({ 1: 5 }, false) });
    await expect(snapshots.save(gone)).rejects.toThrow(BaseGone);
    expect(count(database, "pages")).toBe(0);
  });
});

describe("damage", () => {
  it("of any part of a snapshot is told, and harms no other", async () => {
    const { path, database, snapshots } = await store();
    const { id } = await snapshots.save(newSnapshot({ captured: captured({ 1: 1, 2: 2 }) }));
    const other = await snapshots.save(
      newSnapshot({ captured: captured({ 3: 3 }), images: { kernel: Uint8Array.of(4) } }),
    );
    const contents = async (): Promise<string> => {
      const { images, saved } = await snapshots.read(id);
      return JSON.stringify(images) + Buffer.from(saved.memory.bytes).toString("hex");
    };
    const whole = await contents();
    const told = async (): Promise<string> => {
      try {
        return (await contents()) === whole ? "The same" : "changed";
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (const [table, column, where] of [
      ["snapshots", "state", `id = ${id}`],
      ["snapshots", "state_hash", `id = ${id}`],
      ["page_lists", "list", `snapshot = ${id}`],
      ["page_lists", "list_hash", `snapshot = ${id}`],
      ["packs", "data", "id = 1"],
      ["packs", "hash", "id = 1"],
      ["images", "data", "bytes = 3"],
    ] as const) {
      const cell = database.prepare(`SELECT ${column} AS v FROM ${table} WHERE ${where}`);
      const set = database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${where}`);
      const good = (cell.get() as { v: Buffer }).v;
      for (let bit = 0; bit < good.length * 8; bit += Math.max(1, good.length >> 4)) {
        const bad = Buffer.from(good);
        bad[bit >> 3]! ^= 1 << (bit & 7);
        set.run(bad);
        const place = `${table}.${column} bit ${bit}`;
        // Some bits of a zstd frame mean nothing: then the contents are what they were.
        const isFrame = table === "images";
        expect(await told(), place).toMatch(isFrame ? /^The same$|damaged/ : /damaged/);
      }
      expect((await snapshots.read(other.id)).saved.memory.numbers).toEqual(Uint32Array.of(3));
      expect((await snapshots.check()).length).toBeLessThanOrEqual(1);
      set.run(good);
    }
    expect(await snapshots.check()).toEqual([]);
    expect(describeFailure(new Error("x"), path)).toBe("x");
  });

  it("of the index of pages is told by a check, and what is saved can be read", async () => {
    const { database, snapshots } = await store();
    const { id } = await snapshots.save(newSnapshot({ captured: captured({ 1: 1, 2: 2 }) }));
    const [one, two] = database.prepare<[], number>("SELECT id FROM pages ORDER BY id").pluck().all();
    for (const harm of [
      `UPDATE pages SET hash = zeroblob(32) WHERE id = ${one}`,
      `UPDATE pages SET id = ${one} WHERE id = ${two}`,
      `UPDATE pages SET id = ${one! + 40} WHERE id = ${two}`,
      `UPDATE pages SET id = 6400 WHERE id = ${two}`,
    ]) {
      database.exec(`SAVEPOINT harm; ${harm}`);
      expect(await snapshots.check(), harm).toEqual([expect.stringMatching(/^The store is damaged/)]);
      expect((await snapshots.read(id)).saved.memory).toEqual(pages({ 1: 1, 2: 2 }));
      database.exec("ROLLBACK TO harm; RELEASE harm");
    }
    expect(await snapshots.check()).toEqual([]);
  });

  it("of the file, or a file of somebody else, is refused with a sentence", async () => {
    const { path } = await store();
    const foreign = new Sqlite(`${path}.foreign`);
    foreign.exec("CREATE TABLE mine (x)");
    foreign.close();
    expect(() => openDatabase(`${path}.foreign`)).toThrow("is a database of another program");
    const later = new Sqlite(path);
    later.pragma("user_version = 99");
    later.close();
    expect(() => openDatabase(path)).toThrow("is of a later version of this program (99; this one knows 4)");
  });
});

describe("a full disk", () => {
  it("refuses the save, and everything from before is there", async () => {
    const { path, database, snapshots } = await store();
    const { id } = await snapshots.save(newSnapshot());
    database.pragma(`max_page_count = ${Number(database.pragma("page_count", { simple: true })) + 4}`);
    const large = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [i, 1000 + i]));
    let sentence = "";
    try {
      await snapshots.save(newSnapshot({ captured: captured(large) }));
    } catch (error) {
      sentence = describeFailure(error, path);
    }
    expect(sentence).toBe(`The disk with ${path} is full; nothing was changed. Make room and try again.`);
    expect(snapshots.list().map((one) => one.id)).toEqual([id]);
    expect(await snapshots.check()).toEqual([]);
    expect(statSync(path).size).toBeGreaterThan(0);
  });
});

describe("an exported file", () => {
  it("brings the snapshot into another store", async () => {
    const [from, to] = [await store(), await store()];
    const given = newSnapshot({ note: "away", captured: captured({ 1: 4, 700: 5 }) });
    const { id } = await from.snapshots.save(given);
    const came = await importBundle(to.snapshots, exportBundle(await from.snapshots.read(id)));
    expect(came).toMatchObject({ note: "away", parent: null, pages: 2 });
    const [there, here] = [await to.snapshots.read(came.id), await from.snapshots.read(id)];
    expect(there.saved).toEqual(here.saved);
  });

  it("is refused at every length and with any one bit turned over", async () => {
    const { snapshots } = await store();
    const { id } = await snapshots.save(newSnapshot());
    const file = exportBundle(await snapshots.read(id));
    for (let length = 0; length < file.length; length++)
      expect(() => readBundle(file.subarray(0, length)), `${length}`).toThrow(/\.$/);
    const copy = file.slice();
    for (let bit = 0; bit < file.length * 8; bit++) {
      copy[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => readBundle(copy), `bit ${bit}`).toThrow(/\.$/);
      copy[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect(readBundle(file).captured.memory.numbers).toEqual(Uint32Array.of(1));
  });
});
