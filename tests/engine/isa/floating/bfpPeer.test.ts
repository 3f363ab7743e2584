/**
 * Every BFP and floating-point-support entry against qemu-s390x: registers, FPC, condition code and interruptions.
 *
 * Where the peer is known to differ from the Principles of Operation the case is left out, each kind with its reason.
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { isBfpNan, isBfpSignalingNan } from "../../../../src/engine/isa/s390/arith/bfpFormat.ts";
import { bfp } from "../../../../src/engine/isa/s390/bfp.ts";
import { bfpConvert } from "../../../../src/engine/isa/s390/bfpConvert.ts";
import { long, operands as formats, short, extended } from "../../../../src/engine/isa/s390/bfpResult.ts";
import { floatingControl } from "../../../../src/engine/isa/s390/floatingControl.ts";
import { floatingLoad } from "../../../../src/engine/isa/s390/floatingLoad.ts";
import type { FieldName, RawFields } from "../../../../src/engine/isa/s390/format.ts";
import type { Instruction } from "../../../../src/engine/isa/s390/instruction.ts";
import { bytesOf, encode } from "../../../../src/engine/isa/s390/operands.ts";
import { seedOf } from "../arith/bfpCases.ts";
import { OwnMachine } from "./ownMachine.ts";
import { peerInstalled, runOnPeer, type State } from "./peer.ts";
import { randomFields, randomState } from "./randomState.ts";

const TURNS = 30;
/** The peer suppresses the operation for every trap; only invalid operation and zero divide are so by the manual. */
const suppressing = [0, 0, 0x80, 0x40, 0xc0];

const absent: Readonly<Record<string, string>> = {
  lfpc: "tested apart", sfpc: "tested apart",
  diebr: "not there", didbr: "not there", thder: "not there", thdr: "not there", tbedr: "not there", tbdr: "not there",
  mdebr: "does not lengthen the operands", mdeb: "does not lengthen the operands",
  mxdbr: "does not lengthen the operands", mxdb: "does not lengthen the operands",
};

const allowed: Partial<Record<FieldName, readonly number[]>> = { m3: [0, 1, 3, 4, 5, 6, 7, 0, 1, 3, 4, 5, 6, 7, 2, 9], m4: [0, 4] };

interface Case {
  readonly instruction: Instruction;
  readonly fields: Partial<RawFields>;
  readonly text: Uint8Array;
  readonly state: State;
}

const registerValue = (state: State, format: (typeof formats)[number], n: number): bigint => {
  if (format === short) return state.vr[n]! >> 96n;
  if (format === long) return state.vr[n]! >> 64n;
  return ((state.vr[n]! >> 64n) << 64n) | (state.vr[(n + 2) & 31]! >> 64n);
};

const isNan = (state: State, format: (typeof formats)[number], n: number): boolean =>
  isBfpNan(format.format, registerValue(state, format, n));

/** Whether the manual and the peer are known to differ here. */
function differs({ instruction, fields, state }: Case, interrupted: boolean): boolean {
  const name = instruction.mnemonic;
  const from = /^(?:lt|c[lfg]+)([edx])/.exec(name)?.[1];
  const format = from === "e" ? short : from === "d" ? long : extended;
  const r2 = fields.r2 ?? 0;
  // LOAD AND TEST neither signals nor quiets a signaling NaN.
  if (/^lt[edx]br$/.test(name)) return isBfpSignalingNan(format.format, registerValue(state, format, r2));
  // A NaN converted to an integer is not inexact; a trapped invalid conversion has the inexact bit in its code.
  if (/^c[lfg]+[edx]bra?$/.test(name)) return interrupted || isNan(state, format, r2);
  // The second operand's NaN goes before the third's.
  const fused = /^m[as]([ed])b/.exec(name)?.[1];
  if (fused) return isNan(state, fused === "e" ? short : long, fields.r3 ?? 0);
  // Takes any R1; by the manual it must be able to hold a trapped, extended result.
  if (/^l[de]xbra$/.test(name)) return ((fields.r1 ?? 0) & 2) !== 0;
  return false;
}

const entries = [...bfp, ...bfpConvert, ...floatingControl, ...floatingLoad].filter((i) => !(i.mnemonic in absent));

describe.skipIf(!peerInstalled)("floating-point tables on the peer", () => {
  it("every entry", () => {
    const machine = new OwnMachine();
    const cases: Case[] = entries.flatMap((instruction) => {
      const prng = new Prng(seedOf(instruction.mnemonic));
      return Array.from({ length: TURNS }, () => {
        const fields = randomFields(prng, instruction, instruction.mnemonic.startsWith("srnm") ? { ...allowed, b2: [0], d2: [0, 1, 2, 3, 4, 7, 8, 66] } : allowed);
        const text = bytesOf(encode(instruction, fields), instruction.format.length);
        return { instruction, fields, text, state: randomState(prng, { masks: suppressing }) };
      });
    });
    const theirs = runOnPeer(cases);
    const wrong = new Map<string, unknown[]>();
    cases.forEach((one, i) => {
      const ours = machine.run(one.text, one.state);
      if (differs(one, ours.kind !== "")) return;
      const their = theirs[i]!;
      const lines: string[] = [];
      const note = (what: string, a: unknown, b: unknown): void => {
        if (a !== b) lines.push(`${what}: ours ${String(a)}, peer ${String(b)}`);
      };
      note("kind", ours.kind, their.kind);
      note("cc", ours.cc, their.cc);
      note("fpc", ours.fpc.toString(16), their.fpc.toString(16));
      for (let n = 0; n < 16; n++) note(`gr${n}`, ours.gr[n]!.toString(16), their.gr[n]!.toString(16));
      for (let n = 0; n < 32; n++) note(`vr${n}`, ours.vr[n]!.toString(16), their.vr[n]!.toString(16));
      note("window", ours.window.toString(), their.window.toString());
      if (lines.length) {
        const { fields, state } = one;
        const inputs = ["r1", "r2", "r3"].map((r) => `${r}=${state.vr[fields[r as "r1"] ?? 0]!.toString(16)}`).join(" ");
        wrong.set(one.instruction.mnemonic, [...(wrong.get(one.instruction.mnemonic) ?? []), { fields: JSON.stringify(fields), fpc: state.fpc.toString(16), inputs, lines }]);
      }
    });
    const summary = [...wrong].map(([name, list]) => ({ name, count: list.length, first: list[0] }));
    expect(summary).toEqual([]);
  });
});
