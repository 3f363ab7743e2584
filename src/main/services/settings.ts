/**
 * What a person set up in the window and wants to find again: named texts in one file of the data folder. The
 * page knows what they mean; here they are only kept, and every page is told of a change.
 *
 * Invariant: the file on disk is always whole: it is written beside and renamed.
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as v from "valibot";
import { ok, refuse, type Result } from "../../engine/base/result.ts";

export const settingLimits = { countMax: 64, valueCharactersMax: 64 * 2 ** 10 } as const;
export const settingKey = v.pipe(v.string(), v.regex(/^[a-z][A-Za-z0-9. -]{0,63}$/));
const valueText = v.pipe(v.string(), v.maxLength(settingLimits.valueCharactersMax));
const settingsFile = v.record(settingKey, valueText);

export type SettingListener = (change: { key: string; value?: string }) => void;

export class Settings {
  private readonly path: string | undefined;
  private readonly values = new Map<string, string>();
  private readonly listeners = new Set<SettingListener>();
  private loaded: Promise<void> | undefined;
  private writing: Promise<Result<void, string>> = Promise.resolve(ok(undefined));

  /** Without a path settings live as long as the process. */
  constructor(path?: string) {
    this.path = path;
  }

  listen(listener: SettingListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** All of them; a file that is damaged counts as none, and the next change replaces it. */
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
    return (this.writing = this.writing.then(() => this.write()));
  }

  private async load(): Promise<void> {
    if (this.path === undefined) return;
    try {
      const stored = v.parse(settingsFile, JSON.parse(await readFile(this.path, "utf8")));
      for (const [key, value] of Object.entries(stored)) this.values.set(key, value);
    } catch {
      // Nothing was kept yet, or nothing that can be used.
    }
  }

  private async write(): Promise<Result<void, string>> {
    if (this.path === undefined) return ok(undefined);
    try {
      await mkdir(dirname(this.path), { recursive: true });
      const text = `${JSON.stringify(Object.fromEntries(this.values), null, 2)}\n`;
      await writeFile(`${this.path}.new`, text);
      await rename(`${this.path}.new`, this.path);
      return ok(undefined);
    } catch (error) {
      return refuse(`The setting could not be kept: ${error instanceof Error ? error.message : error}.`);
    }
  }
}
