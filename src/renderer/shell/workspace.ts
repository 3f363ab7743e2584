/**
 * Which panels are open and where: the dock's own state, what of it is kept, and the layouts by name. The
 * arrangement of now is kept under `layout.now`, named ones under `layout.as.` and their name.
 */
import type { DockviewApi, SerializedDockview } from "dockview-vue";
import { defineStore } from "pinia";
import { computed, nextTick, ref, shallowRef, watch } from "vue";
import { useToasts } from "../ui/toasts.ts";
import { arrange, builtinLayouts, placeIn } from "./layouts.ts";
import { panels } from "./panels.ts";
import { useSettings } from "./settings.ts";

const NOW = "layout.now";
const NAME = "layout.name";
const NAMED = "layout.as.";
const KEEP_MS = 400;

export const useWorkspace = defineStore("workspace", () => {
  const settings = useSettings();
  const toasts = useToasts();
  const api = shallowRef<DockviewApi>();
  const openPanels = ref(new Set<string>());
  const frontPanel = ref<string>();
  const layoutName = ref<string>();
  /** The person is asked for a layout's name. */
  const naming = ref(false);
  const savedNames = computed(() =>
    [...settings.values.keys()]
      .filter((key) => key.startsWith(NAMED))
      .map((key) => key.slice(NAMED.length))
      .sort(),
  );
  let isRestoring = false;
  let keeping: ReturnType<typeof setTimeout> | undefined;

  /** The dock is there: it shows what was kept, as soon as the host has said what that is. */
  function attach(to: DockviewApi): void {
    api.value = to;
    to.onDidLayoutChange(changed);
    to.onDidActivePanelChange(changed);
    arrangeQuietly(() => arrange(to, builtinLayouts[0]!));
    watch(() => settings.loaded, restore, { immediate: true });
  }

  function restore(): void {
    if (!settings.loaded) return;
    const kept = settings.values.get(NOW);
    layoutName.value = settings.values.get(NAME) ?? builtinLayouts[0]!.name;
    if (kept !== undefined && !load(kept)) arrangeQuietly(() => arrange(api.value!, builtinLayouts[0]!));
  }

  function changed(): void {
    const dock = api.value!;
    openPanels.value = new Set(dock.panels.map(({ id }) => id));
    frontPanel.value = dock.activePanel?.id;
    if (isRestoring || !settings.loaded) return;
    clearTimeout(keeping);
    keeping = setTimeout(() => void settings.set(NOW, JSON.stringify(dock.toJSON())), KEEP_MS);
  }

  function arrangeQuietly(work: () => void): void {
    isRestoring = true;
    try {
      work();
    } finally {
      isRestoring = false;
      changed();
    }
  }

  /** Shows what dockview wrote; false where that cannot be, and then the dock may be empty. */
  function load(text: string): boolean {
    let isShown = false;
    arrangeQuietly(() => {
      try {
        const layout = JSON.parse(text) as SerializedDockview;
        const known = new Set(panels.map(({ id }) => id));
        if (!Object.keys(layout.panels).every((id) => known.has(id))) return;
        api.value!.fromJSON(layout);
        isShown = api.value!.panels.length > 0;
      } catch {
        api.value!.clear();
      }
    });
    return isShown;
  }

  /** Opens the panel if it is not there, brings it to the front and gives it the keyboard. */
  function show(id: string): void {
    const dock = api.value;
    const kind = panels.find((panel) => panel.id === id);
    if (!dock || !kind) return;
    const open = dock.getPanel(id);
    if (open) open.api.setActive();
    else {
      const position = placeIn(dock);
      dock.addPanel({ id, component: id, title: kind.title, ...(position && { position }) });
    }
    void nextTick(focusFront);
  }

  function focusFront(): void {
    const front = api.value?.activePanel;
    if (!front || front.id === "console") return;
    const { element } = front.view.content;
    // What a panel is for comes behind the tools in its head.
    const own = [...element.querySelectorAll<HTMLElement>("[data-focus]")].at(-1);
    (own ?? element.querySelector<HTMLElement>("[tabindex='0'], button, input, select"))?.focus();
  }

  function focusNext(): void {
    api.value?.moveToNext({ includePanel: true });
    void nextTick(focusFront);
  }

  function closeFront(): void {
    const front = api.value?.activePanel;
    if (front) api.value!.removePanel(front);
  }

  function toggleMaximized(): void {
    const front = api.value?.activePanel;
    if (!front) return;
    if (front.api.isMaximized()) front.api.exitMaximized();
    else front.api.maximize();
  }

  function arrangeAs(name: string): void {
    const builtin = builtinLayouts.find((layout) => layout.name === name);
    const saved = settings.values.get(NAMED + name);
    if (builtin) arrangeQuietly(() => arrange(api.value!, builtin));
    else if (saved === undefined || !load(saved)) {
      arrangeQuietly(() => arrange(api.value!, builtinLayouts[0]!));
      return toasts.error(`The layout ${name} cannot be shown`, "It is damaged or of another version.");
    }
    layoutName.value = name;
    void settings.set(NAME, name);
  }

  /** Keeps the arrangement of now under a name; the sentence that says why not, if so. */
  async function saveAs(name: string): Promise<string | undefined> {
    if (!/^[A-Za-z0-9][A-Za-z0-9 -]{0,39}$/.test(name))
      return "A name has 1 to 40 letters, digits, blanks and hyphens, and begins with a letter or digit.";
    if (builtinLayouts.some((layout) => layout.name === name))
      return `"${name}" is the name of a layout that is always there. Choose another.`;
    const refused = await settings.set(NAMED + name, JSON.stringify(api.value!.toJSON()));
    if (refused !== undefined) return refused;
    layoutName.value = name;
    await settings.set(NAME, name);
    return undefined;
  }

  async function removeLayout(name: string): Promise<void> {
    await settings.set(NAMED + name, undefined);
    toasts.note(`Layout ${name} removed`, "The panels stay where they are.");
  }

  return {
    openPanels,
    frontPanel,
    layoutName,
    naming,
    savedNames,
    attach,
    show,
    focusNext,
    closeFront,
    toggleMaximized,
    arrangeAs,
    saveAs,
    removeLayout,
  };
});
