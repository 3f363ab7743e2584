import { describe, expect, it } from "vitest";
import { spaprXiveVectorMismatches } from "../../../../src/engine/conformance/xive/spaprVectorRunner.ts";
import { spaprXiveVectors } from "../../../../src/engine/conformance/xive/spaprXiveVectors.ts";

describe("pseries XIVE vectors", () => {
  it.each(spaprXiveVectors.map((vector) => [vector.id, vector.title, vector] as const))("%s: %s",
    (_id, _title, vector) => {
      expect(spaprXiveVectorMismatches(vector)).toEqual([]);
    });

  it("cover X17, X44 to X62 and X82 to X85", () => {
    const numbers = new Set(spaprXiveVectors.map(({ id }) => Number(id.slice(1, 3))));
    const from = (first: number, last: number): number[] =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i);
    expect([...numbers]).toEqual([17, ...from(44, 62), ...from(82, 85)]);
    expect(new Set(spaprXiveVectors.map(({ id }) => id)).size).toBe(spaprXiveVectors.length);
  });
});
