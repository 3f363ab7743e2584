/** Vector floating point against qemu-s390x, in all formats, with and without single-element control. */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { isBfpNan } from "../../../../src/engine/isa/s390/arith/bfpFormat.ts";
import type { FieldName } from "../../../../src/engine/isa/s390/format.ts";
import { vectorFloat } from "../../../../src/engine/isa/s390/vectorFloat.ts";
import { vectorFloatConvert } from "../../../../src/engine/isa/s390/vectorFloatConvert.ts";
import { vectorReversed } from "../../../../src/engine/isa/s390/vectorReversed.ts";
import { vectorElement, vectorFormat } from "../../../../src/engine/isa/s390/vectorResult.ts";
import { differences, randomCase, type Case } from "../floating/comparison.ts";
import { peerInstalled } from "../floating/peer.ts";
import { seedOf } from "../floating/randomState.ts";
import { missingTools } from "../../../kit/missingTools.ts";

const peerMissing = missingTools("qemu-s390x", "s390x-linux-gnu-gcc");

/** The peer ends itself at a vector-processing exception, so no condition is trapped here. */
const TURNS = 60;
type Allowed = Partial<Record<FieldName, readonly number[]>>;
const formats = [2, 3, 4, 2, 3, 4, 1, 5];
const single = [0, 0, 8, 8, 1];

const allowed: Readonly<Record<string, Allowed>> = {
  vfa: { m4: formats, m5: single },
  vfs: { m4: formats, m5: single },
  vfm: { m4: formats, m5: single },
  vfd: { m4: formats, m5: single },
  vfma: { m6: formats, m5: single },
  vfms: { m6: formats, m5: single },
  vfnma: { m6: formats, m5: single },
  vfnms: { m6: formats, m5: single },
  vfce: { m4: formats, m5: [0, 4, 8, 12], m6: [0, 1] },
  vfch: { m4: formats, m5: [0, 4, 8, 12], m6: [0, 1] },
  vfche: { m4: formats, m5: [0, 4, 8, 12], m6: [0, 1] },
  wfc: { m3: formats, m4: [0] },
  wfk: { m3: formats, m4: [0] },
  vfpso: { m3: formats, m4: single, m5: [0, 1, 2, 3] },
  vfsq: { m3: formats, m4: single },
  vftci: { m4: formats, m5: single },
  vfmin: { m4: [2, 3, 4], m5: [0, 8], m6: [0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 5] },
  vfmax: { m4: [2, 3, 4], m5: [0, 8], m6: [0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 5] },
  vfll: { m3: [2, 3, 4], m4: [0, 8] },
};
const converting: Allowed = { m3: [2, 3, 2, 3, 4], m4: [0, 4, 8, 12], m5: [0, 1, 3, 4, 5, 6, 7, 2] };
const reversed: Allowed = { m3: [1, 2, 3, 4, 0, 6] };

/** Where the peer is known to be different from the manual. */
function differs({ instruction, fields, state }: Case, interrupted: boolean): boolean {
  const name = instruction.mnemonic;
  const { m3 = 0, m4 = 0 } = fields;
  // The peer negates before it rounds.
  if (/^vfnm[as]$/.test(name)) return (state.fpc & 7) === 2 || (state.fpc & 7) === 3;
  // Inexact suppression only concerns traps on the peer.
  if (/^v(cfps|cfpl|csfp|clfp|fi|flr)$/.test(name) && m4 & 4) return true;
  // A NaN converted to an integer is not inexact on the peer.
  if (!/^vc(s|l)fp$/.test(name)) return false;
  const format = vectorFormat(m3);
  const value = state.vr[fields.v2 ?? 0]!;
  return (
    interrupted ||
    [0, 1, 2, 3].some((i) =>
      isBfpNan(format, vectorElement(value, format.width, i & (Number(128n / format.width) - 1))),
    )
  );
}

/** Bits that a single-element operation or a rounding leaves open; the peer keeps them. */
function unpredictable({ instruction, fields }: Case): bigint {
  const { m3 = 0, m4 = 0, m5 = 0 } = fields;
  const rest = (format: number): bigint => (1n << (128n - vectorFormat(format).width)) - 1n;
  switch (instruction.mnemonic) {
    case "vfpso":
      return m4 & 8 ? rest(m3) : 0n;
    case "vftci":
      return m5 & 8 ? rest(m4) : 0n;
    case "vflr":
      return m3 === 4 ? rest(3) : 0n;
    default:
      return 0n;
  }
}

describe.skipIf(!peerInstalled)(`vector floating point on the peer${peerMissing}`, () => {
  it("every entry", () => {
    const cases = [...vectorFloat, ...vectorFloatConvert, ...vectorReversed].flatMap((instruction) => {
      const prng = new Prng(seedOf(instruction.mnemonic));
      const fallback = vectorReversed.includes(instruction) ? reversed : converting;
      return Array.from({ length: TURNS }, () =>
        randomCase(prng, instruction, allowed[instruction.mnemonic] ?? fallback),
      );
    });
    expect(differences(cases, differs, unpredictable)).toEqual([]);
  });
});
