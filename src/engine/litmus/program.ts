/**
 * A litmus program: threads over shared words, and the outcomes that are asked about. Assembling resolves
 * labels and leaves out the barriers that an experiment removes.
 */
import { assert } from "../base/assert.ts";
import type { Instruction, Label, Register, Word } from "./instruction.ts";
import type { StateView } from "./stateView.ts";

/** `names`: how the window writes values, e.g. 1 as `IN`. */
export interface WordDescription {
  readonly initial: number;
  readonly names?: Readonly<Record<number, string>>;
}

export interface Thread {
  readonly name: string;
  readonly code: readonly (Instruction | Label)[];
  /** Host CPU whose interrupts this thread takes; a requester takes none. */
  readonly cpu?: number;
  /** Begins inside the guest, interrupts off, at the `enter` that this label names. */
  readonly startsInGuestAt?: string;
}

/**
 * `forbidden`: reaching it is the defect the program is about. `remark`: worth knowing and no defect.
 * `final`: one of the ways in which the program may come to rest; every rest must be one of them.
 */
export interface Outcome {
  readonly id: string;
  readonly title: string;
  readonly verdict: "forbidden" | "remark" | "final";
  readonly holds: (state: StateView) => boolean;
}

export interface LitmusProgram {
  readonly title: string;
  readonly words: Readonly<Record<Word, WordDescription>>;
  readonly ghosts?: readonly string[];
  readonly threads: readonly Thread[];
  readonly outcomes: readonly Outcome[];
}

export interface AssembledThread {
  readonly name: string;
  readonly instructions: readonly Instruction[];
  readonly labels: ReadonlyMap<string, number>;
  readonly registers: readonly Register[];
  readonly cpu: number | undefined;
  readonly startsInGuestAt: number | undefined;
  /** First instruction at or after index n that takes a step. */
  readonly settled: readonly number[];
}

export interface AssembledProgram {
  readonly source: LitmusProgram;
  readonly words: readonly Word[];
  readonly ghosts: readonly string[];
  readonly threads: readonly AssembledThread[];
  /** Host CPUs that interrupts can go to. */
  readonly cpus: number;
}

/** Names of the barriers that can be taken out, in program order. */
export function barriersOf(program: LitmusProgram): string[] {
  const ids = program.threads.flatMap(({ code }) =>
    code.flatMap((item) => (item.kind === "barrier" && item.id !== undefined ? [item.id] : [])),
  );
  return [...new Set(ids)];
}

/** `without`: names of the barriers to leave out. */
export function assemble(program: LitmusProgram, without: readonly string[] = []): AssembledProgram {
  const known = barriersOf(program);
  for (const id of without) assert(known.includes(id), `${program.title} has no barrier "${id}"`);
  const threads = program.threads.map((thread) => assembleThread(thread, without));
  const used = threads.flatMap(({ cpu, instructions }) => [
    cpu ?? 0, ...instructions.flatMap((i) => (i.kind === "migrate" ? [i.cpu] : [])),
  ]);
  return {
    source: program, words: Object.keys(program.words), ghosts: program.ghosts ?? [], threads,
    cpus: Math.max(...used) + 1,
  };
}

function assembleThread(thread: Thread, without: readonly string[]): AssembledThread {
  const instructions: Instruction[] = [];
  const labels = new Map<string, number>();
  for (const item of thread.code) {
    if (item.kind === "label") labels.set(item.name, instructions.length);
    else if (item.kind !== "barrier" || item.id === undefined || !without.includes(item.id))
      instructions.push(item);
  }
  for (const instruction of instructions)
    if ("to" in instruction) assert(labels.has(instruction.to), `${thread.name}: no label ${instruction.to}`);
  const registers = instructions.flatMap((i) => ("into" in i ? [i.into] : []));
  return {
    name: thread.name, instructions, labels, registers: [...new Set(registers)], cpu: thread.cpu,
    startsInGuestAt:
      thread.startsInGuestAt === undefined ? undefined : labels.get(thread.startsInGuestAt)!,
    settled: [...instructions.keys(), instructions.length].map((at) => settle(instructions, labels, at)),
  };
}

function settle(
  instructions: readonly Instruction[], labels: ReadonlyMap<string, number>, from: number,
): number {
  let at = from;
  for (let jumps = 0; ; jumps++) {
    const instruction = instructions[at];
    if (instruction?.kind !== "jump") return at;
    assert(jumps <= instructions.length, "a jump leads back to itself");
    at = labels.get(instruction.to)!;
  }
}
