/** `latchwork conformance`: every vector of the specifications, and the small state spaces walked. */
import type { Command } from "commander";
import type { SuiteReport } from "../../engine/conformance/suite.ts";
import { CommandEnd, exitCodes, type CliContext } from "./context.ts";
import { table } from "./table.ts";

const SHOWN_MAX = 50;

export function addConformanceCommand(program: Command, context: CliContext): void {
  program
    .command("conformance")
    .description("check the interrupt controllers against every vector of their specifications")
    .argument("[suites...]", "flic, ap, …; all without names")
    .option("--json", "print the reports as JSON")
    .action((names: string[], flags: { json?: boolean }) => conformance(context, names, flags));
}

async function conformance(
  { io }: CliContext,
  names: readonly string[],
  flags: { readonly json?: boolean },
): Promise<void> {
  // Loaded on use: the vectors are large, and no other command needs them.
  const { suites } = await import("../../engine/conformance/suites.ts");
  const { conforms, runSuite } = await import("../../engine/conformance/suite.ts");
  const unknown = names.find((name) => !suites.some((suite) => suite.name === name));
  if (unknown !== undefined) {
    const known = suites.map(({ name }) => name).join(", ");
    throw new CommandEnd(exitCodes.usage, `There is no suite "${unknown}"; there are ${known}.`);
  }
  const chosen = suites.filter(({ name }) => names.length === 0 || names.includes(name));
  const reports = chosen.map(runSuite);
  io.stdout.write(flags.json ? `${JSON.stringify(reports, undefined, 2)}\n` : textOf(reports));
  if (!reports.every(conforms)) throw new CommandEnd(exitCodes.failed, "not everything conforms.");
}

function textOf(reports: readonly SuiteReport[]): string {
  const rows = reports.map((report) => [
    report.name,
    `${report.vectorsChecked} of ${report.vectorsSpecified}`,
    String(report.callsSpecified),
    String(report.callsChecked),
    String(report.mismatches.length),
    report.title,
  ]);
  const walks = reports.flatMap(({ walks }) => walks).map((walk) => [
    walk.name,
    String(walk.states),
    String(walk.transitions),
    String(walk.violations.length),
  ]);
  const lines = [
    ...reports.flatMap(({ notes }) => notes.map(({ id, note }) => `note on ${id}: ${note}`)),
    ...reports.flatMap(({ mismatches }) => mismatches.map(({ id, sentence }) => `${id}: ${sentence}`)),
    ...reports.flatMap((report) => report.walks.flatMap(({ violations }) => violations)),
  ];
  const left = lines.length - SHOWN_MAX;
  const more = left > 0 ? [`… and ${left} more; --json prints all.`] : [];
  const parts = [
    table(["suite", "vectors", "calls specified", "checked", "mismatches", ""], rows),
    walks.length ? table(["complete walk", "states", "transitions", "violations"], walks) : "",
    [...lines.slice(0, SHOWN_MAX), ...more].map((line) => `${line}\n`).join(""),
  ];
  return parts.filter((part) => part !== "").join("\n");
}
