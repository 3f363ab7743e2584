/**
 * Instruction text from field values, straight from the format's bit positions: no assembler of the project
 * takes part.
 */
import type { FieldSpec, RawFields } from "../../../../src/engine/isa/s390/format.ts";
import type { Instruction } from "../../../../src/engine/isa/s390/instruction.ts";

function opcodeBits({ opcode, format }: Instruction): bigint {
  const top = BigInt(opcode);
  if (format.opcode === 8) return top << 40n;
  if (format.opcode === 16) return top << 32n;
  if (format.opcode === 12) return ((top >> 4n) << 40n) | ((top & 15n) << 32n);
  return ((top >> 8n) << 40n) | (top & 0xffn);
}

function fieldBits(spec: FieldSpec, value: number): bigint {
  const all = BigInt.asUintN(spec.width, BigInt(value));
  if (!spec.long20) return all << BigInt(48 - spec.start - spec.width);
  return ((all & 0xfffn) << 16n) | ((all >> 12n) << 8n);
}

export function encode(instruction: Instruction, f: RawFields): Uint8Array {
  let text = opcodeBits(instruction);
  for (const spec of instruction.format.fields) text |= fieldBits(spec, f[spec.name]);
  return Uint8Array.from(
    { length: instruction.format.length }, (_, i) => Number((text >> BigInt(40 - 8 * i)) & 0xffn),
  );
}
