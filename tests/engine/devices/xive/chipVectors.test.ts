import { describe, expect, it } from "vitest";
import { chipVectorMismatches } from "../../../../src/engine/conformance/xive/chipVectorRunner.ts";
import { xiveChipVectors } from "../../../../src/engine/conformance/xive/xiveChipVectors.ts";

describe("XIVE register vectors", () => {
  it.each(xiveChipVectors.map((vector) => [vector.id, vector.title, vector] as const))("%s: %s",
    (_id, _title, vector) => {
      expect(chipVectorMismatches(vector)).toEqual([]);
    });

  it("cover X01 to X43 but X17, which is of a VMM, each once", () => {
    const numbers = xiveChipVectors.map(({ id }) => Number(id.slice(1)));
    const wanted = Array.from({ length: 43 }, (_, i) => i + 1).filter((number) => number !== 17);
    expect(numbers).toEqual(wanted);
  });
});
