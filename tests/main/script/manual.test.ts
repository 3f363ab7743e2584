/** The worked examples of docs/scripting.md run, and the API that it prints is the one that there is. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { apiText } from "../../../src/main/script/apiText.ts";
import { builtWorkers } from "../../kit/builtApp.ts";
import { scriptProblems } from "../../kit/scriptTypes.ts";
import { cli, testPlaces } from "../cli/cliHarness.ts";

const root = new URL("../../../", import.meta.url).pathname;
const manual = readFileSync(join(root, "docs/scripting.md"), "utf8");
/** Blocks of TypeScript, each with the grants behind the word that opens it. */
const blocks = [...manual.matchAll(/^```ts ?([a-z,]*)\n([^]*?)^```$/gm)].map(([, grants, text], index) => ({
  name: `block ${index + 1}: ${text!.split("\n")[0]}`, grants: grants!, text: text!,
}));
const folder = mkdtempSync(join(tmpdir(), "latchwork-manual-"));
const places = {
  ...testPlaces(join(folder, "data")),
  ...builtWorkers,
};
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("docs/scripting.md", () => {
  it.each(blocks)("$name", async ({ grants, text }) => {
    const path = join(folder, "block.ts");
    writeFileSync(path, text);
    const given = grants ? ["--grant", grants] : [];
    const outcome = await cli(["script", path, "--time", "250", ...given], { places });
    expect(outcome).toMatchObject({ stderr: "", code: 0 });
  });

  it("has blocks that fit the declarations", async () => {
    expect(blocks.length).toBeGreaterThan(10);
    const scripts = Object.fromEntries(blocks.map(({ text }, index) => [`block${index + 1}.ts`, text]));
    expect(await scriptProblems(scripts)).toEqual([]);
  });

  it("ends with the whole API as it is", async () => {
    const printed = /^```typescript\n([^]*?)^```$/m.exec(manual)?.[1];
    expect(printed).toBe(await apiText(join(root, "resources/scripts/api")));
  });
});
