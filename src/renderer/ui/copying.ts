/** Putting a text on the clipboard, as an entry of a value's menu. */
import { useToasts } from "./toasts.ts";
import type { ValueAction } from "./valueMenu.ts";

/** For use in a component's setup. */
export function useCopying(): (title: string, text: string) => ValueAction {
  const toasts = useToasts();
  return (title, text) => ({
    title,
    run: async () => {
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        const remedy = "The browser did not give the page its clipboard. Allow it, then copy again.";
        toasts.error("Not copied", remedy);
      }
    },
  });
}
