/** A suite as tests, one for each vector and each walk: what fails is named, and quick ones can go first. */
import { describe, expect, it } from "vitest";
import { specifiedId, type Suite } from "../../../src/engine/conformance/suite.ts";

/** How many states and transitions a walk must find, by a piece of its name. */
type Sizes = Readonly<Record<string, readonly [states: number, transitions: number]>>;

export function judgeSuite({ title, specified, vectors, walks }: Suite, sizes: Sizes = {}): void {
  describe(title, () => {
    it.each(vectors.map((vector) => [vector.id, vector.title, vector] as const))(
      "%s: %s", (_id, _title, vector) => {
        expect(vector.mismatches()).toEqual([]);
      });

    it("has a vector for each number of the specification, and no two of one id", () => {
      const ids = vectors.map(({ id }) => id);
      expect([...new Set(ids.map(specifiedId))].sort()).toEqual([...specified].sort());
      expect(new Set(ids).size).toBe(ids.length);
    });

    it.each(walks.map((walk) => [walk.name, walk] as const))(
      "%s: nothing wrong in the whole space", (name, walk) => {
        const { states, transitions, violations } = walk.run();
        expect(violations).toEqual([]);
        const size = Object.entries(sizes).find(([piece]) => name.includes(piece))?.[1];
        expect([states, transitions]).toEqual(size ?? [states, transitions]);
      });
  });
}
