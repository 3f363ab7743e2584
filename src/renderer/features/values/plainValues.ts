/**
 * Menus of numbers that are no links of their own: elements marked `data-plain`, under one listener, because
 * a storm of interrupts draws them anew thirty times a second. One in the row of an ISC (`data-isc`) leads to
 * the ISC's interrupts; arrows move among them and the buttons beside them.
 */
import { useWorkspace } from "../../shell/workspace.ts";
import { useCopying } from "../../ui/copying.ts";
import { moveInGrid } from "../../ui/gridKeys.ts";
import { showValueMenu, type ValueAction } from "../../ui/valueMenu.ts";
import { useTimeline } from "../timeline/timeline.ts";

/** For use in a component's setup. `isLinked`: the timeline is of what is shown. */
export function usePlainValues(isLinked: () => boolean) {
  const workspace = useWorkspace();
  const timeline = useTimeline();
  const copyAction = useCopying();
  const valueAt = ({ target }: Event) => (target as HTMLElement).closest<HTMLElement>("[data-plain]");

  function showInterrupts(isc: string): void {
    workspace.show("timeline");
    timeline.filterText = `isc=${isc}`;
  }
  function iscOf(value: HTMLElement): string | undefined {
    return isLinked() ? value.closest<HTMLElement>("[data-isc]")?.dataset.isc : undefined;
  }

  function menu(event: MouseEvent): void {
    const value = valueAt(event);
    if (!value) return;
    const text = value.textContent.trim();
    const isc = iscOf(value);
    const title = "Show the ISC's interrupts in the timeline";
    const actions: ValueAction[] = [copyAction("Copy the value", text)];
    if (isc !== undefined) actions.unshift({ title, keys: "Enter", run: () => showInterrupts(isc) });
    showValueMenu(event, text, actions, value);
  }
  function keys(event: KeyboardEvent): void {
    const value = valueAt(event);
    const isc = value && iscOf(value);
    if (event.key === "Enter" && isc) showInterrupts(isc);
    else moveInGrid(event, "[data-plain], button");
  }
  return { menu, keys };
}
