/** A moment of a litmus program in words, for a window to draw: memory, buffers, registers, positions. */
import type { Frame, ThreadFrame } from "../api/litmusView.ts";
import type { Instruction, Operand } from "./instruction.ts";
import type { Step } from "./machine.ts";
import type { AssembledProgram, AssembledThread } from "./program.ts";
import type { State, ThreadState } from "./state.ts";
import { storedWord } from "./storeBuffer.ts";

export function frameOf(program: AssembledProgram, state: State): Frame {
  return {
    memory: program.words.map((word, index) => ({ word, value: nameOf(program, word,
      state.memory[index]!) })),
    ghosts: program.ghosts.map((name, index) => ({ name, value: state.ghosts[index]! })),
    ipis: state.ipis.map(callersOf),
    threads: state.threads.map((thread, index) => threadFrame(program, index, thread)),
  };
}

/** "vCPU: mode = IN", "vCPU: mode = IN reaches memory", "vCPU: leaves the guest". */
export function describeStep(program: AssembledProgram, { kind, thread, at }: Step): string {
  const who = program.threads[thread]?.name ?? `host CPU ${at}`;
  if (kind === "interrupt") return `${who}: takes its IPIs`;
  if (kind === "exit") return `${who}: leaves the guest`;
  const text = describe(program, program.threads[thread]!.instructions[at]!);
  if (kind === "store") return `${who}: ${text} reaches memory`;
  return `${who}: ${text}${kind === "early" ? ", before its turn" : ""}`;
}

const callersOf = (pending: number): string[] => {
  const callers: string[] = [];
  for (let bit = 0; pending >> bit !== 0; bit++)
    if ((pending >> bit) & 1) callers.push(bit === 0 ? "kick" : `waiter ${bit}`);
  return callers;
};

function threadFrame(program: AssembledProgram, index: number, state: ThreadState): ThreadFrame {
  const thread = program.threads[index]!;
  const next = thread.instructions[state.pc];
  return {
    name: thread.name, at: state.pc, next: next && describe(program, next), inGuest: state.inGuest,
    interruptsOn: state.interruptsOn,
    registers: thread.registers.map((name, at) => ({ name, value: state.registers[at]! })),
    buffer: state.buffer.map(({ at, value }) => buffered(program, thread, at, value)),
    early: state.early.map(({ at }) => describe(program, thread.instructions[at]!)),
  };
}

function buffered(program: AssembledProgram, { instructions }: AssembledThread, at: number,
  value: number): string {
  const instruction = instructions[at];
  if (!instruction) return "│";
  const word = storedWord(instruction)!;
  return `${word} ${operators[instruction.kind as keyof typeof operators]} ${nameOf(program, word, value)}`;
}

const operators = { store: "=", set: "|=", clear: "&= ~" } as const;

const nameOf = ({ source }: AssembledProgram, word: string, value: number): string =>
  source.words[word]?.names?.[value] ?? String(value);

/** "mode = IN", "barrier", "enters the guest". */
export function describe(program: AssembledProgram, instruction: Instruction): string {
  const operand = (word: string, value: Operand): string =>
    typeof value === "number" ? nameOf(program, word, value) : value;
  switch (instruction.kind) {
    case "load": return `${instruction.into} ← ${instruction.word}`;
    case "store":
    case "set":
    case "clear": {
      const { kind, word, value } = instruction;
      return `${word} ${operators[kind]} ${operand(word, value)}`;
    }
    case "compareExchange": {
      const { word, expected, value, into } = instruction;
      return `${into} ← ${word}, ${nameOf(program, word, expected)} becomes ${nameOf(program, word, value)}`;
    }
    case "await": return `waits for ${instruction.word}`;
    case "barrier": return instruction.orders === "all" ? "barrier" : `barrier for ${instruction.orders}`;
    case "branch": return `looks at ${instruction.register}`;
    case "choose": return `goes on or to ${instruction.to}`;
    case "interrupts": return `interrupts ${instruction.on ? "on" : "off"}`;
    case "enter": return "enters the guest";
    case "sendIpi": return `IPI to host CPU ${instruction.cpu}`;
    case "awaitAcknowledgement": return "waits until the IPI is taken";
    case "migrate": return `moves to host CPU ${instruction.cpu}`;
    case "jump": return `goes to ${instruction.to}`;
  }
}
