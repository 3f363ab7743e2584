import { describe, expect, it } from "vitest";
import { flicVectors } from "../../../vectors/flicVectors.ts";
import { runVector } from "./vectorRunner.ts";

describe("floating interrupt controller vectors", () => {
  it.each(flicVectors.map((vector) => [vector.id, vector.title, vector] as const))("%s: %s",
    (_id, _title, vector) => {
    runVector(vector);
  });

  it("cover F01 to F55, each once", () => {
    const numbers = new Set(flicVectors.map(({ id }) => Number(id.slice(1, 3))));
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 55 }, (_, i) => i + 1));
    expect(new Set(flicVectors.map(({ id }) => id)).size).toBe(flicVectors.length);
  });
});
