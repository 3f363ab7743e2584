/** `latchwork run`: starts one machine on this terminal and ends with what became of it. */
import { readFile } from "node:fs/promises";
import { InvalidArgumentError, type Command } from "commander";
import type { ApMatrix, MachineConfig } from "../../engine/api/machine.ts";
import { machineLimits, objectionToSize } from "../../engine/api/machineLimits.ts";
import { parseByteSize } from "../guests/byteSize.ts";
import type { RunConfig } from "../services/snapshots.ts";
import { apFlag } from "./apFlag.ts";
import { CommandEnd, exitCodes, type CliContext } from "./context.ts";
import { differenceFrom, parseRecord, type RunRecord } from "../runRecord.ts";
import { play, type PlayFlags } from "./play.ts";
import { restorePoint, type RestorePoint } from "./runSnapshot.ts";
import { snapshotId } from "./snapshotId.ts";

interface RunFlags extends PlayFlags {
  readonly kernel?: string;
  readonly initrd?: string;
  readonly append?: string;
  readonly disk?: string;
  readonly memory?: number;
  readonly cpus?: number;
  readonly seed?: number;
  readonly interpreter?: boolean;
  readonly loadparm?: string;
  readonly ap?: ApMatrix;
  readonly replay?: string;
  readonly from?: number;
}

const memoryDefault = 512 * 2 ** 20;

export function addRunCommand(program: Command, context: CliContext): void {
  program
    .command("run")
    .description("start a guest, or a kernel of your own, on this terminal (Ctrl-A X leaves)")
    .argument("[guest]", "a guest's id from `guests list`")
    .option("--kernel <file>", "raw s390x Linux image, bare-metal ELF or flat image, in place of a guest")
    .option("--initrd <file>", "initial RAM disk for --kernel")
    .option("--append <text>", "kernel command line; for a guest, added to its own")
    .option("--disk <file>", "raw image of a virtio disk; writes to it are not kept")
    .option("--memory <size>", "RAM, such as 512M", sizeFlag)
    .option("--cpus <n>", `1 to ${machineLimits.cpusMax}`, integerFlag(1, machineLimits.cpusMax))
    .option("--until <text>", "end with 0 once the console has printed this text", textFlag)
    .option("--input-after <text>", "hold piped input back until the console has printed this text", textFlag)
    .option("--timeout <seconds>", "end with 124 after this time", secondsFlag)
    .option("--stats <file>", "write the engine's figures as JSON")
    .option("--seed <n>", "seed of all chance in the machine", integerFlag(0, 0xffff_ffff))
    .option("--interpreter", "never compile")
    .option("--trace <file>", "write one line per interruption")
    .option("--loadparm <text>", "IPL load parameter: up to 8 printable ASCII characters", loadParameterFlag)
    .option("--ap <adapters:domains>", "AP queues of a mock crypto card, such as 5,6:4,71", apFlag)
    .option("--record <file>", "write what comes from outside and when, so that the run can be repeated")
    .option("--replay <file>", "repeat a record, compare its trace hashes, and go on from there")
    .option("--from <snapshot>", "go on where a snapshot was saved, in place of a guest", snapshotId)
    .option("--save <note>", "save the machine when the run ends before it does")
    .addHelpText(
      "after",
      "\nExit codes: 0 text seen, powered off or stopped by itself; 1 crashed, not repeated or not saved; " +
        "2 bad usage; 124 timeout.",
    )
    .action((guest: string | undefined, flags: RunFlags) => run(guest, flags, context));
}

async function run(guest: string | undefined, flags: RunFlags, context: CliContext): Promise<void> {
  const record = flags.replay === undefined ? undefined : await readRecord(flags.replay);
  const point = flags.from === undefined ? undefined : await pointOf(flags.from, guest, flags, context);
  const config = point?.config ?? (await readMachine(guest, { ...recordedFlags(record), ...flags }, context));
  const difference = record && differenceFrom(record, config, point?.from.saved.state);
  if (difference !== undefined) throw usage(difference);
  const { title } = point ?? { title: guest ?? "Kernel" };
  await play(
    {
      config,
      guest: point?.guest ?? guest ?? "kernel",
      title,
      ...(point && { from: point.from }),
      ...(record && { repeat: record.journal }),
    },
    flags,
    context,
  );
}

/** A machine goes on as it was built: what would build another one is refused. */
function pointOf(
  id: number,
  guest: string | undefined,
  flags: RunFlags,
  context: CliContext,
): Promise<RestorePoint> {
  const building = [
    "kernel",
    "initrd",
    "append",
    "disk",
    "memory",
    "cpus",
    "seed",
    "loadparm",
    "ap",
  ] as const;
  const other = guest ?? building.find((name) => flags[name] !== undefined);
  if (other !== undefined) throw usage(`--from goes on with a machine as it is; leave out "${other}".`);
  return restorePoint(id, { ...runConfig(flags, context) }, context);
}

async function readMachine(
  guest: string | undefined,
  flags: RunFlags,
  context: CliContext,
): Promise<MachineConfig> {
  if ((guest === undefined) === (flags.kernel === undefined))
    throw usage("Name either a guest (see `guests list`) or a kernel file with --kernel, and not both.");
  if (guest !== undefined && flags.initrd !== undefined)
    throw usage(`--initrd goes with --kernel only; the guest "${guest}" brings its own.`);
  const overrides = {
    ...(flags.memory === undefined ? {} : { memoryBytes: flags.memory }),
    ...pick(flags, "cpus", "seed", "ap"),
    ...(flags.disk === undefined ? {} : { disk: await readInput(flags.disk, "disk image") }),
    ...runConfig(flags, context),
    ...(flags.loadparm === undefined ? {} : { loadParameter: flags.loadparm }),
  } as const;
  if (flags.kernel !== undefined) {
    const config: MachineConfig = {
      board: "s390-ccw",
      memoryBytes: memoryDefault,
      cpus: 1,
      seed: 1,
      kernel: await readInput(flags.kernel, "kernel"),
      ...(flags.initrd === undefined ? {} : { initrd: await readInput(flags.initrd, "initrd") }),
      commandLine: flags.append ?? "",
      ...overrides,
    };
    const objection = objectionToSize(config.memoryBytes, config.cpus);
    if (objection !== undefined) throw usage(objection);
    return config;
  }
  const config = await context.guests.machineConfig(guest!, overrides);
  if (!config.ok) throw usage(config.error);
  const commandLine = [config.value.commandLine, flags.append ?? ""].filter((text) => text !== "").join(" ");
  return { ...config.value, commandLine };
}

/** How the machine runs, whatever it is. */
function runConfig(flags: RunFlags, { io }: CliContext): RunConfig {
  const isInteractive = io.stdin.isTTY === true && io.stdout.isTTY === true;
  return {
    interpreterOnly: flags.interpreter === true,
    trace: flags.trace !== undefined,
    pace: (flags.until !== undefined && !isInteractive) || flags.replay !== undefined ? "skip" : "wall",
  };
}

/** A record says what machine it needs; flags that say otherwise are refused later. */
function recordedFlags(record: RunRecord | undefined): Partial<RunFlags> {
  if (!record) return {};
  const { memoryBytes: memory, cpus, seed, ap } = record.machine;
  return { memory, cpus, seed, ...(ap && { ap }) };
}

async function readRecord(path: string): Promise<RunRecord> {
  const record = parseRecord(Buffer.from(await readInput(path, "record")).toString());
  if (!record.ok) throw usage(`The record ${path} cannot be used: ${record.error}.`);
  return record.value;
}

async function readInput(path: string, what: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw usage(`The ${what} ${path} cannot be read: ${(error as Error).message}.`);
  }
}

const usage = (sentence: string): CommandEnd => new CommandEnd(exitCodes.usage, sentence);

export function sizeFlag(text: string): number {
  const size = parseByteSize(text);
  if (!size.ok) throw new InvalidArgumentError(size.error);
  return size.value;
}

export function integerFlag(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`Whole numbers from ${min} to ${max} are allowed.`);
    return value;
  };
}

function secondsFlag(text: string): number {
  const value = Number(text);
  // A longer time would overflow the host's timer.
  if (!(value > 0 && value <= 86_400))
    throw new InvalidArgumentError("Seconds above 0, at most 86400, are allowed.");
  return value;
}

function loadParameterFlag(text: string): string {
  if (!/^[ -~]{1,8}$/.test(text)) throw new InvalidArgumentError("1 to 8 printable ASCII characters.");
  return text;
}

function textFlag(text: string): string {
  if (text === "") throw new InvalidArgumentError("The text must not be empty.");
  return text;
}

/** The named fields that are set. */
function pick<T extends object, K extends keyof T>(from: T, ...keys: readonly K[]): Partial<Pick<T, K>> {
  return Object.fromEntries(
    keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]),
  ) as Partial<Pick<T, K>>;
}
