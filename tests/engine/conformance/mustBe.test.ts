import { expect, it } from "vitest";
import { chipVectorMismatches } from "../../../src/engine/conformance/xive/chipVectorRunner.ts";
import { xiveChipVectors } from "../../../src/engine/conformance/xive/xiveChipVectors.ts";
import { firstMismatch, mustBe } from "../../../src/engine/conformance/mustBe.ts";

it("the first difference ends a vector, with its place", () => {
  const seen: string[] = [];
  const said = firstMismatch("V01", ["a", "b", "c"].map((op) => ({ op })), ({ op }) => {
    seen.push(op);
    mustBe(op, op === "b" ? "x" : op);
  });
  expect(said).toEqual(['V01 step 2 (b): saw "b", expected "x"']);
  expect(seen).toEqual(["a", "b"]);
});

it("a mistake of ours is no difference", () => {
  expect(() => firstMismatch("V01", [{ op: "a" }], () => { throw new Error("ours"); })).toThrow("ours");
});

it("a register vector with another answer does not hold", () => {
  const [first] = xiveChipVectors;
  const wrong = { ...first!, steps: [...first!.steps, { op: "check", is: { pq: "11" } } as const] };
  expect(chipVectorMismatches(first!)).toEqual([]);
  expect(chipVectorMismatches(wrong)).toHaveLength(1);
});
