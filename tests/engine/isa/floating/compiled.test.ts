/**
 * Floating-point and vector meanings: those with an exact core behind them give its results, and all of them
 * do the same when compiled with constant fields as when interpreted.
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { bfp } from "../../../../src/engine/isa/s390/bfp.ts";
import { bfpCompare } from "../../../../src/engine/isa/s390/bfpCompare.ts";
import { bfpConvert } from "../../../../src/engine/isa/s390/bfpConvert.ts";
import type { FieldName } from "../../../../src/engine/isa/s390/format.ts";
import type { Instruction } from "../../../../src/engine/isa/s390/instruction.ts";
import { vectorFloat } from "../../../../src/engine/isa/s390/vectorFloat.ts";
import { vectorFloatConvert } from "../../../../src/engine/isa/s390/vectorFloatConvert.ts";
import { vectorInteger } from "../../../../src/engine/isa/s390/vectorInteger.ts";
import { vectorLoad } from "../../../../src/engine/isa/s390/vectorLoad.ts";
import { vectorMove } from "../../../../src/engine/isa/s390/vectorMove.ts";
import { vectorMultiply } from "../../../../src/engine/isa/s390/vectorMultiply.ts";
import { vectorReversed } from "../../../../src/engine/isa/s390/vectorReversed.ts";
import { vectorShift } from "../../../../src/engine/isa/s390/vectorShift.ts";
import { vectorString } from "../../../../src/engine/isa/s390/vectorString.ts";
import { departures, disagreements, randomCase, type Case } from "./comparison.ts";
import { benign, seedOf } from "./randomState.ts";

const TURNS = 10;
const tables = [
  bfp,
  bfpCompare,
  bfpConvert,
  vectorFloat,
  vectorFloatConvert,
  vectorInteger,
  vectorLoad,
  vectorMove,
  vectorMultiply,
  vectorReversed,
  vectorShift,
  vectorString,
];
const converting: Partial<Record<FieldName, readonly number[]>> = {
  m3: [3, 3, 2],
  m4: [0, 8, 4],
  m5: [0, 5, 5, 4],
};
const entries = tables.flat().filter((i) => i.meaning);

const sizes: Partial<Record<FieldName, readonly number[]>> = {
  m3: [0, 1, 2, 3, 4, 5, 6, 7],
  m4: [0, 0, 1, 2, 3, 4],
  m5: [0, 1, 2, 3, 4],
  m6: [0, 1, 2, 3],
};
/** Vector floating point is compiled for the long format. */
const floating: Partial<Record<FieldName, readonly number[]>> = {
  m3: [3, 3, 3, 2],
  m4: [3, 3, 3, 4],
  m5: [0, 8],
  m6: [3, 3, 3, 2],
};
const controls: Readonly<Record<string, Partial<Record<FieldName, readonly number[]>>>> = {
  vfsq: { m3: [3], m4: [0, 8] },
  vfpso: { m3: [3, 3, 2], m4: [0, 8], m5: [0, 1, 2] },
  wfc: { m3: [3], m4: [0] },
  wfk: { m3: [3], m4: [0] },
};

/**
 * Random cases, every other one with ordinary numbers of few or many digits, where the short way is taken.
 */
function casesOf(instructions: readonly Instruction[], turns: number): Case[] {
  return instructions.flatMap((instruction) => {
    const prng = new Prng(seedOf(instruction.mnemonic));
    return Array.from({ length: turns }, (_, i) => {
      const own = vectorFloat.includes(instruction)
        ? { ...floating, ...controls[instruction.mnemonic] }
        : sizes;
      const fields = vectorFloatConvert.includes(instruction) ? converting : own;
      const one = randomCase(prng, instruction, fields, [0, 0, 0, 0x80, 0xf8, 0x08]);
      return i & 1 ? { ...one, state: benign(prng, one.state) } : one;
    });
  });
}

describe("compiled meanings", () => {
  it("give what the exact core gives", () => {
    const cases = casesOf(
      entries.filter((i) => i.slow),
      50,
    );
    expect(departures(cases).slice(0, 10)).toEqual([]);
  });

  it("do what interpreted ones do", () => {
    const cases = casesOf(entries, TURNS);
    expect(disagreements(cases).slice(0, 10)).toEqual([]);
  });
});
