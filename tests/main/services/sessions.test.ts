/** What was on when a host ended is offered by the next one, with what is lost; nothing else is. */
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Workbench } from "../../../src/main/services/workbench.ts";
import { openDatabase } from "../../../src/main/store/database.ts";
import { Memories } from "../../../src/main/store/memories.ts";
import { Snapshots } from "../../../src/main/store/snapshots.ts";
import { eventually } from "../../kit/eventually.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { newSnapshot } from "../store/savedMachine.ts";
import { killedHost } from "./killedHost.ts";
import { openHost } from "./openHost.ts";

function open(dataDir: string): Workbench {
  const { workbench } = openHost(dataDir);
  onTestFinished(() => workbench.close());
  return workbench;
}
const runs = (workbench: Workbench, id: string) =>
  eventually(`${id} runs`, () =>
    workbench.machines.summaries().some((one) => one.id === id && one.phase === "running"),
  );

it("after kill -9: machines that were on, from their last snapshot; copies are still there", async () => {
  const dataDir = temporaryFolder();
  // To a host beside one that lives nothing is offered: those machines are on.
  await killedHost(dataDir, async () => expect(await open(dataDir).sessions.left()).toEqual([]));
  const next = open(dataDir);
  const left = await next.sessions.left();
  const found = left.map(({ id, snapshot }) => [id, snapshot?.id, snapshot?.note]);
  expect(found.sort()).toEqual([
    ["flic-storm", undefined, undefined],
    ["hello", 1, "before the end"],
    ["hello.1", 1, "before the end"],
  ]);
  expect((await next.guests()).find(({ id }) => id === "hello.1")).toMatchObject({
    kind: "snapshot", ready: true,
  });

  const told: number[] = [];
  next.sessions.listen((all) => told.push(all.length));
  expect(await next.takeUp("hello")).toMatchObject({ ok: true, value: { run: 1 } });
  await runs(next, "hello");
  await next.sessions.settled();
  expect((await next.sessions.left()).length).toBe(2);
  expect(next.machines.baseOf("hello")).toBe(1);
  expect((await next.takeUp("hello")).ok).toBe(false);
  expect(await next.takeUp("flic-storm")).toMatchObject({ ok: true });
  await runs(next, "flic-storm");
  await next.sessions.settled();
  expect((await next.sessions.left()).length).toBe(1);
  expect((await next.remove("hello.1")).ok).toBe(true);
  expect(await next.sessions.left()).toEqual([]);
  expect((await next.guests()).some(({ id }) => id === "hello.1")).toBe(false);
  expect(told).toEqual([2, 1, 0]);
}, 900_000);

it("after a quit: the same; what was powered off or forgotten is not offered", async () => {
  const dataDir = temporaryFolder();
  const first = openHost(dataDir).workbench;
  for (const id of ["hello", "flic-storm", "timer-sigp"]) {
    await first.start(id);
    // The third ends by itself, if it is not powered off before.
    if (id !== "timer-sigp") await runs(first, id);
  }
  first.machines.powerOff("timer-sigp");
  await eventually("it is off", () => !first.machines.isActive("timer-sigp"));
  await first.close();
  const second = open(dataDir);
  expect((await second.sessions.left()).map(({ id }) => id).sort()).toEqual(["flic-storm", "hello"]);
  expect(await second.sessions.forget("hello")).toEqual({ ok: true, value: undefined });
  expect((await second.sessions.forget("hello")).ok).toBe(false);
  const third = open(dataDir);
  expect((await third.sessions.left()).map(({ id }) => id)).toEqual(["flic-storm"]);
}, 300_000);

it("a store that is locked or full costs the offer, never the machine", async () => {
  const dataDir = temporaryFolder();
  const { workbench } = openHost(dataDir);
  onTestFinished(() => workbench.close());
  const other = openDatabase(join(dataDir, "store.sqlite"));
  onTestFinished(() => void other.close());
  other.exec("BEGIN IMMEDIATE");
  await workbench.start("hello");
  await runs(workbench, "hello");
  await workbench.sessions.settled();
  expect(new Memories(other).sessions()).toEqual([]);
  other.exec("COMMIT");
  const saved = await workbench.saves.save("hello", "", {});
  expect(saved.ok).toBe(true);
  const snapshot = () => new Memories(other).sessions()[0]?.snapshot;
  await eventually("it is remembered with its snapshot", () => snapshot() === 1);
}, 300_000);

it("a removed snapshot leaves the session and the copy without one", async () => {
  const database = openDatabase(join(temporaryFolder(), "store.sqlite"));
  const [memories, snapshots] = [new Memories(database), new Snapshots(database)];
  const { id } = await snapshots.save(newSnapshot());
  memories.keepSession({ host: "1.1", machine: "m", title: "M", snapshot: id, beganMs: 5 });
  memories.keepCopy({ id: "m.1", title: "M (1)", snapshot: id, memoryBytes: 1, cpus: 1 });
  database.pragma(`max_page_count = ${Number(database.pragma("page_count", { simple: true }))}`);
  const full = (): void => {
    const large = { machine: "x".repeat(4000), title: "", snapshot: id, beganMs: 1 };
    for (let n = 0; n < 1000; n++) memories.keepSession({ host: `2.${n}`, ...large });
  };
  expect(full).toThrow(/full/);
  const kept = () => memories.sessions().find(({ machine }) => machine === "m");
  expect(kept()).toMatchObject({ snapshot: id, note: "" });
  snapshots.remove(id);
  expect(kept()).toMatchObject({ snapshot: null, note: null, savedMs: null });
  expect(memories.copies()).toEqual([{ id: "m.1", title: "M (1)", snapshot: null, memoryBytes: 1, cpus: 1 }]);
  memories.endSession("1.1", "m");
  memories.dropCopy("m.1");
  expect(memories.copies()).toEqual([]);
  database.close();
});
