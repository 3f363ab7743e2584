/** What became of a scenario, as lines of text. */
import type { PlayedScenario } from "../../engine/api/script.ts";

export function verdictText({ id, passed, runs, reasons }: PlayedScenario): string {
  const switches = runs.flatMap(({ defect }) => (defect === undefined ? [] : [defect]));
  const broken = passed && switches.length ? `, broken by ${switches.join(", ")} as it must be` : "";
  const details = [...runs[0]!.shown, ...reasons].map((line) => `        ${line}`);
  const lines = [`${passed ? "passed" : "FAILED"}  ${id}${broken}`, ...details];
  return `${lines.join("\n")}\n`;
}
