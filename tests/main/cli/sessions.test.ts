/** `latchwork sessions`, on what a killed host left: by itself, and where a server runs. */
import { Readable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { announce } from "../../../src/main/hosts/servedAddress.ts";
import { serve } from "../../../src/main/hosts/serve.ts";
import { builtWorkers } from "../../kit/builtApp.ts";
import { eventually } from "../../kit/eventually.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { killedHost } from "../services/killedHost.ts";
import { openHost } from "../services/openHost.ts";
import { cli, testPlaces, type CliOutcome } from "./cliHarness.ts";

const LIMIT_MS = 900_000;

async function left() {
  const dataDir = temporaryFolder();
  await killedHost(dataDir, () => Promise.resolve());
  const places = {
    ...testPlaces(dataDir),
    engineWorker: builtWorkers.engineWorker,
  };
  const sessions = (args: readonly string[], keys: readonly string[] = []): Promise<CliOutcome> =>
    cli(["sessions", ...args], { places, stdin: Readable.from(keys.map((key) => Buffer.from(key))) });
  const listed = async (): Promise<string[]> =>
    (JSON.parse((await sessions(["list", "--json"])).stdout) as { id: string }[]).map(({ id }) => id).sort();
  return { dataDir, places, sessions, listed };
}

test("machines are listed, forgotten, and resumed on this terminal", async () => {
  const { places, sessions, listed } = await left();
  expect(await listed()).toEqual(["flic-storm", "hello", "hello.1"]);
  const { stdout } = await sessions(["list"]);
  expect(stdout).toMatch(/^MACHINE +STARTED +SNAPSHOT +SAVED +NOTE\n/);
  expect(stdout).toMatch(/^flic-storm .*not saved$/m);
  expect(stdout).toMatch(/^hello .* 1 .*before the end$/m);
  expect(await sessions(["resume", "flic-storm"])).toMatchObject({
    code: 1, stderr: expect.stringContaining("Start it afresh") as string,
  });
  expect(await sessions(["resume", "nobody"])).toMatchObject({ code: 1 });
  expect((await sessions(["forget", "flic-storm"])).stdout).toBe("flic-storm is offered no more.\n");
  expect(await sessions(["forget", "flic-storm"])).toMatchObject({ code: 1 });
  const killed = await cli(["sessions", "resume", "hello"], {
    places, stdin: Readable.from([Buffer.from("a")]), onStdout: () => void process.emit("SIGTERM"),
  });
  expect(killed.code).toBe(143);
  expect(await listed()).toEqual(["hello", "hello.1"]);
  expect(await sessions(["resume", "hello"], ["q"])).toMatchObject({
    code: 0, stdout: expect.stringContaining("Stopping after") as string,
  });
  expect(await listed()).toEqual(["hello.1"]);
  await sessions(["forget", "hello.1"]);
  expect((await sessions(["list"])).stdout).toBe("Nothing was on when Latchwork ended.\n");
}, LIMIT_MS);

test("where a server runs, it goes on with them there", async () => {
  const { dataDir, sessions, listed } = await left();
  const { workbench } = openHost(dataDir);
  const served = await serve({ workbench, version: "test", pageFolder: dataDir });
  const withdraw = await announce(dataDir, served);
  onTestFinished(async () => {
    await withdraw();
    await served.close();
    await workbench.close();
  });
  expect((await sessions(["resume", "hello"])).stdout).toBe("hello goes on from snapshot 1.\n");
  await eventually("it runs", () =>
    workbench.machines.summaries().some(({ id, phase }) => id === "hello" && phase === "running"));
  await workbench.sessions.settled();
  await sessions(["forget", "flic-storm"]);
  expect(await listed()).toEqual(["hello.1"]);
  expect((await workbench.sessions.left()).map(({ id }) => id)).toEqual(["hello.1"]);
}, LIMIT_MS);
