import { describe, expect, it } from "vitest";
import { apVectors } from "../../../../src/engine/conformance/ap/apVectors.ts";
import { apVectorMismatches } from "../../../../src/engine/conformance/ap/apVectorRunner.ts";

describe("AP passthrough vectors", () => {
  it("say so when something else is there", () => {
    const [first] = apVectors.filter(({ id }) => id === "A09");
    const wrong = { ...first!, steps: [...first!.steps, { op: "check", is: { iam: 0x20 } } as const] };
    expect(apVectorMismatches(wrong)).toEqual(["A09 step 5 (check): IAM is 16 (0x10), expected 32 (0x20)"]);
  });
});
