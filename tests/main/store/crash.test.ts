/** The store in its worker and under the worst: killed in the middle of a save, locked by another process. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openDatabase } from "../../../src/main/store/database.ts";
import { Snapshots, type NewSnapshot } from "../../../src/main/store/snapshots.ts";
import { Store } from "../../../src/main/store/store.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { captured, newSnapshot, orderOf } from "./savedMachine.ts";

const workerUrl = new URL("../../../src/main/store/storeWorker.ts", import.meta.url);
const saver = fileURLToPath(new URL("./storeProcess.ts", import.meta.url));

function save(store: Store, given: NewSnapshot) {
  const order = orderOf(given);
  return store.call("save", order, [order.port]);
}

describe("a process that is killed in the middle of a save", () => {
  it("loses nothing that it was told is saved, and leaves no half of anything", async () => {
    const folder = await temporaryFolder();
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, [saver, folder], { stdio: ["ignore", "pipe", "inherit"] });
      let told = "";
      child.stdout.on("data", (text) => {
        told += String(text);
      });
      const ended = new Promise((resolve) => child.once("close", resolve));
      while (told.split("\n").length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, round * 7));
      child.kill("SIGKILL");
      await ended;
      const database = openDatabase(join(folder, "store.sqlite"));
      const snapshots = new Snapshots(database);
      const ids = snapshots.list().map(({ id }) => id);
      for (const id of told.split("\n").filter(Boolean)) expect(ids).toContain(Number(id));
      expect(await snapshots.check()).toEqual([]);
      for (const id of ids) snapshots.remove(id);
      database.close();
    }
  });
});

describe("the store's worker", () => {
  it("answers what is asked, and a locked database with a sentence", async () => {
    const dataDir = await temporaryFolder();
    const store = new Store({ dataDir, workerUrl, busyMs: 50 });
    const first = await save(store, newSnapshot());
    expect(first.ok && first.value.pages).toBe(1);
    const other = openDatabase(join(dataDir, "store.sqlite"));
    other.exec("BEGIN IMMEDIATE");
    const refused = await save(store, newSnapshot());
    expect(!refused.ok && refused.error.sentence).toContain("Another program is writing to");
    other.exec("COMMIT");
    other.close();
    expect((await save(store, newSnapshot())).ok).toBe(true);
    const gone = await save(store, newSnapshot({ parent: 99, captured: captured({ 1: 1 }, false) }));
    expect(!gone.ok && gone.error.isBaseGone).toBe(true);
    const list = await store.call("list", undefined);
    expect(list.ok && list.value.length).toBe(2);
    expect(await store.call("check", undefined)).toEqual({ ok: true, value: [] });
    await store.close();
  });

  it("says what is wrong with a file that it cannot open, and goes on to answer", async () => {
    const dataDir = await temporaryFolder();
    const store = new Store({ dataDir: join(dataDir, "\0"), workerUrl });
    const refused = await store.call("list", undefined);
    expect(refused.ok).toBe(false);
    expect((await store.call("list", undefined)).ok).toBe(false);
    await store.close();
  });
});
