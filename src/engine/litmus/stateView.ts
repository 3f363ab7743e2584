/** A state read by the names of its program: what outcomes and the window look at. */
import { assert } from "../base/assert.ts";
import type { AssembledProgram } from "./program.ts";
import type { State, ThreadState } from "./state.ts";

export class StateView {
  private readonly program: AssembledProgram;
  private readonly state: State;

  constructor(program: AssembledProgram, state: State) {
    this.program = program;
    this.state = state;
  }

  /** In memory; what a buffer still holds does not count. */
  word(name: string): number {
    return this.state.memory[position(this.program.words, name)]!;
  }
  ghost(name: string): number {
    return this.state.ghosts[position(this.program.ghosts, name)]!;
  }
  register(thread: string, name: string): number {
    const index = this.threadIndex(thread);
    return this.state.threads[index]!.registers[position(this.program.threads[index]!.registers, name)]!;
  }
  isFinished(...threads: readonly string[]): boolean {
    return threads.every((name) => {
      const index = this.threadIndex(name);
      return this.state.threads[index]!.pc === this.program.threads[index]!.instructions.length;
    });
  }
  /** The thread's next instruction is the one at the label. */
  isAt(thread: string, labelName: string): boolean {
    const assembled = this.program.threads[this.threadIndex(thread)]!;
    const at = assembled.labels.get(labelName);
    assert(at !== undefined, `${thread} has no label ${labelName}`);
    return this.of(thread).pc === assembled.settled[at];
  }
  inGuest(thread: string): boolean {
    return this.of(thread).inGuest;
  }
  interruptsOn(thread: string): boolean {
    return this.of(thread).interruptsOn;
  }
  /** No store is on its way to memory. */
  get buffersEmpty(): boolean {
    return this.state.threads.every(({ buffer }) => buffer.length === 0);
  }
  /** Any IPI pending, on any CPU. */
  get ipiPending(): boolean {
    return this.state.ipis.some((pending) => pending !== 0);
  }

  /** Host CPU that the thread is on. */
  cpuOf(thread: string): number {
    return this.of(thread).cpu;
  }
  /** IPIs pending on a host CPU: bit 0 for a reschedule, bit n for the call of caller n. */
  ipisOf(cpu: number): number {
    return this.state.ipis[cpu]!;
  }

  private of(thread: string): ThreadState {
    return this.state.threads[this.threadIndex(thread)]!;
  }
  private threadIndex(name: string): number {
    const index = this.program.threads.findIndex((thread) => thread.name === name);
    assert(index >= 0, `no thread ${name}`);
    return index;
  }
}

function position(names: readonly string[], name: string): number {
  const index = names.indexOf(name);
  assert(index >= 0, `no ${name} in this program`);
  return index;
}
