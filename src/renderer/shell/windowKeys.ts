/**
 * The window's own keys: they act before a terminal or a panel sees them; all other keys go where they went.
 */
import { onBeforeUnmount, onMounted } from "vue";
import { useCommands } from "./commands.ts";
import { chordOf } from "./keys.ts";

/** Nobody is writing: the short chords mean the window. */
const isFree = ({ target }: KeyboardEvent): boolean =>
  !(target instanceof Element && target.closest("input, textarea, dialog, .xterm"));

/** Pasting by its own chord needs no permission, as long as the browser carries it out itself. */
const isLeftToTheBrowser = (id: string): boolean => id === "console.paste";

/** Listens as long as the component that calls this is mounted. */
export function useWindowKeys(): void {
  const commands = useCommands();
  function onKey(event: KeyboardEvent): void {
    const chord = chordOf(event);
    const command = commands.commands.find(
      ({ keys, shortKeys }) =>
        keys === chord || (isFree(event) && (shortKeys === chord || shortKeys === event.key)),
    );
    if (!command || isLeftToTheBrowser(command.id)) return;
    event.preventDefault();
    event.stopPropagation();
    void commands.execute(command.id);
  }
  onMounted(() => window.addEventListener("keydown", onKey, { capture: true }));
  onBeforeUnmount(() => window.removeEventListener("keydown", onKey, { capture: true }));
}
