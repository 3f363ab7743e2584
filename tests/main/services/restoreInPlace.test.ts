/** A machine that goes back in the engine that runs it: what is on its way meets the right one. */
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openDatabase } from "../../../src/main/store/database.ts";
import { eventually } from "../../kit/eventually.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { openHost } from "./openHost.ts";

async function stormSavedOnce() {
  const { workbench } = openHost(temporaryFolder());
  onTestFinished(() => workbench.close());
  const { machines, saves } = workbench;
  await workbench.start("flic-storm");
  await eventually("it runs", () => machines.summaries()[0]?.phase === "running");
  const saved = await saves.save("flic-storm", "", {});
  if (!saved.ok) throw new Error(saved.error);
  const figures = () => machines.summaries()[0]!;
  return { machines, saves, saved: saved.value, figures };
}

it("answers every question, before and after, and counts on from the snapshot", async () => {
  const { machines, saves, saved, figures } = await stormSavedOnce();
  await eventually("it has run on", () => (figures().stats?.instructions ?? 0) > saved.instructions + 1e7);
  const asked = [];
  let isRestored = false;
  const restored = saves.restoreSame(saved.id, {}).finally(() => (isRestored = true));
  while (!isRestored) {
    asked.push(machines.debug("flic-storm", { name: "ledger", after: 0, max: 1 }));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(await restored).toMatchObject({ ok: true, value: { run: 2 } });
  expect(asked.length).toBeGreaterThan(1);
  for (const answer of await Promise.all(asked)) expect(answer).toMatchObject({ ok: true });
  expect(machines.pause("flic-storm")).toEqual({ ok: true, value: undefined });
  await eventually("it is paused", () => figures().phase === "paused");
  const again = await saves.restoreSame(saved.id, {});
  expect(again).toMatchObject({ ok: true, value: { run: 3 } });
  await eventually("it runs again", () => figures().phase === "running");
}, 300_000);

it("refuses a second restore meanwhile; a save that follows is the restored machine's", async () => {
  const { machines, saves, saved } = await stormSavedOnce();
  const held = await machines.hold("flic-storm");
  expect(held).toMatchObject({ ok: true, value: { base: saved.id } });
  for (const refused of [await saves.restoreSame(saved.id, {}), await saves.save("flic-storm", "", {})])
    expect(!refused.ok && refused.error).toContain("is being saved or restored; wait for that to end.");
  machines.release("flic-storm");
  expect(await saves.restoreSame(saved.id, {})).toMatchObject({ ok: true });
  const next = await saves.save("flic-storm", "after", {});
  expect(next).toMatchObject({ ok: true, value: { parent: saved.id } });
  machines.powerOff("flic-storm");
  const gone = await saves.restoreSame(saved.id, {});
  expect(gone.ok || gone.error.includes("Restore it again")).toBe(true);
}, 300_000);

it("is saved in full though it ends meanwhile, and once it has ended not at all", async () => {
  const { machines, saves, saved } = await stormSavedOnce();
  const saving = saves.save("flic-storm", "the last", {});
  const twice = await saves.save("flic-storm", "", {});
  expect(!twice.ok && twice.error).toContain("being saved already");
  machines.powerOff("flic-storm");
  expect(await saving).toMatchObject({ ok: true, value: { parent: saved.id } });
  expect(await saves.save("flic-storm", "", {})).toMatchObject({ ok: false });
  expect(await saves.with((snapshots) => snapshots.check())).toEqual({ ok: true, value: [] });
}, 300_000);

it("goes back to an earlier snapshot; one that is damaged is refused, and the machine goes on", async () => {
  const dataDir = temporaryFolder();
  const { workbench } = openHost(dataDir);
  onTestFinished(() => workbench.close());
  const { machines, saves } = workbench;
  const instructions = (): number => machines.summaries()[0]!.stats?.instructions ?? 0;
  await workbench.start("flic-storm");
  const save = async (count: number) => {
    await eventually(`${count} instructions`, () => instructions() > count);
    const saved = await saves.save("flic-storm", "", {});
    if (!saved.ok) throw new Error(saved.error);
    return saved.value;
  };
  const first = await save(1e6);
  const second = await save(first.instructions);
  expect(await saves.restoreSame(first.id, {})).toMatchObject({ ok: true });
  await eventually("it goes on from there", () => instructions() > first.instructions);
  const third = await save(0);
  expect(third).toMatchObject({ parent: first.id });

  const other = openDatabase(join(dataDir, "store.sqlite"));
  onTestFinished(() => void other.close());
  other.exec(`UPDATE snapshots SET state_hash = zeroblob(32) WHERE id = ${second.id}`);
  const refused = await saves.restoreSame(second.id, {});
  expect(!refused.ok && refused.error).toContain("is damaged");
  const before = instructions();
  await eventually("it has not stopped", () => instructions() > before);
  expect(await save(0)).toMatchObject({ parent: third.id });
}, 300_000);
