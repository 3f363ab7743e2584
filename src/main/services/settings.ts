/**
 * What a person set up in the window and wants to find again: named texts. The page knows what they mean;
 * here they are only kept, and every page is told of a change.
 */
import * as v from "valibot";
import { ok, refuse, type Result } from "../../engine/base/result.ts";

export const settingLimits = { countMax: 64, valueCharactersMax: 64 * 2 ** 10 } as const;
export const settingKey = v.pipe(v.string(), v.regex(/^[a-z][A-Za-z0-9. -]{0,63}$/));

/** Where settings outlive the process. */
export interface SettingsKeeper {
  all(): Promise<Result<Record<string, string>, string>>;
  /** Forgets the key where there is no value. */
  set(key: string, value: string | undefined): Promise<Result<void, string>>;
}

export type SettingListener = (change: { key: string; value?: string }) => void;

export class Settings {
  private readonly keeper: SettingsKeeper | undefined;
  private readonly values = new Map<string, string>();
  private readonly listeners = new Set<SettingListener>();
  private loaded: Promise<void> | undefined;

  /** Without a keeper settings live as long as the process. */
  constructor(keeper?: SettingsKeeper) {
    this.keeper = keeper;
  }

  listen(listener: SettingListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** All of them; where they cannot be read there are none, and the next change says why. */
  async all(): Promise<Record<string, string>> {
    await (this.loaded ??= this.load());
    return Object.fromEntries(this.values);
  }

  /** Keeps a value, or forgets the key where there is none. */
  async set(key: string, value: string | undefined): Promise<Result<void, string>> {
    await (this.loaded ??= this.load());
    if (value !== undefined && !this.values.has(key) && this.values.size >= settingLimits.countMax)
      return refuse(`${settingLimits.countMax} settings are kept already. Remove a layout first.`);
    if (value === undefined) this.values.delete(key);
    else this.values.set(key, value);
    for (const listener of this.listeners) listener({ key, ...(value !== undefined && { value }) });
    const kept = (await this.keeper?.set(key, value)) ?? ok(undefined);
    return kept.ok ? kept : refuse(`The setting could not be kept: ${kept.error}`);
  }

  private async load(): Promise<void> {
    const kept = await this.keeper?.all();
    if (kept?.ok) for (const [key, value] of Object.entries(kept.value)) this.values.set(key, value);
  }
}
