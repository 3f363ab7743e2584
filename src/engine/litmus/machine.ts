/**
 * The operational machine that litmus programs run on: from a state, every step that can come next.
 *
 * A step is one instruction of one thread, one buffered store that reaches memory, or one interrupt event.
 * An IPI is a pending flag of a host CPU. Outside the guest it is taken, and so acknowledged, when interrupts
 * are on; inside it forces an exit and stays pending until interrupts are on.
 */
import { unreachable } from "../base/assert.ts";
import { ahead, earlyCandidates } from "./earlyAccess.ts";
import { meets, type Instruction, type Note, type Operand } from "./instruction.ts";
import type { MemoryModel } from "./memoryModel.ts";
import type { AssembledProgram } from "./program.ts";
import { initialState, type State, type ThreadState } from "./state.ts";
import { STORE_BARRIER, applyStore, holdsWord, leavable, seenValue, without } from "./storeBuffer.ts";

/**
 * `store`: a buffered store reached memory. `early`: an access was done before its turn. `exit`: the guest
 * was left. `interrupt`: a host CPU took its IPIs; `thread` is -1 where no thread of the program runs there.
 */
export type StepKind = "instruction" | "store" | "early" | "exit" | "interrupt";

export interface Step {
  readonly kind: StepKind;
  readonly thread: number;
  /** Index of the instruction concerned; for `interrupt`, the host CPU. */
  readonly at: number;
  readonly next: State;
}

export class LitmusMachine {
  readonly program: AssembledProgram;
  readonly model: MemoryModel;
  private readonly candidates: readonly (readonly ReadonlySet<number>[])[];
  private readonly ahead: readonly (readonly ReadonlySet<number>[])[];

  constructor(program: AssembledProgram, model: MemoryModel) {
    this.program = program;
    this.model = model;
    this.candidates = program.threads.map(earlyCandidates);
    this.ahead = program.threads.map(ahead);
  }

  initial(): State {
    return initialState(this.program);
  }

  /** In a fixed order; empty where the program rests. */
  steps(state: State): Step[] {
    const steps: Step[] = [];
    for (const [thread, now] of state.threads.entries()) {
      if (now.inGuest) this.leaveGuest(state, thread, steps);
      else {
        for (const next of this.execute(state, thread))
          steps.push({ kind: "instruction", thread, at: now.pc, next });
        if (this.model.accessesOvertakeLoads) this.overtake(state, thread, steps);
      }
      this.reachMemory(state, thread, steps);
    }
    for (const [cpu, pending] of state.ipis.entries())
      if (pending !== 0) this.takeInterrupts(state, cpu, steps);
    return steps;
  }

  private reachMemory(state: State, thread: number, steps: Step[]): void {
    const { buffer } = state.threads[thread]!;
    const assembled = this.program.threads[thread]!;
    for (const position of leavable(assembled, buffer, this.model)) {
      const { at, value } = buffer[position]!;
      const rest = change(state, thread, { buffer: without(buffer, position) });
      steps.push({ kind: "store", thread, at, next: this.perform(rest, thread, at, value) });
    }
  }

  /** The store of instruction `at` acts on memory. */
  private perform(state: State, thread: number, at: number, value: number): State {
    const instruction = this.program.threads[thread]!.instructions[at]!;
    if (!("word" in instruction)) return state;
    const index = this.program.words.indexOf(instruction.word);
    const after = applyStore(instruction, state.memory[index]!, value);
    return this.note({ ...state, memory: state.memory.with(index, after) }, thread, instruction, true);
  }

  private note(state: State, thread: number, instruction: Instruction, exchanged: boolean): State {
    return (instruction.notes ?? []).reduce((noted, note) => {
      if (note.exchanged && !exchanged) return noted;
      const index = this.program.ghosts.indexOf(note.ghost);
      const value = this.noted(noted, thread, note, noted.ghosts[index]!);
      return { ...noted, ghosts: noted.ghosts.with(index, value) };
    }, state);
  }
  private noted(state: State, thread: number, { change: wanted }: Note, before: number): number {
    return "add" in wanted ? before + wanted.add : this.operand(state, thread, wanted.to);
  }

  private operand(state: State, thread: number, operand: Operand): number {
    if (typeof operand === "number") return operand;
    return state.threads[thread]!.registers[this.program.threads[thread]!.registers.indexOf(operand)]!;
  }

  // ---- the guest and interrupts
  private leaveGuest(state: State, thread: number, steps: Step[]): void {
    const now = state.threads[thread]!;
    const instruction = this.program.threads[thread]!.instructions[now.pc]!;
    if (instruction.kind !== "enter") return;
    const { forcedBy, leavesByItself } = instruction;
    const isForced = forcedBy === "ipi"
      ? state.ipis[now.cpu] !== 0
      : (state.memory[this.program.words.indexOf(forcedBy.word)]! & forcedBy.mask) !== 0;
    if (!isForced && !leavesByItself) return;
    const next = this.advance(change(state, thread, { inGuest: false }), thread);
    steps.push({ kind: "exit", thread, at: now.pc, next });
  }

  private takeInterrupts(state: State, cpu: number, steps: Step[]): void {
    const thread = state.threads.findIndex((candidate) => candidate.cpu === cpu);
    const there = state.threads[thread];
    if (there && (there.inGuest || !there.interruptsOn)) return;
    steps.push({ kind: "interrupt", thread, at: cpu, next: { ...state, ipis: state.ipis.with(cpu, 0) } });
  }

  // ---- instructions
  private advance(state: State, thread: number, to?: string): State {
    const assembled = this.program.threads[thread]!;
    const { pc, early } = state.threads[thread]!;
    const next = assembled.settled[to === undefined ? pc + 1 : assembled.labels.get(to)!]!;
    // A branch the other way drops what was predicted.
    const kept = early.filter(({ at }) => at === next || this.ahead[thread]![next]?.has(at));
    return change(state, thread, { pc: next, early: kept });
  }

  private assign(state: State, thread: number, register: string, value: number): State {
    const index = this.program.threads[thread]!.registers.indexOf(register);
    return change(state, thread, { registers: state.threads[thread]!.registers.with(index, value) });
  }

  /** The states after the thread's next instruction; none if it has to wait or the thread has finished. */
  private execute(state: State, thread: number): State[] {
    const assembled = this.program.threads[thread]!;
    const now = state.threads[thread]!;
    const instruction = assembled.instructions[now.pc];
    if (!instruction) return [];
    const done = now.early.find(({ at }) => at === now.pc);
    if (done) return [this.takeOver(state, thread, instruction, done.value)];
    const onward = (after: State): State[] => [this.advance(after, thread)];
    switch (instruction.kind) {
      case "load":
        return onward(this.assign(state, thread, instruction.into, this.see(state, thread,
          instruction.word)));
      case "store":
        return onward(this.buffered(state, thread, now.pc, this.operand(state, thread, instruction.value)));
      case "set":
      case "clear": return this.update(state, thread, this.operand(state, thread, instruction.value));
      case "compareExchange": return this.exchange(state, thread, instruction);
      case "await":
        return meets(this.see(state, thread, instruction.word), instruction.until) ? onward(state) : [];
      case "barrier": return this.order(state, thread, instruction.orders);
      case "branch": {
        const isTaken = meets(this.operand(state, thread, instruction.register), instruction.when);
        return [this.advance(state, thread, isTaken ? instruction.to : undefined)];
      }
      case "choose": return [this.advance(state, thread), this.advance(state, thread, instruction.to)];
      case "interrupts": return onward(change(state, thread, { interruptsOn: instruction.on }));
      case "enter": return [this.note(change(state, thread, { inGuest: true }), thread, instruction, true)];
      case "sendIpi": {
        const cpu = this.operand(state, thread, instruction.cpu);
        const ipis = state.ipis.with(cpu, state.ipis[cpu]! | (1 << (instruction.call ?? 0)));
        return onward(this.note({ ...state, ipis }, thread, instruction, true));
      }
      case "awaitAcknowledgement": {
        const pending = state.ipis[this.operand(state, thread, instruction.cpu)]!;
        return pending & (1 << instruction.call) ? [] : onward(state);
      }
      case "migrate": return onward(change(state, thread, { cpu: instruction.cpu }));
      case "jump": return [];
      default: return unreachable(instruction);
    }
  }

  private see(state: State, thread: number, word: string): number {
    const inMemory = state.memory[this.program.words.indexOf(word)]!;
    return seenValue(this.program.threads[thread]!, state.threads[thread]!.buffer, word, inMemory);
  }

  private buffered(state: State, thread: number, at: number, value: number): State {
    return change(state, thread, { buffer: [...state.threads[thread]!.buffer, { at, value }] });
  }

  private update(state: State, thread: number, value: number): State[] {
    const { pc, buffer } = state.threads[thread]!;
    if (!this.model.atomicsDrain) return [this.advance(this.buffered(state, thread, pc, value), thread)];
    return buffer.length > 0 ? [] : [this.advance(this.perform(state, thread, pc, value), thread)];
  }

  private exchange(
    state: State, thread: number, instruction: Instruction & { readonly kind: "compareExchange" },
  ): State[] {
    const { word, expected, value, into } = instruction;
    const { buffer } = state.threads[thread]!;
    const mustWait = this.model.atomicsDrain
      ? buffer.length > 0
      : holdsWord(this.program.threads[thread]!, buffer, word);
    if (mustWait) return [];
    const index = this.program.words.indexOf(word);
    const old = state.memory[index]!;
    const isEqual = old === expected;
    const memory = isEqual ? state.memory.with(index, value) : state.memory;
    const assigned = this.assign({ ...state, memory }, thread, into, old);
    return [this.advance(this.note(assigned, thread, instruction, isEqual), thread)];
  }

  private order(state: State, thread: number, orders: "all" | "stores" | "loads"): State[] {
    const { buffer } = state.threads[thread]!;
    if (orders === "all" && buffer.length > 0) return [];
    const holds = orders === "stores" && this.model.storesOvertake && buffer.length > 0;
    const ordered = holds ? change(state, thread, { buffer: [...buffer, STORE_BARRIER] }) : state;
    return [this.advance(ordered, thread)];
  }

  // ---- accesses before their turn
  private overtake(state: State, thread: number, steps: Step[]): void {
    const now = state.threads[thread]!;
    const assembled = this.program.threads[thread]!;
    for (const at of this.candidates[thread]![now.pc] ?? []) {
      const instruction = assembled.instructions[at]!;
      if (now.early.some((access) => access.at === at)) continue;
      const value = instruction.kind === "load" ? this.see(state, thread, instruction.word) : 0;
      const early = [...now.early, { at, value }].sort((a, b) => a.at - b.at);
      const ahead = change(state, thread, { early });
      const next = instruction.kind === "store"
        ? this.buffered(ahead, thread, at, this.operand(state, thread, instruction.value))
        : ahead;
      steps.push({ kind: "early", thread, at, next });
    }
  }

  private takeOver(state: State, thread: number, instruction: Instruction, value: number): State {
    const { pc, early } = state.threads[thread]!;
    const rest = change(state, thread, { early: early.filter(({ at }) => at !== pc) });
    const assigned = instruction.kind === "load" ? this.assign(rest, thread, instruction.into, value) : rest;
    return this.advance(assigned, thread);
  }
}

function change(state: State, thread: number, changes: Partial<ThreadState>): State {
  return { ...state, threads: state.threads.with(thread, { ...state.threads[thread]!, ...changes }) };
}
