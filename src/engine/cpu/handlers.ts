/**
 * Numbers the interpreter's handlers: one per compiled instruction and one more per specialized field value.
 * The numbers go into predecoded entries; both the generated interpreter and the decoder take them from here.
 */
import type { Field } from "../isa/s390/semantics.ts";
import type { FieldName, RawFields } from "../isa/s390/format.ts";
import type { Instruction } from "../isa/s390/instruction.ts";
import { ENTRY, Handler, Reg } from "./layout.ts";

export interface HandlerVariant {
  readonly id: number;
  readonly instruction: Instruction;
  readonly fixed: Partial<Record<FieldName, number>>;
}

export interface HandlerTable {
  readonly variants: readonly HandlerVariant[];
  /** Number of handler ids in all. */
  readonly count: number;
  select(instruction: Instruction, fields: RawFields): number;
}

export function numberHandlers(instructions: readonly Instruction[]): HandlerTable {
  const variants: HandlerVariant[] = [];
  const of = new Map<
    Instruction,
    { plain: number; special: { field: FieldName; value: number; id: number }[] }
  >();
  let next: number = Handler.first;
  for (const instruction of instructions) {
    if (!instruction.meaning) continue;
    const special: { field: FieldName; value: number; id: number }[] = [];
    for (const [field, values] of Object.entries(instruction.specialize ?? {})) {
      for (const value of values) {
        special.push({ field: field as FieldName, value, id: next });
        variants.push({ id: next++, instruction, fixed: { [field]: value } });
      }
    }
    of.set(instruction, { plain: next, special });
    variants.push({ id: next++, instruction, fixed: {} });
  }
  return {
    variants,
    count: next,
    select(instruction, fields) {
      const entry = of.get(instruction);
      if (!entry) return Handler.helper;
      for (const s of entry.special) if (fields[s.field] === s.value) return s.id;
      return entry.plain;
    },
  };
}

/**
 * Writes the fields of an instruction into the 16 bytes of an entry at `at`; the handler number is the
 * caller's.
 */
export function encodeEntry(view: DataView, at: number, instruction: Instruction, fields: RawFields): void {
  for (let i = 2; i < ENTRY; i++) view.setUint8(at + i, 0);
  for (const f of instruction.format.fields) {
    const value = fields[f.name];
    if (f.kind === "signed" || f.kind === "unsigned") view.setInt32(at + f.slot, value | 0, true);
    else if (f.kind === "base") view.setUint8(at + f.slot, value === 0 ? Reg.zero : value * 8);
    else view.setUint8(at + f.slot, f.kind === "reg" ? value * 8 : value);
  }
}

export type { Field };
