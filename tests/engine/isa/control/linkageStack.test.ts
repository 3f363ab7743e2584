/** The linkage stack: what BAKR saves, the extracting instructions and PR give back, across sections too. */
import { beforeEach, describe, expect, it } from "vitest";
import { freshCpu, perform } from "./controlKit.ts";
import type { FakeCpu } from "./fakeCpu.ts";

const FIRST = 0x2_0000n;
const SECOND = 0x3_0008n;
const ENTRY = 296n;
let cpu: FakeCpu;

/** A section: header descriptor at `header` with room for `entries`, then a trailer that leads to `next`. */
function section(header: bigint, id: number, entries: bigint, next: bigint | undefined): void {
  const free = entries * ENTRY;
  cpu.store(header - 8n, 8, 0n, 0);
  cpu.store(header, 8, (1n << 56n) | (BigInt(id) << 48n) | (free << 16n), 0);
  cpu.store(header + 8n + free, 8, next === undefined ? 0n : next | 1n, 0);
  cpu.store(header + 16n + free, 8, 2n << 56n, 0);
}

beforeEach(() => {
  cpu = freshCpu();
  section(FIRST, 1, 2n, SECOND);
  section(SECOND, 2, 2n, undefined);
  cpu.controls[15] = FIRST;
  cpu.accessRegisters = cpu.accessRegisters.map((_, n) => 0x100 + n);
});

const bakr = (r1: number, r2: number): number | undefined => perform(cpu, "bakr", { r1, r2 });

describe("linkage stack", () => {
  it("PR undoes BAKR, entry by entry, over both sections, and then finds the stack empty", () => {
    const pictures: { registers: bigint[]; accessRegisters: number[]; back: bigint; current: bigint }[] = [];
    for (let depth = 0; depth < 4; depth++) {
      cpu.setGr(5, 0x4000n + BigInt(depth * 16) + 1n);
      cpu.setGr(6, 0x9000n);
      pictures.push({
        registers: [...cpu.registers], accessRegisters: [...cpu.accessRegisters],
        back: cpu.gr(5) & ~1n, current: cpu.cr(15),
      });
      expect(bakr(5, 6)).toBeUndefined();
      expect(cpu.branchedTo).toBe(0x9000n);
      cpu.registers = cpu.registers.map((value) => value ^ 0xffffn);
      cpu.accessRegisters = cpu.accessRegisters.map((value) => value + 1);
    }
    expect(bakr(5, 6)).toBe(0x30);
    for (const { registers, accessRegisters, back } of pictures.toReversed()) {
      const [outer, outerAccess] = [[...cpu.registers], [...cpu.accessRegisters]];
      expect(perform(cpu, "pr", {})).toBeUndefined();
      expect(cpu.port.calls.at(-1)).toEqual(["loadPsw", cpu.port.mask, back]);
      const inside = (n: number): boolean => n >= 2 && n <= 14;
      expect(cpu.registers).toEqual(registers.map((value, n) => (inside(n) ? value : outer[n]!)));
      const access = accessRegisters.map((value, n) => (inside(n) ? value : outerAccess[n]!));
      expect(cpu.accessRegisters).toEqual(access);
    }
    expect(cpu.cr(15)).toBe(FIRST);
    expect(perform(cpu, "pr", {})).toBe(0x31);
  });

  it("EREG and EREGG read without unstacking, MSTA and ESTA share the modifiable area", () => {
    const saved = [...cpu.registers];
    bakr(0, 0);
    const place = cpu.cr(15);
    cpu.registers = cpu.registers.map(() => 0xaaaa_aaaa_bbbb_bbbbn);
    perform(cpu, "ereg", { r1: 14, r2: 1 });
    perform(cpu, "eregg", { r1: 4, r2: 5 });
    expect(cpu.gr(15)).toBe((0xaaaa_aaaan << 32n) | (saved[15]! & 0xffff_ffffn));
    expect([cpu.gr(0) & 0xffff_ffffn, cpu.gr(4), cpu.gr(5)]).toEqual([
      saved[0]! & 0xffff_ffffn, saved[4], saved[5],
    ]);
    expect(cpu.gr(2)).toBe(0xaaaa_aaaa_bbbb_bbbbn);
    cpu.setGr(8, 1n);
    cpu.setGr(9, 2n);
    perform(cpu, "msta", { r1: 8 });
    cpu.setGr(3, 3n);
    expect([
      perform(cpu, "esta", { r1: 6, r2: 3 }), cpu.cc, cpu.grLow(6), cpu.grLow(7),
    ]).toEqual([undefined, 0, 1, 2]);
    cpu.setGr(3, 4n);
    perform(cpu, "esta", { r1: 6, r2: 3 });
    expect([cpu.gr(6), cpu.gr(7)]).toEqual([cpu.port.mask, 0x2000n]);
    cpu.setGr(3, 5n);
    expect(perform(cpu, "esta", { r1: 6, r2: 3 })).toBe(6);
    expect(cpu.cr(15)).toBe(place);
  });

  it("wants translation on, and the primary space or access registers to stack", () => {
    for (const space of [0, 1, 2, 3]) {
      cpu.port.addressSpace = space;
      expect(bakr(0, 0) === undefined, `${space}`).toBe(space < 2);
    }
    cpu.port.datOn = false;
    cpu.port.addressSpace = 0;
    expect(bakr(0, 0)).toBe(0x13);
    expect(perform(cpu, "ereg", { r1: 0, r2: 0 })).toBe(0x13);
  });
});
