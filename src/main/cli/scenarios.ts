/** `latchwork scenarios`: lists the historical scenarios and plays them, with their defects off and on. */
import type { Command } from "commander";
import { evidenceText } from "../../engine/scenarios/evidence.ts";
import type { Verdict } from "../../engine/scenarios/runScenario.ts";
import type { Scenario } from "../../engine/scenarios/scenario.ts";
import { CommandEnd, exitCodes, type CliContext } from "./context.ts";
import { table } from "./table.ts";
import { verdictText } from "./verdictText.ts";

interface RunFlags {
  readonly defects?: boolean;
  readonly json?: boolean;
}

export function addScenariosCommand(program: Command, context: CliContext): void {
  const scenarios = program.command("scenarios").description("historical defects, each played both ways");
  scenarios
    .command("list")
    .description("every scenario with its defect switches, and the rows that wait")
    .option("--json", "print the list as JSON")
    .action((flags: { json?: boolean }) => list(context, flags));
  scenarios
    .command("run")
    .description("play one scenario, a file of your own, or all")
    .argument("<which>", "an id, a row, a .ts file, or all")
    .option("--defects", "also play it with each of its defects on: each must break it")
    .option("--json", "print the verdicts as JSON")
    .action((which: string, flags: RunFlags) => run(context, which, flags));
}

// Loaded on use: the catalogue brings every device with it, and other commands need none.
const catalogue = () => import("../../engine/scenarios/catalogue.ts");

async function list({ io }: CliContext, { json }: { json?: boolean }): Promise<void> {
  const { scenarios, waitingRows } = await catalogue();
  if (json) {
    const all = scenarios.map(({ given, when, then, ...rest }) => ({
      ...rest,
      given: given.says,
      when: when.map(({ says }) => says),
      then: then.map(({ says }) => says),
    }));
    io.stdout.write(`${JSON.stringify({ scenarios: all, waiting: waitingRows }, undefined, 2)}\n`);
    return;
  }
  const rows = scenarios.map(({ row, id, evidence, defects, title }) => [
    row ?? "", id, String(defects.length), evidence.map((mark) => evidenceText[mark]).join(", "), title,
  ]);
  io.stdout.write(table(["ROW", "SCENARIO", "DEFECTS", "EVIDENCE", "TITLE"], rows));
  io.stdout.write(`\n${scenarios.length} scenarios, ${waitingRows.length} rows wait.\n`);
  for (const { row, title, waitsFor } of waitingRows)
    io.stdout.write(`waiting: ${row} ${title}: ${waitsFor}\n`);
}

async function run(context: CliContext, which: string, flags: RunFlags): Promise<void> {
  const { io } = context;
  const { waitingRows } = await catalogue();
  const verdicts = which.endsWith(".ts")
    ? [await playFile(context, which, flags.defects ?? false)]
    : await playChosen(which, flags.defects ?? false);
  const passed = verdicts.filter((verdict) => verdict.passed).length;
  const failed = verdicts.length - passed;
  const waiting = which === "all" ? waitingRows : [];
  const counts = { passed, failed, waiting: waiting.length };
  if (flags.json) io.stdout.write(`${JSON.stringify({ ...counts, verdicts }, undefined, 2)}\n`);
  else {
    for (const verdict of verdicts) io.stdout.write(verdictText(verdict));
    for (const { row, title, waitsFor } of waiting)
      io.stdout.write(`waits   ${row} ${title}: ${waitsFor}\n`);
    io.stdout.write(`${passed} passed, ${failed} failed, ${waiting.length} wait.\n`);
  }
  if (failed > 0) throw new CommandEnd(exitCodes.failed, "");
}

async function playChosen(which: string, withDefects: boolean): Promise<readonly Verdict[]> {
  const { runScenario } = await import("../../engine/scenarios/runScenario.ts");
  return (await choose(which)).map((scenario) => runScenario(scenario, withDefects));
}

/** All, the one with this id, or those of this row. */
async function choose(which: string): Promise<readonly Scenario[]> {
  const { scenarios, waitingRows } = await catalogue();
  if (which === "all") return scenarios;
  const found = scenarios.filter(({ id, row }) => id === which || row === which);
  if (found.length > 0) return found;
  const waiting = waitingRows.find(({ row }) => row === which);
  const sentence = waiting
    ? `Row ${which} waits: ${waiting.waitsFor}.`
    : `There is no scenario "${which}"; "latchwork scenarios list" names them.`;
  throw new CommandEnd(exitCodes.usage, sentence);
}

/** A file of one's own runs in the sandbox of scripts, without any grant. */
async function playFile(context: CliContext, path: string, withDefects: boolean): Promise<Verdict> {
  const { playScenarioFile } = await import("./scriptFile.ts");
  return playScenarioFile(context, path, withDefects);
}
