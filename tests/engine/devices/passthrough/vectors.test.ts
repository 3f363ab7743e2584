import { describe, expect, it } from "vitest";
import { passthroughVectors } from "../../../../src/engine/conformance/passthrough/passthroughVectors.ts";
import {
  runPassthroughVector,
} from "../../../../src/engine/conformance/passthrough/passthroughVectorRunner.ts";

describe("passthrough vectors", () => {
  it.each(passthroughVectors.map((vector) => [vector.id, vector.title, vector] as const))(
    "%s: %s", (_id, _title, vector) => {
      expect(runPassthroughVector(vector)).toEqual([]);
    });

  it("cover P01 to P39", () => {
    const numbers = new Set(passthroughVectors.map(({ id }) => Number(id.slice(1, 3))));
    expect([...numbers]).toEqual(Array.from({ length: 39 }, (_, index) => index + 1));
    expect(new Set(passthroughVectors.map(({ id }) => id)).size).toBe(passthroughVectors.length);
  });
});
