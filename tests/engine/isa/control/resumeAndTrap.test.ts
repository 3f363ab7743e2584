/** RESUME PROGRAM, TRAP2 and TRAP4 (Principles of Operation, chapter 10). */
import { beforeEach, describe, expect, it } from "vitest";
import { perform } from "./controlKit.ts";
import type { FakeCpu } from "./fakeCpu.ts";
import { SPACE_SWITCH_EVENT, UNIT_CONTROL, linkageWorld } from "./linkageWorld.ts";

/** The next instruction, and so the parameter list; the second operand; control block and save area. */
const [LIST, OPERAND, BLOCK, AREA] = [0x2000n, 0x9000n, 0x6000n, 0x7000n];
const MODE_64 = 0x1_8000_0000n;
/** Primary space, condition code 2, program mask 9. */
const RESTORED = 0x2900_0000_0000n;

let cpu: FakeCpu;
beforeEach(() => {
  cpu = linkageWorld();
  cpu.setGr(6, OPERAND);
});
const state = (): unknown[] => [cpu.registers, cpu.accessRegisters, cpu.controls, cpu.port.mask];
const loaded = (): unknown => cpu.port.calls.find(([name]) => name === "loadPsw");

describe("RESUME PROGRAM", () => {
  /** Flags, then PSW at 0x10, access register at 0x40, general register at 0x50, its left half at 0x60. */
  const prepare = (flags: number, mask: bigint, address: bigint): void => {
    const list = [flags, 0x10, 0x40, 0x50, 0x60];
    list.forEach((value, i) => cpu.store(LIST + BigInt(2 * i), 2, BigInt(value), 0));
    cpu.store(OPERAND + 0x10n, 8, mask, 0);
    if (flags & 4) cpu.store(OPERAND + 0x18n, 8, address, 0);
    cpu.store(OPERAND + 0x40n, 4, 0x77n, 0);
    cpu.store(OPERAND + 0x50n, 8, 0x1111_2222_3333_4444n, 0);
    cpu.store(OPERAND + 0x60n, 4, 0x5555_6666n, 0);
  };
  const rp = (): number | undefined => perform(cpu, "rp", { b2: 6, d2: 0 });

  it("restores space, codes, mode and address of the PSW and nothing else of it", () => {
    prepare(4, (0xffff_ffff_ffff_ffffn & ~(0xffn << 40n)) | RESTORED, 0x1234_5678_9abc_def0n);
    const { mask } = cpu.port;
    expect(rp()).toBeUndefined();
    const kept = mask & ~((0xffn << 40n) | MODE_64);
    expect(loaded()).toEqual(["loadPsw", kept | RESTORED | MODE_64, 0x1234_5678_9abc_def0n]);
    expect(cpu.ar(6)).toBe(0x77);
  });
  it("takes a short PSW's address from its last 31 bits", () => {
    prepare(0, RESTORED | 0x8012_3456n, 0n);
    expect(rp()).toBeUndefined();
    const kept = cpu.port.mask & ~((0xffn << 40n) | MODE_64);
    expect(loaded()).toEqual(["loadPsw", kept | RESTORED | 0x8000_0000n, 0x12_3456n]);
  });
  it.each([
    [0, 0x1111_2222n], [1, 0x1111_2222n], [2, 0x1111_2222_3333_4444n], [3, 0x5555_6666_1111_2222n],
  ])("flags %i tell how much of the general register is restored, and from where", (flags, value) => {
    prepare(flags | 4, MODE_64, 0x100n);
    expect(rp()).toBeUndefined();
    expect(cpu.gr(6)).toBe(value);
  });
  const refusals: readonly (readonly [string, number, () => void])[] = [
    ["no reserved flags", 6, () => prepare(8, MODE_64, 0x100n)],
    ["an even address", 6, () => prepare(4, MODE_64, 0x101n)],
    ["an address within 31 bits", 6, () => prepare(4, 0x8000_0000n, 1n << 31n)],
    ["an address within 24 bits", 6, () => prepare(4, 0n, 1n << 24n)],
    ["an addressing mode that exists", 6, () => prepare(4, 0x1_0000_0000n, 0x100n)],
    ["authority for the home space", 2, () => {
      prepare(4, MODE_64 | (3n << 46n), 0x100n);
      cpu.port.problemState = true;
    }],
  ];
  it.each(refusals)("wants %s (exception %i) or changes nothing", (_, code, breaks) => {
    breaks();
    const before = structuredClone(state());
    expect(rp()).toBe(code);
    expect([loaded(), state()]).toEqual([undefined, before]);
  });
  it("a way into the home space or out of it is a space-switch event where one is asked for", () => {
    prepare(4, MODE_64 | (3n << 46n), 0x100n);
    cpu.setCr(13, 0n);
    expect(rp()).toBeUndefined();
    cpu.setCr(1, cpu.cr(1) | SPACE_SWITCH_EVENT);
    cpu.setGr(6, OPERAND);
    expect(rp()).toBe(0x1c);
    cpu.port.addressSpace = 3;
    cpu.setGr(6, OPERAND);
    expect(rp()).toBeUndefined();
  });
});

describe("TRAP2 and TRAP4", () => {
  const prepare = (flags: number): void => {
    cpu.store(UNIT_CONTROL + 44n, 4, BLOCK | 1n, 0);
    cpu.store(BLOCK, 4, BigInt(flags), 0);
    cpu.store(BLOCK + 12n, 4, AREA | 0x8000_0007n, 0);
    cpu.store(BLOCK + 20n, 4, 0x8000_0000n | 0x4444n, 0);
  };
  const WHOLE = 0x6_0000;
  const word = (at: bigint): bigint => cpu.load(AREA + at, 4, 0);

  it("saves the state and goes to the trap program in 31-bit primary-space mode", () => {
    prepare(WHOLE);
    cpu.port.addressSpace = 1;
    cpu.port.mask |= 1n << 46n;
    const registers = [...cpu.registers];
    expect(perform(cpu, "trap4", { b2: 6, d2: 8 })).toBeUndefined();
    expect([0n, 4n, 8n, 12n].map(word)).toEqual([0x4004_0000n, 0n, OPERAND + 8n, 0x10fn]);
    expect([cpu.load(AREA + 16n, 8, 0), cpu.load(AREA + 24n, 8, 0)]).toEqual([cpu.port.mask, LIST]);
    expect(registers.map((_, n) => cpu.load(AREA + 32n + BigInt(8 * n), 8, 0))).toEqual(registers);
    const mask = (cpu.port.mask & ~(MODE_64 | (3n << 46n))) | 0x8000_0000n;
    expect(loaded()).toEqual(["loadPsw", mask, 0x4444n]);
    expect(cpu.gr(15)).toBe(BLOCK);
  });
  it("saves a short PSW and the right halves of the registers outside of 64-bit mode", () => {
    prepare(0);
    cpu.addressBits = 31;
    cpu.port.mask = 0x0705_2900_8000_0000n;
    const registers = [...cpu.registers];
    expect(perform(cpu, "trap2", {})).toBeUndefined();
    expect([0n, 8n].map(word)).toEqual([0x2_0000n, 0n]);
    expect([cpu.load(AREA + 16n, 8, 0), cpu.load(AREA + 24n, 8, 0)]).toEqual([0x070d_2900_8000_2000n, 0n]);
    const halves = registers.map((_, n) => word(32n + BigInt(4 * n)));
    expect(halves).toEqual(registers.map((value) => value & 0xffff_ffffn));
    expect(cpu.gr(15)).toBe((registers[15]! & ~0xffff_ffffn) | BLOCK);
  });
  const refusals: readonly (readonly [string, () => void])[] = [
    ["translation", () => (cpu.port.datOn = false)],
    ["the primary space or access registers", () => (cpu.port.addressSpace = 2)],
    ["another space than home", () => (cpu.port.addressSpace = 3)],
    ["traps that are enabled", () => cpu.store(UNIT_CONTROL + 44n, 4, BLOCK, 0)],
    ["room for a 64-bit PSW", () => cpu.store(BLOCK, 4, 0x2_0000n, 0)],
  ];
  it.each(refusals)("wants %s or is a special-operation exception that changes nothing", (_, breaks) => {
    prepare(WHOLE);
    breaks();
    const before = structuredClone(state());
    expect([perform(cpu, "trap2", {}), perform(cpu, "trap4", { b2: 6 })]).toEqual([0x13, 0x13]);
    expect([loaded(), state(), word(16n)]).toEqual([undefined, before, 0n]);
  });
});
