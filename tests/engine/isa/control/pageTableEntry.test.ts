/** LOAD PAGE-TABLE-ENTRY ADDRESS on the engine: what each state of the tables answers. */
import { beforeEach, describe, expect, it } from "vitest";
import { Core } from "../../../../src/engine/cpu/core.ts";
import { instructionNamed } from "../../../../src/engine/isa/s390/instructions.ts";
import { bytesOf, encode } from "../../../../src/engine/isa/s390/operands.ts";

const [CODE, REGIONS, SEGMENTS, PAGES] = [0x1_0000, 0x2_0000, 0x3_0000, 0x4_0000];
/** Address with region-third index 1, segment index 2, page index 3. */
const VIRTUAL = (1n << 31n) | (2n << 20n) | (3n << 12n);
const [REGION_ENTRY, SEGMENT_ENTRY, PAGE_ENTRY] = [REGIONS + 8, SEGMENTS + 16, PAGES + 24];
const [INVALID, PROTECTED, LARGE] = [0x20n, 0x200n, 0x400n];
/** Region-third tables, whole. */
const ELEMENT = BigInt(REGIONS) | 7n;
const EDAT = 0x80_0000n;

let core: Core;
let code: number;
beforeEach(() => {
  core = new Core(0x10_0000, 1);
  code = 0;
  core.onProgram = (met) => (code ||= met);
  core.ram.setU64(REGION_ENTRY, BigInt(SEGMENTS) | 7n, "debugger");
  core.ram.setU64(SEGMENT_ENTRY, BigInt(PAGES), "debugger");
  core.ram.setU64(PAGE_ENTRY, 0x5_0000n, "debugger");
  core.cpu.setCr(0, EDAT);
  core.cpu.setCr(1, ELEMENT);
});

function lptea(m4: number, virtual = VIRTUAL, mask = 0x1_8000_0000n): readonly [cc: number, value: string] {
  const instruction = instructionNamed("lptea")!;
  core.ram.write(CODE, bytesOf(encode(instruction, { r1: 2, r2: 4, r3: 6, m4 }), 4), "debugger");
  core.setPsw(mask | (3n << 44n), BigInt(CODE));
  core.vcpu.state = "operating";
  core.cpu.setGr(2, ~0n & 0xffff_ffff_ffff_ffffn);
  core.cpu.setGr(4, virtual);
  core.run(1);
  return [core.conditionCode(), core.cpu.gr(2).toString(16)];
}
const hex = (value: number): string => value.toString(16);

describe("LPTEA", () => {
  it("finds the page-table entry, valid or not, and tells protection by the tables above", () => {
    expect(lptea(0)).toEqual([0, hex(PAGE_ENTRY)]);
    core.ram.setU64(PAGE_ENTRY, 0x5_0e00n, "debugger");
    expect(lptea(0)).toEqual([0, hex(PAGE_ENTRY)]);
    core.ram.setU64(SEGMENT_ENTRY, BigInt(PAGES) | PROTECTED, "debugger");
    expect(lptea(0)).toEqual([1, hex(PAGE_ENTRY)]);
    core.ram.setU64(SEGMENT_ENTRY, BigInt(PAGES), "debugger");
    core.ram.setU64(REGION_ENTRY, BigInt(SEGMENTS) | 7n | PROTECTED, "debugger");
    expect(lptea(0)).toEqual([1, hex(PAGE_ENTRY)]);
    core.cpu.setCr(0, 0n);
    expect(lptea(0)).toEqual([0, hex(PAGE_ENTRY)]);
  });
  it("answers the entry that is not valid, with its level, or that maps a large page", () => {
    core.ram.setU64(SEGMENT_ENTRY, INVALID, "debugger");
    expect(lptea(0)).toEqual([2, hex(SEGMENT_ENTRY)]);
    core.ram.setU64(SEGMENT_ENTRY, LARGE, "debugger");
    expect(lptea(0)).toEqual([2, hex(SEGMENT_ENTRY)]);
    core.ram.setU64(SEGMENT_ENTRY, LARGE | PROTECTED, "debugger");
    expect(lptea(0)).toEqual([2, hex(SEGMENT_ENTRY + 4)]);
    core.ram.setU64(REGION_ENTRY, INVALID, "debugger");
    expect(lptea(0)).toEqual([2, hex(REGION_ENTRY + 1)]);
  });
  it("answers the exception where no entry is at fault", () => {
    expect(lptea(0, 1n << 42n)).toEqual([3, "38"]);
    core.cpu.setCr(1, BigInt(REGIONS) | 4n);
    expect(lptea(0, 1n << 41n)).toEqual([3, "3b"]);
    core.ram.setU64(REGION_ENTRY, BigInt(SEGMENTS) | 4n, "debugger");
    expect(lptea(0, VIRTUAL | (0x400n << 20n))).toEqual([3, "10"]);
  });
  it("takes the space from M4: primary, by ALET, secondary, home, or the PSW's", () => {
    core.cpu.setCr(1, 0n);
    for (const [m4, register] of [[2, 7], [3, 13]] as const) {
      core.cpu.setCr(register, ELEMENT);
      expect(lptea(m4), `M4 ${m4}`).toEqual([0, hex(PAGE_ENTRY)]);
    }
    core.cpu.setAr(4, 1);
    expect(lptea(1)).toEqual([0, hex(PAGE_ENTRY)]);
    // DAT is off and the address-space control says home.
    expect(lptea(4, VIRTUAL, 0x1_8000_0000n | (3n << 46n))).toEqual([0, hex(PAGE_ENTRY)]);
    core.cpu.setAr(4, 1 << 25);
    expect(lptea(1)).toEqual([3, "28"]);
  });
  it("is refused in the problem state, for a real space, a wrong M4 and a table outside storage", () => {
    const outcome = (...args: Parameters<typeof lptea>): number => {
      code = 0;
      lptea(...args);
      return code;
    };
    expect(outcome(0, VIRTUAL, 0x1_0001_8000_0000n | (1n << 48n))).toBe(2);
    expect(outcome(5)).toBe(6);
    core.cpu.setCr(1, ELEMENT | 0x20n);
    expect(outcome(0)).toBe(0x13);
    core.cpu.setCr(1, 0x20_0000n | 7n);
    expect(outcome(0)).toBe(5);
    core.cpu.setCr(1, ELEMENT);
    core.ram.setU64(SEGMENT_ENTRY, BigInt(PAGES) | 4n, "debugger");
    expect(outcome(0)).toBe(0x12);
  });
});
