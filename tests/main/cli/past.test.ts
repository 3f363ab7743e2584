/** The past of a machine under a server, on a terminal. */
import { expect, onTestFinished, test } from "vitest";
import { announce } from "../../../src/main/hosts/servedAddress.ts";
import { serve } from "../../../src/main/hosts/serve.ts";
import { GuestsService } from "../../../src/main/services/guests.ts";
import { Workbench } from "../../../src/main/services/workbench.ts";
import { eventually } from "../../kit/eventually.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { cli, testPlaces, type CliOutcome } from "./cliHarness.ts";

/** Engines begin in threads of their own; a busy host may take long. */
const LIMIT_MS = 240_000;

test("is shown at an instruction, one before, and at the last writer of a register", async () => {
  const dataDir = temporaryFolder();
  const places = testPlaces(dataDir);
  const past = (...args: string[]): Promise<CliOutcome> => cli(["past", ...args], { places });
  expect((await past("hello", "--back")).stderr).toContain("No `latchwork serve` runs here");
  const workbench = new Workbench({
    guests: new GuestsService({ dataDir, resourcesDir: places.resourcesDir }),
    workerUrl: new URL("../../../src/engine/worker/engineWorker.ts", import.meta.url),
  });
  const served = await serve({ workbench, version: "test", pageFolder: dataDir });
  await announce(dataDir, served);
  onTestFinished(async () => {
    await served.close();
    await workbench.close();
  });
  expect((await past("hello", "--back")).stderr).toContain("has no past");
  await workbench.start("timer-sigp");
  await eventually("it has ended", () => workbench.machines.summaries()[0]?.phase === "stopped", LIMIT_MS);

  const at = await past("timer-sigp", "--at", "9000");
  expect(at).toMatchObject({ code: 0, stderr: "" });
  expect(at.stdout).toMatch(/^timer-sigp\.past stands at instruction 9000 of timer-sigp, t = .* agree\.\n/);
  expect(at.stdout).toMatch(/\nvCPU 0, operating.*: psw [0-9a-f]{16} [0-9a-f]{16}\n/);
  expect((await past("timer-sigp.past", "--back")).stdout).toContain("at instruction 8999 of");
  const writer = await past("timer-sigp.past", "--writer", "r2");
  expect(writer.stdout).toMatch(/\nchanged by cpu at [0-9a-f]{16}, [0-9a-f]+ → [0-9a-f]+\n/);
  const twos = [["--back", "--stop"], ["--leave", "--at", "5"], ["--record", "/dev/null", "--leave"], []];
  for (const flags of twos) expect((await past("timer-sigp", ...flags)).code).toBe(2);
  expect((await past("timer-sigp", "--writer", "nobody")).code).toBe(2);
  expect((await past("timer-sigp", "--leave")).stderr).toContain("does not stand in the past");
  expect((await past("timer-sigp.past", "--leave")).code).toBe(0);
  await eventually("it is gone", () => workbench.machines.summaries().length === 1, LIMIT_MS);
}, 600_000);
