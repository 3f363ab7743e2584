/** `latchwork figures`: the project's counts with a target, each measured and met or not. */
import type { Command } from "commander";
import type { FigureResult } from "../../engine/figures/figure.ts";
import { CommandEnd, exitCodes, type CliContext } from "./context.ts";
import { table } from "./table.ts";

interface FiguresFlags {
  readonly share: number;
  readonly json?: boolean;
}

interface Measured extends FigureResult {
  readonly cpuSeconds: number;
}

export function addFiguresCommand(program: Command, context: CliContext): void {
  program
    .command("figures")
    .description("measure what the project promises by number: calls, operations, walks, scenarios")
    .option("--share <part>", "aim at this part of each large count, for example 0.01", shareFlag, 1)
    .option("--json", "print the results as JSON")
    .action((flags: FiguresFlags) => measure(context, flags));
}

function shareFlag(text: string): number {
  const share = Number(text);
  if (!(share > 0 && share <= 1))
    throw new CommandEnd(exitCodes.usage, `"${text}" is no part; write a number above 0, at most 1.`);
  return share;
}

function timed(run: () => FigureResult): Measured {
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  return { ...result, cpuSeconds: (user + system) / 1e6 };
}

async function measure({ io }: CliContext, { share, json }: FiguresFlags): Promise<void> {
  const { counted, figures } = await import("../../engine/figures/figures.ts");
  const results = [
    ...figures.map(({ target, run }) => timed(() => run(Math.ceil(target * share)))),
    ...counted.map((run) => timed(run)),
  ];
  io.stdout.write(json ? `${JSON.stringify(results, undefined, 2)}\n` : textOf(results));
  if (share < 1 && !json) io.stdout.write(`Only ${share} of each large count was aimed at.\n`);
  const missed = results.filter((result) => !isMet(result)).length;
  const sentence = `${missed} of ${results.length} figures are not met.`;
  if (missed > 0) throw new CommandEnd(exitCodes.failed, sentence);
}

const isMet = ({ reached, target, failures }: FigureResult): boolean =>
  reached >= target && failures.length === 0;

function textOf(results: readonly Measured[]): string {
  const rows = results.map((result) => [
    isMet(result) ? "met" : "NOT MET",
    String(result.reached),
    String(result.target),
    String(result.failures.length),
    result.cpuSeconds.toFixed(1),
    result.name,
  ]);
  const details = results.flatMap(({ failures }) =>
    failures.map(({ seed, sentence, steps }) => `seed ${seed}: ${sentence}; steps: ${steps.join(", ")}\n`),
  );
  return table(["", "REACHED", "AIMED AT", "FAILURES", "CPU S", "FIGURE"], rows) + details.join("");
}
