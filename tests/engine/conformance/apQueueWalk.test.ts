import { describe, expect, it } from "vitest";
import { walkApQueues } from "../../../src/engine/conformance/ap/apQueueWalk.ts";
import { apQuirks, type ApQuirks } from "../../../src/engine/devices/ap/apQuirks.ts";

describe("the walk of two AP queues", () => {
  it("is complete and finds nothing in a driver without defects", () => {
    expect(walkApQueues(apQuirks.none)).toEqual({ states: 166, transitions: 166 * 27, violations: [] });
  });

  it.each(["enableErrorLeaks", "hiddenQueueKeepsLink", "removalOnlyFrees"] as const)(
    "finds the defect %s", (name) => {
      const quirks: ApQuirks = { ...apQuirks.none, [name]: true };
      expect(walkApQueues(quirks).violations.length).toBeGreaterThan(0);
    });
});
