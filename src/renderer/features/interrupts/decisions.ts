/** The controller's decisions as lines of text, for people and for the filter. */
import type { LedgerEntry } from "../../../engine/api/ledgerBlock.ts";
import { grouped } from "../../ui/units.ts";

/** The panel shows so many. */
export const DECISIONS_SHOWN = 1000;
/** Of a storm nobody reads more at a time than are seen; the rest is fetched when somebody stops to look. */
export const DECISIONS_AT_ONCE = 64;

export function lineOf(line: LedgerEntry): string {
  const who = line.id === 0 ? "" : ` interrupt ${line.id}`;
  return `#${line.number} i=${grouped(line.at)}${who}${stepOf(line)}`;
}

/** The end of the line: the step with what decided it. */
export function stepOf({ step, bit, cpu, into }: LedgerEntry): string {
  return ` ${step}: ${bit}${into ? ` (with ${into})` : ""}${cpu >= 0 ? ` cpu ${cpu}` : ""}`;
}
