/**
 * Interrupt passthrough against its specification; the walks are of the corrected machine, without defects.
 */
import { numbered, type Suite, type Walk } from "../suite.ts";
import { passthroughSentenceVectors } from "./passthroughSentenceVectors.ts";
import { passthroughVectorMismatches } from "./passthroughVectorRunner.ts";
import { passthroughVectors, type Step } from "./passthroughVectors.ts";
import { walkPassthrough } from "./passthroughWalk.ts";
import type { WalkOptions } from "./walkWorld.ts";

/** Steps that only arrange the machine. */
const arranging: ReadonlySet<Step["op"]> = new Set<Step["op"]>([
  "check", "disableBypass", "mmapAgain", "pages",
]);

const walkOf = (name: string, options: WalkOptions, whole: Walk["whole"]): Walk => ({
  name, whole,
  run() {
    const { states, transitions, findings } = walkPassthrough(options);
    const violations = findings.map(({ invariant, says, path }) =>
      `invariant ${invariant}: ${says}, after ${path.join(", ")}`);
    return { states, transitions, violations };
  },
});

export const passthroughSuite: Suite = {
  name: "passthrough", title: "POWER interrupt passthrough",
  specified: [...numbered("P", 39), ...numbered("PA", 11)],
  vectors: [...passthroughVectors, ...passthroughSentenceVectors].map((vector) => ({
    id: vector.id, title: vector.title,
    calls: vector.steps.filter(({ op }) => !arranging.has(op)).length,
    mismatches: () => passthroughVectorMismatches(vector),
  })),
  walks: [
    walkOf("native guest: events, faults, EOI, mapping and unmapping", { mode: "native" },
      { states: 34_402, transitions: 108_611 }),
    walkOf("XICS guest: events, EOI, masking, mapping and unmapping", { mode: "xics", masks: true },
      { states: 41_894, transitions: 128_630 }),
  ],
};
