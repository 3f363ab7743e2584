/** The litmus tests of the memory-model literature, to judge the machines by what is known of them. */
import {
  barrier, load, store, storeRelease, type Instruction,
} from "../../../src/engine/litmus/instruction.ts";
import type { LitmusProgram } from "../../../src/engine/litmus/program.ts";
import type { StateView } from "../../../src/engine/litmus/stateView.ts";

function classic(
  title: string, threads: readonly (readonly Instruction[])[], odd: (state: StateView) => boolean,
): LitmusProgram {
  const names = threads.map((_, index) => `P${index}`);
  return {
    title, words: { x: { initial: 0 }, y: { initial: 0 } },
    threads: threads.map((code, index) => ({ name: names[index]!, code })),
    outcomes: [{ id: "odd", verdict: "remark", title: "the outcome that no order of the accesses explains",
      holds: (state) => state.isFinished(...names) && state.buffersEmpty && odd(state) }],
  };
}

const first = barrier("P0");
const second = barrier("P1");

export const storeBuffering = classic("SB",
  [[store("x", 1), first, load("y", "a")], [store("y", 1), second, load("x", "b")]],
  (state) => state.register("P0", "a") === 0 && state.register("P1", "b") === 0);

export const messagePassing = classic("MP",
  [[store("x", 1), first, store("y", 1)], [load("y", "a"), second, load("x", "b")]],
  (state) => state.register("P1", "a") === 1 && state.register("P1", "b") === 0);

export const releasedMessage = classic("MP with a release store",
  [[store("x", 1), storeRelease("y", 1)], [load("y", "a"), second, load("x", "b")]],
  (state) => state.register("P1", "a") === 1 && state.register("P1", "b") === 0);

export const loadBuffering = classic("LB",
  [[load("x", "a"), first, store("y", 1)], [load("y", "b"), second, store("x", 1)]],
  (state) => state.register("P0", "a") === 1 && state.register("P1", "b") === 1);

export const writeTwice = classic("2+2W",
  [[store("x", 1), first, store("y", 2)], [store("y", 1), second, store("x", 2)]],
  (state) => state.word("x") === 1 && state.word("y") === 1);

export const coherence = classic("CoRR",
  [[store("x", 1)], [load("x", "a"), load("x", "b")]],
  (state) => state.register("P1", "a") === 1 && state.register("P1", "b") === 0);

export const ownStore = classic("own store first",
  [[store("x", 1), load("x", "a")], [store("x", 2)]],
  (state) => state.register("P0", "a") === 0);

export const ownOrder = classic("CoWW", [[store("x", 1), store("x", 2)], []], (state) =>
  state.word("x") === 1);
