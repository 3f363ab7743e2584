import { describe, expect, it } from "vitest";
import type { FlicVector } from "../../../../src/engine/conformance/flic/flicVector.ts";
import { flicVectors } from "../../../../src/engine/conformance/flic/flicVectors.ts";
import { flicVectorMismatches } from "../../../../src/engine/conformance/flic/flicVectorRunner.ts";

describe("floating interrupt controller vectors", () => {
  it("say so when something else is there", () => {
    const f30 = flicVectors.find(({ id }) => id === "F30")!;
    const wrong: FlicVector = { ...f30, steps: [
      ...f30.steps,
      { op: "has", group: 12, result: 0 },
      { op: "check", is: { ipm: 1, counters: { virtio: 1 }, memory: { 0x1000: "ff" }, gsis: [1] } },
    ] };
    expect(flicVectorMismatches(wrong).map((text) => text.replace(/^F30 step \d+ /, ""))).toEqual([
      "(has): the result is -6, expected 0",
      "(check): ipm is 0, expected 1",
      "(check): counters is { io: 0, virtio: 0, pfault: 0 }, expected { io: 0, virtio: 1, pfault: 0 }",
      "(check): gsis is [], expected [1]",
      '(check): memory at 4096 is "00", expected "ff"',
    ]);
  });
});
