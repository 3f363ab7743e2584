/** Floating-point and vector meanings compiled with constant fields against the same ones interpreted. */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { bfp } from "../../../../src/engine/isa/s390/bfp.ts";
import { bfpConvert } from "../../../../src/engine/isa/s390/bfpConvert.ts";
import type { FieldName } from "../../../../src/engine/isa/s390/format.ts";
import { vectorInteger } from "../../../../src/engine/isa/s390/vectorInteger.ts";
import { vectorLoad } from "../../../../src/engine/isa/s390/vectorLoad.ts";
import { vectorMove } from "../../../../src/engine/isa/s390/vectorMove.ts";
import { vectorMultiply } from "../../../../src/engine/isa/s390/vectorMultiply.ts";
import { vectorReversed } from "../../../../src/engine/isa/s390/vectorReversed.ts";
import { vectorShift } from "../../../../src/engine/isa/s390/vectorShift.ts";
import { vectorString } from "../../../../src/engine/isa/s390/vectorString.ts";
import { seedOf } from "../arith/bfpCases.ts";
import { disagreements, randomCase } from "./comparison.ts";

const TURNS = 14;
const tables = [bfp, bfpConvert, vectorInteger, vectorLoad, vectorMove, vectorMultiply, vectorReversed, vectorShift, vectorString];
const entries = tables.flat().filter((i) => i.meaning);

const sizes: Partial<Record<FieldName, readonly number[]>> =
  { m3: [0, 1, 2, 3, 4, 5, 6, 7], m4: [0, 0, 1, 2, 3, 4], m5: [0, 1, 2, 3, 4], m6: [0, 1, 2, 3] };

describe("compiled meanings", () => {
  it("do what interpreted ones do", () => {
    const cases = entries.flatMap((instruction) => {
      const prng = new Prng(seedOf(instruction.mnemonic));
      return Array.from({ length: TURNS }, () => randomCase(prng, instruction, sizes, [0, 0, 0, 0x80, 0xf8]));
    });
    expect(disagreements(cases).slice(0, 10)).toEqual([]);
  });
});
