/** Settings in the store: found again by the next process, taken over once from the earlier file. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkMessage } from "../../../src/main/contract.ts";
import { Settings, settingLimits } from "../../../src/main/services/settings.ts";
import { storedSettings } from "../../../src/main/services/storedSettings.ts";
import { openDatabase } from "../../../src/main/store/database.ts";
import { Store } from "../../../src/main/store/store.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";

const workerUrl = new URL("../../../src/main/store/storeWorker.ts", import.meta.url);

/** A process's settings in a data folder. */
function open(dataDir: string): { settings: Settings; store: Store } {
  const store = new Store({ dataDir, workerUrl, busyMs: 50 });
  onTestFinished(() => store.close());
  return { settings: new Settings(storedSettings(store, join(dataDir, "settings.json"))), store };
}

describe("settings", () => {
  it("are found again by the next process, and forgotten when they are removed", async () => {
    const dataDir = join(temporaryFolder(), "deep");
    const { settings, store } = open(dataDir);
    expect(await settings.all()).toEqual({});
    await Promise.all([
      settings.set("theme", "dark"),
      settings.set("layout.now", "{}"),
      settings.set("theme", "light"),
    ]);
    await settings.set("layout.now", undefined);
    await store.close();
    expect(await open(dataDir).settings.all()).toEqual({ theme: "light" });
  });

  it("of the file of an earlier version are taken over once; what is set since then stays", async () => {
    const dataDir = temporaryFolder();
    const file = join(dataDir, "settings.json");
    writeFileSync(file, '{"theme":"dark","layout.now":"{}"}');
    const { settings } = open(dataDir);
    expect(await settings.all()).toEqual({ theme: "dark", "layout.now": "{}" });
    expect([existsSync(file), existsSync(`${file}.imported`)]).toEqual([false, true]);
    await settings.set("theme", "light");
    // As if the file could not have been put aside.
    writeFileSync(file, '{"theme":"dark","more":"x"}');
    expect(await open(dataDir).settings.all()).toEqual({ theme: "light", "layout.now": "{}", more: "x" });
  });

  it("in a file stay there while the store cannot take them", async () => {
    const dataDir = temporaryFolder();
    const file = join(dataDir, "settings.json");
    writeFileSync(file, '{"theme":"dark"}');
    const other = openDatabase(join(dataDir, "store.sqlite"));
    other.exec("BEGIN IMMEDIATE");
    const { settings } = open(dataDir);
    expect(await settings.all()).toEqual({});
    expect(existsSync(file)).toBe(true);
    const refused = await settings.set("a", "b");
    expect(!refused.ok && refused.error).toMatch(/^The setting could not be kept: Another program/);
    other.exec("COMMIT");
    other.close();
    expect(await open(dataDir).settings.all()).toEqual({ theme: "dark" });
  });

  const damaged = ["", "{", "7", '{"a":1}', '{"UPPER":"y"}'];
  it.each(damaged)("in a damaged file %j are none, and it stays", async (text) => {
    const dataDir = temporaryFolder();
    const file = join(dataDir, "settings.json");
    writeFileSync(file, text);
    const { settings } = open(dataDir);
    expect(await settings.all()).toEqual({});
    expect(await settings.set("a", "b")).toEqual({ ok: true, value: undefined });
    expect(readFileSync(file, "utf8")).toBe(text);
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
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, "store.sqlite"));
    const refused = await open(dataDir).settings.set("a", "b");
    expect(!refused.ok && refused.error).toMatch(/^The setting could not be kept: .+\.$/);
  });
});
