/**
 * Laws of the instruction list: nothing is there twice, every entry decodes to itself, fields survive
 * encoding.
 */
import { describe, expect, test } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { decode, opcodeText } from "../../../../src/engine/isa/s390/decode.ts";
import { fieldsOf, lengthOf } from "../../../../src/engine/isa/s390/format.ts";
import {
  instructionNamed,
  instructions,
  lengthAgrees,
  tableEntries,
} from "../../../../src/engine/isa/s390/instructions.ts";
import { encode } from "../../../../src/engine/isa/s390/operands.ts";
import { randomFields } from "./generatedText.ts";

test("no mnemonic and no opcode is in the tables twice", () => {
  const places = tableEntries.map((entry) => `${entry.format.opcode} bits, ${entry.opcode.toString(16)}`);
  const twice = <T>(items: readonly T[]): T[] => items.filter((item, index) => items.indexOf(item) !== index);
  expect(twice(tableEntries.map((entry) => entry.mnemonic))).toEqual([]);
  expect(twice(places)).toEqual([]);
});

test("every opcode is in a format of the length its first byte says", () => {
  expect(tableEntries.filter((entry) => !lengthAgrees(entry)).map((entry) => entry.mnemonic)).toEqual([]);
});

test("every entry is found by its opcode and by its name", () => {
  for (const entry of instructions) {
    const text = opcodeText(entry);
    expect(decode(text), entry.mnemonic).toBe(entry);
    expect(lengthOf(text[0])).toBe(entry.format.length);
    expect(instructionNamed(entry.mnemonic)).toBe(entry);
  }
});

describe("fields", () => {
  test("what is encoded is decoded, for random values in every entry", () => {
    const prng = new Prng(1);
    for (const entry of instructions)
      for (let turn = 0; turn < 8; turn++) {
        const fields = randomFields(entry, prng);
        const text = encode(entry, fields);
        expect(decode(text)?.mnemonic).toBe(entry.mnemonic);
        expect(fieldsOf(entry.format, text), entry.mnemonic).toMatchObject(fields);
      }
  });

  test("a text with no entry decodes to nothing, and never to another entry", () => {
    const prng = new Prng(2);
    for (let turn = 0; turn < 20_000; turn++) {
      const text = [prng.below(0x10000), prng.below(0x10000), prng.below(0x10000)] as const;
      const entry = decode(text);
      if (!entry) continue;
      const fixed = opcodeText(entry);
      const kept = encode(entry, {});
      expect(kept).toEqual(fixed);
      expect(text[0] >> 8).toBe(fixed[0] >> 8);
      if (entry.format.opcode === 16) expect(text[0]).toBe(fixed[0]);
      if (entry.format.opcode === 12) expect(text[0] & 15).toBe(fixed[0] & 15);
      if (entry.format.opcode === 40) expect(text[2] & 255).toBe(fixed[2] & 255);
    }
  });
});
