/**
 * Every vector entry that the peer has, against qemu-s390x: registers, storage, condition code and
 * interruptions, for all element sizes and flag combinations.
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import type { FieldName } from "../../../../src/engine/isa/s390/format.ts";
import type { Instruction } from "../../../../src/engine/isa/s390/instruction.ts";
import { vectorInteger } from "../../../../src/engine/isa/s390/vectorInteger.ts";
import { vectorLoad } from "../../../../src/engine/isa/s390/vectorLoad.ts";
import { vectorMove } from "../../../../src/engine/isa/s390/vectorMove.ts";
import { vectorMultiply } from "../../../../src/engine/isa/s390/vectorMultiply.ts";
import { vectorShift } from "../../../../src/engine/isa/s390/vectorShift.ts";
import { vectorString } from "../../../../src/engine/isa/s390/vectorString.ts";
import { differences, randomCase, type Case } from "../floating/comparison.ts";
import { peerInstalled } from "../floating/peer.ts";
import { seedOf } from "../floating/randomState.ts";
import { missingTools } from "../../../kit/missingTools.ts";

const peerMissing = missingTools("qemu-s390x", "s390x-linux-gnu-gcc");
const TURNS = 40;

/** Fields whose whole range would hardly ever be valid. */
const masks: Partial<Record<FieldName, readonly number[]>> = {
  m3: [0, 1, 2, 3, 0, 1, 2, 3, 4, 6],
  m4: [0, 1, 2, 3, 0, 1, 2, 3, 4],
  m5: [0, 1, 2, 3, 4],
  m6: [0, 1, 2, 4, 5, 8, 9, 12],
};
const own: Readonly<Record<string, Partial<Record<FieldName, readonly number[]>>>> = {
  vleb: { m3: [0, 7, 8, 14, 15] },
  vsteb: { m3: [0, 7, 8, 14, 15] },
  vleib: { m3: [0, 5, 15] },
  vrep: { m4: [0, 1, 2, 3], i2: [0, 1, 2, 3, 7, 15] },
  vfae: { m4: [0, 1, 2], m5: Array.from({ length: 16 }, (_, i) => i) },
  vstrc: { m5: [0, 1, 2], m6: Array.from({ length: 16 }, (_, i) => i) },
  vstrs: { m5: [0, 1, 2], m6: [0, 2] },
  vsld: { i4: [0, 1, 3, 7] },
  vsrd: { i4: [0, 1, 3, 7] },
  vgef: { d2: [0] },
  vgeg: { d2: [0] },
  vscef: { d2: [0] },
  vsceg: { d2: [0] },
  vlm: { v1: [0, 5, 16, 20], v3: [5, 12, 20, 31] },
  vstm: { v1: [0, 5, 16, 20], v3: [5, 12, 20, 31] },
  vsldb: { i4: [0, 1, 2, 5, 8, 11, 14, 15, 16, 200] },
  vmsl: { m5: [3], m6: [0, 4, 8, 12] },
  vac: { m5: [4] },
  vaccc: { m5: [4] },
  vsbi: { m5: [4] },
  vsbcbi: { m5: [4] },
};

const entries: readonly Instruction[] = [
  vectorInteger,
  vectorLoad,
  vectorMove,
  vectorMultiply,
  vectorShift,
  vectorString,
]
  .flat()
  // The peer's checksum is another number than the sum with end-around carry.
  .filter((i) => i.mnemonic !== "vcksm");

/** Scattered accesses need small elements in the vector of distances; string operands need likenesses. */
function prepared(prng: Prng, one: Case): Case {
  const { mnemonic } = one.instruction;
  const { v2, v3, v4, r3 } = one.fields as Record<string, number>;
  const vr = [...one.state.vr];
  const gr = [...one.state.gr];
  if (/^v(sce|ge)[fg]$/.test(mnemonic)) {
    let distances = 0n;
    const width = mnemonic.endsWith("g") ? 64n : 32n;
    for (let at = 0n; at < 128n; at += width) distances |= BigInt(prng.below(480)) << at;
    vr[v2!] = distances;
  }
  if (/^v(fee|fene|fae|str[cs]|istr)$/.test(mnemonic)) {
    const size = prng.below(3);
    const some = (): bigint => {
      let bits = 0n;
      for (let at = 0; at < 16 >> size; at++)
        bits = (bits << BigInt(8 << size)) | BigInt(prng.below(prng.pick([2, 4, 8])));
      return bits;
    };
    for (const v of [v2, v3]) if (v !== undefined) vr[v] = some();
    if (v3 !== undefined && prng.below(3) === 0)
      vr[v3] = vr[v2!]! ^ (BigInt(prng.below(3)) << BigInt(prng.below(128)));
    if (mnemonic === "vstrs") {
      vr[v4!] = BigInt(prng.below(17)) << 64n;
      if (prng.below(2)) vr[v3!] = BigInt.asUintN(128, vr[v2!]! << BigInt(8 * prng.below(12)));
    }
  }
  if (/^v(ll|stl)$/.test(mnemonic) && r3 !== 1)
    gr[r3!] = BigInt(prng.pick([0, 3, 7, 14, 15, 16, 0xffffffff, prng.below(20)]));
  return { ...one, state: { ...one.state, vr, gr } };
}

describe.skipIf(!peerInstalled)(`vector tables on the peer${peerMissing}`, () => {
  it("every entry", () => {
    const cases = entries.flatMap((instruction) => {
      const prng = new Prng(seedOf(instruction.mnemonic));
      return Array.from({ length: TURNS }, () =>
        prepared(prng, randomCase(prng, instruction, { ...masks, ...own[instruction.mnemonic] })),
      );
    });
    expect(differences(cases, () => false)).toEqual([]);
  });
});
