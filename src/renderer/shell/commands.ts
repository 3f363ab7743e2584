/**
 * Everything a person can do, once: buttons, keys, menus, the palette and the sheet of keys all read this
 * list.
 * A command that cannot be done now says so by being disabled; it never disappears.
 */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import type { Command } from "./command.ts";
import { consoleCommands } from "./commands/consoleCommands.ts";
import { debugCommands } from "./commands/debugCommands.ts";
import { deviceCommands } from "./commands/deviceCommands.ts";
import { machineCommands } from "./commands/machineCommands.ts";
import { snapshotCommands } from "./commands/snapshotCommands.ts";
import { scriptCommands } from "./commands/scriptCommands.ts";
import { savedLayoutCommands, viewCommands } from "./commands/viewCommands.ts";
import { windowCommands } from "./commands/windowCommands.ts";
import { consoleAlone, worksAlone } from "./consoleAlone.ts";

export const useCommands = defineStore("commands", () => {
  const sheetShown = ref(false);
  const paletteShown = ref(false);
  const fixed: readonly Command[] = [
    ...machineCommands(),
    ...consoleCommands(),
    ...debugCommands(),
    ...deviceCommands(),
    ...snapshotCommands(),
    ...scriptCommands(),
    ...viewCommands(),
    ...windowCommands(paletteShown, sheetShown),
  ];
  const commands = computed<readonly Command[]>(() =>
    consoleAlone === undefined ? [...fixed, ...savedLayoutCommands()] : fixed.filter(worksAlone),
  );
  const byId = computed(() => new Map(commands.value.map((command) => [command.id, command])));
  const enabled = computed(
    () => new Set(commands.value.filter((command) => command.enabled()).map(({ id }) => id)),
  );

  async function execute(id: string): Promise<void> {
    if (enabled.value.has(id)) await byId.value.get(id)!.run();
  }

  return { commands, byId, enabled, execute, sheetShown, paletteShown };
});
