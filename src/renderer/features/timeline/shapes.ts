/** The shape that ends an interrupt's bar; it tells the fate without its hue. */
import type { Fate } from "./interruptHistory.ts";

const RADIUS = 3;

type Path = (context: CanvasRenderingContext2D, x: number, y: number) => void;

const polygon =
  (...points: readonly (readonly [number, number])[]): Path =>
  (context, x, y) => {
    context.beginPath();
    for (const [dx, dy] of points) context.lineTo(x + dx * RADIUS, y + dy * RADIUS);
    context.closePath();
  };
const lines =
  (...segments: readonly (readonly [number, number, number, number])[]): Path =>
  (context, x, y) => {
    context.beginPath();
    for (const [fromX, fromY, toX, toY] of segments) {
      context.moveTo(x + fromX * RADIUS, y + fromY * RADIUS);
      context.lineTo(x + toX * RADIUS, y + toY * RADIUS);
    }
  };
const circle: Path = (context, x, y) => {
  context.beginPath();
  context.arc(x, y, RADIUS, 0, 2 * Math.PI);
};

const shapes: Readonly<Record<Fate, { readonly path: Path; readonly isSolid: boolean }>> = {
  pending: { path: polygon([-1, -1], [1, 0], [-1, 1]), isSolid: false },
  unseen: { path: lines([0, -0.3, 0, 0.3]), isSolid: false },
  accepted: { path: circle, isSolid: true },
  coalesced: { path: polygon([0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]), isSolid: true },
  suppressed: { path: lines([-1, -1, 1, 1], [-1, 1, 1, -1]), isSolid: false },
  masked: { path: lines([-1, 1, 1, -1]), isSolid: false },
  refused: { path: polygon([0, -1.1], [1.1, 1], [-1.1, 1]), isSolid: true },
  cleared: { path: polygon([-1, -1], [1, -1], [1, 1], [-1, 1]), isSolid: false },
  drained: { path: polygon([-1, -1], [1, -1], [0, 1]), isSolid: false },
  lost: { path: lines([0, -1.3, 0, 0.4], [0, 1, 0, 1.4]), isSolid: false },
};

export function drawEnd(
  context: CanvasRenderingContext2D, fate: Fate, x: number, y: number, hue: string,
): void {
  const { path, isSolid } = shapes[fate];
  path(context, x, y);
  if (isSolid) {
    context.fillStyle = hue;
    context.fill();
    return;
  }
  context.strokeStyle = hue;
  context.lineWidth = 1.5;
  context.stroke();
}
