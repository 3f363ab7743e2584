/** Commands on what is shown where: panels and layouts. */
import { always, type Command } from "../command.ts";
import { builtinLayouts } from "../layouts.ts";
import { panels } from "../panels.ts";
import { useWorkspace } from "../workspace.ts";

export function viewCommands(): readonly Command[] {
  const workspace = useWorkspace();
  return [
    ...panels.map(({ id, title, keys }) => ({
      id: `panel.${id}`,
      title,
      group: "View" as const,
      ...(keys && { keys }),
      checked: () => workspace.openPanels.has(id),
      enabled: always,
      run: () => workspace.show(id),
    })),
    {
      id: "panel.close",
      title: "Close the panel in front",
      group: "View",
      enabled: () => workspace.frontPanel !== undefined,
      run: workspace.closeFront,
    },
    {
      id: "panel.next",
      title: "Go to the next panel",
      group: "View",
      keys: "F8",
      enabled: always,
      run: workspace.focusNext,
    },
    {
      id: "panel.maximize",
      title: "Give the panel in front all the room, or take it back",
      group: "View",
      enabled: () => workspace.frontPanel !== undefined,
      run: workspace.toggleMaximized,
    },
    ...builtinLayouts.map(({ name }) => ({
      id: `layout.${name}`,
      title: `Layout: ${name}`,
      group: "View" as const,
      checked: () => workspace.layoutName === name,
      enabled: always,
      run: () => workspace.arrangeAs(name),
    })),
    {
      id: "layout.save",
      title: "Save the layout under a name",
      group: "View",
      enabled: always,
      run: () => {
        workspace.naming = true;
      },
    },
  ];
}

/** Layouts that the person saved come and go. */
export function savedLayoutCommands(): readonly Command[] {
  const workspace = useWorkspace();
  return workspace.savedNames.flatMap((name) => [
    {
      id: `layout.saved.${name}`,
      title: `Layout: ${name}`,
      group: "View" as const,
      checked: () => workspace.layoutName === name,
      enabled: always,
      run: () => workspace.arrangeAs(name),
    },
    {
      id: `layout.remove.${name}`,
      title: `Remove the layout ${name}`,
      group: "View" as const,
      enabled: always,
      run: () => workspace.removeLayout(name),
    },
  ]);
}
