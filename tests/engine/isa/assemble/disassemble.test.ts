/** The disassembler against GNU objdump, and against the assembler: assemble(disassemble(x)) = x. */
import { describe, expect, test } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { assemble } from "../../../../src/engine/isa/s390/assemble.ts";
import { disassemble, disassembleLine } from "../../../../src/engine/isa/s390/disassemble.ts";
import type { Text } from "../../../../src/engine/isa/s390/format.ts";
import { instructions } from "../../../../src/engine/isa/s390/instructions.ts";
import { mnemonicNames, mnemonicNamed } from "../../../../src/engine/isa/s390/mnemonics.ts";
import { bytesOf } from "../../../../src/engine/isa/s390/operands.ts";
import { haveBinutils, objdumpLines } from "./binutils.ts";
import { randomText } from "./generatedText.ts";
import { missingTools } from "../../../kit/missingTools.ts";

const binutilsMissing = missingTools("s390x-linux-gnu-as");
const texts = (seed: number, turns: number): { mnemonic: string; text: Text; bytes: Uint8Array }[] => {
  const prng = new Prng(seed);
  return instructions.flatMap((entry) => Array.from({ length: turns }, () => {
    const text = randomText(entry, prng);
    return { mnemonic: entry.mnemonic, text, bytes: bytesOf(text, entry.format.length) };
  }));
};

/** objdump cuts `nop` with an index and no base short. */
const cutShort = /^nop \d+\(%r\d+$/;

describe("disassembler", () => {
  test.skipIf(!haveBinutils)(
    `prints what objdump prints, for random fields in every entry objdump knows${binutilsMissing}`,
    () => {
      const cases = texts(3, 12);
      const theirs = objdumpLines(cases.map((item) => item.bytes));
      const different = cases.flatMap(({ text, mnemonic }, index) => {
        const ours = disassembleLine(text, BigInt(index * 12));
        const line = theirs[index];
        return line === undefined || line === ours || cutShort.test(line)
          ? []
          : [{ mnemonic, ours, theirs: line }];
      });
      expect(different.slice(0, 20)).toEqual([]);
    },
  );

  test("assembling the line gives the text back, for random fields in every entry", () => {
    const cases = texts(4, 6);
    const source = cases
      .map(({ text }, index) => `.org ${index * 8}\n${disassembleLine(text, BigInt(index * 8))}`)
      .join("\n");
    const program = assemble(source);
    expect(program.ok ? [] : program.error.slice(0, 5)).toEqual([]);
    if (!program.ok) return;
    const wrong = cases.flatMap(({ bytes, mnemonic }, index) => {
      const { bytes: back, text } = program.value.listing[index]!;
      return Buffer.from(back).equals(Buffer.from(bytes)) ? [] : [{ mnemonic, text }];
    });
    expect(wrong).toEqual([]);
  });

  test("every extended mnemonic is printed back or is a synonym of one that is", () => {
    for (const name of mnemonicNames()) {
      const { instruction, fixed, printed } = mnemonicNamed(name)!;
      if (!printed) continue;
      const fields = Object.fromEntries(fixed.map((f) => [f.field, f.value]));
      expect(instruction.format.fields.filter((f) => f.name in fields).length, name).toBe(
        Object.keys(fields).length,
      );
    }
  });

  test("relative operands come out as absolute addresses that wrap at 2^64", () => {
    expect(disassemble([0xa7f4, 0xffff, 0], 0x1000n)).toMatchObject({
      mnemonic: "j",
      operands: "0xffe",
      target: 0xffen,
    });
    expect(disassemble([0xa7f4, 0xffff, 0], 0n).target).toBe(0xffff_ffff_ffff_fffen);
  });

  test("what no table knows is shown as data of the right length", () => {
    expect(disassembleLine([0x0000, 0x1234, 0x5678])).toBe(".short 0x0000");
    expect(disassembleLine([0xb2fe, 0x1234, 0x5678])).toBe(".long 0xb2fe1234");
    expect(disassembleLine([0xff00, 0x1234, 0x5678])).toBe(".short 0xff00,0x1234,0x5678");
  });
});
