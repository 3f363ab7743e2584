import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cli, ownFolder } from "./cliHarness.ts";

it("an engine fault leaves its record in the data folder, and says where", async () => {
  const kernel = join(ownFolder, "kernel");
  writeFileSync(kernel, "a kernel");
  const { stderr } = await cli(["run", "--kernel", kernel, "--append", "fault"]);
  const path = /The crash record is (\S+\.json)\./.exec(stderr)![1]!;
  expect(path.startsWith(join(ownFolder, "data", "crashes"))).toBe(true);
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
    guest: "kernel",
    reason: { kind: "engine-fault", sentence: "A planted fault.", record: { seed: 1, instructions: 99 } },
  });
});
