/**
 * Random instruction texts: every table entry with random values in the fields its assembler operands show.
 */
import type { Prng } from "../../../../src/engine/base/prng.ts";
import type { RawFields, Text } from "../../../../src/engine/isa/s390/format.ts";
import type { Instruction } from "../../../../src/engine/isa/s390/instruction.ts";
import {
  encode,
  fieldRange,
  fieldSpec,
  fieldsIn,
  operandsOf,
} from "../../../../src/engine/isa/s390/operands.ts";

export function randomFields(instruction: Instruction, prng: Prng): Partial<RawFields> {
  const fields: Partial<RawFields> = {};
  for (const field of operandsOf(instruction).flatMap(fieldsIn)) {
    const spec = fieldSpec(instruction, field)!;
    const { least, most } = fieldRange(spec);
    const small = prng.below(4) === 0;
    fields[field] = small
      ? Math.max(least, Math.min(most, prng.below(3)))
      : least + prng.below(most - least + 1);
  }
  return fields;
}

export const randomText = (instruction: Instruction, prng: Prng): Text =>
  encode(instruction, randomFields(instruction, prng));
