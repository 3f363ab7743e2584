/** `latchwork guests`: lists, fetches, adds and removes guests. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { Option, type Command } from "commander";
import type { FetchProgress } from "../../engine/api/workbench.ts";
import { formatBytes } from "../guests/hostileInput.ts";
import { machineLimits } from "../../engine/api/machineLimits.ts";
import {
  CommandEnd,
  exitCodes,
  interruptible,
  signalExitCode,
  type CliContext,
  type CliIo,
} from "./context.ts";
import { integerFlag, sizeFlag } from "./run.ts";
import { table } from "./table.ts";

interface AddFlags {
  readonly kernel: string;
  readonly initrd?: string;
  readonly append: string;
  readonly memory: number;
  readonly cpus: number;
}

export function addGuestsCommand(program: Command, context: CliContext): void {
  const guests = program.command("guests").description("what a machine can be started with");
  guests
    .command("list")
    .description("show every guest")
    .option("--json", "as JSON")
    .action((flags: { json?: boolean }) => list(context, flags.json === true));
  guests
    .command("fetch")
    .description("download what a guest is made of; goes on where an earlier fetch ended")
    .argument("<guest>")
    .option("--mirror <url>", "a Debian mirror, in place of this host's apt")
    .option("--keyring <file>", "OpenPGP keys that may sign the mirror, in place of this host's Debian keys")
    .action((id: string, flags: { mirror?: string; keyring?: string }) => fetchGuest(id, flags, context));
  guests
    .command("add")
    .description("keep a kernel of your own as a guest")
    .argument("<title>")
    .requiredOption("--kernel <file>", "raw s390x Linux image, bare-metal ELF or flat image")
    .option("--initrd <file>", "initial RAM disk")
    .option("--append <text>", "kernel command line", "")
    .addOption(
      new Option("--memory <size>", "RAM, such as 512M").argParser(sizeFlag).default(512 * 2 ** 20, "512M"),
    )
    .option("--cpus <n>", `1 to ${machineLimits.cpusMax}`, integerFlag(1, machineLimits.cpusMax), 1)
    .action((title: string, flags: AddFlags) => add(title, flags, context));
  guests
    .command("remove")
    .description("delete a guest's files")
    .argument("<guest>")
    .action(async (id: string) => {
      const removed = await context.guests.remove(id);
      if (!removed.ok) throw new CommandEnd(exitCodes.failed, removed.error);
      context.io.stdout.write(`${id} is removed.\n`);
    });
}

async function list({ guests, io }: CliContext, asJson: boolean): Promise<void> {
  const all = await guests.list();
  if (asJson) return void io.stdout.write(`${JSON.stringify(all, undefined, 2)}\n`);
  const rows = all.map((guest) => [
    guest.id,
    guest.ready ? "ready" : "missing",
    formatBytes(guest.memoryBytes),
    String(guest.cpus),
    guest.title,
  ]);
  io.stdout.write(table(["GUEST", "STATE", "MEMORY", "CPUS", "TITLE"], rows));
  for (const guest of all)
    if (guest.missing !== undefined) io.stdout.write(`\n${guest.id}: ${guest.missing}\n`);
}

async function fetchGuest(
  id: string,
  flags: { mirror?: string; keyring?: string },
  context: CliContext,
): Promise<void> {
  const show = progressLine(context.io);
  const { value: fetched, signal } = await interruptible((abort) =>
    context.guests.fetch(id, show.progress, abort, flags),
  );
  show.end();
  if (signal !== undefined && !fetched.ok) throw new CommandEnd(signalExitCode(signal), fetched.error);
  if (!fetched.ok) throw new CommandEnd(exitCodes.failed, fetched.error);
  context.io.stdout.write(`${id} is ready: ${fetched.value.title}. ${fetched.value.description}\n`);
}

/** One line that is rewritten on a terminal; elsewhere one line for each step. */
function progressLine(io: CliIo): { progress(progress: FetchProgress): void; end(): void } {
  const isTerminal = io.stderr.isTTY === true;
  let step = "";
  let shown = "";
  const progress = (now: FetchProgress): void => {
    const of = now.totalBytes > 0 ? ` of ${formatBytes(now.totalBytes)}` : "";
    const text = now.doneBytes > 0 ? `${now.step}: ${formatBytes(now.doneBytes)}${of}` : now.step;
    if (isTerminal && text !== shown) io.stderr.write(`\r\x1b[K${text}`);
    if (!isTerminal && now.step !== step) io.stderr.write(`${now.step}\n`);
    step = now.step;
    shown = text;
  };
  return { progress, end: () => void (isTerminal && shown !== "" && io.stderr.write("\r\x1b[K")) };
}

async function add(title: string, flags: AddFlags, { guests, io }: CliContext): Promise<void> {
  const read = async (path: string): Promise<{ name: string; bytes: Uint8Array }> => ({
    name: basename(path),
    bytes: await readFile(path).catch((error: Error) => {
      throw new CommandEnd(exitCodes.usage, `${path} cannot be read: ${error.message}.`);
    }),
  });
  const added = await guests.add({
    title,
    kernel: await read(flags.kernel),
    ...(flags.initrd === undefined ? {} : { initrd: await read(flags.initrd) }),
    commandLine: flags.append,
    memoryBytes: flags.memory,
    cpus: flags.cpus,
  });
  if (!added.ok) throw new CommandEnd(exitCodes.usage, added.error);
  io.stdout.write(`${added.value.id}\n`);
}
