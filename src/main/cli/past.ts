/** `past`: a moment of the run of a machine under a `latchwork serve`, its registers and what comes next. */
import { InvalidArgumentError, type Command } from "commander";
import type { DebugCall, DisassembledLine, RegisterFile } from "../../engine/api/debug.ts";
import type { PastGoal, PastReport } from "../../engine/api/history.ts";
import { recordParts } from "../../engine/api/recordParts.ts";
import { isWatchable, watchLimits, type Watchpoint } from "../../engine/api/watch.ts";
import type { MachineSummary, Outcome } from "../../engine/api/workbench.ts";
import { connectHost, type HostConnection } from "../hostConnection.ts";
import { findServed } from "../hosts/servedAddress.ts";
import { CommandEnd, exitCodes, interruptible, signalExitCode, type CliContext } from "./context.ts";
import { writeOutput } from "./outputFile.ts";

interface PastFlags {
  readonly at?: number;
  readonly back?: true;
  readonly stop?: true;
  readonly writer?: string;
  readonly leave?: true;
  readonly record?: string;
  readonly cpu: number;
}

const LINES = 8;
const WORD_BYTES = 8;

export function addPastCommand(program: Command, context: CliContext): void {
  program
    .command("past")
    .description("show a machine under `latchwork serve` as it was at another instruction")
    .argument("<machine>", "its name; <name>.past, once that is there, to go on from where it stands")
    .option("--at <instruction>", "the last moment with so many instructions executed", wholeNumber)
    .option("--back", "one instruction before")
    .option("--stop", "the breakpoint or watchpoint that was met last")
    .option("--writer <place>", "the last writer of a register (r10) or of storage (absolute hex[:bytes])")
    .option("--record <file>", "write all that came to its run from outside, for `run --replay`")
    .option("--leave", "let the machine in the past go")
    .option("--cpu <number>", "whose registers", wholeNumber, 0)
    .action((machine: string, flags: PastFlags) => past(machine, flags, context));
}

async function past(id: string, flags: PastFlags, context: CliContext): Promise<void> {
  const { places, io } = context;
  const errand = errandOf(flags);
  const found = await findServed(places.dataDir);
  if (!found.ok) throw failed(found.error);
  const arrivals = new Arrivals();
  const connected = await connectHost(found.value, { machineChanged: (machine) => arrivals.take(machine) });
  if (!connected.ok) throw failed(connected.error);
  const { host, close } = connected.value;
  try {
    if (errand.kind === "record") {
      const parts = value(await recordParts((rest) => host.recordOf({ id, rest })));
      await writeOutput(errand.path, parts.join(""));
      return;
    }
    const { machines } = await host.hello();
    if (errand.kind === "leave") {
      const isPast = machines.some((machine) => machine.id === id && machine.past);
      if (!isPast) throw failed(`"${id}" does not stand in the past, so there is nothing to leave.`);
      value(await host.powerOffMachine({ id }));
      return;
    }
    const { id: there } = value(await host.goToPast({ id, goal: errand }));
    const { value: arrived, signal } = await interruptible(async (abort) => {
      abort.addEventListener("abort", () => void host.pauseMachine({ id: there }));
      return arrivals.of(there);
    });
    if (signal !== undefined) throw new CommandEnd(signalExitCode(signal), "Stopped on the way.");
    io.stdout.write(await shown(host, arrived, flags.cpu));
  } finally {
    close();
  }
}

type Errand = PastGoal | { readonly kind: "leave" } | { readonly kind: "record"; readonly path: string };

function errandOf({ at, back, stop, writer, record, leave, cpu }: PastFlags): Errand {
  const errands: Errand[] = [
    ...(at === undefined ? [] : [{ kind: "at", instructions: at } as const]),
    ...(back ? [{ kind: "back" } as const] : []),
    ...(stop ? [{ kind: "stop" } as const] : []),
    ...(writer === undefined ? [] : [{ kind: "write", watch: watchOf(writer, cpu) } as const]),
    ...(record === undefined ? [] : [{ kind: "record", path: record } as const]),
    ...(leave ? [{ kind: "leave" } as const] : []),
  ];
  if (errands.length === 1) return errands[0]!;
  throw new CommandEnd(exitCodes.usage, "Name one of --at, --back, --stop, --writer, --record and --leave.");
}

function watchOf(place: string, cpu: number): Watchpoint {
  if (isWatchable(place)) return { kind: "register", cpu, register: place };
  const parts = /^(?:0x)?([0-9a-f]{1,16})(?::(\d{1,4}))?$/i.exec(place);
  const length = Number(parts?.[2] ?? WORD_BYTES);
  if (!parts || length < 1 || length > watchLimits.lengthMax)
    throw new CommandEnd(exitCodes.usage, `"${place}" is no register (r10) and no address (1f000:8).`);
  const address = parts[1]!.toLowerCase().padStart(16, "0");
  return { kind: "storage", cpu, space: "absolute", address, length, on: "write" };
}

/** Machines on their way: each is heard to leave before it is heard to stand. */
class Arrivals {
  private readonly isOnItsWay = new Set<string>();
  private readonly standing = new Map<string, MachineSummary>();
  private waiting: (() => void) | undefined;

  take(machine: MachineSummary): void {
    if (machine.phase === "running") this.isOnItsWay.add(machine.id);
    else if (machine.phase !== "starting" && this.isOnItsWay.has(machine.id))
      this.standing.set(machine.id, machine);
    this.waiting?.();
  }
  async of(id: string): Promise<MachineSummary> {
    for (;;) {
      const machine = this.standing.get(id);
      if (machine) return machine;
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
  }
}

async function shown(host: HostConnection["host"], machine: MachineSummary, cpu: number): Promise<string> {
  const { id, past: report, reason } = machine;
  if (machine.phase !== "paused" || !report)
    throw failed(reason && "sentence" in reason ? reason.sentence : `${id} is ${machine.phase}.`);
  const ask = async (call: DebugCall) => value(await host.debugMachine({ id, call }));
  const file = (await ask({ name: "registers", cpu })) as RegisterFile;
  const address = file.values.pswAddress!;
  const code = (await ask({ name: "disassemble", cpu, address, count: LINES })) as DisassembledLine[];
  return [...headOf(machine, report), ...registerLines(file), ...code.map(codeLine), ""].join("\n");
}

function headOf({ id, halt }: MachineSummary, report: PastReport & { of: string }): string[] {
  const { instructions, virtualNs, checked, difference, sentence, of } = report;
  const hit = halt?.hit;
  const change = hit?.after === undefined ? "" : `, ${hit.before} → ${hit.after}`;
  return [
    `${id} stands at instruction ${instructions} of ${of}, t = ${(virtualNs / 1e9).toFixed(9)} s; ` +
      `${checked} trace hashes of the run agree.`,
    ...(difference === undefined ? [] : [`It differs from the run: ${difference}`]),
    ...(sentence === undefined ? [] : [sentence]),
    ...(hit ? [`${hit.event} by ${hit.by}${hit.instruction ? ` at ${hit.instruction}` : ""}${change}`] : []),
  ];
}

function registerLines({ cpu, state, waiting, values }: RegisterFile): string[] {
  const row = (names: readonly string[]): string =>
    names.map((name) => `${name.padStart(3)} ${values[name]}`).join("  ");
  const rows = Array.from({ length: 4 }, (_, n) => row([0, 1, 2, 3].map((m) => `r${4 * n + m}`)));
  const psw = `psw ${values.pswMask} ${values.pswAddress}`;
  return [`vCPU ${cpu}, ${state}${waiting ? ", waiting" : ""}: ${psw}`, ...rows];
}
const codeLine = ({ address, text, source }: DisassembledLine): string =>
  `${address}  ${text.padEnd(12)}  ${source}`;

function value<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw failed(outcome.error);
  return outcome.value;
}
const failed = (sentence: string): CommandEnd => new CommandEnd(exitCodes.failed, sentence);

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("A whole number is wanted.");
  return Number(text);
}
