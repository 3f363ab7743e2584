/** `script --serve` and `--host`: a script on a server's machines, and a Ctrl-C that ends nothing else. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { announce } from "../../../src/main/hosts/servedAddress.ts";
import { serve, type Served } from "../../../src/main/hosts/serve.ts";
import { Workbench } from "../../../src/main/services/workbench.ts";
import { GuestsService } from "../../../src/main/services/guests.ts";
import { buildApp, builtWorkers } from "../../kit/builtApp.ts";
import { eventually } from "../../kit/eventually.ts";
import { cli, testPlaces, type CliOutcome, type HarnessOptions } from "./cliHarness.ts";

const folder = mkdtempSync(join(tmpdir(), "latchwork-served-script-"));
const dataDir = join(folder, "data");
const places = testPlaces(dataDir);
const workbench = new Workbench({
  guests: new GuestsService({ dataDir, resourcesDir: places.resourcesDir }),
  workerUrl: builtWorkers.engineWorker,
  scriptWorkerUrl: builtWorkers.scriptWorker,
});
let served: Served;
let withdraw: () => Promise<void>;

beforeAll(async () => {
  await buildApp();
  served = await serve({ workbench, version: "test", pageFolder: folder });
  withdraw = await announce(dataDir, served);
});
afterAll(async () => {
  await served.close();
  await workbench.close();
  rmSync(folder, { recursive: true, force: true });
});

function script(text: string, flags: readonly string[], options: HarnessOptions = {}): Promise<CliOutcome> {
  const path = join(folder, "served.ts");
  writeFileSync(path, text);
  return cli(["script", path, ...flags], { ...options, places });
}
const phases = (): Record<string, string> =>
  Object.fromEntries(workbench.machines.summaries().map(({ id, phase }) => [id, phase]));

test("a script starts a machine in the server, and the machine outlives it", async () => {
  const outcome = await script(`
    const machine = await machines.start("hello");
    console.log(await machine.waitFor("bare s390x machine"));
    console.warn("to the other stream");`, ["--serve", "--grant", "read,drive"]);
  expect(outcome).toEqual({
    code: 0, stdout: "Hello from a bare s390x machine.\n", stderr: "to the other stream\n",
  });
  expect(phases()).toEqual({ hello: "running" });
});

test("a signal stops the script, and only it", async () => {
  const before = process.listenerCount("SIGINT");
  const text = `
    const machine = await machines.get("hello");
    console.log("it is", (await machine.info()).phase);
    await machine.waitFor("never printed", 3000);`;
  const outcome = await script(text, ["--host", served.url, "--grant", "read", "--time", "600"], {
    onStdout: (printed) => { if (printed.includes("it is running")) process.emit("SIGINT"); },
  });
  expect(outcome).toMatchObject({ code: 130, stdout: "it is running\n" });
  expect(process.listenerCount("SIGINT")).toBe(before);
  expect(phases()).toEqual({ hello: "running" });
  expect((await script('console.log("next");', ["--serve"])).stdout).toBe("next\n");
});

test("what a server refuses, what a script fails of and what it plays are said as without one", async () => {
  const refused = await script('await machines.list();', ["--serve"]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('This needs the grant "read"');
  expect(await script("let = 3 +;", ["--serve"])).toMatchObject({ code: 2 });
  expect(await script("for (;;);", ["--serve", "--time", "2"])).toMatchObject({ code: 124 });
  const played = await script(`export default defineScenario({ id: "own", title: "Mine",
    given: { build: () => 0 }, when: [], then: [{ says: "so", seen: () => 1, is: 1 }] });`, ["--serve"]);
  expect(played).toMatchObject({ code: 0, stdout: "passed  own\n" });
  const flood = await script('for (let n = 0; n < 40_000; n++) console.log("line", n);', ["--serve"]);
  expect(flood.code).toBe(0);
  expect(flood.stdout.trimEnd().split("\n")).toHaveLength(40_000);
});

test("an address without a server, or that is none, is bad usage or a refusal", async () => {
  for (const bad of ["http://127.0.0.1:1", "https://127.0.0.1:1/#token=x", `${served.url}x`, "serve.json"])
    expect(await script("1;", ["--host", bad]), bad).toMatchObject({ code: 2 });
  const foreign = served.url.replace(/token=.*/, `token=${"a".repeat(43)}`);
  expect((await script("1;", ["--host", foreign])).code).toBe(1);
  await withdraw();
  const none = await script("1;", ["--serve"]);
  expect(none).toMatchObject({ code: 1, stdout: "" });
  expect(none.stderr).toContain("No `latchwork serve` runs here");
});

test("a server that goes takes its script along, and the terminal says so", async () => {
  const outcome = await script('console.log("there"); await machines.sleep(600_000);',
    ["--host", served.url, "--time", "900"], {
      onStdout: (text) => { if (text.includes("there")) void served.close(); },
    });
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toContain("The connection to the server broke");
  await eventually("it still runs there", () => phases().hello === "running");
});
