/** Long work of the store tells how far it is, and given up it leaves the store as it was. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { openDatabase } from "../../../src/main/store/database.ts";
import { Snapshots } from "../../../src/main/store/snapshots.ts";
import { Store } from "../../../src/main/store/store.ts";
import { Cancelled, watchedWork } from "../../../src/main/store/work.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { captured, newSnapshot, orderOf } from "./savedMachine.ts";

const step = "Saving pages";
const many = () => captured(Object.fromEntries(Array.from({ length: 400 }, (_, i) => [i, i + 1])));

it("reports now and then, and stops when it is told to", () => {
  let now = 0;
  const told: number[] = [];
  const flag = new Int32Array(1);
  const work = watchedWork(({ done }) => told.push(done), flag, () => now);
  for (let done = 0; done < 20; done++, now += 10) work({ step, done, total: 20 });
  expect(told).toEqual([5, 10, 15]);
  flag[0] = 1;
  expect(() => work({ step, done: 20, total: 20 })).toThrow(Cancelled);
});

it("given up anywhere changes nothing", async () => {
  const database = openDatabase(join(temporaryFolder(), "store.sqlite"));
  const snapshots = new Snapshots(database);
  const { id } = await snapshots.save(newSnapshot());
  for (let at = 0; at < 7; at++) {
    let calls = 0;
    // Large enough to be on its way still when the pages are given up.
    const kernel = new Uint8Array(4 << 20).fill(at);
    const given = newSnapshot({ captured: many(), images: { kernel } });
    const work = (): void => {
      if (calls++ === at) throw new Cancelled();
    };
    await expect(snapshots.save(given, work)).rejects.toThrow(Cancelled);
    await expect(snapshots.read(id, () => work())).resolves.toBeDefined();
    expect(snapshots.list().map((one) => one.id)).toEqual([id]);
    expect(database.prepare("SELECT count(*) AS n FROM pages").get()).toEqual({ n: 1 });
    expect(database.prepare("SELECT count(*) AS n FROM images").get()).toEqual({ n: 1 });
  }
  expect(await snapshots.check()).toEqual([]);
  database.close();
});

it("given up before it began is refused with a sentence", async () => {
  const workerUrl = new URL("../../../src/main/store/storeWorker.ts", import.meta.url);
  const store = new Store({ dataDir: temporaryFolder(), workerUrl });
  const task = { signal: AbortSignal.abort() };
  const order = orderOf(newSnapshot({ captured: many() }));
  const refused = await store.call("save", order, [order.port], task);
  expect(!refused.ok && refused.error.sentence).toBe("The work was cancelled; nothing was changed.");
  expect(await store.call("list", undefined)).toEqual({ ok: true, value: [] });
  await store.close();
});
