/** Where the workbench's window was when it was closed last, if it still can be there. */
import * as v from "valibot";

export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const BOUNDS_KEY = "window.bounds";
/** So much of a window must lie on some display that a person can take hold of it, in pixels. */
const GRIP = 80;

const pixels = v.pipe(v.number(), v.safeInteger(), v.minValue(-32_768), v.maxValue(32_767));
const size = v.pipe(pixels, v.minValue(200));
const schema = v.object({ x: pixels, y: pixels, width: size, height: size });

/** What was kept; undefined where that is nothing, damaged, or off the displays that there are now. */
export function boundsFrom(text: string | undefined, displays: readonly Bounds[]): Bounds | undefined {
  if (text === undefined) return undefined;
  try {
    const bounds = v.parse(schema, JSON.parse(text));
    return displays.some((display) => reaches(bounds, display)) ? bounds : undefined;
  } catch {
    return undefined;
  }
}

/** The window's upper edge, by which it is moved, lies on the display, with some of its width. */
function reaches(window: Bounds, display: Bounds): boolean {
  const right = Math.min(window.x + window.width, display.x + display.width);
  const left = Math.max(window.x, display.x);
  return right - left >= GRIP && window.y >= display.y && window.y <= display.y + display.height - GRIP;
}

export const boundsText = ({ x, y, width, height }: Bounds): string =>
  JSON.stringify({ x, y, width, height });
