/** XICS over XIVE against its specification. */
import { numbered, type Suite } from "../suite.ts";
import { priorityWalk } from "./priorityWalk.ts";
import { xicsSentenceVectors } from "./xicsSentenceVectors.ts";
import { xicsVectorMismatches } from "./xicsVectorRunner.ts";
import { xicsVectors } from "./xicsVectors.ts";

/** Its vectors are numbered on from those of XIVE. */
const FIRST = 86;
const LAST = 98;

export const xicsSuite: Suite = {
  name: "xics", title: "XICS over XIVE",
  specified: [...numbered("X", LAST).slice(FIRST - 1), ...numbered("XB", 12)],
  vectors: [...xicsVectors, ...xicsSentenceVectors].map((vector) => ({
    id: vector.id, title: vector.title,
    calls: vector.steps.filter(({ op }) => op !== "check" && op !== "guestPq").length,
    mismatches: () => xicsVectorMismatches(vector),
  })),
  walks: [priorityWalk],
};
