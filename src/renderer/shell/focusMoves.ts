/** How the keyboard moves among the rows of a list or the tabs of a bar. */

/** Moves the focus among the buttons of a list; the list keeps one stop for Tab. */
export function arrowKeys(event: KeyboardEvent, direction: "vertical" | "horizontal"): void {
  const [back, on] = direction === "vertical" ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
  const stops = [
    ...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[data-stop], [role='tab']"),
  ];
  const at = stops.indexOf(document.activeElement as HTMLElement);
  const to = { [back!]: at - 1, [on!]: at + 1, Home: 0, End: stops.length - 1 }[event.key];
  const target = to === undefined ? undefined : stops[Math.max(0, Math.min(stops.length - 1, to))];
  if (!target) return;
  event.preventDefault();
  target.focus();
  target.click();
}

/** Moving by arrows leaves the keyboard in the list; a click with the mouse takes it along. */
export function followOf(event: MouseEvent): "keyboard follows" | "keyboard stays" {
  return event.detail > 0 ? "keyboard follows" : "keyboard stays";
}
