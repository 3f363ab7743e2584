/** One moment of a litmus program: memory, pending IPIs, and each thread with its store buffer. */
import type { AssembledProgram, AssembledThread } from "./program.ts";

/**
 * A store on its way: the instruction that made it, and its value or mask. `at` is -1 for a store barrier.
 */
export interface BufferedStore {
  readonly at: number;
  readonly value: number;
}

/** An instruction done before its turn, and what a load got. */
export interface EarlyAccess {
  readonly at: number;
  readonly value: number;
}

export interface ThreadState {
  /** Index of the next instruction; while in the guest, that of its `enter`. */
  readonly pc: number;
  readonly registers: readonly number[];
  readonly interruptsOn: boolean;
  readonly inGuest: boolean;
  /** Host CPU; -1 for a thread that takes no interrupts. */
  readonly cpu: number;
  readonly buffer: readonly BufferedStore[];
  readonly early: readonly EarlyAccess[];
}

export interface State {
  readonly memory: readonly number[];
  readonly ghosts: readonly number[];
  /** For each host CPU: bit 0 for a reschedule IPI, bit n for the call of caller n. */
  readonly ipis: readonly number[];
  readonly threads: readonly ThreadState[];
}

export function initialState(program: AssembledProgram): State {
  return {
    memory: program.words.map((word) => program.source.words[word]!.initial),
    ghosts: program.ghosts.map(() => 0),
    ipis: Array.from({ length: program.cpus }, () => 0),
    threads: program.threads.map(initialThread),
  };
}

function initialThread(thread: AssembledThread): ThreadState {
  const isInGuest = thread.startsInGuestAt !== undefined;
  return {
    pc: isInGuest ? thread.startsInGuestAt : thread.settled[0]!,
    registers: thread.registers.map(() => 0), interruptsOn: !isInGuest, inGuest: isInGuest,
    cpu: thread.cpu ?? -1, buffer: [], early: [],
  };
}

/** Equal for equal states and for no others. */
export function keyOf({ memory, ghosts, ipis, threads }: State): string {
  const numbers = [...memory, ...ghosts, ...ipis];
  for (const { pc, registers, interruptsOn, inGuest, cpu, buffer, early } of threads) {
    numbers.push(pc, (interruptsOn ? 1 : 0) | (inGuest ? 2 : 0), cpu + 1, ...registers, buffer.length);
    for (const { at, value } of buffer) numbers.push(at + 1, value);
    numbers.push(early.length);
    for (const { at, value } of early) numbers.push(at, value);
  }
  return String.fromCharCode(...numbers);
}
