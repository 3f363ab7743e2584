/** A suite as tests, one for each vector and each walk: what fails is named, and quick ones can go first. */
import { describe, expect, it } from "vitest";
import { runWalk, specifiedId, type Suite } from "../../../src/engine/conformance/suite.ts";

export function judgeSuite({ title, specified, vectors, walks }: Suite): void {
  describe(title, () => {
    it.each(vectors.map((vector) => [vector.id, vector.title, vector] as const))(
      "%s: %s", (_id, _title, vector) => {
        expect(vector.mismatches()).toEqual([]);
        expect(vector.calls, "calls whose answer is judged").toBeGreaterThan(0);
      });

    it("has a vector for each number of the specification, and no two of one id", () => {
      const ids = vectors.map(({ id }) => id);
      expect([...new Set(ids.map(specifiedId))].sort()).toEqual([...specified].sort());
      expect(new Set(ids).size).toBe(ids.length);
    });

    it.each(walks.map((walk) => [walk.name, walk] as const))(
      "%s: the whole space, and nothing wrong in it", (_name, walk) => {
        expect(runWalk(walk)).toEqual({ ...walk.whole, violations: [] });
      });
  });
}
