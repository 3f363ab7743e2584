/** Every question of the catalogue, in the order of its scenarios. */
import type { Experiment } from "./experiment.ts";
import { entryExperiments } from "./programs/entry.ts";
import { kickerExperiments } from "./programs/kickers.ts";
import { messageExperiments } from "./programs/message.ts";
import { movingExperiments } from "./programs/moving.ts";
import { otherVariableExperiments } from "./programs/otherVariable.ts";
import { pageTableExperiments } from "./programs/pageTable.ts";
import { sieExperiments } from "./programs/sie.ts";
import { sleepExperiments } from "./programs/sleep.ts";

export const experiments: readonly Experiment[] = [
  ...entryExperiments, ...messageExperiments, ...kickerExperiments, ...pageTableExperiments,
  ...sleepExperiments, ...movingExperiments, ...otherVariableExperiments, ...sieExperiments,
];
