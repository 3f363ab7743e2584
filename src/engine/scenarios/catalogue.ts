/** Every scenario the project has, family by family, and the rows that have to wait. */
import { s390Scenarios } from "./s390/s390Scenarios.ts";
import type { Scenario } from "./scenario.ts";

export { waitingRows } from "./waiting.ts";
export const scenarios: readonly Scenario[] = [...s390Scenarios];
