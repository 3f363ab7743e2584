/** The catalogue of scenarios as a window lists it. */
import type { BatchReport, Catalogue, ScenarioSummary, ScenarioVerdict } from "../api/deviceSession.ts";
import { scenarios, waitingRows } from "../scenarios/catalogue.ts";
import { evidenceText } from "../scenarios/evidence.ts";
import { handMachineList } from "./handMade/handMachines.ts";
import { runScenario } from "../scenarios/runScenario.ts";
import type { Scenario } from "../scenarios/scenario.ts";

export const summaryOf = (scenario: Scenario): ScenarioSummary => ({
  id: scenario.id, family: scenario.family, row: scenario.row ?? "", title: scenario.title,
  evidence: scenario.evidence.map((mark) => evidenceText[mark]),
  sources: scenario.sources,
  given: scenario.given.says,
  when: scenario.when.map(({ says }) => says),
  then: scenario.then.map(({ says }) => says),
  defects: scenario.defects.map((defect) => ({
    switch: defect.switch, breaks: defect.breaks, because: defect.because,
  })),
});

export const catalogueView = (): Catalogue => ({
  scenarios: scenarios.map(summaryOf),
  waiting: waitingRows.map(({ row, title, waitsFor }) => ({ row, title, waitsFor })),
  byHand: handMachineList,
});

export const scenarioById = (id: string): Scenario | undefined =>
  scenarios.find((scenario) => scenario.id === id);

/**
 * Plays scenarios one at a time: whoever drives it reports after each, and ends it by not asking for more.
 */
export function* playBatch(
  ids: readonly string[] | undefined, withDefects: boolean,
): Generator<BatchReport, void, void> {
  const chosen = scenarios.filter(({ id }) => ids === undefined || ids.includes(id));
  const verdicts: ScenarioVerdict[] = [];
  const report = (state: BatchReport["state"]): BatchReport =>
    ({ withDefects, total: chosen.length, verdicts: [...verdicts], state });
  yield report(chosen.length ? "running" : "finished");
  for (const scenario of chosen) {
    verdicts.push(verdictOf(scenario, withDefects));
    yield report(verdicts.length < chosen.length ? "running" : "finished");
  }
}

function verdictOf(scenario: Scenario, withDefects: boolean): ScenarioVerdict {
  const { id, passed, reasons, runs } = runScenario(scenario, withDefects);
  const broken = runs.filter(({ defect, failed }) => {
    const named = scenario.defects.find((one) => one.switch === defect);
    return named !== undefined && failed.some(({ claim }) => claim === named.breaks);
  });
  return { id, passed, reasons, brokenBy: broken.map(({ defect }) => defect!) };
}
