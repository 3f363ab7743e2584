/** Where the cells of the map are, and how the cursor moves among them. */
import { esbSources } from "../../../engine/api/xiveView.ts";

export const COLUMNS = esbSources.columns;
export const ROWS = esbSources.count / COLUMNS;
/** Room on the left and above for the numbers of rows and columns, and between the two halves. */
export const MARGIN_LEFT = 44;
export const MARGIN_TOP = 16;
export const HALF_GAP = 16;
const CELL_MIN = 6;
const CELL_MAX = 14;

export interface Grid {
  /** Edge of a cell in CSS pixels. */
  readonly cell: number;
  readonly width: number;
  readonly height: number;
}

/** The largest cells that fit; at least six pixels, and then the map scrolls. */
export function gridFor(width: number, height: number): Grid {
  const fitting = Math.floor(
    Math.min((width - MARGIN_LEFT) / COLUMNS, (height - MARGIN_TOP - HALF_GAP) / ROWS),
  );
  const cell = Math.max(CELL_MIN, Math.min(CELL_MAX, fitting));
  return { cell, width: MARGIN_LEFT + cell * COLUMNS, height: MARGIN_TOP + HALF_GAP + cell * ROWS };
}

const isOfDevices = (lisn: number): boolean => lisn >= esbSources.firstOfDevices;

/** Upper left corner of a source's cell. */
export function placeOf({ cell }: Grid, lisn: number): { x: number; y: number } {
  const gap = isOfDevices(lisn) ? HALF_GAP : 0;
  return {
    x: MARGIN_LEFT + (lisn % COLUMNS) * cell,
    y: MARGIN_TOP + gap + Math.floor(lisn / COLUMNS) * cell,
  };
}

/** The source at a place of the map; undefined beside it. */
export function lisnAt({ cell }: Grid, x: number, y: number): number | undefined {
  const column = Math.floor((x - MARGIN_LEFT) / cell);
  const rowOf = (gap: number): number => Math.floor((y - MARGIN_TOP - gap) / cell);
  const half = ROWS / 2;
  const row = rowOf(0) < half ? rowOf(0) : rowOf(HALF_GAP);
  const isBetween = rowOf(0) >= half && row < half;
  if (isBetween || column < 0 || column >= COLUMNS || row < 0 || row >= ROWS) return undefined;
  return row * COLUMNS + column;
}

/** Where a key moves the cursor; undefined for a key that moves none. */
export function moved(lisn: number, key: string): number | undefined {
  const by = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -COLUMNS,
    ArrowDown: COLUMNS,
    PageUp: -8 * COLUMNS,
    PageDown: 8 * COLUMNS,
    Home: -(lisn % COLUMNS),
    End: COLUMNS - 1 - (lisn % COLUMNS),
  }[key];
  if (by === undefined) return undefined;
  const to = lisn + by;
  return to < 0 || to >= esbSources.count ? lisn : to;
}

export const hexLisn = (lisn: number): string => `0x${lisn.toString(16).padStart(4, "0")}`;
