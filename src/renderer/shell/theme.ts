/** Which of the three themes is shown; "system" follows the desktop, high contrast included. */
import { defineStore } from "pinia";
import { ref } from "vue";

export const themes = ["system", "dark", "light", "contrast"] as const;
export type ThemeChoice = (typeof themes)[number];
export type ShownTheme = Exclude<ThemeChoice, "system">;

const KEY = "latchwork.theme";

export const useTheme = defineStore("theme", () => {
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
  }

  function cycle(): void {
    choose(themes[(themes.indexOf(choice.value) + 1) % themes.length]!);
  }

  for (const query of [light, contrast]) query.addEventListener("change", apply);
  return { choice, shown, apply, choose, cycle };
});
