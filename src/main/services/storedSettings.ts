/**
 * Settings in the store. Earlier versions kept them in a file, `settings.json`: it is taken over once, and
 * stays where that fails.
 */
import { readFile, rename } from "node:fs/promises";
import * as v from "valibot";
import { refuse, type Result } from "../../engine/base/result.ts";
import type { Store } from "../store/store.ts";
import { settingKey, settingLimits, type SettingsKeeper } from "./settings.ts";

const settingsFile = v.record(
  settingKey,
  v.pipe(v.string(), v.maxLength(settingLimits.valueCharactersMax)),
);

/** `file`: where an earlier version may have left settings. */
export function storedSettings(store: Store, file: string): SettingsKeeper {
  return {
    async all(): Promise<Result<Record<string, string>, string>> {
      await takeOver(store, file);
      const kept = await store.call("settings", undefined);
      return kept.ok ? kept : refuse(kept.error.sentence);
    },
    async set(key: string, value: string | undefined): Promise<Result<void, string>> {
      const kept = await store.call("setSetting", { key, value });
      return kept.ok ? kept : refuse(kept.error.sentence);
    },
  };
}

async function takeOver(store: Store, file: string): Promise<void> {
  const values = await settingsIn(file);
  if (!values) return;
  const taken = await store.call("importSettings", values);
  // One that cannot be renamed is taken over again and changes nothing: what is set stays.
  if (taken.ok) await rename(file, `${file}.imported`).catch(() => undefined);
}

/** Undefined where there is no such file, or nothing in it that can be used. */
async function settingsIn(file: string): Promise<Record<string, string> | undefined> {
  try {
    return v.parse(settingsFile, JSON.parse(await readFile(file, "utf8")));
  } catch {
    return undefined;
  }
}
