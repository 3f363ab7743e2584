/** The floating interrupt controller against its specification. */
import { numbered, type Suite } from "../suite.ts";
import { aisWalk } from "./aisWalk.ts";
import type { FlicStep } from "./flicVector.ts";
import { flicVectorMismatches } from "./flicVectorRunner.ts";
import { flicVectors } from "./flicVectors.ts";

/** Steps that only arrange the machine. */
const arranging: ReadonlySet<FlicStep["op"]> = new Set<FlicStep["op"]>([
  "check", "cpu", "eventfd", "fillIo", "gisa", "memory", "regularFile", "roundRobin",
]);

export const flicSuite: Suite = {
  name: "flic", title: "s390 floating interrupt controller",
  specified: [...numbered("F", 55), ...numbered("G", 26)],
  vectors: flicVectors.map((vector) => ({
    id: vector.id, title: vector.title,
    calls: vector.steps.filter(({ op }) => !arranging.has(op)).length,
    mismatches: () => flicVectorMismatches(vector),
  })),
  walks: [aisWalk],
};
