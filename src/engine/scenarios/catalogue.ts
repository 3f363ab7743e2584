/** Every scenario the project has, family by family, and the collected rows that none of them plays. */
import { collection } from "./collection.ts";
import { memoryScenarios } from "./memory/memoryScenarios.ts";
import { passthroughScenarios } from "./passthrough/passthroughScenarios.ts";
import { powerScenarios } from "./power/powerScenarios.ts";
import { requestScenarios } from "./requests/requestScenarios.ts";
import { s390Scenarios } from "./s390/s390Scenarios.ts";
import type { Scenario } from "./scenario.ts";

export const scenarios: readonly Scenario[] = [
  ...s390Scenarios, ...powerScenarios, ...memoryScenarios, ...passthroughScenarios,
  ...requestScenarios,
];

/** A row that is listed and counted apart; it does not count as passed. */
export interface WaitingRow {
  readonly row: string;
  readonly title: string;
  readonly waitsFor: string;
}

const played: ReadonlySet<string | undefined> = new Set(scenarios.map(({ row }) => row));

export const waitingRows: readonly WaitingRow[] = collection
  .filter(({ row }) => !played.has(row))
  .map(({ row, title, waitsFor = "a scenario" }) => ({ row, title, waitsFor }));
