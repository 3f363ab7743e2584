/** What a script may do with snapshots, asked of a host with engine and store. */
import { expect, it, onTestFinished } from "vitest";
import type { Grant } from "../../../src/engine/api/script.ts";
import type { SnapshotInfo } from "../../../resources/scripts/api/snapshots.d.ts";
import { MachineAsks } from "../../../src/main/script/machineAsks.ts";
import { openWorkbench } from "../../../src/main/openWorkbench.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";

const source = (path: string): URL => new URL(`../../../src/${path}`, import.meta.url);
const all: readonly Grant[] = ["read", "drive", "snapshot"];

function open() {
  const root = new URL("../../../", import.meta.url).pathname;
  const { workbench } = openWorkbench(
    root, source("engine/worker/engineWorker.ts"), source("main/store/storeWorker.ts"), temporaryFolder());
  onTestFinished(() => workbench.close());
  const runWith = (grants: readonly Grant[]) => {
    const asks = new MachineAsks(workbench, grants);
    const value = async (call: string, argument: object): Promise<unknown> => {
      const answer = await asks.answer(call, argument);
      if (!answer.ok) throw new Error(answer.error);
      return answer.value;
    };
    return { asks, value };
  };
  return { workbench, runWith };
}

it("a run changes the snapshots that it took, and no others", async () => {
  const { runWith } = open();
  const [mine, other] = [runWith(all), runWith(all)];
  await mine.value("start", { id: "hello" });
  await mine.value("waitFor", { id: "hello", text: "q stops", after: 0 });
  const { id } = (await mine.value("saveMachine", { id: "hello", note: "mine" })) as SnapshotInfo;
  await expect(other.value("removeSnapshot", { snapshot: id })).rejects.toThrow("was not taken by this run");
  await expect(other.value("noteSnapshot", { snapshot: id, note: "" })).rejects.toThrow("not taken by");
  const seen = (await other.value("snapshots", {})) as SnapshotInfo[];
  expect(seen.map(({ note }) => note)).toEqual(["mine"]);

  await mine.value("noteSnapshot", { snapshot: id, note: "still mine" });
  expect(await other.value("snapshots", {})).toMatchObject([{ note: "still mine" }]);
  const { consoleEnd } = (await other.value("restoreSnapshot", { snapshot: id, into: "same" })) as
    { consoleEnd: number };
  // What was printed before it was saved is not waited for again.
  await expect(other.value("waitFor", { id: "hello", text: "q stops", after: consoleEnd, seconds: 0.1 }))
    .rejects.toThrow("has not printed");
  await mine.value("removeSnapshot", { snapshot: id });
  await expect(mine.value("removeSnapshot", { snapshot: id })).rejects.toThrow("not taken by this run");
  await expect(mine.value("restoreSnapshot", { snapshot: id, into: "new" })).rejects.toThrow("no snapshot");
}, 120_000);

it("a run that is over saves nothing more, and one that saves without end is stopped", async () => {
  const { workbench, runWith } = open();
  const run = runWith(all);
  for (let n = 0; n < 100; n++)
    expect(await run.asks.answer("saveMachine", { id: "hello", note: "" })).toMatchObject({ ok: false });
  expect(await run.asks.answer("saveMachine", { id: "hello", note: "" }))
    .toEqual({ ok: false, error: "A run may take 100 snapshots; this is one more." });

  const late = runWith(all);
  await late.value("start", { id: "hello" });
  late.asks.close();
  expect((await late.asks.answer("saveMachine", { id: "hello", note: "" })).ok).toBe(false);
  expect(await workbench.saves.with((saved) => saved.list())).toEqual({ ok: true, value: [] });
}, 120_000);
