/** `latchwork script`: runs a TypeScript file against machines, or against KVM's API without any guest. */
import { join } from "node:path";
import { InvalidArgumentError, Option, type Command } from "commander";
import { grantNames, grants, scriptLimits, type Grant } from "../../engine/api/script.ts";
import { addressOfUrl, findServed, type ServedAddress } from "../hosts/servedAddress.ts";
import type { RunEnd } from "../script/protocol.ts";
import { scriptDefaults } from "../script/scriptRun.ts";
import { apiText } from "../script/apiText.ts";
import { CommandEnd, exitCodes, interruptible, signalExitCode, type CliContext } from "./context.ts";
import { sizeFlag } from "./run.ts";
import { readScriptFile, runScriptText } from "./scriptFile.ts";
import { runServedScript } from "./servedScript.ts";
import { verdictText } from "./verdictText.ts";

interface ScriptFlags {
  readonly grant: readonly Grant[];
  readonly time: number;
  readonly memory: number;
  readonly serve?: true;
  readonly host?: ServedAddress;
}

export function addScriptCommand(program: Command, context: CliContext): void {
  const grantLines = Object.entries(grants).map(([name, text]) => `  ${name.padEnd(9)} ${text}`);
  program
    .command("script")
    .description("run a TypeScript file in a sandbox: on machines, or on KVM's API without a guest")
    .argument("[file]", "a .ts file; without one, --types")
    .addOption(
      new Option("--grant <names>", "what it may do, separated by commas")
        .argParser(grantFlag).default([], "nothing"))
    .option("--time <seconds>", "the longest it may run", timeFlag, scriptDefaults.timeMs / 1000)
    .addOption(
      new Option("--memory <size>", "what it may use")
        .argParser(memoryFlag)
        .default(scriptDefaults.memoryBytes, `${scriptDefaults.memoryBytes / 2 ** 20}M`))
    .option("--serve", "run it in the `latchwork serve` of this data folder, on the machines there")
    .option("--host <url>", "run it in the server whose address, with its token, this is", hostFlag)
    .option("--types", "print the API's declarations for an editor")
    .addHelpText("after", `\nGrants:\n${grantLines.join("\n")}\n
Exit codes: 0 it ended well; 1 it failed; 2 it cannot be read or bad usage; 124 its time was up.`)
    .action(async (file: string | undefined, flags: ScriptFlags & { types?: boolean }) => {
      const { io, places } = context;
      if (flags.types) io.stdout.write(await apiText(join(places.resourcesDir, "scripts/api")));
      else if (file === undefined) throw new CommandEnd(exitCodes.usage, "Name a .ts file to run.");
      else await run(file, flags, context);
    });
}

async function run(file: string, flags: ScriptFlags, context: CliContext): Promise<void> {
  const limits = {
    grants: flags.grant, timeMs: flags.time * 1000, memoryBytes: flags.memory, withDefects: true,
  };
  const text = await readScriptFile(file);
  const address = await serverOf(flags, context);
  const { value: end, signal } = await interruptible((abort) =>
    address ? runServedScript(address, text, limits, context.io, abort)
      : runScriptText(text, limits, context, abort));
  if (signal !== undefined) throw new CommandEnd(signalExitCode(signal), "");
  if (end.kind === "done") {
    if (end.verdict) context.io.stdout.write(verdictText(end.verdict));
    if (end.verdict?.passed === false) throw new CommandEnd(exitCodes.failed, "");
    return;
  }
  const places = end.kind === "failed" ? (end.trace ?? []).map((line) => `\n    ${line}`).join("") : "";
  throw new CommandEnd(exitOf[end.kind], `${end.sentence}${places}`);
}

const exitOf: Readonly<Record<Exclude<RunEnd["kind"], "done">, number>> = {
  failed: exitCodes.failed, refused: exitCodes.usage, time: exitCodes.timeout, stopped: exitCodes.failed,
};

/** The server that is to run it; undefined where this process does. */
async function serverOf(
  { serve, host }: ScriptFlags, { places }: CliContext,
): Promise<ServedAddress | undefined> {
  if (host || !serve) return host;
  const found = await findServed(places.dataDir);
  if (!found.ok) throw new CommandEnd(exitCodes.failed, found.error);
  return found.value;
}

function hostFlag(text: string): ServedAddress {
  const address = addressOfUrl(text);
  if (address) return address;
  throw new InvalidArgumentError("Give the address that `latchwork serve` printed, with its #token=.");
}

function grantFlag(text: string, before: readonly Grant[]): readonly Grant[] {
  const given = text.split(",").map((name) => name.trim());
  const unknown = given.find((name) => !(grantNames as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`There is no grant "${unknown}"; there are ${grantNames.join(", ")}.`);
  return [...new Set([...before, ...(given as Grant[])])];
}

function timeFlag(text: string): number {
  const seconds = Number(text);
  const { secondsMax } = scriptLimits;
  if (!(seconds > 0 && seconds <= secondsMax))
    throw new InvalidArgumentError(`Seconds above 0, at most ${secondsMax}, are allowed.`);
  return seconds;
}

function memoryFlag(text: string): number {
  const bytes = sizeFlag(text);
  const { memoryBytesMin, memoryBytesMax } = scriptLimits;
  if (bytes < memoryBytesMin || bytes > memoryBytesMax)
    throw new InvalidArgumentError("24M to 512M are allowed.");
  return bytes;
}
