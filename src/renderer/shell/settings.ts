/** What the person set up, kept by the host: this page's view of it, and of what other pages change. */
import { defineStore } from "pinia";
import { reactive, shallowRef } from "vue";
import type { Bridge } from "../bridge.ts";

export const useSettings = defineStore("settings", () => {
  const values = reactive(new Map<string, string>());
  const loaded = shallowRef(false);
  let bridge: Bridge | undefined;

  function load(from: Bridge, all: Readonly<Record<string, string>>): void {
    bridge = from;
    values.clear();
    for (const [key, value] of Object.entries(all)) values.set(key, value);
    loaded.value = true;
  }

  function changed({ key, value }: { key: string; value?: string }): void {
    if (value === undefined) values.delete(key);
    else values.set(key, value);
  }

  /** Keeps a value, or forgets the key; answers the sentence that says why not, if so. */
  async function set(key: string, value: string | undefined): Promise<string | undefined> {
    if (values.get(key) === value) return undefined;
    changed(value === undefined ? { key } : { key, value });
    const kept = await bridge?.ask("saveSetting", value === undefined ? { key } : { key, value });
    return kept && !kept.ok ? kept.error : undefined;
  }

  return { values, loaded, load, changed, set };
});
