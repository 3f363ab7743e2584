/**
 * Which accesses a machine may do before an older load of the same thread (model `accessesOvertakeLoads`).
 *
 * A load may go ahead past branches (prediction) and past other words' accesses; a store only past loads
 * straight before it, because it must not happen if a branch goes the other way. Nothing passes a barrier
 * that orders loads, an access of the same word, a release store, or what concerns interrupts and the guest.
 */
import type { Instruction } from "./instruction.ts";
import type { AssembledThread } from "./program.ts";

/** For each instruction of the thread: indices of later ones that may be done before it. */
export function earlyCandidates(thread: AssembledThread): ReadonlySet<number>[] {
  return ahead(thread).map((found, at) => (thread.instructions[at]!.kind === "load" ? found : new Set()));
}

/** For each instruction of the thread: indices of later ones for which an access done early is kept. */
export function ahead(thread: AssembledThread): ReadonlySet<number>[] {
  return thread.instructions.map((_, at) => {
    const found = new Set<number>();
    collect(thread, at, { words: new Set(), isStraight: true, found });
    return found;
  });
}

interface Way {
  readonly words: ReadonlySet<string>;
  /** Only loads so far. */
  readonly isStraight: boolean;
  readonly found: Set<number>;
}

/** Goes on from the instruction at `at`, which is passed. */
function collect(thread: AssembledThread, at: number, way: Way, seen: ReadonlySet<number> = new Set()): void {
  const passed = thread.instructions[at]!;
  if (seen.has(at) || isWall(passed)) return;
  const words = "word" in passed ? new Set(way.words).add(passed.word) : way.words;
  const isStraight = way.isStraight && passed.kind === "load";
  const visited = new Set(seen).add(at);
  for (const next of successors(thread, at)) {
    const instruction = thread.instructions[next];
    if (!instruction) continue;
    if (mayGoFirst(instruction, words, isStraight)) way.found.add(next);
    collect(thread, next, { words, isStraight, found: way.found }, visited);
  }
}

function mayGoFirst(instruction: Instruction, words: ReadonlySet<string>, isStraight: boolean): boolean {
  if (instruction.kind === "load") return !words.has(instruction.word);
  return instruction.kind === "store" && !instruction.release && typeof instruction.value === "number"
    && isStraight && !words.has(instruction.word);
}

function isWall(instruction: Instruction): boolean {
  switch (instruction.kind) {
    case "load":
    case "store":
    case "set":
    case "clear":
    case "branch":
    case "choose": return false;
    case "barrier": return instruction.orders !== "stores";
    default: return true;
  }
}

function successors({ instructions, labels, settled }: AssembledThread, at: number): number[] {
  const instruction = instructions[at]!;
  const next = settled[at + 1]!;
  if (instruction.kind !== "branch" && instruction.kind !== "choose") return [next];
  return [next, settled[labels.get(instruction.to)!]!];
}
