import { describe, expect, it } from "vitest";
import { scenarios } from "../../../src/engine/scenarios/catalogue.ts";
import { runScenario } from "../../../src/engine/scenarios/runScenario.ts";

describe("every scenario", () => {
  it.each(scenarios.map((scenario) => [scenario.id, scenario] as const))(
    "%s passes, and fails with each of its defects for the stated reason", (_id, scenario) => {
      expect(runScenario(scenario, true).reasons).toEqual([]);
    });

  it("has an id of its own", () => {
    expect(new Set(scenarios.map(({ id }) => id)).size).toBe(scenarios.length);
  });
});
