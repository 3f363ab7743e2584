/** What a thread sees of memory through its own store buffer, and which buffered stores may leave it next. */
import type { Instruction } from "./instruction.ts";
import type { MemoryModel } from "./memoryModel.ts";
import type { AssembledThread } from "./program.ts";
import type { BufferedStore } from "./state.ts";

/** Stands in the buffer between stores that must not overtake each other. */
export const STORE_BARRIER: BufferedStore = { at: -1, value: 0 };

/** The word after the access, given the word before. */
export function applyStore(instruction: Instruction, before: number, value: number): number {
  if (instruction.kind === "set") return before | value;
  if (instruction.kind === "clear") return before & ~value;
  return value;
}

/** The name of the word that the instruction stores to, if it does. */
export const storedWord = (instruction: Instruction | undefined): string | undefined =>
  instruction?.kind === "store" || instruction?.kind === "set" || instruction?.kind === "clear"
    ? instruction.word
    : undefined;

export const holdsWord = (
  { instructions }: AssembledThread, buffer: readonly BufferedStore[], word: string,
): boolean => buffer.some(({ at }) => storedWord(instructions[at]) === word);

/** A load's value: memory's, with the thread's own stores on top, oldest first. */
export function seenValue(
  { instructions }: AssembledThread, buffer: readonly BufferedStore[], word: string, inMemory: number,
): number {
  return buffer.reduce((value, { at, value: stored }) => {
    const instruction = instructions[at];
    return instruction && storedWord(instruction) === word ? applyStore(instruction, value, stored) : value;
  }, inMemory);
}

/** Positions in the buffer from which a store may go to memory now. */
export function leavable(
  { instructions }: AssembledThread, buffer: readonly BufferedStore[], model: MemoryModel,
): number[] {
  if (buffer.length === 0) return [];
  if (!model.storesOvertake) return [0];
  const positions: number[] = [];
  const passed = new Set<string>();
  for (const [position, { at }] of buffer.entries()) {
    const instruction = instructions[at];
    if (!instruction) break;
    const word = storedWord(instruction)!;
    const isRelease = instruction.kind === "store" && instruction.release;
    if (!passed.has(word) && !(isRelease && position > 0)) positions.push(position);
    passed.add(word);
  }
  return positions;
}

/**
 * The buffer without the store at `position`, and without store barriers that no longer hold anything back.
 */
export function without(buffer: readonly BufferedStore[], position: number): BufferedStore[] {
  const rest = buffer.filter((_, index) => index !== position);
  const first = rest.findIndex(({ at }) => at !== STORE_BARRIER.at);
  return first < 0 ? [] : rest.slice(first);
}
