/** The controller's decisions as lines of text, for people and for the filter. */
import type { LedgerEntry } from "../../../engine/api/ledgerBlock.ts";
import { grouped } from "../../ui/units.ts";

/** The panel shows so many, and asks for no more at a time. */
export const DECISIONS_SHOWN = 1000;

export function lineOf({ number, at, id, step, bit, cpu, into }: LedgerEntry): string {
  const who = id === 0 ? "" : ` interrupt ${id}`;
  const where = cpu >= 0 ? ` cpu ${cpu}` : "";
  return `#${number} i=${grouped(at)}${who} ${step}: ${bit}${into ? ` (with ${into})` : ""}${where}`;
}
