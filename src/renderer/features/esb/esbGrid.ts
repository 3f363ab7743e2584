/** Where the cells of the map are, and how the cursor moves among them. */
import { esbSources } from "../../../engine/api/xiveView.ts";

/** Room on the left and above for the numbers of rows and columns, and between the two halves. */
export const MARGIN_LEFT = 44;
export const MARGIN_TOP = 16;
export const HALF_GAP = 16;
const CELL_MIN = 6;
const CELL_MAX = 14;

export interface Grid {
  readonly columns: number;
  readonly rows: number;
  /** Edge of a cell in CSS pixels. */
  readonly cell: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The largest cells that fit; at least six pixels, and then the map scrolls. Where a row does not fit even
 * so, it goes on in the next: the map scrolls one way only.
 */
export function gridFor(width: number, height: number): Grid {
  const forCells = width - MARGIN_LEFT;
  const fits = forCells >= esbSources.columns * CELL_MIN;
  const columns = fits ? esbSources.columns : esbSources.columns / 2;
  const rows = esbSources.count / columns;
  const fitting = Math.floor(Math.min(forCells / columns, (height - MARGIN_TOP - HALF_GAP) / rows));
  const cell = Math.max(CELL_MIN, Math.min(CELL_MAX, fitting));
  return {
    columns,
    rows,
    cell,
    width: MARGIN_LEFT + cell * columns,
    height: MARGIN_TOP + HALF_GAP + cell * rows,
  };
}

const isOfDevices = (lisn: number): boolean => lisn >= esbSources.firstOfDevices;

/** Upper left corner of a source's cell. */
export function placeOf({ cell, columns }: Grid, lisn: number): { x: number; y: number } {
  const gap = isOfDevices(lisn) ? HALF_GAP : 0;
  return {
    x: MARGIN_LEFT + (lisn % columns) * cell,
    y: MARGIN_TOP + gap + Math.floor(lisn / columns) * cell,
  };
}

/** The source at a place of the map; undefined beside it. */
export function lisnAt({ cell, columns, rows }: Grid, x: number, y: number): number | undefined {
  const column = Math.floor((x - MARGIN_LEFT) / cell);
  const rowOf = (gap: number): number => Math.floor((y - MARGIN_TOP - gap) / cell);
  const half = rows / 2;
  const row = rowOf(0) < half ? rowOf(0) : rowOf(HALF_GAP);
  const isBetween = rowOf(0) >= half && row < half;
  if (isBetween || column < 0 || column >= columns || row < 0 || row >= rows) return undefined;
  return row * columns + column;
}

/** Where a key moves the cursor; undefined for a key that moves none. */
export function moved({ columns }: Grid, lisn: number, key: string): number | undefined {
  const by = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -8 * columns,
    PageDown: 8 * columns,
    Home: -(lisn % columns),
    End: columns - 1 - (lisn % columns),
  }[key];
  if (by === undefined) return undefined;
  const to = lisn + by;
  return to < 0 || to >= esbSources.count ? lisn : to;
}

export const hexLisn = (lisn: number): string => `0x${lisn.toString(16).padStart(4, "0")}`;
