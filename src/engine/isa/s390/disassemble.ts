/**
 * Instruction text → one line of assembler source, as GNU objdump prints s390 code
 * (Principles of Operation, chapter 5 "Instruction formats").
 *
 * Invariant: assembling the line at the same address gives the same fields back. Text no table entry knows
 * becomes `.short` or `.long`, so every byte can be shown.
 */
import { decode } from "./decode.ts";
import { fieldsOf, lengthOf, type FieldName, type RawFields, type Text } from "./format.ts";
import { fieldSpec, type AddressOperand, type Operand } from "./operands.ts";
import { mnemonicFor, type Mnemonic } from "./mnemonics.ts";

export interface DisassembledLine {
  readonly mnemonic: string;
  /** Operands with commas, no blanks; "" if there are none. */
  readonly operands: string;
  /** Bytes of the instruction: 2, 4 or 6. */
  readonly length: 2 | 4 | 6;
  /** Absolute target of a relative operand, the last one if there are several. */
  readonly target: bigint | undefined;
}

const hex4 = (halfword: number): string => `0x${halfword.toString(16).padStart(4, "0")}`;

function unknown(text: Text): DisassembledLine {
  const length = lengthOf(text[0]);
  if (length === 4) {
    const word = text[0] * 0x10000 + text[1];
    const operands = `0x${word.toString(16).padStart(8, "0")}`;
    return { mnemonic: ".long", operands, length, target: undefined };
  }
  const operands = text.slice(0, length / 2).map(hex4).join(",");
  return { mnemonic: ".short", operands, length, target: undefined };
}

function address(operand: AddressOperand, fields: RawFields): string {
  const displacement = fields[operand.displacement];
  const base = fields[operand.base];
  const { inner } = operand;
  if (!inner) return base === 0 ? `${displacement}` : `${displacement}(%r${base})`;
  const number = fields[inner.field];
  switch (inner.kind) {
    case "length": return `${displacement}(${number + 1},%r${base})`;
    case "register": return `${displacement}(%r${number},%r${base})`;
    // An index of 0 is left out, though for a vector it is a register like any other: so does objdump.
    case "vectorIndex":
    case "index":
      if (number !== 0) return `${displacement}(%${inner.kind === "index" ? "r" : "v"}${number},%r${base})`;
      return base === 0 ? `${displacement}` : `${displacement}(%r${base})`;
  }
}

/** A field without the bits that the name stands for. */
function shownBits(name: Mnemonic, field: FieldName, fields: RawFields): number {
  const fixed = name.fixed.find((f) => f.field === field);
  return fixed ? fields[field] & ~fixed.mask : fields[field];
}

/** Optional operands at the end that hold 0 are not printed; immediates always are. */
function printedOperands(name: Mnemonic, fields: RawFields): readonly Operand[] {
  let count = name.operands.length;
  while (count > 0) {
    const operand = name.operands[count - 1]!;
    if (!operand.optional || operand.kind === "address") break;
    if (/^i\d$/.test(operand.field) || shownBits(name, operand.field, fields) !== 0) break;
    count--;
  }
  return name.operands.slice(0, count);
}

/** Disassembles the text at a virtual address; relative operands come out as absolute addresses. */
export function disassemble(text: Text, at: bigint = 0n): DisassembledLine {
  const instruction = decode(text);
  if (!instruction) return unknown(text);
  const fields = fieldsOf(instruction.format, text);
  const name = mnemonicFor(instruction, fields);
  let target: bigint | undefined;
  const operands = printedOperands(name, fields).map((operand) => {
    switch (operand.kind) {
      case "register": return `%${operand.letter}${fields[operand.field]}`;
      case "address": return address(operand, fields);
      case "relative":
        target = BigInt.asUintN(64, at + 2n * BigInt(fields[operand.field]));
        return `0x${target.toString(16)}`;
      case "value": {
        const value = shownBits(name, operand.field, fields);
        const unsigned = fieldSpec(instruction, operand.field)?.kind !== "signed";
        return `${unsigned ? value >>> 0 : value}`;
      }
    }
  });
  return { mnemonic: name.name, operands: operands.join(","), length: instruction.format.length, target };
}

/** "mnemonic operands", one blank between. */
export function disassembleLine(text: Text, at: bigint = 0n): string {
  const { mnemonic, operands } = disassemble(text, at);
  return operands ? `${mnemonic} ${operands}` : mnemonic;
}
