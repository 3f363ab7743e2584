/** The way of a snapshot on the command line, with the real engine: save, list, go on, compare, take away. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { builtWorkers } from "../../kit/builtApp.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { cli, testPlaces, type CliOutcome } from "./cliHarness.ts";

const { engineWorker } = builtWorkers;

test("a machine is saved, listed, gone on with, compared, exported, imported and removed", async () => {
  const folder = temporaryFolder();
  const places = { ...testPlaces(join(folder, "data")), engineWorker };
  const run = (args: string[], typed = ""): Promise<CliOutcome> =>
    cli(args, { places, stdin: Readable.from(typed === "" ? [] : [Buffer.from(typed)]) });
  const snapshot = (...args: string[]): Promise<CliOutcome> => run(["snapshot", ...args]);

  expect((await snapshot("list")).stdout).toContain("Nothing is saved yet.");
  const first = await run(["run", "hello", "--until", "q stops", "--save", "before any key"]);
  expect(first).toMatchObject({ code: 0 });
  expect(first.stderr).toContain("saved as snapshot 1");

  const second = await run(["run", "--from", "1", "--until", "key 1", "--save", "one key"], "x");
  expect(second).toMatchObject({ code: 0 });
  expect(second.stdout).not.toContain("Hello from");
  const list = await snapshot("list");
  expect(list.stdout).toMatch(/^1 {2}hello .* before any key\n {2}2 {2}hello .* one key\n$/);
  const card = await snapshot("show", "2");
  expect(card.stdout).toMatch(/After +1\n/);
  expect(card.stdout).toContain("| ");

  const end = await run(["run", "--from", "2"], "q");
  expect(end).toMatchObject({ code: 0, stderr: "latchwork: Every CPU stopped by itself.\n" });
  expect(end.stdout).toContain("Stopping after 1 keys.");

  const diff = await snapshot("diff", "1", "2", "--rows", "3");
  expect(diff.stdout).toMatch(/^machine\.time\.executed: 0x[0-9a-f]+ -> 0x[0-9a-f]+$/m);
  expect(diff.stdout).toMatch(/^[0-9a-f]{8} - [0-9a-f ]{47}\n {9}\+ [0-9a-f ]{47}$/m);
  expect((await snapshot("diff", "1", "1")).stdout).toBe("The two are the same.\n");

  const file = join(folder, "one.lwsnap");
  expect((await snapshot("export", "2", file)).code).toBe(0);
  expect((await snapshot("import", file)).stdout).toBe("3\n");
  const bytes = readFileSync(file);
  bytes[bytes.length - 5]! ^= 4;
  writeFileSync(file, bytes);
  const damaged = await snapshot("import", file);
  expect(damaged.code).toBe(1);
  expect(damaged.stderr).toMatch(/damaged or cut off: its part .* has changed\.\n$/);

  expect((await snapshot("remove", "1")).stdout).toBe("Snapshot 1 is removed.\n");
  expect((await snapshot("check")).stdout).toBe("Every snapshot is whole.\n");
  expect((await run(["run", "--from", "2", "--until", "Stopping"], "q")).code).toBe(0);
  const gone = await run(["run", "--from", "1"]);
  expect(gone.code).toBe(1);
  expect(gone.stderr).toBe("latchwork: There is no snapshot 1; see the list of snapshots.\n");
  const both = await run(["run", "hello", "--from", "2"]);
  expect(both).toMatchObject({ code: 2 });
});
