/** Moving the focus by arrows among things that lie in a grid, whatever its columns are at this width. */

const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

/** Focuses the nearest of the elements that lies in an arrow's direction; true if the key was an arrow. */
export function moveInGrid(event: KeyboardEvent, selector: string): boolean {
  const step = steps[event.key];
  if (!step) return false;
  const here = event.target as HTMLElement;
  const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(selector)];
  const [dx, dy] = step;
  const from = here.getBoundingClientRect();
  const far = (to: DOMRect): number => {
    const along = (to.left - from.left) * dx + (to.top - from.top) * dy;
    const beside = Math.abs((to.left - from.left) * dy) + Math.abs((to.top - from.top) * dx);
    return along > 1 ? along + beside * 4 : Infinity;
  };
  const ranked = all
    .filter((element) => element !== here && element.offsetParent !== null)
    .map((element) => ({ element, distance: far(element.getBoundingClientRect()) }))
    .sort((a, b) => a.distance - b.distance);
  const [nearest] = ranked;
  event.preventDefault();
  if (nearest && nearest.distance < Infinity) nearest.element.focus();
  return true;
}
