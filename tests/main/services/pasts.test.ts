/** The past of real machines, as a host offers it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { PastGoal } from "../../../src/engine/api/history.ts";
import type { RegisterFile } from "../../../src/engine/api/debug.ts";
import { GuestsService } from "../../../src/main/services/guests.ts";
import { parseRecord } from "../../../src/main/runRecord.ts";
import { Workbench } from "../../../src/main/services/workbench.ts";
import { buildApp, builtWorkers, root } from "../../kit/builtApp.ts";
import { eventually } from "../../kit/eventually.ts";

await buildApp();
const workerUrl = builtWorkers.engineWorker;
const dataDir = mkdtempSync(join(tmpdir(), "latchwork-pasts-"));
const workbench = new Workbench({
  guests: new GuestsService({ dataDir, resourcesDir: join(root, "resources") }), workerUrl,
});
const { machines, pasts } = workbench;
afterAll(async () => {
  await workbench.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Engines begin in threads of their own; a busy host may take long. */
const LIMIT_MS = 240_000;
const summary = (id: string) => machines.summaries().find((machine) => machine.id === id);
function printed(id: string): string {
  const console = machines.console(id);
  return console.ok ? Buffer.from(console.value.read(0, 2 ** 20).bytes).toString() : "";
}
const prints = (id: string, text: string, times = 1) =>
  eventually(`${id} prints ${text}`, () => printed(id).split(text).length > times, LIMIT_MS);
const phase = (id: string, wanted: string) =>
  eventually(`${id} is ${wanted}`, () => summary(id)?.phase === wanted, LIMIT_MS);
async function registers(id: string): Promise<RegisterFile> {
  const answer = await machines.debug(id, { name: "registers", cpu: 0 });
  if (!answer.ok) throw new Error(answer.error);
  return answer.value as RegisterFile;
}
async function go(id: string, goal: PastGoal): Promise<string> {
  const gone = await pasts.go(id, goal);
  if (!gone.ok) throw new Error(gone.error);
  await phase(gone.value.id, "paused");
  return gone.value.id;
}

/** A guest that is never reached would be waited for in vain. */
const PATIENCE_MS = 600_000;

test("a machine that was never started has no past", async () => {
  expect(await pasts.go("hello", { kind: "back" })).toMatchObject({ ok: false });
});

test("one that runs is looked at before its last instructions, and runs on", async () => {
  expect((await workbench.start("hello")).ok).toBe(true);
  await prints("hello", "q stops");
  machines.input("hello", Uint8Array.of(0x61));
  await prints("hello", "key 1");
  machines.pause("hello");
  await phase("hello", "paused");
  const now = await registers("hello");
  const past = await go("hello", { kind: "back" });
  expect(past).toBe("hello.past");
  expect(summary(past)).toMatchObject({ past: { of: "hello", instructions: now.instructions - 1 } });
  expect((await registers(past)).instructions).toBe(now.instructions - 1);
  expect((await workbench.guests()).find(({ id }) => id === past)?.kind).toBe("past");
  expect(machines.input(past, Uint8Array.of(0x62)).ok).toBe(false);
  expect(machines.reset(past).ok).toBe(false);
  expect(machines.saveSource(past).ok).toBe(false);
  const whole = printed("hello");
  expect(printed(past)).toBe(whole);
  // Long before: what had been printed there, whether the way back began with a checkpoint or not.
  await go(past, { kind: "at", instructions: 0 });
  expect(printed(past)).toBe("");
  await go(past, { kind: "at", instructions: now.instructions >> 1 });
  const half = printed(past);
  expect(whole.startsWith(half)).toBe(true);
  expect(half.length).toBeLessThan(whole.length);
  // Forward again, to the end of the record: the present state.
  machines.resume(past);
  await eventually(
    "it is at the end",
    () => summary(past)?.past?.instructions === now.instructions && summary(past)?.phase === "paused",
    LIMIT_MS,
  );
  expect((await registers(past)).values).toEqual(now.values);
  expect(printed(past)).toBe(whole);
  expect(summary(past)?.past?.difference).toBeUndefined();
  machines.resume("hello");
  machines.input("hello", Uint8Array.of(0x62));
  await prints("hello", "key 2");
}, PATIENCE_MS);

test("one that has ended is looked at too; its past leaves the list when it is switched off", async () => {
  machines.input("hello", Uint8Array.of(0x71));
  await phase("hello", "stopped");
  const past = await go("hello", { kind: "at", instructions: 100 });
  expect((await registers(past)).instructions).toBe(100);
  machines.powerOff(past);
  await eventually("it is gone", () => summary(past) === undefined, LIMIT_MS);
  expect((await workbench.guests()).some(({ id }) => id === past)).toBe(false);
}, PATIENCE_MS);

test("a reset is part of the record: what was before it is there, and what came of it", async () => {
  expect((await workbench.start("hello")).ok).toBe(true);
  await prints("hello", "q stops");
  machines.input("hello", Uint8Array.of(0x61));
  await prints("hello", "key 1");
  machines.pause("hello");
  await phase("hello", "paused");
  const before = await registers("hello");
  machines.reset("hello");
  const loaded = await registers("hello");
  expect(loaded.instructions).toBe(before.instructions);
  machines.resume("hello");
  await prints("hello", "q stops", 2);
  machines.pause("hello");
  await phase("hello", "paused");
  const now = await registers("hello");
  expect(now.instructions).toBeGreaterThan(before.instructions);
  for (const wanted of [now, loaded]) {
    const past = await go("hello", { kind: "at", instructions: wanted.instructions });
    expect((await registers(past)).values).toEqual(wanted.values);
    expect(printed(past).split("q stops")).toHaveLength(wanted === now ? 3 : 2);
  }
  const record = await pasts.record("hello");
  if (!record.ok) throw new Error(record.error);
  expect(record.value.rest).toBeUndefined();
  const parsed = parseRecord(record.value.text);
  const given = parsed.ok ? parsed.value.journal.map(({ action }) => action.kind) : [];
  expect(given.filter((kind) => kind !== "mark")).toEqual(["console", "reset"]);
  expect(given.at(-1)).toBe("mark");
  expect((await pasts.record("nobody")).ok).toBe(false);
  const past = await go("hello", { kind: "at", instructions: before.instructions - 1 });
  expect((await pasts.record(past)).ok).toBe(false);
  expect((await registers(past)).values.pswAddress).not.toBe(loaded.values.pswAddress);
  expect(summary(past)?.past?.difference).toBeUndefined();
}, PATIENCE_MS);
