import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkMessage } from "../../../src/main/contract.ts";
import { Settings, settingLimits } from "../../../src/main/services/settings.ts";

const folder = mkdtempSync(join(tmpdir(), "latchwork-settings-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("settings", () => {
  it("are found again by the next process, and forgotten when they are removed", async () => {
    const path = join(folder, "deep", "settings.json");
    const first = new Settings(path);
    expect(await first.all()).toEqual({});
    await Promise.all([
      first.set("theme", "dark"),
      first.set("layout.now", "{}"),
      first.set("theme", "light"),
    ]);
    await first.set("layout.now", undefined);
    expect(await new Settings(path).all()).toEqual({ theme: "light" });
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it("are told to every listener", async () => {
    const settings = new Settings();
    const told: unknown[] = [];
    const unlisten = settings.listen((change) => told.push(change));
    await settings.set("a", "1");
    await settings.set("a", undefined);
    unlisten();
    await settings.set("b", "1");
    expect(told).toEqual([{ key: "a", value: "1" }, { key: "a" }]);
  });

  it("begin afresh where the file is damaged, and replace it", async () => {
    const path = join(folder, "damaged.json");
    for (const text of ["", "{", "[]", '{"a":1}', '{"__proto__":"x","UPPER":"y"}']) {
      writeFileSync(path, text);
      const settings = new Settings(path);
      expect(await settings.all(), text).toEqual({});
      expect(await settings.set("a", "b")).toEqual({ ok: true, value: undefined });
      expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ a: "b" });
    }
  });

  it("are not without end", async () => {
    const settings = new Settings();
    for (let i = 0; i < settingLimits.countMax; i++) await settings.set(`k${i}`, "");
    expect((await settings.set("more", "")).ok).toBe(false);
    expect((await settings.set("k1", "changed")).ok).toBe(true);
    const call = (key: string, value: string) => (): void =>
      checkMessage({ t: "q", m: "saveSetting", a: [{ key, value }] });
    expect(call("layout.as.My layout", "{}")).not.toThrow();
    expect(call("../x", "")).toThrow();
    expect(call("a", "x".repeat(settingLimits.valueCharactersMax + 1))).toThrow();
  });

  it("say so where they cannot be kept", async () => {
    const file = join(folder, "a file");
    writeFileSync(file, "");
    const refused = await new Settings(join(file, "settings.json")).set("a", "b");
    expect(!refused.ok && refused.error).toMatch(/^The setting could not be kept: .+\.$/);
  });
});
