/** XIVE interrupt passthrough against its specification. */
import { numbered, type Suite } from "../suite.ts";
import { runPassthroughVector } from "./passthroughVectorRunner.ts";
import { passthroughVectors } from "./passthroughVectors.ts";

export const passthroughSuite: Suite = {
  name: "passthrough", title: "POWER9 XIVE interrupt passthrough", specified: numbered("P", 39),
  vectors: passthroughVectors.map((vector) => ({
    id: vector.id, title: vector.title,
    calls: vector.steps.filter(({ op }) => op !== "check").length,
    mismatches: () => runPassthroughVector(vector),
  })),
  walks: [],
};
