/** The terminals of this page, one for every machine that has been shown, and the order of their tabs. */
import { defineStore } from "pinia";
import { computed, ref, shallowReactive, watch } from "vue";
import { useTheme } from "../../shell/theme.ts";
import { download } from "../../ui/download.ts";
import { useToasts } from "../../ui/toasts.ts";
import { useMachines } from "../machines/machines.ts";
import { GuestConsole } from "./guestConsole.ts";
import { machineBeside } from "./machineBeside.ts";
import { terminalThemes } from "./terminalTheme.ts";

export const useConsoles = defineStore("consoles", () => {
  const machines = useMachines();
  const theme = useTheme();
  const toasts = useToasts();
  const opened = shallowReactive(new Map<string, GuestConsole>());
  const hidden = ref(new Set<string>());
  const searching = ref(false);
  let takesKeyboard = true;

  const started = computed(() => [...machines.machines.values()]);
  const tabs = computed(() => started.value.filter(({ id }) => !hidden.value.has(id)));
  const current = computed(() => {
    const id = machines.selectedId;
    return !machines.adding && tabs.value.some((tab) => tab.id === id) ? opened.get(id!) : undefined;
  });

  /** The machine that a person chose for the second console, and whether that panel is there. */
  const besideChosen = ref<string>();
  const besideShown = ref(false);
  /** Without a choice, another machine than the one in front. */
  const besideId = computed(() =>
    machineBeside(tabs.value, machines.selectedId, besideChosen.value));
  /** A terminal is in one place: that of the machine in front may be in the second console. */
  const isBeside = computed(() => besideShown.value && besideId.value === machines.selectedId);

  machines.setSink({
    take: (chunk) => opened.get(chunk.id)?.take(chunk),
    reattach: () => {
      for (const console of opened.values()) void console.reattach();
    },
  });

  /** A machine that comes on gets its terminal at once: nothing of its first lines may be missed. */
  watch(
    () => started.value.map(({ id, run, past }) => ({ id, run, isReadOnly: past !== undefined })),
    (now) => {
      for (const { id, isReadOnly } of now) {
        if (!opened.has(id)) open(id);
        opened.get(id)!.terminal.options.disableStdin = isReadOnly;
      }
      for (const [id, console] of opened) if (!now.some((machine) => machine.id === id)) forget(id, console);
    },
    { immediate: true },
  );
  watch(
    () => theme.shown,
    (shown) => {
      for (const console of opened.values()) console.terminal.options.theme = terminalThemes[shown];
    },
  );

  function open(id: string): void {
    const refused = (sentence: string): void => toasts.error(machines.titleOf(id), sentence);
    const console = new GuestConsole(id, machines.bridge!, terminalThemes[theme.shown], refused);
    opened.set(id, console);
    void console.attach();
  }

  function forget(id: string, console: GuestConsole): void {
    opened.delete(id);
    console.dispose();
  }

  /**
   * Opens the tab again and brings the machine to the front; the keyboard follows unless it stays with a
   * list.
   */
  function reveal(id: string, follow: "keyboard follows" | "keyboard stays" = "keyboard follows"): void {
    hidden.value.delete(id);
    takesKeyboard = follow === "keyboard follows";
    machines.select(id);
    if (takesKeyboard) focus();
  }

  /** A console that has just come to the front asks once whether the keyboard is meant for it. */
  function focusIfMeant(): void {
    if (takesKeyboard) focus();
  }

  /** Only a machine that is off lets go of its tab; its output goes with it. */
  function close(id: string): void {
    const phase = machines.machines.get(id)?.phase;
    if (phase === "stopped" || phase === "crashed") hidden.value.add(id);
  }

  /** A second page of the same host, showing this console only; the host serves any number of pages. */
  function popOut(id: string): void {
    const opened = window.open(`?console=${encodeURIComponent(id)}`, `console-${id}`, "width=900,height=560");
    // In the application main opens the window itself and the page gets none.
    if (opened) opened.focus();
    else if (!window.latchwork)
      toasts.error("No window was opened", "The browser blocks new windows of this page. Allow them here.");
  }

  const consoleOf = (id: string): GuestConsole | undefined => opened.get(id);

  function focus(): void {
    current.value?.terminal.focus();
  }

  async function copy(): Promise<void> {
    const text = current.value?.terminal.getSelection() ?? "";
    if (text === "") return toasts.note("Nothing to copy", "Select text in the console first: drag over it.");
    await navigator.clipboard
      .writeText(text)
      .catch(() =>
        toasts.error("Not copied", "The browser keeps its clipboard from this page. Press Ctrl-Shift-C."),
      );
  }

  async function paste(): Promise<void> {
    // At once: a key that is pressed while the clipboard is read is not meant for the button.
    focus();
    try {
      current.value?.paste(await navigator.clipboard.readText());
    } catch {
      toasts.error(
        "Not pasted",
        "The browser keeps its clipboard from this page. Press Ctrl-Shift-V in the console.",
      );
    }
  }

  /** As plain text, or with the escape sequences that colour it. */
  function save(kind: "text" | "styled"): void {
    const console = current.value;
    if (!console) return;
    const content = kind === "text" ? console.text() : console.styledText();
    const name = `${console.id}-console.${kind === "text" ? "txt" : "ansi"}`;
    download(name, new Blob([content], { type: "text/plain" }));
  }

  const clear = (): void => current.value?.clear();

  return {
    tabs,
    current,
    consoleOf,
    besideChosen,
    besideShown,
    besideId,
    isBeside,
    hidden,
    searching,
    reveal,
    close,
    popOut,
    focus,
    focusIfMeant,
    copy,
    paste,
    save,
    clear,
  };
});
