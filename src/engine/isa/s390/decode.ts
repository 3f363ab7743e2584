/**
 * Instruction text → table entry (Principles of Operation, chapter 5, "Instruction formats").
 *
 * The first byte alone says where the rest of the opcode lies: nowhere, in bits 8-15, in bits 12-15 or in
 * bits 40-47. Invariant: all entries that share a first byte spread their opcode the same way, so decoding is
 * two array reads.
 */
import { assert } from "../../base/assert.ts";
import type { Text } from "./format.ts";
import type { Instruction } from "./instruction.ts";
import { instructions } from "./instructions.ts";

type Spread = Instruction["format"]["opcode"];

interface Branch {
  readonly spread: Spread;
  readonly entries: (Instruction | undefined)[];
}

const entryCount: { readonly [spread in Spread]: number } = { 8: 1, 12: 16, 16: 256, 40: 256 };

/** Opcode as tables write it → first byte and index within its branch. */
function place(instruction: Instruction): { first: number; index: number } {
  const { opcode, format } = instruction;
  if (format.opcode === 8) return { first: opcode, index: 0 };
  if (format.opcode === 12) return { first: opcode >> 4, index: opcode & 15 };
  return { first: opcode >> 8, index: opcode & 255 };
}

/** Decodes by the given entries; the whole ISA's decoder is `decode`. */
export function decoderFor(list: readonly Instruction[]): (text: Text) => Instruction | undefined {
  const branches: (Branch | undefined)[] = new Array<Branch | undefined>(256).fill(undefined);
  for (const instruction of list) {
    const { first, index } = place(instruction);
    const spread = instruction.format.opcode;
    assert(first < 256, `${instruction.mnemonic}: opcode too large for its format`);
    let branch = branches[first];
    if (!branch) {
      branch = { spread, entries: new Array<Instruction | undefined>(entryCount[spread]).fill(undefined) };
      branches[first] = branch;
    }
    const lengthClass = first >> 6;
    const length = lengthClass === 0 ? 2 : lengthClass === 3 ? 6 : 4;
    const { mnemonic } = instruction;
    assert(instruction.format.length === length, `${mnemonic}: opcode says ${length} bytes, format does not`);
    assert(
      branch.spread === spread,
      `${mnemonic}: other entries of its first byte spread the opcode differently`,
    );
    assert(!branch.entries[index], `${mnemonic} and ${branch.entries[index]?.mnemonic} share an opcode`);
    branch.entries[index] = instruction;
  }
  return (text) => {
    const branch = branches[text[0] >> 8];
    if (!branch) return undefined;
    switch (branch.spread) {
      case 8: return branch.entries[0];
      case 12: return branch.entries[text[0] & 15];
      case 16: return branch.entries[text[0] & 255];
      case 40: return branch.entries[text[2] & 255];
    }
  };
}

/** The table entry of an instruction text, or undefined where an operation exception is due. */
export const decode: (text: Text) => Instruction | undefined = decoderFor(instructions);

/** The 48-bit text that holds only the entry's opcode, all fields 0. */
export function opcodeText(instruction: Instruction): Text {
  const { opcode, format } = instruction;
  switch (format.opcode) {
    case 8: return [opcode << 8, 0, 0];
    case 12: return [((opcode >> 4) << 8) | (opcode & 15), 0, 0];
    case 16: return [opcode, 0, 0];
    case 40: return [(opcode >> 8) << 8, 0, opcode & 255];
  }
}
