/** A cell of the map in words and as a sign: what a screen reader, a table and the legend say. */
import { esbCell, esbSources } from "../../../engine/api/xiveView.ts";
import { hexLisn } from "./esbGrid.ts";

/** By P * 2 + Q. */
export const pqWords = ["idle", "off", "pending", "queued"] as const;
export const pqSigns = ["·", "╱", "◧", "■"] as const;
export const pqDigits = ["00", "01", "10", "11"] as const;

export const pqOf = (bits: number): 0 | 1 | 2 | 3 => (bits & esbCell.pq) as 0 | 1 | 2 | 3;

/** "LISN 0x1300 (device) · PQ 10 pending · passed through". */
export function describeCell(lisn: number, bits: number, events = 0): string {
  const half = lisn < esbSources.firstOfDevices ? "IPI" : "device";
  const pq = pqOf(bits);
  const words = [
    `LISN ${hexLisn(lisn)} (${half})`,
    `PQ ${pqDigits[pq]} ${pqWords[pq]}`,
    bits & esbCell.claimed ? "claimed" : "not claimed",
    ...(bits & esbCell.levelSensitive ? [bits & esbCell.asserted ? "line up" : "line down"] : []),
    ...(bits & esbCell.passedThrough ? ["passed through: its pages are the PHB's"] : []),
    ...(bits & esbCell.stale ? ["a page leads to the other source"] : []),
    ...(events > 0 ? [events === 1 ? "1 event" : `${events} events`] : []),
  ];
  return words.join(" · ");
}
