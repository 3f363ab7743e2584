/** A page that was opened for one console shows nothing else: which one, and what can be done there. */
import type { Command } from "./command.ts";

/** The guest whose console this page is for; none for the whole window. */
export const consoleAlone = new URLSearchParams(location.search).get("console") ?? undefined;

const others = new Set(["console.popOut", "console.toggle"]);
/** Whether the command needs no list of guests and no panel. */
export const worksAlone = ({ id }: Command): boolean =>
  /^(machine|console|theme|window)\./.test(id) ? !others.has(id) : id === "snapshot.take";
