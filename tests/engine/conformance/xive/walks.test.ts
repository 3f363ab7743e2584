import { describe, expect, it } from "vitest";
import { priorityWalk } from "../../../../src/engine/conformance/xics/priorityWalk.ts";
import { esbWalk } from "../../../../src/engine/conformance/xive/esbWalk.ts";
import { queueWalk } from "../../../../src/engine/conformance/xive/queueWalk.ts";

describe("complete walks of XIVE and XICS", () => {
  it.each([
    [esbWalk, 288, 10_368],
    [queueWalk, 2_099_200, 5_242_880],
    [priorityWalk, 11_029, 88_232],
  ] as const)("%o finds the whole space, and nothing wrong in it", (walk, states, transitions) => {
    expect(walk.run()).toEqual({ states, transitions, violations: [] });
  });
});
