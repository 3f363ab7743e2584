import { describe, expect, it } from "vitest";
import { apVectors } from "../../../../src/engine/conformance/ap/apVectors.ts";
import { apVectorMismatches } from "../../../../src/engine/conformance/ap/apVectorRunner.ts";

describe("AP passthrough vectors", () => {
  it.each(apVectors.map((vector) => [vector.id, vector.title, vector] as const))("%s: %s",
    (_id, _title, vector) => {
      expect(apVectorMismatches(vector)).toEqual([]);
    });

  it("cover A01 to A40, each id once", () => {
    const numbers = new Set(apVectors.map(({ id }) => Number(id.slice(1, 3))));
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(new Set(apVectors.map(({ id }) => id)).size).toBe(apVectors.length);
  });

  it("say so when something else is there", () => {
    const [first] = apVectors.filter(({ id }) => id === "A09");
    const wrong = { ...first!, steps: [...first!.steps, { op: "check", is: { iam: 0x20 } } as const] };
    expect(apVectorMismatches(wrong)).toEqual(["A09 step 5 (check): IAM is 16 (0x10), expected 32 (0x20)"]);
  });
});
