/**
 * LOAD ADDRESS SPACE PARAMETERS against its summary of actions (Principles of Operation, chapter 10, figure
 * "Summary of Actions"), for every combination of old and new numbers, spaces and controls.
 */
import { describe, expect, it } from "vitest";
import { ADDRESS, freshCpu, perform } from "./controlKit.ts";
import type { FakeCpu } from "./fakeCpu.ts";

const [FIRST_TABLE, SECOND_TABLE, AUTHORITY] = [0x2_0000n, 0x2_1000n, 0x2_2000n];
const SPACE_SWITCH_EVENT = 0x40n;
/** Numbers 0 to 3 have spaces; that of 2 tells space switches; 3 gives nobody authority; 4 is invalid. */
const numbers = [0, 1, 2, 3, 4, 64];
const OLD_INDEX = 0x31n;
const indexOf = (asn: number): bigint => BigInt(0x20 + asn);
const OPERAND_INDEX = 0x10n;
const asteOf = (asn: number): bigint => SECOND_TABLE + BigInt(asn * 64);
const spaceOf = (asn: number): bigint => 0x10_0000n * BigInt(asn + 1) + (asn === 2 ? SPACE_SWITCH_EVENT : 0n);
const exists = (asn: number): boolean => asn < 4;

function prepare(primary: number, secondary: number, old: number): FakeCpu {
  const cpu = freshCpu();
  cpu.controls[14] = (1n << 19n) | (FIRST_TABLE >> 12n);
  cpu.store(FIRST_TABLE, 4, SECOND_TABLE, 0);
  cpu.store(FIRST_TABLE + 4n, 4, 0x8000_0000n, 0);
  for (let asn = 0; asn <= 4; asn++) {
    const aste = asteOf(asn);
    cpu.store(aste, 4, exists(asn) ? AUTHORITY + BigInt(asn * 64) : 0x8000_0000n, 0);
    cpu.store(aste + 4n, 4, (indexOf(asn) << 16n) | 0xf0n, 0);
    cpu.store(aste + 8n, 8, spaceOf(asn), 0);
    cpu.storeBytes(AUTHORITY + BigInt(asn * 64), new Uint8Array(64).fill(asn === 3 ? 0xaa : 0x55), 0);
  }
  cpu.controls[1] = 0x7000n;
  cpu.controls[7] = 0x9000n;
  cpu.controls[3] = (0xabcdn << 48n) | (0x1111n << 16n) | BigInt(old);
  cpu.controls[4] = (0xef01n << 48n) | (OLD_INDEX << 16n) | BigInt(old);
  const operand = (0x2222n << 48n) | (BigInt(secondary) << 32n) | (OPERAND_INDEX << 16n) | BigInt(primary);
  cpu.store(ADDRESS, 8, operand, 0);
  return cpu;
}

/** Code and control registers 1, 3, 4, 5, 7 by the figure. */
function expected(cpu: FakeCpu, primary: number, secondary: number, old: number, bits: number): unknown {
  const [force, own, skip] = [bits & 4, bits & 2, bits & 1];
  const before = [1, 3, 4, 5, 7].map((n) => cpu.cr(n));
  const stopped = (cc: number): unknown => ({ cc, registers: before });
  const [asce1, , , origin5, asce7] = before as [bigint, bigint, bigint, bigint, bigint];
  const isTranslated = primary !== old || force !== 0;
  if (isTranslated && !exists(primary)) return stopped(1);
  if (isTranslated && primary === 2) return stopped(3);
  const asce = isTranslated ? spaceOf(primary) : asce1;
  const origin = isTranslated ? origin5 - (origin5 & 0xffff_ffffn) + asteOf(primary) : origin5;
  const index = own ? OPERAND_INDEX : isTranslated ? indexOf(primary) : OLD_INDEX;
  let second = asce;
  if (secondary !== primary) {
    const isOld = secondary === old && !force && skip;
    if (!isOld && (!exists(secondary) || (!skip && secondary === 3))) return stopped(2);
    second = isOld ? asce7 : spaceOf(secondary);
  }
  return {
    cc: 0,
    registers: [
      asce, (0xabcdn << 48n) | (0x2222n << 16n) | BigInt(secondary),
      (0xef01n << 48n) | (index << 16n) | BigInt(primary), origin, second,
    ],
  };
}

describe("LOAD ADDRESS SPACE PARAMETERS", () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7])("with controls %s does what the figure says, or nothing", (bits) => {
    const seen = new Set<number>();
    for (const primary of numbers) for (const secondary of numbers) for (const old of [0, 1, 3]) {
      const cpu = prepare(primary, secondary, old);
      const wanted = expected(cpu, primary, secondary, old, bits);
      expect(perform(cpu, "lasp", { b1: 15, d2: bits })).toBeUndefined();
      const registers = [1, 3, 4, 5, 7].map((n) => cpu.cr(n));
      expect({ cc: cpu.cc, registers }, `${primary} ${secondary} ${old}`).toEqual(wanted);
      seen.add(cpu.cc);
    }
    expect([...seen].toSorted()).toEqual([0, 1, 2, 3]);
  });

  it("tells of an event that the old primary space asks for, but only where numbers are translated", () => {
    for (const [primary, code] of [[1, 3], [0, 0]] as const) {
      const cpu = prepare(primary, primary, 0);
      cpu.controls[1] = 0x7000n | SPACE_SWITCH_EVENT;
      perform(cpu, "lasp", { b1: 15 });
      expect(cpu.cc).toBe(code);
    }
  });

  it("wants ASN translation and a doubleword", () => {
    const cpu = prepare(1, 1, 0);
    expect(perform(cpu, "lasp", { b1: 15, d1: 4 })).toBe(6);
    cpu.controls[14] = 0n;
    expect(perform(cpu, "lasp", { b1: 15 })).toBe(0x13);
  });
});
