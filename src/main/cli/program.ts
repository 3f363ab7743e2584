/** All commands together, and the one place where a command's end becomes an exit code and a sentence. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { addAsmCommand } from "./asm.ts";
import { addBenchCommand } from "./bench.ts";
import { addConformanceCommand } from "./conformance.ts";
import { CommandEnd, exitCodes, makeContext, type CliIo } from "./context.ts";
import { addDisasmCommand } from "./disasm.ts";
import { addDoctorCommand } from "./doctor.ts";
import { addFiguresCommand } from "./figures.ts";
import { addGuestsCommand } from "./guests.ts";
import { addPastCommand } from "./past.ts";
import type { Places } from "./places.ts";
import { addRunCommand } from "./run.ts";
import { addScenariosCommand } from "./scenarios.ts";
import { addScriptCommand } from "./script.ts";
import { addServeCommand } from "./serve.ts";
import { addSessionsCommand } from "./sessions.ts";
import { addSnapshotCommand } from "./snapshot.ts";

/** Runs one command line (without node and script) and gives the exit code. */
export async function runCli(args: readonly string[], io: CliIo, places: Places): Promise<number> {
  const { version } = JSON.parse(readFileSync(join(places.root, "package.json"), "utf8")) as {
    version: string;
  };
  const program = new Command("latchwork");
  program
    .description("a virtual s390x machine whose insides are visible")
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });
  const context = makeContext(io, places);
  for (const add of [
    addDoctorCommand,
    addGuestsCommand,
    addRunCommand,
    addServeCommand,
    addSnapshotCommand,
    addSessionsCommand,
    addPastCommand,
    addAsmCommand,
    addDisasmCommand,
    addBenchCommand,
    addConformanceCommand,
    addScenariosCommand,
    addFiguresCommand,
    addScriptCommand,
  ])
    add(program, context);
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCodes.fine;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
    if (!(error instanceof CommandEnd)) throw error;
    if (error.message !== "") io.stderr.write(`latchwork: ${error.message}\n`);
    return error.exitCode;
  }
}
