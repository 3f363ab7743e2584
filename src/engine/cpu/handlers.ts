/**
 * Numbers the interpreter's handlers: one per compiled instruction and one more per specialized field value.
 * The numbers go into predecoded entries; both the generated interpreter and the decoder take them from here.
 */
import { fieldValue, type FieldName, type FieldSpec } from "../isa/s390/format.ts";
import type { Instruction } from "../isa/s390/instruction.ts";
import { Handler, Reg } from "./layout.ts";

export interface HandlerVariant {
  readonly id: number;
  readonly instruction: Instruction;
  readonly fixed: Partial<Record<FieldName, number>>;
}

export interface HandlerTable {
  readonly variants: readonly HandlerVariant[];
  /** Number of handler ids in all. */
  readonly count: number;
  /** Handler of an instruction text, given as its first 32 bits and its last 16. */
  select(instruction: Instruction, high: number, low: number): number;
}

interface Choice {
  readonly plain: number;
  readonly special: readonly { readonly field: FieldSpec; readonly value: number; readonly id: number }[];
}

export function numberHandlers(instructions: readonly Instruction[]): HandlerTable {
  const variants: HandlerVariant[] = [];
  const of = new Map<Instruction, Choice>();
  let next: number = Handler.first;
  for (const instruction of instructions) {
    if (!instruction.meaning) continue;
    const special = Object.entries(instruction.specialize ?? {}).flatMap(([name, values]) =>
      values.map((value) => {
        const field = instruction.format.fields.find((f) => f.name === name)!;
        variants.push({ id: next, instruction, fixed: { [name]: value } });
        return { field, value, id: next++ };
      }),
    );
    of.set(instruction, { plain: next, special });
    variants.push({ id: next++, instruction, fixed: {} });
  }
  return {
    variants,
    count: next,
    select(instruction, high, low) {
      const choice = of.get(instruction);
      if (!choice) return Handler.helper;
      for (const { field, value, id } of choice.special)
        if (fieldValue(field, high, low) === value) return id;
      return choice.plain;
    },
  };
}

/**
 * Writes the fields of an instruction text into the four words of an entry at `at`; the handler number is
 * the caller's.
 */
export function encodeEntry(
  words: Int32Array,
  at: number,
  instruction: Instruction,
  high: number,
  low: number,
): void {
  for (const f of instruction.format.fields) {
    let value = fieldValue(f, high, low);
    if (f.kind === "reg") value *= 8;
    else if (f.kind === "base") value = value === 0 ? Reg.zero : value * 8;
    words[at + (f.slot >> 2)]! |= value << ((f.slot & 3) * 8);
  }
}
