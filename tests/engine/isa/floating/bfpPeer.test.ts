/**
 * Every BFP and floating-point-support entry against qemu-s390x: registers, FPC, condition code and
 * interruptions.
 *
 * Where the peer is known to differ from the Principles of Operation the case is left out, each kind with its
 * reason.
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { isBfpNan, isBfpSignalingNan } from "../../../../src/engine/isa/s390/arith/bfpFormat.ts";
import { bfp } from "../../../../src/engine/isa/s390/bfp.ts";
import { bfpCompare } from "../../../../src/engine/isa/s390/bfpCompare.ts";
import { bfpConvert } from "../../../../src/engine/isa/s390/bfpConvert.ts";
import { extended, long, short, type FloatingOperand } from "../../../../src/engine/isa/s390/bfpResult.ts";
import { floatingControl } from "../../../../src/engine/isa/s390/floatingControl.ts";
import { floatingLoad } from "../../../../src/engine/isa/s390/floatingLoad.ts";
import type { FieldName } from "../../../../src/engine/isa/s390/format.ts";
import { differences, randomCase, type Case } from "./comparison.ts";
import { peerInstalled, type State } from "./peer.ts";
import { seedOf } from "./randomState.ts";
import { missingTools } from "../../../kit/missingTools.ts";

const peerMissing = missingTools("qemu-s390x", "s390x-linux-gnu-gcc");
const TURNS = 30;
/**
 * The peer suppresses the operation for every trap; only invalid operation and zero divide are so by the
 * manual.
 */
const suppressing = [0, 0, 0x80, 0x40, 0xc0];

const absent: Readonly<Record<string, string>> = {
  lfas: "ends itself",
  sfasr: "ends itself",
  diebr: "not there",
  didbr: "not there",
  thder: "not there",
  thdr: "not there",
  tbedr: "not there",
  tbdr: "not there",
  mdebr: "does not lengthen the operands",
  mdeb: "does not lengthen the operands",
  mxdbr: "does not lengthen the operands",
  mxdb: "does not lengthen the operands",
};

const allowed: Partial<Record<FieldName, readonly number[]>> = {
  m3: [0, 1, 3, 4, 5, 6, 7, 0, 1, 3, 4, 5, 6, 7, 2, 9],
  m4: [0, 4],
};

const registerValue = (state: State, format: FloatingOperand, n: number): bigint => {
  if (format === short) return state.vr[n]! >> 96n;
  if (format === long) return state.vr[n]! >> 64n;
  return ((state.vr[n]! >> 64n) << 64n) | (state.vr[(n + 2) & 31]! >> 64n);
};

const isNan = (state: State, format: FloatingOperand, n: number): boolean =>
  isBfpNan(format.format, registerValue(state, format, n));

/** Whether the manual and the peer are known to differ here. */
function differs({ instruction, fields, state }: Case, interrupted: boolean): boolean {
  const name = instruction.mnemonic;
  const from = /^(?:lt|c[lfg]+)([edx])/.exec(name)?.[1];
  const format = from === "e" ? short : from === "d" ? long : extended;
  const r2 = fields.r2 ?? 0;
  // LOAD AND TEST neither signals nor quiets a signaling NaN.
  if (/^lt[edx]br$/.test(name)) return isBfpSignalingNan(format.format, registerValue(state, format, r2));
  // A NaN converted to an integer is not inexact; a trapped invalid conversion has the inexact bit in its
  // code.
  if (/^c[lfg]+[edx]bra?$/.test(name)) return interrupted || isNan(state, format, r2);
  // The second operand's NaN goes before the third's, and a quiet one before a signaling one.
  const fused = /^m[as]([ed])b/.exec(name)?.[1];
  if (fused) return [fields.r1, fields.r3].some((r) => isNan(state, fused === "e" ? short : long, r ?? 0));
  // Takes any R1; by the manual it must be able to hold a trapped, extended result.
  if (/^l[de]xbra$/.test(name)) return ((fields.r1 ?? 0) & 2) !== 0;
  return false;
}

const entries = [...bfp, ...bfpCompare, ...bfpConvert, ...floatingControl, ...floatingLoad].filter(
  (i) => !(i.mnemonic in absent),
);

const roundingModes = { b2: [0], d2: [0, 1, 2, 3, 4, 7, 8, 66] };

describe.skipIf(!peerInstalled)(`floating-point tables on the peer${peerMissing}`, () => {
  it("every entry", () => {
    const cases = entries.flatMap((instruction) => {
      const prng = new Prng(seedOf(instruction.mnemonic));
      const fields = instruction.mnemonic.startsWith("srnm") ? { ...allowed, ...roundingModes } : allowed;
      return Array.from({ length: TURNS }, () => randomCase(prng, instruction, fields, suppressing));
    });
    expect(differences(cases, differs)).toEqual([]);
  });
});
