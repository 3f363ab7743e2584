/**
 * PROGRAM CALL for every control of an entry, its exceptions in their order, PROGRAM RETURN as its inverse
 * (Principles of Operation, chapter 10, "PROGRAM CALL" with figure "Priority of Execution").
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { perform } from "./controlKit.ts";
import type { FakeCpu } from "./fakeCpu.ts";
import {
  BASE, DESIGNATION, ENTRY, INVALID, LINKAGE_ENTRY, PC_NUMBER, PRIMARY, SPACE_SWITCH_EVENT, asteOf, elementOf,
  indexOf, linkageWorld, sequenceOf, writeEntry, type EntryFields,
} from "./linkageWorld.ts";

const call = (cpu: FakeCpu, number = PC_NUMBER): number | undefined => {
  cpu.registers[15] = number;
  return perform(cpu, "pc", { b2: 15 });
};
const [STACKING, EXTENDED] = [1n << 31n, 1n << 30n];
const Bit = {
  key: 1n << 28n, keyMask: 1n << 27n, index: 1n << 26n, registers: 1n << 25n, secondary: 1n << 24n,
} as const;
const NEXT = 0x2000n;
const plain: EntryFields = {
  address: 0x12_3456_7890n, authorizationKeyMask: 0x0100n, number: 0, keyMask: 0x8001n, controls: EXTENDED,
  parameter: 0x1111_2222_3333_4444n,
};

interface Picture {
  readonly registers: readonly bigint[];
  readonly access: readonly number[];
  readonly controls: readonly bigint[];
  readonly psw: readonly unknown[];
}
/** PSWs that were loaded. */
const loaded = (cpu: FakeCpu): readonly unknown[][] => cpu.port.calls.filter(([name]) => name === "loadPsw");
const picture = (cpu: FakeCpu): Picture => ({
  registers: [...cpu.registers], access: [...cpu.accessRegisters], controls: [...cpu.controls],
  psw: loaded(cpu).at(-1) ?? [],
});

/** Field of a register: bits first to last, counted from the left. */
const bits = (value: bigint, first: number, last: number): bigint =>
  (value >> BigInt(63 - last)) & ((1n << BigInt(last - first + 1)) - 1n);

describe("basic PROGRAM CALL", () => {
  it("links in GR14 and GR3, gives parameter and key mask, and makes the space the secondary one", () => {
    const cpu = linkageWorld();
    cpu.port.problemState = true;
    writeEntry(cpu, { ...plain, address: plain.address | 1n });
    const before = picture(cpu);
    expect(call(cpu)).toBeUndefined();
    expect(cpu.gr(14)).toBe(NEXT | 1n);
    expect([bits(cpu.gr(3), 0, 31), bits(cpu.gr(3), 32, 63)]).toEqual([
      bits(before.registers[3]!, 0, 31), (0x0f0fn << 16n) | BigInt(PRIMARY),
    ]);
    expect(cpu.gr(4)).toBe(plain.parameter);
    expect([bits(cpu.cr(3), 32, 47), bits(cpu.cr(3), 48, 63)]).toEqual([0x8f0fn, BigInt(PRIMARY)]);
    expect([cpu.cr(1), cpu.cr(4), cpu.cr(5), cpu.cr(7), cpu.cr(15)]).toEqual([
      before.controls[1], before.controls[4], before.controls[5], before.controls[1], before.controls[15],
    ]);
    expect(cpu.port.calls.at(-1)).toEqual(["loadPsw", cpu.port.mask | (1n << 48n), plain.address]);
  });

  it.each([24, 31] as const)("in the %i-bit mode changes low halves and goes to 31 or 24 bits", (mode) => {
    const cpu = linkageWorld();
    cpu.addressBits = mode;
    cpu.port.mask = (0x0705n << 48n) | (mode === 31 ? 0x8000_0000n : 0n);
    const toMode = mode === 31 ? 0n : 0x8000_0000n;
    const address = mode === 31 ? 0xab_cdeen : 0x12ab_cdeen;
    writeEntry(cpu, { ...plain, controls: 0n, address: toMode | address });
    const high = [3, 4, 14].map((n) => cpu.gr(n) >> 32n);
    expect(call(cpu)).toBeUndefined();
    expect([3, 4, 14].map((n) => cpu.gr(n) >> 32n)).toEqual(high);
    expect(cpu.grLow(14)).toBe(mode === 31 ? 0x8000_2000 : 0x2000);
    expect(cpu.grLow(4)).toBe(0x3333_4444);
    expect(cpu.port.calls.at(-1)).toEqual(["loadPsw", 0x0704_0000_0000_0000n | toMode, address]);
  });
});

describe("stacking PROGRAM CALL", () => {
  it("does what each control of the entry says, and PROGRAM RETURN undoes all of it, for 600 entries", () => {
    const random = new Prng(21);
    for (let turn = 0; turn < 600; turn++) {
      const cpu = linkageWorld();
      const controls = STACKING | BigInt(random.u32() & 0x5fff_ffff);
      const has = (bit: bigint): boolean => (controls & bit) !== 0n;
      const number = random.below(3);
      const entry = {
        ...plain, controls, number, address: random.u64() & (has(EXTENDED) ? ~0n : ~(0x7fn << 24n)),
        keyMask: BigInt(random.below(0x1_0000)),
      };
      writeEntry(cpu, entry);
      cpu.port.addressSpace = random.below(2);
      const before = picture(cpu);
      const mask = cpu.port.mask;
      expect(call(cpu), `${turn}`).toBeUndefined();
      const isSwitch = number !== 0;
      // The second opinion, field by field.
      const low = has(EXTENDED) ? 0 : 32;
      expect(bits(cpu.gr(4), low, 63)).toBe(bits(entry.parameter, low, 63));
      if (low) expect(bits(cpu.gr(4), 0, 31)).toBe(bits(before.registers[4]!, 0, 31));
      expect(cpu.registers.filter((_, n) => n !== 4 && n !== 15)).toEqual(
        before.registers.filter((_, n) => n !== 4 && n !== 15),
      );
      expect(bits(cpu.cr(3), 32, 47)).toBe(has(Bit.keyMask) ? entry.keyMask : entry.keyMask | 0x0f0fn);
      const oldIndex = bits(before.controls[8]!, 32, 47);
      expect(bits(cpu.cr(8), 32, 47)).toBe(has(Bit.index) ? controls & 0xffffn : oldIndex);
      expect(bits(cpu.cr(4), 48, 63)).toBe(BigInt(isSwitch ? number : PRIMARY));
      expect(bits(cpu.cr(4), 32, 47)).toBe(isSwitch ? indexOf(number) : indexOf(PRIMARY));
      expect([cpu.cr(1), bits(cpu.cr(5), 32, 63)]).toEqual(
        isSwitch ? [elementOf(number), asteOf(number)] : [elementOf(PRIMARY), asteOf(PRIMARY)],
      );
      const second = isSwitch && has(Bit.secondary) ? number : PRIMARY;
      expect([bits(cpu.cr(3), 48, 63), cpu.cr(7)]).toEqual([BigInt(second), elementOf(second)]);
      const [, newMask, newAddress] = cpu.port.calls.at(-1) as [string, bigint, bigint];
      expect(bits(newMask, 8, 11)).toBe(has(Bit.key) ? bits(controls, 40, 43) : 0n);
      expect(bits(newMask, 15, 17)).toBe(((entry.address & 1n) << 2n) | (has(Bit.registers) ? 1n : 0n));
      const basic = has(EXTENDED) || (entry.address & 0x8000_0000n) !== 0n;
      expect(bits(newMask, 31, 32)).toBe((has(EXTENDED) ? 2n : 0n) | (basic ? 1n : 0n));
      expect(newAddress).toBe(entry.address & (has(EXTENDED) ? ~1n : 0x7fff_fffen));
      const at = cpu.cr(15) - 288n;
      const called = isSwitch ? (BigInt(number) << 16n) | (sequenceOf(number) & 0xffffn) : 0n;
      expect(cpu.load(at + 144n, 4, 0)).toBe(called);
      expect(cpu.load(at + 148n, 4, 0)).toBe(PC_NUMBER | (has(EXTENDED) ? 1n << 31n : 0n));
      expect(cpu.load(at + 288n, 1, 0)).toBe(5n);

      cpu.registers = cpu.registers.map((value) => value ^ 0xffffn);
      cpu.port.addressSpace = 0;
      expect(perform(cpu, "pr", {}), `${turn}`).toBeUndefined();
      const after = picture(cpu);
      expect(after.controls).toEqual(before.controls);
      expect(after.registers.slice(2, 15)).toEqual(before.registers.slice(2, 15));
      expect(after.access).toEqual(before.access);
      expect(after.psw).toEqual(["loadPsw", mask, NEXT]);
    }
  });

  it("tells a space switch if either space asks for it, after everything else", () => {
    for (const [from, to] of [[0n, 0n], [SPACE_SWITCH_EVENT, 0n], [0n, SPACE_SWITCH_EVENT]] as const) {
      const cpu = linkageWorld();
      writeEntry(cpu, { ...plain, controls: STACKING | EXTENDED, number: BASE });
      cpu.controls[1] = elementOf(PRIMARY) | from;
      cpu.store(asteOf(BASE) + 8n, 8, elementOf(BASE) | to, 0);
      expect(call(cpu)).toBe(from | to ? 0x1c : undefined);
      expect([cpu.cr(1), loaded(cpu).length]).toEqual([elementOf(BASE) | to, 1]);
      // Back again: the primary space's own entry does not ask, CR1 of the called one may.
      expect(perform(cpu, "pr", {})).toBe(to ? 0x1c : undefined);
      expect(cpu.cr(1)).toBe(elementOf(PRIMARY));
    }
  });
});

type Lack = readonly [what: string, code: number, breaks: (cpu: FakeCpu) => void];

describe("exceptions of PROGRAM CALL", () => {
  /** In order of priority; each breaks the world in a way that leaves the others possible. */
  const order: readonly Lack[] = [
    ["secondary-space mode", 0x13, (cpu) => (cpu.port.addressSpace = 2)],
    ["subsystem linkage", 0x13, (cpu) => cpu.store(asteOf(PRIMARY) + 24n, 4, DESIGNATION & 0x7fff_ffffn, 0)],
    ["linkage index", 0x22, (cpu) => cpu.store(asteOf(PRIMARY) + 24n, 4, DESIGNATION - 1n, 0)],
    ["linkage-table entry", 0x22, (cpu) => cpu.store(LINKAGE_ENTRY, 1, 0x80n, 0)],
    ["entry index", 0x23, (cpu) => cpu.store(LINKAGE_ENTRY + 3n, 1, 0n, 0)],
    ["24-bit address", 0x1f, (cpu) => cpu.store(ENTRY, 8, 0x0100_0000n, 0)],
    ["access registers", 0x13, (cpu) => {
      cpu.port.addressSpace = 1;
      cpu.store(ENTRY + 16n, 1, cpu.load(ENTRY + 16n, 1, 0) & 0x7fn, 0);
    }],
    ["authorization key mask", 2, (cpu) => {
      cpu.port.problemState = true;
      cpu.store(ENTRY + 8n, 2, 0xf0f0n, 0);
    }],
    ["ASN-translation control", 0x13, (cpu) => (cpu.controls[14] = 0n)],
    ["second-table entry", 0x21, (cpu) => cpu.store(ENTRY + 20n, 4, asteOf(INVALID), 0)],
    ["stack", 0x30, (cpu) => cpu.store(cpu.cr(15) + 4n, 2, 0n, 0)],
  ];

  it("come in the order of the figure, change nothing, and tell the number", () => {
    for (let first = 0; first < order.length; first++) {
      for (let second = first; second < order.length; second++) {
        const cpu = linkageWorld();
        writeEntry(cpu, { ...plain, address: 0x1000n, controls: STACKING, number: BASE });
        const [what, code, breaks] = order[first]!;
        if (first === 1 && second === 2) continue;
        order[second]![2](cpu);
        breaks(cpu);
        const before = picture(cpu);
        expect(call(cpu), `${what} before ${order[second]![0]}`).toBe(code);
        cpu.registers[15] = before.registers[15]!;
        expect(picture(cpu)).toEqual(before);
      }
    }
  });

  it.each([[0n, 64, 0n], [EXTENDED, 31, 0x8000_0000n]] as const)(
    "a basic call neither enters nor leaves the 64-bit mode (entry %i, mode %i)", (controls, mode, basic) => {
      const cpu = linkageWorld();
      cpu.addressBits = mode;
      writeEntry(cpu, { ...plain, controls, address: basic | 0x1000n });
      expect(call(cpu)).toBe(0x13);
    },
  );
});

describe("PROGRAM RETURN of a call", () => {
  const returning = (breaks: (cpu: FakeCpu) => void): readonly [number | undefined, FakeCpu] => {
    const cpu = linkageWorld();
    writeEntry(cpu, { ...plain, controls: STACKING | EXTENDED, number: BASE });
    call(cpu);
    breaks(cpu);
    return [perform(cpu, "pr", {}), cpu];
  };
  it.each([
    ["the ASN-translation control", 0x13, (cpu) => (cpu.controls[14] = 0n)],
    ["the caller's space", 0x21, (cpu) => cpu.store(asteOf(PRIMARY), 1, 0x80n, 0)],
    ["the first table", 0x20, (cpu) => cpu.store(0x2_0000n, 1, 0x80n, 0)],
    ["the secondary space", 0x21, (cpu) => cpu.store(asteOf(BASE), 1, 0x80n, 0)],
    ["secondary authority", 0x25, (cpu) => cpu.storeBytes(0x2_2000n, new Uint8Array(64), 0)],
  ] as readonly Lack[])("wants %s, and changes nothing without", (_what, code, breaks) => {
    const [told, cpu] = returning(breaks);
    const stack = cpu.cr(15);
    expect([told, cpu.cr(1), cpu.load(stack - 296n + 6n, 2, 0)]).toEqual([code, elementOf(BASE), 296n]);
    expect(loaded(cpu).length).toBe(1);
  });
});
