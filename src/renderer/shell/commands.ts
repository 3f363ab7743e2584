/**
 * Everything a person can do, once: buttons, keys, the palette and the sheet of keys all read this list.
 * A command that cannot be done now says so by being disabled; it never disappears.
 */
import { defineStore } from "pinia";
import { computed, nextTick, ref } from "vue";
import { useConsoles } from "../features/console/consoles.ts";
import { useMachines } from "../features/machines/machines.ts";
import { useDialogs } from "../ui/dialogs.ts";
import { useTheme } from "./theme.ts";

export interface Command {
  readonly id: string;
  readonly title: string;
  readonly group: "Machine" | "Console" | "Window";
  /** As `KeyboardEvent` says it: "F5", "Ctrl+`", "Ctrl+Shift+F". */
  readonly keys?: string;
  /** A shorter chord that counts only where neither a guest nor a text field has the keyboard. */
  readonly shortKeys?: string;
  readonly enabled: () => boolean;
  readonly run: () => void | Promise<void>;
}

export const useCommands = defineStore("commands", () => {
  const machines = useMachines();
  const consoles = useConsoles();
  const dialogs = useDialogs();
  const theme = useTheme();
  const sheetShown = ref(false);
  const paletteShown = ref(false);

  const state = () => machines.selectedState;
  const hasConsole = (): boolean => consoles.current !== undefined;
  const always = (): boolean => true;

  /** Start, go on, or look: whatever running this guest means now. */
  async function run(): Promise<void> {
    const id = machines.selectedId!;
    if (state() === "paused") return machines.request("resumeMachine", id);
    if (await machines.start(id)) {
      consoles.reveal(id);
      await nextTick();
      consoles.focus();
    }
  }

  async function reset(): Promise<void> {
    const sentence = "The guest begins again from its kernel. What it has not written to a disk is lost.";
    const id = machines.selectedId!;
    if (await dialogs.confirm(`Reset ${machines.titleOf(id)}?`, sentence, "Reset"))
      await machines.request("resetMachine", id);
  }

  async function powerOff(): Promise<void> {
    const sentence = "The guest is not asked to shut down. What it has not written to a disk is lost.";
    const id = machines.selectedId!;
    if (await dialogs.confirm(`Power off ${machines.titleOf(id)}?`, sentence, "Power off"))
      await machines.request("powerOffMachine", id);
  }

  async function remove(): Promise<void> {
    const sentence = "Its kernel, initrd and settings are deleted from this machine.";
    const id = machines.selectedId!;
    if (await dialogs.confirm(`Remove ${machines.titleOf(id)}?`, sentence, "Remove"))
      await machines.removeGuest(id);
  }

  /** Between the console and the list: the one chord that takes the keyboard back from the guest. */
  function toggleConsole(): void {
    const inConsole = document.activeElement?.closest(".xterm") !== null;
    if (consoles.current && !inConsole) consoles.focus();
    else document.querySelector<HTMLElement>(".machine-list [tabindex='0']")?.focus();
  }

  const can =
    (...states: (string | undefined)[]) =>
    () =>
      states.includes(state());
  const commands: readonly Command[] = [
    {
      id: "machine.run",
      title: "Start or resume",
      group: "Machine",
      keys: "F5",
      enabled: can("off", "crashed", "paused"),
      run,
    },
    {
      id: "machine.pause",
      title: "Pause",
      group: "Machine",
      keys: "F6",
      enabled: can("running"),
      run: () => machines.request("pauseMachine", machines.selectedId!),
    },
    { id: "machine.reset", title: "Reset", group: "Machine", enabled: can("running", "paused"), run: reset },
    {
      id: "machine.powerOff",
      title: "Power off",
      group: "Machine",
      enabled: can("starting", "running", "paused"),
      run: powerOff,
    },
    {
      id: "machine.fetch",
      title: "Fetch the guest",
      group: "Machine",
      enabled: can("absent"),
      run: () => machines.fetchGuest(machines.selectedId!),
    },
    {
      id: "guest.add",
      title: "Add guest",
      group: "Machine",
      keys: "Ctrl+Shift+A",
      enabled: always,
      run: () => {
        machines.adding = true;
      },
    },
    {
      id: "guest.remove",
      title: "Remove the guest",
      group: "Machine",
      enabled: () => machines.selected?.kind === "user" && can("off", "crashed")(),
      run: remove,
    },
    {
      id: "guest.filter",
      title: "Filter the guests",
      group: "Machine",
      shortKeys: "/",
      enabled: always,
      run: () => document.querySelector<HTMLElement>(".machine-list input")?.focus(),
    },
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
    { id: "window.theme", title: "Change the theme", group: "Window", enabled: always, run: theme.cycle },
    {
      id: "window.palette",
      title: "Find a command",
      group: "Window",
      keys: "Ctrl+Shift+P",
      shortKeys: "Ctrl+K",
      enabled: always,
      run: () => {
        paletteShown.value = !paletteShown.value;
      },
    },
    {
      id: "window.keys",
      title: "Keys",
      group: "Window",
      keys: "F1",
      shortKeys: "?",
      enabled: always,
      run: () => {
        sheetShown.value = !sheetShown.value;
      },
    },
  ];
  const byId = new Map(commands.map((command) => [command.id, command]));
  const enabled = computed(
    () => new Set(commands.filter((command) => command.enabled()).map(({ id }) => id)),
  );

  async function execute(id: string): Promise<void> {
    if (enabled.value.has(id)) await byId.get(id)!.run();
  }

  return { commands, byId, enabled, execute, sheetShown, paletteShown, arrowKeys, followOf };
});

/** Moves the focus among the buttons of a list; the list keeps one stop for Tab. */
function arrowKeys(event: KeyboardEvent, direction: "vertical" | "horizontal"): void {
  const [back, on] = direction === "vertical" ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
  const stops = [
    ...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[data-stop], [role='tab']"),
  ];
  const at = stops.indexOf(document.activeElement as HTMLElement);
  const to = { [back!]: at - 1, [on!]: at + 1, Home: 0, End: stops.length - 1 }[event.key];
  const target = to === undefined ? undefined : stops[Math.max(0, Math.min(stops.length - 1, to))];
  if (!target) return;
  event.preventDefault();
  target.focus();
  target.click();
}

/** Moving by arrows leaves the keyboard in the list; a click with the mouse takes it along. */
function followOf(event: MouseEvent): "keyboard follows" | "keyboard stays" {
  return event.detail > 0 ? "keyboard follows" : "keyboard stays";
}
