import { describe, expect, it } from "vitest";
import { passthroughDefects } from "../../../../src/engine/devices/passthrough/defects.ts";
import { strategyNames } from "../../../../src/engine/devices/passthrough/strategy.ts";
import {
  passthroughScenarios, passthroughScenariosWith,
} from "../../../../src/engine/scenarios/passthrough/passthroughScenarios.ts";
import { strategyLimits } from "../../../../src/engine/scenarios/passthrough/strategyLimits.ts";
import { runOnce, runScenario } from "../../../../src/engine/scenarios/runScenario.ts";

describe("passthrough scenarios", () => {
  it.each(strategyNames)("break with %s exactly where it is known to be weak", (strategy) => {
    const runs = passthroughScenariosWith(strategy)
      .map((scenario) => [scenario.id, runOnce(scenario)] as const);
    expect(runs.filter(([, { threw }]) => threw !== undefined)).toEqual([]);
    const broken = runs.filter(([, { failed }]) => failed.length > 0).map(([id]) => id);
    expect(broken.sort()).toEqual(Object.keys(strategyLimits[strategy]).sort());
  });

  it.each(["S2-address-space", "S6-mirror"] as const)("break with each defect on, with %s", (strategy) => {
    // A mirror of the page tables is what two of the defects cannot hurt.
    const immune = strategy === "S6-mirror" ? ["fault-across-mapping"] : [];
    const verdicts = passthroughScenariosWith(strategy)
      .filter(({ id }) => !immune.includes(id)).map((scenario) => runScenario(scenario, true));
    expect(verdicts.flatMap(({ id, reasons }) => reasons.map((reason) => `${id}: ${reason}`))).toEqual([]);
  });

  it("use every defect, and none that does not exist", () => {
    const used = new Set(passthroughScenarios.flatMap(({ defects }) => defects.map((one) => one.switch)));
    expect([...used].sort()).toEqual(Object.keys(passthroughDefects).sort());
  });

  it("cover R1 to R23", () => {
    const rows = passthroughScenarios.flatMap(({ row }) => row ?? []).filter((row) => row.startsWith("R"));
    expect(rows.map((row) => Number(row.slice(1))).sort((a, b) => a - b))
      .toEqual(Array.from({ length: 23 }, (_, index) => index + 1));
  });
});
