/** What `latchwork run` says of a run that is over: figures as JSON, an exit code and a sentence. */
import { exitCodes, signalExitCode } from "./context.ts";
import type { RunEnd, RunOutcome } from "./machineRun.ts";

/** The engine's figures, how long `--until` took (null if not seen) and why the run ended. */
export function statsText({ stats, end, timeToUntilSeconds }: RunOutcome): string {
  const sentence = "sentence" in end ? { sentence: end.sentence } : {};
  const figures = {
    ...stats,
    timeToUntilSeconds: timeToUntilSeconds ?? null,
    stopReason: end.kind,
    ...sentence,
  };
  return `${JSON.stringify(figures, undefined, 2)}\n`;
}

export function verdict(end: RunEnd): { exitCode: number; sentence: string } {
  switch (end.kind) {
    case "until-seen":
    case "powered-off":
    case "left":
      return { exitCode: exitCodes.fine, sentence: "" };
    case "all-stopped":
      return { exitCode: exitCodes.fine, sentence: "Every CPU stopped by itself." };
    case "timeout":
      return { exitCode: exitCodes.timeout, sentence: "The time given with --timeout is over." };
    case "signal":
      return { exitCode: signalExitCode(end.number), sentence: "" };
    case "differs":
      return { exitCode: exitCodes.failed, sentence: `The run was not repeated. ${end.sentence}` };
    case "refused":
      return { exitCode: exitCodes.usage, sentence: end.sentence };
    case "crashed":
      return {
        exitCode: exitCodes.failed,
        sentence: `${end.sentence} PSW ${end.pswMask} ${end.pswAddress}.`,
      };
    case "engine-fault":
      return { exitCode: exitCodes.failed, sentence: [end.sentence, ...recordLines(end.record)].join("\n") };
  }
}

/** What is needed to meet the fault again. */
const recordLines = (record: {
  seed: number;
  instructions: number;
  stack: string;
  state: string;
  lastInstructions: readonly string[];
}): string[] =>
  [
    `seed ${record.seed}, after ${record.instructions} instructions`,
    record.stack,
    record.state,
    ...record.lastInstructions,
  ].filter((line) => line !== "");
