/** Commands on the console in front. */
import { useConsoles } from "../../features/console/consoles.ts";
import { always, type Command } from "../command.ts";

export function consoleCommands(): readonly Command[] {
  const consoles = useConsoles();
  const hasConsole = (): boolean => consoles.current !== undefined;

  /** Between the console and the list: the one chord that takes the keyboard back from the guest. */
  function toggleConsole(): void {
    const inConsole = document.activeElement?.closest(".xterm") !== null;
    if (consoles.current && !inConsole) consoles.focus();
    else document.querySelector<HTMLElement>(".machine-list [tabindex='0']")?.focus();
  }

  return [
    {
      id: "console.toggle",
      title: "Go to the console, or leave it",
      group: "Console",
      keys: "Ctrl+`",
      enabled: always,
      run: toggleConsole,
    },
    {
      id: "console.find",
      title: "Find in the console",
      group: "Console",
      keys: "Ctrl+Shift+F",
      enabled: hasConsole,
      run: () => {
        consoles.searching = !consoles.searching;
      },
    },
    {
      id: "console.copy",
      title: "Copy the selection",
      group: "Console",
      keys: "Ctrl+Shift+C",
      enabled: hasConsole,
      run: consoles.copy,
    },
    {
      id: "console.paste",
      title: "Paste as keys",
      group: "Console",
      keys: "Ctrl+Shift+V",
      enabled: hasConsole,
      run: consoles.paste,
    },
    {
      id: "console.save",
      title: "Save the output as text",
      group: "Console",
      enabled: hasConsole,
      run: () => consoles.save("text"),
    },
    {
      id: "console.saveStyled",
      title: "Save the output with colours",
      group: "Console",
      enabled: hasConsole,
      run: () => consoles.save("styled"),
    },
    {
      id: "console.clear",
      title: "Clear the screen and its scrollback",
      group: "Console",
      keys: "Ctrl+Shift+K",
      enabled: hasConsole,
      run: consoles.clear,
    },
    {
      id: "console.reader",
      title: "Let a screen reader read the console",
      group: "Console",
      enabled: hasConsole,
      run: () => consoles.current?.toggleScreenReader(),
    },
    {
      id: "console.popOut",
      title: "Open the console in a window of its own",
      group: "Console",
      enabled: hasConsole,
      run: () => consoles.popOut(consoles.current!.id),
    },
  ];
}
