/** Key chords: what a keyboard event is called, and how a chord is written for this desktop. */

/** "Ctrl+Shift+F" for the event; on a Mac the Command key counts as Ctrl too. */
export function chordOf(
  event: Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">,
): string {
  const parts: string[] = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey) parts.push("Shift");
  // On many layouts the key left of 1 is dead or another sign: its place is what is meant.
  parts.push(event.code === "Backquote" ? "`" : event.key.length === 1 ? event.key.toUpperCase() : event.key);
  return parts.join("+");
}

export const spelled = (chord: string): string => chord.replaceAll("+", "-");
