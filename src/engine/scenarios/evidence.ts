/** Evidence marks as people read them. */
import type { Evidence } from "./scenario.ts";

export const evidenceText: Readonly<Record<Evidence, string>> = {
  read: "report read",
  title: "title seen",
  derived: "derived from source",
  "derived-twice": "derived from source, by two readers",
  documented: "documented rule",
  measured: "measured",
};
