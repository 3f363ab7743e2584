/** AP passthrough against its specification. */
import { numbered, type Suite } from "../suite.ts";
import { apQueueWalk } from "./apQueueWalk.ts";
import { apVectorMismatches } from "./apVectorRunner.ts";
import type { ApStep } from "./apVector.ts";
import { apVectors } from "./apVectors.ts";
import { furtherApVectors } from "./furtherApVectors.ts";

/** Steps that only arrange the machine. */
const arranging: ReadonlySet<ApStep["op"]> = new Set<ApStep["op"]>(["check", "cpu", "hw", "hostAdm"]);

export const apSuite: Suite = {
  name: "ap", title: "AP queue passthrough (derived from source)",
  specified: [...numbered("A", 40), ...numbered("B", 20)],
  vectors: [...apVectors, ...furtherApVectors].map((vector) => ({
    id: vector.id, title: vector.title, note: vector.note,
    calls: vector.steps.filter(({ op }) => !arranging.has(op)).length,
    mismatches: () => apVectorMismatches(vector),
  })),
  walks: [apQueueWalk],
};
