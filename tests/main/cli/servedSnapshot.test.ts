/** The command line and a server on one data folder: it finds it, saves and restores its machines. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { announce, findServed } from "../../../src/main/hosts/servedAddress.ts";
import { serve } from "../../../src/main/hosts/serve.ts";
import { GuestsService } from "../../../src/main/services/guests.ts";
import { SnapshotsService } from "../../../src/main/services/snapshots.ts";
import { Workbench } from "../../../src/main/services/workbench.ts";
import { Store } from "../../../src/main/store/store.ts";
import { eventually } from "../../kit/eventually.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { cli, testPlaces, type CliOutcome } from "./cliHarness.ts";

test("a machine under a server is saved and taken up by its snapshot's number", async () => {
  const dataDir = temporaryFolder();
  const places = testPlaces(dataDir);
  const snapshot = (...args: string[]): Promise<CliOutcome> => cli(["snapshot", ...args], { places });
  expect(await snapshot("save", "hello")).toMatchObject({ code: 1 });
  const store = new Store({ dataDir, workerUrl: places.storeWorker });
  const workbench = new Workbench({
    guests: new GuestsService({ dataDir, resourcesDir: places.resourcesDir }),
    snapshots: new SnapshotsService(store, "test"),
    workerUrl: new URL("../../../src/engine/worker/engineWorker.ts", import.meta.url),
  });
  const served = await serve({ workbench, version: "test", pageFolder: dataDir });
  const withdraw = await announce(dataDir, served);
  onTestFinished(async () => {
    await served.close();
    await workbench.close();
  });
  expect((await snapshot("save", "hello")).stderr).toContain(`"hello" is off`);
  await workbench.start("hello");
  await eventually("it runs", () => workbench.machines.summaries()[0]?.phase === "running");
  const saved = await snapshot("save", "hello", "--note", "by hand");
  expect(saved).toMatchObject({ code: 0, stderr: "" });
  expect(saved.stdout).toMatch(/^Snapshot 1: .* new, longest stop [0-9.]+ ms\.\n$/);
  expect((await snapshot("list")).stdout).toContain("by hand");
  expect((await snapshot("restore", "1")).stdout).toBe("hello goes on from snapshot 1.\n");
  expect((await snapshot("restore", "1", "--new")).stdout).toBe("hello.1 goes on from snapshot 1.\n");
  expect((await snapshot("restore", "9")).stderr).toContain("There is no snapshot 9");
  expect(workbench.machines.summaries().map(({ id, run }) => [id, run])).toEqual([
    ["hello", 2],
    ["hello.1", 1],
  ]);
  await withdraw();
  expect((await snapshot("restore", "1")).stderr).toContain("No `latchwork serve` runs here");
}, 300_000);

test("the file that names the server is its owner's alone, and believed only then", async () => {
  const dataDir = temporaryFolder();
  const path = join(dataDir, "serve.json");
  const one = { origin: "http://127.0.0.1:4711", token: "a".repeat(43) };
  const other = { origin: "http://[::1]:4712", token: "b".repeat(43) };
  const withdraw = await announce(dataDir, one);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await findServed(dataDir)).toEqual({ ok: true, value: one });
  await announce(dataDir, other);
  await withdraw();
  expect(await findServed(dataDir)).toEqual({ ok: true, value: other });
  chmodSync(path, 0o640);
  expect(await findServed(dataDir)).toMatchObject({ ok: false });
  chmodSync(path, 0o600);
  const text = readFileSync(path, "utf8");
  for (const bad of ["", "{", text.replace("http:", "https:"), text.replace("[::1]", "example.org"), "[]"]) {
    writeFileSync(path, bad);
    expect((await findServed(dataDir)).ok, bad).toBe(false);
  }
  expect(existsSync(path)).toBe(true);
});
