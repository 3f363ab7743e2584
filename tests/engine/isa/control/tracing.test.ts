/**
 * Trace entries byte for byte (Principles of Operation, chapter 4, "Tracing"), by vectors made by hand. No
 * peer has tracing, so nothing else compares them.
 */
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import type { RawFields } from "../../../../src/engine/isa/s390/format.ts";
import { subspaceBranch } from "../../../../src/engine/isa/s390/tracing.ts";
import { perform } from "./controlKit.ts";
import type { FakeCpu } from "./fakeCpu.ts";
import {
  BASE, PC_NUMBER, PRIMARY, UNIT_CONTROL, baseWorld, linkageWorld, writeEntry,
} from "./linkageWorld.ts";

const TABLE = 0xa010n;
/** Bits 0, 1 and 62 of control register 12. */
const [branch, mode, asn] = [1n << 63n, 1n << 62n, 2n];
const MODE_BITS = { 24: 0n, 31: 0x8000_0000n, 64: 0x1_8000_0000n } as const;
type Bits = 24 | 31 | 64;
/** PSW bit 15. */
const PROBLEM = 1n << 48n;
/** Bit 32 of a register or link: the 31-bit mode. */
const AMODE = 0x8000_0000n;

/** In the mode of `bits`, with an instruction that stands before `next`. */
function worldIn(bits: Bits, next = 0x2000n, cpu = linkageWorld()): FakeCpu {
  cpu.addressBits = bits;
  cpu.port.mask = (cpu.port.mask & ~(MODE_BITS[64] | PROBLEM)) | MODE_BITS[bits];
  cpu.port.pswAddress = () => next;
  cpu.port.key = 9;
  cpu.setGr(7, 0x0f0f_0000n);
  return cpu;
}
/** What an instruction stores in the table, in hexadecimal. */
function traced(cpu: FakeCpu, controls: bigint, mnemonic: string, f: Partial<RawFields>): string {
  cpu.controls[12] = TABLE | controls;
  expect(perform(cpu, mnemonic, f)).toBeUndefined();
  const length = Number((cpu.cr(12) & ~controls) - TABLE);
  const bytes = length === 0 ? new Uint8Array() : cpu.loadBytes(TABLE, length, 0);
  return Buffer.from(bytes).toString("hex");
}

describe("branch tracing", () => {
  const targets: readonly (readonly [Bits, bigint, string])[] = [
    [24, 0xffff_ffff_8134_5678n, "00345678"],
    [31, 0xffff_ffff_1234_5678n, "92345678"],
    [64, 0x9234_5678n, "5180000092345678"],
    [64, 0x1_2345_6788n, "52c000000000000123456788"],
  ];
  it.each(targets)("in the %i-bit mode tells where %x is", (bits, target, entry) => {
    for (const mnemonic of ["balr", "basr", "bakr"]) {
      const cpu = worldIn(bits);
      cpu.setGr(6, target);
      expect(traced(cpu, branch, mnemonic, { r1: 5, r2: 6 }), mnemonic).toBe(entry);
      expect(cpu.branchedTo).toBe(BigInt.asUintN(bits, target));
    }
  });
  it.each<readonly [Bits, bigint, string]>([
    [64, 0x81_2344n, "00812344"], [24, AMODE | 0x12_3456n, "80123456"], [31, 0x8001n, "5180000000008000"],
    [31, 0x1_0000_8001n, "52c000000000000100008000"],
  ])("of BASSM from the %i-bit mode tells the new mode, without mode tracing", (bits, target, entry) => {
    const cpu = worldIn(bits);
    cpu.setGr(6, target);
    expect(traced(cpu, branch, "bassm", { r1: 5, r2: 6 })).toBe(entry);
  });
  it("is not of a branch that is not taken, of BSM, or of what ASN and explicit tracing ask for", () => {
    for (const mnemonic of ["balr", "bassm", "bakr"])
      expect(traced(worldIn(64), branch, mnemonic, { r1: 5, r2: 0 }), mnemonic).toBe("");
    expect(traced(worldIn(64), branch, "bsm", { r1: 5, r2: 6 })).toBe("");
    for (const controls of [asn, mode, 1n])
      expect(traced(worldIn(31), controls, "balr", { r1: 5, r2: 6 })).toBe("");
  });
  it("of BSA tells both ways, of TRAP2 the trap program, of RP where it goes on", () => {
    const cpu = worldIn(31, 0x2000n, baseWorld());
    cpu.setGr(5, AMODE | 0x9000n);
    expect(traced(cpu, branch, "bsa", { r1: 7, r2: 5 })).toBe("80009000");
    expect(traced(cpu, branch, "bsa", { r1: 0, r2: 0 })).toBe("80002000");
    const trap = worldIn(31);
    trap.store(UNIT_CONTROL + 44n, 4, 0x6001n, 0);
    trap.store(0x600cn, 4, 0x7000n, 0);
    trap.store(0x6014n, 4, 0x8765_4320n, 0);
    expect(traced(trap, branch, "trap2", {})).toBe("87654320");
    const resume = worldIn(64);
    [4, 0x10, 0x40, 0x50].forEach((value, i) => resume.store(0x2000n + BigInt(2 * i), 2, BigInt(value), 0));
    resume.store(0x9010n, 8, MODE_BITS[64], 0);
    resume.store(0x9018n, 8, 0x5_0000_0004n, 0);
    resume.setGr(6, 0x9000n);
    expect(traced(resume, branch, "rp", { b2: 6 })).toBe("52c000000000000500000004");
  });
});

describe("mode tracing", () => {
  it.each<readonly [string, Bits, bigint, string]>([
    ["sam64", 24, 0x2000n, "5130000000002000"], ["sam64", 31, 0x2000n, "5130000080002000"],
    ["sam31", 64, 0x7fff_fffen, "512000007ffffffe"], ["sam24", 64, 0x2000n, "5120000000002000"],
    ["sam24", 31, 0x2000n, ""], ["sam31", 31, 0x2000n, ""], ["sam64", 64, 0x2000n, ""],
  ])("of %s in the %i-bit mode tells the next address, %x, as it was", (name, bits, next, entry) => {
    expect(traced(worldIn(bits, next), mode, name, {})).toBe(entry);
    expect(traced(worldIn(bits, next), branch, name, {})).toBe("");
  });
  it.each<readonly [Bits, bigint, string, string]>([
    [64, 0x81_2344n, "5260000000000003fffffffe", "51a0000000812344"],
    [64, AMODE | 0x12_3456n, "5260000000000003fffffffe", "51a0000080123456"],
    [31, 0x8001n, "51300000fffffffe", "51b0000000008000"],
    [24, 0x1_0000_8001n, "5130000000fffffe", "52f000000000000100008000"],
    [31, 0x12_3456n, "", "00123456"],
  ])("from the %i-bit mode to %x: what is left; of a traced branch the target", (bits, to, ...told) => {
    const run = (controls: bigint, name: string): string => {
      const cpu = worldIn(bits, BigInt.asUintN(bits === 64 ? 34 : bits, 0x3_ffff_fffen));
      cpu.setGr(6, to);
      return traced(cpu, controls, name, { r1: 5, r2: 6 });
    };
    const [left, target] = told;
    expect([run(mode, "bassm"), run(mode, "bsm"), run(mode | branch, "bsm")]).toEqual([left, left, left]);
    expect(run(mode | branch, "bassm")).toBe(target);
  });
});

const [STACKING, EXTENDED] = [1n << 31n, 1n << 30n];
const entryTo = (bits: 31 | 64, isStacking: boolean): Parameters<typeof writeEntry>[1] => ({
  address: bits === 64 ? 0x7000n : AMODE | 0x7000n, authorizationKeyMask: 0x0100n, number: 0, keyMask: 0n,
  controls: (isStacking ? STACKING : 0n) | (bits === 64 ? EXTENDED : 0n), parameter: 0n,
});
function call(cpu: FakeCpu, controls: bigint, to: 31 | 64, isStacking: boolean): string {
  writeEntry(cpu, entryTo(to, isStacking));
  cpu.setGr(15, PC_NUMBER);
  return traced(cpu, controls, "pc", { b2: 15 });
}

describe("ASN tracing", () => {
  it.each<readonly [Bits, bigint, boolean, string]>([
    [24, 0x2000n, false, "2190210500002000"], [31, 0x2000n, true, "2190210580002001"],
    [64, 0x2000n, false, "229021050000000000002000"], [64, 0x3_0000_2000n, true, "229021050000000300002001"],
  ])("of PC in the %i-bit mode tells key, number, return %x and state %s", (bits, next, ...more) => {
    const [isProblem, entry] = more;
    const cpu = worldIn(bits, next);
    cpu.port.problemState = isProblem;
    expect(call(cpu, asn, bits === 64 ? 64 : 31, false)).toBe(entry);
  });
  it("stands for the change of mode of a PC; without it that is one", () => {
    expect(call(worldIn(31), mode, 64, true)).toBe("5130000080002000");
    expect(call(worldIn(31), mode | asn, 64, true)).toBe("2190210580002000");
    expect(call(worldIn(31), mode, 31, true)).toBe("");
  });
  it.each<readonly [Bits, bigint, Bits, bigint, string]>([
    [31, 0x2000n, 31, 0x4002n, "329000018000200080004002"],
    [24, 0x2000n, 31, 0x4002n, "329000010000200080004002"],
    [31, 0x2000n, 64, 0x4002n, "329200018000200000004002"],
    [31, 0x2000n, 64, 0x3_0000_4002n, "33930001800020000000000300004002"],
    [64, 0x2000n, 31, 0x4002n, "329800010000200080004002"],
    [64, 0x2000n, 64, 0x4002n, "329a00010000200000004002"],
    [64, 0x2000n, 64, 0x3_0000_4002n, "339b0001000020000000000300004002"],
    [64, 0x3_0000_2000n, 24, 0x4002n, "339c0001000000030000200000004002"],
    [64, 0x3_0000_2000n, 64, 0x4002n, "339e0001000000030000200000004002"],
    [64, 0x3_0000_2000n, 64, 0x3_0000_4002n, "349f000100000003000020000000000300004002"],
  ])("of PR to %i-bit %x from %i-bit %x tells both, and their forms", (bits, back, from, left, entry) => {
    const cpu = worldIn(bits, back);
    call(cpu, 0n, 64, true);
    expect(traced(worldIn(from, left, cpu), asn | mode, "pr", {})).toBe(entry);
  });
  it("of PR tells the problem state of the caller", () => {
    const cpu = worldIn(31);
    cpu.port.mask |= PROBLEM;
    call(cpu, 0n, 64, true);
    expect(traced(worldIn(31, 0x4002n, cpu), asn, "pr", {})).toBe("329000018000200180004002");
  });
  it("of PR is for calls only; what BAKR stacked may change the mode", () => {
    const cpu = worldIn(31);
    perform(cpu, "bakr", { r1: 0, r2: 0 });
    worldIn(64, 0x4002n, cpu);
    const before = cpu.cr(15);
    expect(traced(cpu, asn, "pr", {})).toBe("");
    cpu.setCr(15, before);
    expect(traced(cpu, asn | mode, "pr", {})).toBe("5120000000004002");
  });
  it.each<readonly [Bits, bigint, string]>([
    [31, AMODE | 0x9000n, "3190000280009000"], [64, 0x9001n, "3198000200009001"],
    [64, 0x3_0000_9000n, "329c00020000000300009000"],
  ])("of PT in the %i-bit mode with %x tells key, number and R2", (bits, target, entry) => {
    const cpu = worldIn(bits);
    cpu.setGr(5, 0xffff_0000n | BigInt(BASE));
    cpu.setGr(6, target);
    expect(traced(cpu, asn, "pt", { r1: 5, r2: 6 })).toBe(entry);
    expect(cpu.cr(4) & 0xffffn).toBe(BigInt(BASE));
  });
  it("of SSAR tells the number, the primary one's too", () => {
    for (const [number, entry] of [[BASE, "10000002"], [PRIMARY, "10000001"]] as const) {
      const cpu = worldIn(64);
      cpu.setGr(5, BigInt(number));
      expect(traced(cpu, asn | branch, "ssar", { r1: 5 })).toBe(entry);
    }
  });
  it("of BSG tells ALET and target in place of a branch", () => {
    const bsg = (controls: bigint): string => {
      const cpu = worldIn(31, 0x2000n, baseWorld());
      cpu.setGr(6, AMODE | 0x9000n);
      cpu.setAr(6, 0);
      return traced(cpu, controls, "bsg", { r1: 5, r2: 6 });
    };
    expect([bsg(asn), bsg(asn | branch), bsg(branch), bsg(mode)]).toEqual([
      "4100000080009000", "4100000080009000", "80009000", "",
    ]);
    const cpu = worldIn(64);
    cpu.controls[12] = asn;
    expect(subspaceBranch(cpu, 0x0181_0002, 0x9000n, 64)).toEqual([0x4281_0002, 0, 0x9000]);
    expect(subspaceBranch(cpu, 0x0081_0002, 0x9000n, 31)).toEqual([0x4101_0002, 0x8000_9000]);
  });
});

describe("the trace table", () => {
  const state = (cpu: FakeCpu): unknown => structuredClone([
    cpu.registers, cpu.accessRegisters, cpu.controls, cpu.branchedTo, cpu.addressBits, cpu.port.mask,
    cpu.port.key, [...cpu.pages].filter(([, page]) => page.some((byte) => byte !== 0)),
  ]);
  const instructions: readonly (readonly [string, number, (cpu: FakeCpu) => Partial<RawFields>])[] = [
    ["balr", 8, () => ({ r1: 5, r2: 7 })], ["basr", 8, () => ({ r1: 5, r2: 7 })],
    ["bassm", 8, () => ({ r1: 5, r2: 7 })], ["bsm", 8, () => ({ r1: 5, r2: 7 })],
    ["bakr", 8, () => ({ r1: 0, r2: 7 })], ["sam31", 8, () => ({})],
    ["bsa", 8, (cpu) => { cpu.setGr(7, 0n); return { r1: 7, r2: 8 }; }],
    ["ssar", 4, () => ({ r1: 7 })],
    ["pt", 8, (cpu) => { cpu.setGr(8, 1n); return { r1: 8, r2: 7 }; }],
    ["pc", 12, (cpu) => {
      writeEntry(cpu, entryTo(64, true));
      cpu.setGr(15, PC_NUMBER);
      return { b2: 15 };
    }],
    ["pr", 12, (cpu) => { call(cpu, 0n, 64, true); return {}; }],
  ];
  it.each(instructions)("ends before its page: %s (%i bytes) is nullified", (name, bytes, prepare) => {
    const outcomeAt = (at: bigint): readonly [number | undefined, boolean, bigint] => {
      const cpu = worldIn(64);
      cpu.setGr(8, 0x9000n);
      const f = prepare(cpu);
      cpu.controls[12] = at | branch | mode | asn;
      const before = state(cpu);
      const code = perform(cpu, name, f);
      return [code, isDeepStrictEqual(state(cpu), before), cpu.cr(12) - (at | branch | mode | asn)];
    };
    const end = 0xb000n - BigInt(bytes);
    expect(outcomeAt(end)).toEqual([0x16, true, 0n]);
    expect(outcomeAt(0x4000_0000n)).toEqual([5, true, 0n]);
    expect(outcomeAt(end - 4n)).toEqual([undefined, false, BigInt(bytes)]);
  });
});
