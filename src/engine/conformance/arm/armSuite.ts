/** vCPU attributes of arm64 against their specification. */
import { numbered, type Suite } from "../suite.ts";
import { armVectorMismatches } from "./armVectorRunner.ts";
import { armVectors } from "./armVectors.ts";
import { ppiWalk } from "./ppiWalk.ts";
import { timerWalk } from "./timerWalk.ts";

export const armSuite: Suite = {
  name: "arm", title: "arm64 vCPU attributes (derived from source): PMU, timers, steal time",
  specified: numbered("ARM", 47),
  vectors: armVectors.map((vector) => ({
    id: vector.id, title: vector.title,
    calls: vector.steps.filter(([who, call]) =>
      who !== "allows" && who !== "init GIC" && call !== "init").length,
    mismatches: () => armVectorMismatches(vector),
  })),
  walks: [ppiWalk, timerWalk],
};
