import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ScriptFiles } from "../../../src/main/services/scriptFiles.ts";

const examples = new URL("../../../resources/scripts", import.meta.url).pathname;
let data: string;
let files: ScriptFiles;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "latchwork-script-files-"));
  files = new ScriptFiles({ folder: join(data, "scripts"), examples });
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

describe("script files", () => {
  it("are kept, listed in order, read again and removed", async () => {
    expect(await files.write("b.ts", "1")).toEqual({ ok: true, value: ["b.ts"] });
    expect(await files.write("a.ts", "2")).toEqual({ ok: true, value: ["a.ts", "b.ts"] });
    expect(await files.write("a.ts", "3")).toMatchObject({ value: ["a.ts", "b.ts"] });
    expect(await files.read("a.ts")).toEqual({ ok: true, value: "3" });
    expect(await files.remove("a.ts")).toEqual({ ok: true, value: ["b.ts"] });
    expect(await files.read("a.ts")).toMatchObject({ ok: false });
    expect(readdirSync(join(data, "scripts"))).toEqual(["b.ts"]);
  });

  it.each(["../a.ts", "a/b.ts", ".ts", ".hidden.ts", "a.js", "a.ts\u0000", "a".repeat(80) + ".ts", ""])(
    "have no name such as %j", async (name) => {
      for (const answer of [await files.read(name), await files.write(name, ""), await files.remove(name)])
        expect(answer).toMatchObject({ error: expect.stringContaining("is no name for a script") });
      expect(existsSync(join(data, "scripts"))).toBe(false);
    });

  it("come with the examples and the API's declarations", async () => {
    const shelf = await files.shelf();
    if (!shelf.ok) throw new Error(shelf.error);
    expect(shelf.value.files).toEqual([]);
    expect(shelf.value.examples.map(({ name }) => name)).toContain("flic-suppression.ts");
    expect(shelf.value.types).toContain("declare const machines: Machines;");
  });
});
