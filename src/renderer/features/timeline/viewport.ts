/**
 * Which instructions a timeline shows: plain values and the moves between them. A span is at least one
 * instruction a pixel column of 100 and at most what there is.
 *
 * Invariant: `from` is not negative and below `to`; a viewport that follows ends at the newest instruction.
 */
export interface Viewport {
  readonly from: number;
  readonly to: number;
  /** Stays at the newest instruction while the machine runs. */
  readonly isFollowing: boolean;
}

export const SPAN_MIN = 20;
export const SPAN_MAX = 2 ** 50;
/** What a following timeline begins with: a few turns of a busy guest. */
const SPAN_AT_START = 2_000_000;

export const startViewport: Viewport = { from: 0, to: SPAN_AT_START, isFollowing: true };

const spanOf = ({ from, to }: Viewport): number => to - from;
const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

function placed(from: number, span: number, isFollowing: boolean): Viewport {
  const start = Math.max(0, from);
  return { from: start, to: start + span, isFollowing };
}

/**
 * While nobody chose a span, a following timeline has one that shows `recent` instructions; it changes only
 * where it would be half or twice that, so that the drawing does not breathe.
 */
export function suit(view: Viewport, recent: number): Viewport {
  const span = spanOf(view);
  const wanted = clamp(recent, SPAN_MIN, SPAN_MAX);
  if (!view.isFollowing || (span > wanted / 2 && span < wanted * 2)) return view;
  return placed(view.to - wanted, wanted, true);
}

/** `newest` is the machine's instruction count now. */
export function follow(view: Viewport, newest: number): Viewport {
  if (!view.isFollowing) return view;
  const span = spanOf(view);
  return placed(newest - span, span, true);
}

/** `factor` above 1 shows more; `anchor` (0 at the left edge to 1) stays where it is, or the newest edge. */
export function zoom(view: Viewport, factor: number, anchor: number): Viewport {
  const span = clamp(spanOf(view) * factor, SPAN_MIN, SPAN_MAX);
  const still = view.isFollowing ? 1 : anchor;
  return placed(view.from + (spanOf(view) - span) * still, span, view.isFollowing);
}

/** By a part of the span, to the right if positive; following ends, and begins again at the newest. */
export function pan(view: Viewport, part: number, newest: number): Viewport {
  const span = spanOf(view);
  const moved = placed(view.from + span * part, span, false);
  return part > 0 && moved.to >= newest ? follow({ ...moved, isFollowing: true }, newest) : moved;
}

/** All of `from` to `to` with some room beside it. */
export function fit(from: number, to: number): Viewport {
  const span = clamp((to - from) * 1.04, SPAN_MIN, SPAN_MAX);
  return placed((from + to - span) / 2, span, false);
}

/** Moves as little as shows the instruction, away from the edges. */
export function reveal(view: Viewport, at: number): Viewport {
  const span = spanOf(view);
  const inside = at >= view.from + span * 0.05 && at <= view.to - span * 0.05;
  return inside ? { ...view, isFollowing: false } : placed(at - span / 2, span, false);
}

/** Steps of the axis: 1, 2 or 5 times a power of ten, so that about `count` fit. */
export function ticks({ from, to }: Viewport, count: number): number[] {
  const rough = Math.max(1, (to - from) / Math.max(1, count));
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((times) => times * power >= rough) ?? 10);
  const first = Math.ceil(from / step);
  const last = Math.floor(to / step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => (first + n) * step);
}
