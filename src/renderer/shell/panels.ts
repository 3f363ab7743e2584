/** The panels of the workspace: what can be docked, under which name. */
import type { Component } from "vue";
import ConsoleStage from "../features/console/ConsoleStage.vue";

export interface PanelKind {
  readonly id: string;
  readonly title: string;
  readonly component: Component;
  /** The chord that shows it. */
  readonly keys?: string;
}

export const panels: readonly PanelKind[] = [{ id: "console", title: "Console", component: ConsoleStage }];
