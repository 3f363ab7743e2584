/** The example scripts run, with the grants that they name and no others, and fit the API's declarations. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { grantsNamed } from "../../../src/engine/api/script.ts";
import { builtWorkers } from "../../kit/builtApp.ts";
import { scriptProblems } from "../../kit/scriptTypes.ts";
import { cli, testPlaces } from "../cli/cliHarness.ts";

const folder = new URL("../../../resources/scripts/", import.meta.url).pathname;
const examples = readdirSync(folder).filter((name) => name.endsWith(".ts"));
const dataDir = mkdtempSync(join(tmpdir(), "latchwork-examples-"));
const places = {
  ...testPlaces(dataDir),
  ...builtWorkers,
};
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

describe("example scripts", () => {
  it.each(examples)("%s runs to its end", async (name) => {
    const path = join(folder, name);
    const grants = grantsNamed(readFileSync(path, "utf8"));
    const given = grants.length ? ["--grant", grants.join(",")] : [];
    const outcome = await cli(["script", path, "--time", "250", ...given], { places });
    expect(outcome).toMatchObject({ stderr: "", code: 0 });
    expect(outcome.stdout).not.toBe("");
  });

  it("fit the declarations that an editor is given", async () => {
    const textOf = (name: string): string => readFileSync(join(folder, name), "utf8");
    const texts = Object.fromEntries(examples.map((name) => [name, textOf(name)]));
    expect(await scriptProblems(texts)).toEqual([]);
    expect(await scriptProblems({ "bad.ts": 'kvm.s390({ profile: "linux-3.0" });' })).toHaveLength(1);
  });
});
