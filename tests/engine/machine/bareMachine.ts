/**
 * Bare-metal programs on the whole machine: assembled from text, run to their end, with what they printed.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { MachineConfig, RecordedInput, StopReason } from "../../../src/engine/api/machine.ts";
import { assemble } from "../../../src/engine/isa/s390/assemble.ts";
import { S390Ccw } from "../../../src/engine/machine/s390Ccw.ts";

const guests = fileURLToPath(new URL("../../../resources/guests/", import.meta.url));
const read = (name: string): string => readFileSync(`${guests}${name}`, "latin1");

/** The ELF image of a program; `include` finds the built-in guests' files. */
export function program(source: string, name = "program.s"): Uint8Array {
  const made = assemble(source, { name, include: read });
  if (!made.ok) throw new Error(made.error.map((error) => error.message).join("\n"));
  return made.value.elf;
}

/** A program on the guests' own prefix area and console: `body` begins at `_start`. */
export const consoleProgram = (body: string): Uint8Array =>
  program(`
        .include "lowcore.inc"
        .include "sclp.inc"
        .globl  _start
_start: brasl   %r14,console_open
${body}
`);

export function config(kernel: Uint8Array, over: Partial<MachineConfig> = {}): MachineConfig {
  return {
    board: "s390-ccw",
    memoryBytes: 16 << 20,
    cpus: 1,
    seed: 1,
    kernel,
    commandLine: "",
    interpreterOnly: false,
    pace: "skip",
    trace: false,
    ...over,
  };
}

/** The machine of a built-in guest, as the list of guests would start it. */
export function builtin(id: string, over: Partial<MachineConfig> = {}): MachineConfig {
  const card = JSON.parse(read(`${id}.json`)) as {
    memoryBytes: number; cpus: number; source: string; adapters?: MachineConfig["demoAdapters"];
    ap?: MachineConfig["ap"];
  };
  const { memoryBytes, cpus, adapters, ap } = card;
  const demo = adapters === undefined ? {} : { demoAdapters: adapters };
  const queues = ap === undefined ? {} : { ap };
  return config(program(read(card.source), card.source), { memoryBytes, cpus, ...demo, ...queues, ...over });
}

export interface Run {
  /** Everything printed, without carriage returns. */
  readonly text: string;
  /** Undefined: the limit was reached, or it waits for input that does not come. */
  readonly reason: StopReason | undefined;
  readonly waits: boolean;
  readonly instructions: number;
  readonly traceHash: string;
  /** What was typed, and when. */
  readonly input: readonly RecordedInput[];
  readonly machine: S390Ccw;
}

export interface RunOptions {
  /** Typed one after the other, each when the machine waits for nothing else. */
  readonly keys?: readonly string[];
  /** Instructions of one step. */
  readonly budget?: number;
  /** Instructions after which the run is given up. */
  readonly limit?: number;
}

export function runMachine(given: MachineConfig, options: RunOptions = {}): Run {
  const chunks: Buffer[] = [];
  const made = S390Ccw.create(given, (bytes) => chunks.push(Buffer.from(bytes)));
  if (!made.ok) throw new Error(made.error);
  const machine = made.value;
  const keys = [...(options.keys ?? [])];
  const input: RecordedInput[] = [];
  let reason: StopReason | undefined;
  let waits = false;
  while (!reason && !waits && Number(machine.instructions) < (options.limit ?? 50_000_000)) {
    const end = machine.step(options.budget ?? 1_000_000);
    if (end.kind === "ended") reason = end.reason;
    if (end.kind !== "idle") continue;
    if (end.untilNs !== undefined) machine.skipIdle(end.untilNs);
    else if (keys.length > 0) {
      const bytes = new TextEncoder().encode(keys.shift());
      input.push({ atNs: Number(machine.now()), bytes });
      machine.consoleInput(bytes);
    } else waits = true;
  }
  return {
    text: Buffer.concat(chunks).toString("latin1").replaceAll("\r", ""), reason, waits, input,
    instructions: Number(machine.instructions), traceHash: machine.traceHash, machine,
  };
}

/** What a program prints that begins with `body` and ends when every CPU has stopped. */
export function printed(body: string, over: Partial<MachineConfig> = {}): string {
  const { text, reason } = runMachine(config(consoleProgram(body), over), { limit: 5_000_000 });
  if (reason?.kind !== "all-stopped") throw new Error(`ended otherwise: ${JSON.stringify(reason)}\n${text}`);
  return text;
}
/** Behind a body whose other CPUs have nothing to do. */
export const done = "        j       stop_self\nsecondary:\n        j       stop_self\n";
