import { describe, expect, it } from "vitest";
import { xicsVectorMismatches } from "../../../../src/engine/conformance/xics/xicsVectorRunner.ts";
import { xicsVectors } from "../../../../src/engine/conformance/xics/xicsVectors.ts";

describe("XICS over XIVE vectors", () => {
  it.each(xicsVectors.map((vector) => [vector.id, vector.title, vector] as const))("%s: %s",
    (_id, _title, vector) => {
      expect(xicsVectorMismatches(vector)).toEqual([]);
    });

  it("cover X86 to X98", () => {
    const numbers = [...new Set(xicsVectors.map(({ id }) => Number(id.slice(1, 3))))];
    expect(numbers).toEqual(Array.from({ length: 13 }, (_, i) => 86 + i));
  });
});
