/** An AP queue as a sign and in words, and the cursor among queues. */
import type { ApQueueView } from "../../../engine/api/apView.ts";

export const queueName = ({ adapter, domain }: ApQueueView): string =>
  `${adapter.toString(16).padStart(2, "0")}.${domain.toString(16).padStart(4, "0")}`;

export function queueSign(queue: ApQueueView | undefined): string {
  if (!queue) return "";
  if (queue.isInGuest) return "■";
  if (queue.device === "") return "□";
  return queue.isBound ? "◧" : "▲";
}

export function queueWords(queue: ApQueueView | undefined): string {
  if (!queue) return "no queue";
  if (queue.isInGuest) return `in the guest, by ${queue.device}`;
  if (queue.device === "") return "bound, of no matrix device";
  return queue.isBound
    ? `of ${queue.device}, hidden from the guest`
    : `of ${queue.device}, not bound to the driver`;
}

interface Cell {
  readonly row: number;
  readonly column: number;
}

/** Where a key moves the cursor; undefined for a key that moves none. */
export function movedCell(
  { row, column }: Cell,
  key: string,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): Cell | undefined {
  const within = (at: number, count: number): number => Math.max(0, Math.min(count - 1, at));
  switch (key) {
    case "ArrowUp": return { row: within(row - 1, rows), column };
    case "ArrowDown": return { row: within(row + 1, rows), column };
    case "ArrowLeft": return { row, column: within(column - 1, columns) };
    case "ArrowRight": return { row, column: within(column + 1, columns) };
    case "Home": return { row, column: 0 };
    case "End": return { row, column: columns - 1 };
    default: return undefined;
  }
}
