import { describe, expect, it } from "vitest";
import { kvmXiveVectorMismatches } from "../../../../src/engine/conformance/xive/kvmVectorRunner.ts";
import { kvmXiveVectors } from "../../../../src/engine/conformance/xive/kvmXiveVectors.ts";

describe("KVM XIVE native vectors", () => {
  it.each(kvmXiveVectors.map((vector) => [vector.id, vector.title, vector] as const))("%s: %s",
    (_id, _title, vector) => {
      expect(kvmXiveVectorMismatches(vector)).toEqual([]);
    });

  it("cover X63 to X81", () => {
    const numbers = [...new Set(kvmXiveVectors.map(({ id }) => Number(id.slice(1, 3))))];
    expect(numbers).toEqual(Array.from({ length: 19 }, (_, i) => 63 + i));
  });
});
