/** Commands on the window itself. */
import { type Ref } from "vue";
import { always, type Command } from "../command.ts";
import { themes, useTheme } from "../theme.ts";

const themeTitles = {
  system: "Theme: as the desktop",
  dark: "Theme: dark",
  light: "Theme: light",
  contrast: "Theme: high contrast",
} as const;

export function windowCommands(paletteShown: Ref<boolean>, sheetShown: Ref<boolean>): readonly Command[] {
  const theme = useTheme();
  const toggle = (shown: Ref<boolean>) => (): void => {
    shown.value = !shown.value;
  };
  return [
    ...themes.map((choice) => ({
      id: `theme.${choice}`,
      title: themeTitles[choice],
      group: "Window" as const,
      checked: () => theme.choice === choice,
      enabled: always,
      run: () => theme.choose(choice),
    })),
    { id: "window.theme", title: "Next theme", group: "Window", enabled: always, run: theme.cycle },
    {
      id: "window.palette",
      title: "Find a command",
      group: "Window",
      keys: "Ctrl+Shift+P",
      shortKeys: "Ctrl+K",
      enabled: always,
      run: toggle(paletteShown),
    },
    {
      id: "window.keys",
      title: "Keys",
      group: "Window",
      keys: "F1",
      shortKeys: "?",
      enabled: always,
      run: toggle(sheetShown),
    },
  ];
}
