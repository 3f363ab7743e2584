/** Arrangements of panels that are always there; what a person arranged is kept as dockview writes it. */
import type { AddPanelPositionOptions, DockviewApi, Direction } from "dockview-vue";
import { panels } from "./panels.ts";

interface Placement {
  readonly panel: string;
  /** Where it goes: beside an earlier one, or into its tabs. The first has none. */
  readonly beside?: { readonly panel: string; readonly direction: Direction | "within" };
  /** Share of the room that the two have together. */
  readonly share?: number;
}

export interface BuiltinLayout {
  readonly name: string;
  readonly placements: readonly Placement[];
}

export const builtinLayouts: readonly BuiltinLayout[] = [
  { name: "Console", placements: [{ panel: "console" }] },
  {
    name: "Debug",
    placements: [
      { panel: "console" },
      { panel: "registers", beside: { panel: "console", direction: "right" }, share: 0.5 },
      { panel: "disassembly", beside: { panel: "console", direction: "below" }, share: 0.6 },
      { panel: "memory", beside: { panel: "registers", direction: "below" }, share: 0.35 },
      { panel: "stops", beside: { panel: "memory", direction: "within" } },
    ],
  },
  {
    name: "Interrupts",
    placements: [
      { panel: "console" },
      { panel: "flic", beside: { panel: "console", direction: "right" }, share: 0.55 },
      { panel: "timeline", beside: { panel: "console", direction: "below" }, share: 0.6 },
      { panel: "lanes", beside: { panel: "timeline", direction: "within" } },
    ],
  },
  {
    name: "Two machines",
    placements: [
      { panel: "console" },
      { panel: "flic", beside: { panel: "console", direction: "right" }, share: 0.5 },
      { panel: "consoleBeside", beside: { panel: "console", direction: "below" }, share: 0.5 },
    ],
  },
  {
    name: "Device machine",
    placements: [
      { panel: "scenarios" },
      { panel: "esb", beside: { panel: "scenarios", direction: "right" }, share: 0.64 },
      { panel: "deviceFlic", beside: { panel: "esb", direction: "within" } },
      { panel: "passthrough", beside: { panel: "esb", direction: "within" } },
      { panel: "ap", beside: { panel: "esb", direction: "within" } },
      { panel: "arm", beside: { panel: "esb", direction: "within" } },
      { panel: "books", beside: { panel: "esb", direction: "within" } },
      { panel: "litmus", beside: { panel: "esb", direction: "within" } },
      { panel: "device", beside: { panel: "scenarios", direction: "below" }, share: 0.6 },
    ],
  },
];

/** Of a panel that can be worked with, in pixels. */
const WIDTH_MIN = 460;
const HEIGHT_MIN = 240;

/**
 * Where a panel that a person opens goes: beside the console, or else below another group, where both keep
 * room to work; among the console's tabs where nobody has that much, so that what led there stays in sight.
 */
export function placeIn(api: DockviewApi): AddPanelPositionOptions | undefined {
  const beside = api.getPanel("console") ?? api.activePanel;
  if (!beside) return undefined;
  const areaOf = ({ api: { width, height } }: (typeof api.groups)[number]): number => width * height;
  const others = api.groups
    .filter((group) => group.api.location.type === "grid" && group !== beside.group)
    .sort((a, b) => areaOf(b) - areaOf(a));
  if (others.length === 0 || beside.group.api.width >= 2 * WIDTH_MIN)
    return { referencePanel: beside.id, direction: "right" };
  const tall = others.find((group) => group.api.height >= 2 * HEIGHT_MIN);
  return tall
    ? { referenceGroup: tall, direction: "below" }
    : { referencePanel: beside.id, direction: "within" };
}

/** Clears the workspace and places the layout's panels. */
export function arrange(api: DockviewApi, { placements }: BuiltinLayout): void {
  api.clear();
  for (const { panel, beside, share } of placements) {
    const kind = panels.find(({ id }) => id === panel)!;
    const reference = beside && api.getPanel(beside.panel);
    const isAcross = beside?.direction === "left" || beside?.direction === "right";
    const room = reference && (isAcross ? reference.api.width : reference.api.height);
    const size = room && share ? { [isAcross ? "initialWidth" : "initialHeight"]: room * share } : {};
    api.addPanel({
      id: panel,
      component: panel,
      title: kind.title,
      ...(beside?.direction === "within" && { inactive: true }),
      ...(beside && { position: { referencePanel: beside.panel, direction: beside.direction } }),
      ...size,
    });
  }
  // The first of panels that share their room is the one in front.
  for (const { panel } of placements.filter(({ beside }) => beside?.direction !== "within").reverse())
    api.getPanel(panel)?.api.setActive();
}
