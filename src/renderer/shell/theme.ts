/** Which of the three themes is shown; "system" follows the desktop, high contrast included. */
import { defineStore } from "pinia";
import { ref, watch } from "vue";
import { useSettings } from "./settings.ts";

export const themes = ["system", "dark", "light", "contrast"] as const;
export type ThemeChoice = (typeof themes)[number];
export type ShownTheme = Exclude<ThemeChoice, "system">;

/** Known before the host answers, so that the first paint is right. */
const KEY = "latchwork.theme";
const SETTING = "theme";

export const useTheme = defineStore("theme", () => {
  const settings = useSettings();
  const choice = ref<ThemeChoice>(themes.find((theme) => theme === localStorage.getItem(KEY)) ?? "system");
  const shown = ref<ShownTheme>("dark");
  const light = matchMedia("(prefers-color-scheme: light)");
  const contrast = matchMedia("(prefers-contrast: more)");

  function apply(): void {
    const system = contrast.matches ? "contrast" : light.matches ? "light" : "dark";
    shown.value = choice.value === "system" ? system : choice.value;
    document.documentElement.dataset.theme = shown.value;
  }

  function choose(next: ThemeChoice): void {
    choice.value = next;
    localStorage.setItem(KEY, next);
    apply();
    void settings.set(SETTING, next);
  }

  function cycle(): void {
    choose(themes[(themes.indexOf(choice.value) + 1) % themes.length]!);
  }

  watch(
    () => settings.values.get(SETTING),
    (kept) => {
      const known = themes.find((theme) => theme === kept);
      if (known && known !== choice.value) choose(known);
    },
  );
  for (const query of [light, contrast]) query.addEventListener("change", apply);
  return { choice, shown, apply, choose, cycle };
});
