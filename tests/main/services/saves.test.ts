/** Snapshots of running machines, asked for as a page asks: over the socket, with engine and store. */
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { SnapshotCallName, SnapshotCalls } from "../../../src/engine/api/snapshotCalls.ts";
import type { Outcome } from "../../../src/engine/api/workbench.ts";
import { serve } from "../../../src/main/hosts/serve.ts";
import { eventually } from "../../kit/eventually.ts";
import { PageClient } from "../../kit/pageClient.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { openHost } from "./openHost.ts";

async function open() {
  const dataDir = temporaryFolder();
  const { workbench } = openHost(dataDir);
  const served = await serve({ workbench, version: "test", pageFolder: join(dataDir, "none") });
  const page = await PageClient.open(served);
  onTestFinished(async () => {
    page.socket.close();
    await served.close();
    await workbench.close();
  });
  await page.host.hello();
  const ask = async <Name extends SnapshotCallName>(name: Name, call: object = {}) =>
    (await page.host.snapshots({ call: { name, ...call } as never })) as Outcome<
      ReturnType<SnapshotCalls[Name]>
    >;
  const value = async <Name extends SnapshotCallName>(name: Name, call: object = {}) => {
    const answer = await ask(name, call);
    if (!answer.ok) throw new Error(answer.error);
    return answer.value;
  };
  return { workbench, page, ask, value };
}

it("saves a running machine, compares, goes on in the same and in a new one, exports, imports", async () => {
  const { workbench, page, ask, value } = await open();
  const shows = (id: string, text: string) =>
    eventually(`${id} shows ${text}`, () => page.text(id).includes(text));
  expect((await ask("save", { machine: "hello", note: "" })).ok).toBe(false);
  await page.host.startMachine({ id: "hello" });
  await page.host.attachConsole({ id: "hello", fromOffset: 0 });
  await shows("hello", "q stops");

  const first = await value("save", { machine: "hello", note: "before any key", task: "t1" });
  expect(first).toMatchObject({ id: 1, parent: null, guest: "hello", note: "before any key" });
  expect(first.console).toContain("q stops");
  await page.type("hello", "x");
  await shows("hello", "key 1");
  const second = await value("save", { machine: "hello", note: "" });
  expect(second).toMatchObject({ id: 2, parent: 1 });
  expect(page.trees.at(-1)?.map(({ id }) => id)).toEqual([1, 2]);

  const diff = await value("diff", { before: 1, after: 2, rowsMax: 4 });
  expect(diff.fields.map(({ path }) => path)).toContain("machine.time.executed");
  expect(diff.rows.length).toBe(4);
  expect(diff).toMatchObject({ isComplete: false });
  expect(diff.pagesDiffering).toBeGreaterThan(0);
  const same = await value("diff", { before: 2, after: 2, rowsMax: 4 });
  expect(same).toEqual({ fields: [], rows: [], pagesDiffering: 0, isComplete: true });

  const restored = await value("restore", { snapshot: 1, into: "same" });
  expect(restored).toMatchObject({ id: "hello", run: 2 });
  const is = (id: string, run: number, phase: string) => eventually(`run ${run} of ${id} is ${phase}`, () => {
    const machine = page.machines.get(id);
    return machine?.run === run && machine.phase === phase;
  });
  await is("hello", 2, "running");
  await page.type("hello", "q");
  await shows("hello", "Stopping after 0 keys.");

  const copy = await value("restore", { snapshot: 2, into: "new" });
  expect(copy.id).toBe("hello.1");
  expect((await workbench.guests()).find(({ id }) => id === "hello.1")).toMatchObject({ kind: "snapshot" });
  await page.host.attachConsole({ id: "hello.1", fromOffset: 0 });
  const third = await value("save", { machine: "hello.1", note: "of the copy" });
  expect(third).toMatchObject({ parent: 2, guest: "hello" });
  await page.type("hello.1", "q");
  await shows("hello.1", "Stopping after 1 keys.");
  await is("hello.1", 1, "stopped");
  expect(await page.host.startMachine({ id: "hello.1" })).toMatchObject({ ok: true });
  await page.host.powerOffMachine({ id: "hello.1" });
  await is("hello.1", 2, "stopped");
  expect((await page.host.removeGuest({ id: "hello.1" })).ok).toBe(true);
  expect(await workbench.saves.guests()).toEqual([]);

  const file = await value("export", { snapshot: 3 });
  expect(file.name).toBe("hello-3.lwsnap");
  const bytes = await value("readExport", { id: file.id, offset: 0 });
  expect(bytes.length).toBe(file.sizeBytes);
  await value("dropExport", { id: file.id });
  expect((await ask("readExport", { id: file.id, offset: 0 })).ok).toBe(false);
  const upload = await page.host.openUpload({ name: file.name, sizeBytes: bytes.length });
  if (!upload.ok) throw new Error(upload.error);
  await page.host.writeUpload({ id: upload.value.id, offset: 0, bytes: new Uint8Array(bytes) });
  expect(await value("import", { upload: upload.value.id })).toMatchObject({ id: 4, note: "of the copy" });
  await value("note", { snapshot: 4, note: "came back" });
  await value("remove", { snapshot: 1 });
  expect((await value("list")).map(({ id, parent, note }) => [id, parent, note])).toEqual([
    [2, null, ""],
    [3, 2, "of the copy"],
    [4, null, "came back"],
  ]);
  expect((await ask("restore", { snapshot: 1, into: "same" })).ok).toBe(false);
}, 300_000);

it("leaves a machine alone whose snapshot is refused; a save that is cancelled keeps nothing", async () => {
  const { workbench, page, ask, value } = await open();
  await page.host.startMachine({ id: "flic-storm" });
  await eventually("it runs", () => page.machines.get("flic-storm")?.phase === "running");
  const saving = ask("save", { machine: "flic-storm", note: "", task: "mine" });
  await ask("cancel", { task: "mine" });
  expect(await saving).toMatchObject({ ok: false });
  expect(await value("list")).toEqual([]);
  await value("save", { machine: "flic-storm", note: "" });
  const { machines, saves } = workbench;
  const stored = await saves.with((snapshots) => snapshots.read(1));
  if (!stored.ok) throw new Error(stored.error);
  const guest = (await workbench.guests()).find(({ id }) => id === "flic-storm")!;
  const { saved, config, images } = stored.value;
  const point = {
    config: { ...config, ...images, cpus: 4, pace: "wall", trace: false, interpreterOnly: false } as const,
    saved,
    snapshot: 1,
    again: () => Promise.resolve({ ok: true, value: saved } as const),
    origin: { guest: "flic-storm", title: "" },
    console: new Uint8Array(0),
  };
  expect(await machines.restore(guest, point)).toMatchObject({ ok: false });
  expect(machines.summaries()[0]).toMatchObject({ run: 1, phase: "running" });
  expect(await ask("save", { machine: "flic-storm", note: "still there" })).toMatchObject({ ok: true });
}, 300_000);
