/** Draws the map of all sources. A state is told by its shape first; colours are the theme's. */
import { esbCell, esbSources } from "../../../engine/api/xiveView.ts";
import { heatLevel, heatLevels, type Heat } from "./heat.ts";
import { HALF_GAP, MARGIN_LEFT, MARGIN_TOP, placeOf, type Grid } from "./esbGrid.ts";

export interface MapColours {
  readonly text: string;
  readonly quiet: string;
  readonly faint: string;
  readonly idle: string;
  readonly pending: string;
  readonly queued: string;
  readonly masked: string;
  readonly error: string;
  readonly accent: string;
}

/** The tokens of the theme that is shown. */
export function coloursOf(element: Element): MapColours {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    text: token("--text"),
    quiet: token("--text-quiet"),
    faint: token("--line"),
    idle: token("--idle"),
    pending: token("--pending"),
    queued: token("--queued"),
    masked: token("--masked"),
    error: token("--error"),
    accent: token("--accent"),
  };
}

export function drawMap(
  canvas: HTMLCanvasElement,
  grid: Grid,
  cells: Uint8Array,
  cursor: number,
  heat: Heat,
  colours: MapColours,
): void {
  const scale = devicePixelRatio;
  canvas.width = grid.width * scale;
  canvas.height = grid.height * scale;
  const pen = canvas.getContext("2d")!;
  pen.scale(scale, scale);
  drawNumbers(pen, grid, colours);
  for (const [lisn, events] of heat) drawHeat(pen, grid, lisn, events, colours);
  for (let lisn = 0; lisn < cells.length; lisn++) drawCell(pen, grid, lisn, cells[lisn]!, colours);
  drawCursor(pen, grid, cursor, colours);
}

function drawNumbers(pen: CanvasRenderingContext2D, grid: Grid, { quiet }: MapColours): void {
  pen.fillStyle = quiet;
  pen.font = "10px Plex Mono, monospace";
  pen.textBaseline = "bottom";
  pen.fillText("inter-processor interrupts", MARGIN_LEFT, MARGIN_TOP - 2);
  const devices = placeOf(grid, esbSources.firstOfDevices);
  pen.fillText("devices", MARGIN_LEFT, devices.y - 2);
  pen.textAlign = "right";
  pen.fillText(`+${grid.columns - 1}`, grid.width, MARGIN_TOP - 2);
  pen.textBaseline = "top";
  const every = grid.cell < 8 ? 4 : 2;
  for (let row = 0; row < grid.rows; row += every) {
    const first = row * grid.columns;
    const { y } = placeOf(grid, first);
    pen.fillText(first.toString(16).padStart(4, "0"), MARGIN_LEFT - 6, y);
  }
  pen.textAlign = "left";
  pen.fillRect(MARGIN_LEFT, devices.y - HALF_GAP + 1, grid.width - MARGIN_LEFT, 1);
}

/** Under the cell, filled from below by level: the state above it keeps its own shape and colour. */
function drawHeat(
  pen: CanvasRenderingContext2D,
  grid: Grid,
  lisn: number,
  events: number,
  { accent }: MapColours,
): void {
  const { x, y } = placeOf(grid, lisn);
  const height = (grid.cell * heatLevel(events)) / heatLevels.length;
  pen.globalAlpha = 0.5;
  pen.fillStyle = accent;
  pen.fillRect(x, y + grid.cell - height, grid.cell, height);
  pen.globalAlpha = 1;
}

function drawCell(
  pen: CanvasRenderingContext2D,
  grid: Grid,
  lisn: number,
  bits: number,
  colours: MapColours,
): void {
  const { x, y } = placeOf(grid, lisn);
  const size = grid.cell;
  const isClaimed = (bits & esbCell.claimed) !== 0;
  const inset = 1;
  const edge = size - 2 * inset;
  if (isClaimed) {
    pen.strokeStyle = colours.faint;
    pen.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
  }
  switch (bits & esbCell.pq) {
    case 0b00:
      pen.fillStyle = isClaimed ? colours.idle : colours.faint;
      pen.fillRect(x + size / 2 - 1, y + size / 2 - 1, 2, 2);
      break;
    case 0b01:
      pen.strokeStyle = isClaimed ? colours.masked : colours.faint;
      pen.beginPath();
      pen.moveTo(x + inset, y + size - inset);
      pen.lineTo(x + size - inset, y + inset);
      pen.stroke();
      break;
    case 0b10:
      pen.fillStyle = colours.pending;
      pen.fillRect(x + inset, y + inset, edge / 2, edge);
      pen.strokeStyle = colours.pending;
      pen.strokeRect(x + inset + 0.5, y + inset + 0.5, edge - 1, edge - 1);
      break;
    case 0b11:
      pen.fillStyle = colours.queued;
      pen.fillRect(x + inset, y + inset, edge, edge);
      break;
  }
  if (bits & esbCell.passedThrough) {
    pen.strokeStyle = colours.text;
    pen.beginPath();
    pen.arc(x + size / 2, y + size / 2, size / 2 + 1.5, 0, 2 * Math.PI);
    pen.stroke();
  }
  if (bits & esbCell.stale) {
    pen.fillStyle = colours.error;
    pen.beginPath();
    pen.moveTo(x + size, y);
    pen.lineTo(x + size, y + size / 2);
    pen.lineTo(x + size / 2, y);
    pen.fill();
  }
}

function drawCursor(pen: CanvasRenderingContext2D, grid: Grid, lisn: number, colours: MapColours): void {
  const { x, y } = placeOf(grid, lisn);
  pen.strokeStyle = colours.accent;
  pen.lineWidth = 2;
  pen.strokeRect(x - 2, y - 2, grid.cell + 4, grid.cell + 4);
  pen.lineWidth = 1;
}
