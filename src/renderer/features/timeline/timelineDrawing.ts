/**
 * Draws interrupts on a canvas: a lane for each CPU and each list of the controller, a bar from raise to end,
 * the end's shape by fate. Where more than one end falls on a pixel, the lane shows counts in place of bars:
 * a column's height is the logarithm of how many, and what was not accepted stands on top in its hue.
 */
import { grouped } from "../../ui/units.ts";
import type { CpuEvent, InterruptHistory, InterruptRecord } from "./interruptHistory.ts";
import { LANE_ROWS } from "./interruptHistory.ts";
import { hueOf, type Palette, type Token } from "./palette.ts";
import { drawEnd } from "./shapes.ts";
import { ticks, type Viewport } from "./viewport.ts";

export const AXIS_PIXELS = 20;
export const LABEL_PIXELS = 104;
const ROW_PIXELS = 8;
const LANE_PADDING = 6;
export const LANE_PIXELS = LANE_ROWS * ROW_PIXELS + LANE_PADDING;
/** Ends a pixel above which a lane shows counts. */
const DENSE = 0.4;
const stacked: readonly Token[] = ["live", "pending", "idle", "queued", "masked", "error"];

export interface Scene {
  readonly history: InterruptHistory;
  readonly matches: (record: InterruptRecord) => boolean;
  readonly view: Viewport;
  readonly selected: number | undefined;
  readonly pins: readonly { readonly at: number }[];
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
}

/** Height that all lanes need, in CSS pixels. */
export const heightOf = (history: InterruptHistory): number =>
  AXIS_PIXELS + Math.max(1, history.lanes.length) * LANE_PIXELS;

/** Where an instruction is, in CSS pixels from the left. */
export const xOf = ({ from, to }: Viewport, width: number, at: number): number =>
  LABEL_PIXELS + ((at - from) / (to - from)) * (width - LABEL_PIXELS);
/** Which instruction is there. */
export const instructionAt = ({ from, to }: Viewport, width: number, x: number): number =>
  from + ((x - LABEL_PIXELS) / Math.max(1, width - LABEL_PIXELS)) * (to - from);

const rowTop = (laneTop: number, row: number): number => laneTop + LANE_PADDING / 2 + row * ROW_PIXELS;

export function drawTimeline(context: CanvasRenderingContext2D, scene: Scene, palette: Palette): void {
  const { history, view, width, height } = scene;
  context.fillStyle = palette["surface-0"];
  context.fillRect(0, 0, width, height);
  drawAxis(context, scene, palette);
  const visible = byLane(scene);
  history.lanes.forEach(({ lane, name }, position) => {
    const top = AXIS_PIXELS + position * LANE_PIXELS;
    context.fillStyle = palette.line;
    context.fillRect(0, top + LANE_PIXELS - 1, width, 1);
    const records = visible.get(lane) ?? [];
    context.save();
    context.beginPath();
    context.rect(LABEL_PIXELS, top, width - LABEL_PIXELS, LANE_PIXELS);
    context.clip();
    if (name.startsWith("vCPU ")) drawCpuEvents(context, scene, palette, Number(name.slice(5)), top);
    if (records.length > DENSE * (width - LABEL_PIXELS)) drawCounts(context, scene, palette, records, top);
    else for (const record of records) drawRecord(context, scene, palette, record, top);
    context.restore();
    context.fillStyle = palette.text;
    context.fillText(name, 8, top + LANE_PIXELS / 2 + 4);
  });
  for (const { at } of scene.pins) drawPin(context, xOf(view, width, at), height, palette);
}

function drawAxis(context: CanvasRenderingContext2D, { view, width, height }: Scene, palette: Palette): void {
  context.font = `11px ${palette.font}`;
  context.textBaseline = "alphabetic";
  const places = ticks(view, (width - LABEL_PIXELS) / 130);
  for (const at of places) {
    const x = Math.round(xOf(view, width, at));
    context.fillStyle = palette.line;
    context.fillRect(x, AXIS_PIXELS - 4, 1, height);
    context.fillStyle = palette["text-quiet"];
    if (x + 4 < width) context.fillText(grouped(at), x + 4, 13);
  }
  context.fillStyle = palette["surface-0"];
  context.fillRect(0, 0, LABEL_PIXELS - 2, height);
  context.fillStyle = palette["text-quiet"];
  context.fillText("instruction", 8, 13);
  context.fillStyle = palette["line-strong"];
  context.fillRect(0, AXIS_PIXELS - 1, width, 1);
}

/** Records that the viewport and the filter let through, by lane, oldest first. */
function byLane({ history, matches, view }: Scene): Map<number, InterruptRecord[]> {
  const found = new Map<number, InterruptRecord[]>();
  for (let index = 0; index < history.count; index++) {
    const record = history.record(index);
    if (record.raised > view.to) break;
    const isOver = record.fate !== "pending" && record.ended < view.from;
    if (isOver || !matches(record)) continue;
    const others = found.get(record.lane);
    if (others) others.push(record);
    else found.set(record.lane, [record]);
  }
  return found;
}

function drawRecord(
  context: CanvasRenderingContext2D, { history, view, width, selected }: Scene, palette: Palette,
  record: InterruptRecord, laneTop: number,
): void {
  const y = rowTop(laneTop, record.row);
  const from = xOf(view, width, record.raised);
  const to = xOf(view, width, record.fate === "pending" ? history.lastAt : record.ended);
  const hue = palette[hueOf[record.fate]];
  const isSelected = record.id === selected;
  const end = Math.max(to, from + 1);
  context.globalAlpha = 0.45;
  context.fillStyle = hue;
  context.fillRect(from, y + 2, end - from, 3);
  context.globalAlpha = 1;
  context.fillRect(from, y + 1, 1, 5);
  drawEnd(context, record.fate, end, y + 3.5, hue);
  if (!isSelected) return;
  context.strokeStyle = palette.accent;
  context.lineWidth = 1.5;
  context.strokeRect(from - 3, y - 1, end - from + 8, 9);
}

function drawCounts(
  context: CanvasRenderingContext2D, { view, width, selected }: Scene, palette: Palette,
  records: readonly InterruptRecord[], laneTop: number,
): void {
  const columns = Math.ceil(width - LABEL_PIXELS);
  const counts = new Map<Token, Uint32Array>(stacked.map((token) => [token, new Uint32Array(columns)]));
  let chosen: number | undefined;
  for (const { ended, fate, id } of records) {
    const column = Math.floor(xOf(view, width, ended) - LABEL_PIXELS);
    if (column >= 0 && column < columns) counts.get(hueOf[fate])![column]!++;
    if (id === selected) chosen = LABEL_PIXELS + column;
  }
  const room = LANE_PIXELS - LANE_PADDING;
  for (let column = 0; column < columns; column++) {
    const total = stacked.reduce((sum, token) => sum + counts.get(token)![column]!, 0);
    if (total === 0) continue;
    const tall = Math.min(room, 4 + 5 * Math.log2(total));
    let bottom = laneTop + LANE_PIXELS - 2;
    for (const token of stacked) {
      const count = counts.get(token)![column]!;
      if (count === 0) continue;
      const part = Math.max(2, (tall * count) / total);
      context.fillStyle = palette[token];
      context.fillRect(LABEL_PIXELS + column, bottom - part, 1, part);
      bottom -= part;
    }
  }
  if (chosen === undefined) return;
  context.fillStyle = palette.accent;
  context.fillRect(chosen - 1, laneTop, 3, LANE_PIXELS);
}

/** What a CPU took from the controller's lists stands tall, a kick is a tick at the lane's foot. */
function drawCpuEvents(
  context: CanvasRenderingContext2D, { history, view, width }: Scene, palette: Palette, cpu: number,
  top: number,
): void {
  const last = { kick: -1, taken: -1 };
  const events = history.cpuEvents;
  for (let index = firstFrom(events, view.from); index < events.length; index++) {
    const event = events[index]!;
    if (event.at > view.to) break;
    if (event.cpu !== cpu) continue;
    const x = Math.round(xOf(view, width, event.at));
    const kind = event.isKick ? "kick" : "taken";
    if (x === last[kind]) continue;
    last[kind] = x;
    context.fillStyle = palette[event.isKick ? "text-quiet" : "live"];
    if (event.isKick) context.fillRect(x, top + LANE_PIXELS - 6, 1, 4);
    else context.fillRect(x, top + LANE_PIXELS - 18, 1, 11);
  }
}

/** Index of the first event at or behind an instruction; they are in order. */
function firstFrom(events: readonly CpuEvent[], at: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle]!.at < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function drawPin(context: CanvasRenderingContext2D, x: number, height: number, palette: Palette): void {
  if (x < LABEL_PIXELS) return;
  context.fillStyle = palette.accent;
  context.fillRect(Math.round(x), 4, 1, height);
  context.beginPath();
  context.moveTo(x - 4, 2);
  context.lineTo(x + 5, 2);
  context.lineTo(x + 0.5, 9);
  context.fill();
}

/** The interrupt at a point, or the nearest within a few pixels. */
export function recordAt(scene: Scene, x: number, y: number): InterruptRecord | undefined {
  const { history, view, width } = scene;
  const place = history.lanes[Math.floor((y - AXIS_PIXELS) / LANE_PIXELS)];
  if (!place || x < LABEL_PIXELS) return undefined;
  const records = byLane(scene).get(place.lane) ?? [];
  const isDense = records.length > DENSE * (width - LABEL_PIXELS);
  const laneTop = AXIS_PIXELS + history.lanes.indexOf(place) * LANE_PIXELS;
  const row = Math.floor((y - laneTop - LANE_PADDING / 2) / ROW_PIXELS);
  let best: InterruptRecord | undefined;
  let distance = 7;
  for (const record of records) {
    if (!isDense && record.row !== row) continue;
    const from = xOf(view, width, record.raised);
    const to = xOf(view, width, record.fate === "pending" ? history.lastAt : record.ended);
    const away = x < from ? from - x : Math.max(0, x - to);
    if (away < distance) [best, distance] = [record, away];
  }
  return best;
}
