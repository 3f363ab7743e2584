/**
 * What the differential test cannot see: overflow interruptions, modes, traps, storage that cannot be
 * reached, forms the peer lacks.
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { fieldSpec } from "../../../../src/engine/isa/s390/operands.ts";
import { OneInstruction, RAM, codeAddress } from "./oneInstruction.ts";
import { edgeValue } from "./randomCase.ts";
import { general } from "./tables.ts";

const machine = new OneInstruction();
const M32 = 0xffffffffn;
const MIN64 = 1n << 63n;

describe("fixed-point overflow", () => {
  /**
   * Instructions that can overflow, with fields that make r1 the result and r2, r3 or storage at r9 the
   * operand.
   */
  const names = (
    "ar a ay agr ag ah ahy ahi aghi afi agfi ark agrk ahik aghik asi agsi sr s sy sgr sg sh shy srk " +
    "sgrk lcr lcgr lpr lpgr sla slak slag slda msrkc msgrkc msc msgc ahhhr ahhlr aih shhhr shhlr " +
    "laa laag agh sgh"
  ).split(" ");
  const fixed = { r1: 2, r2: 4, r3: 6, b1: 9, b2: 9, d1: 0, d2: 0, x2: 0 };
  it.each(names)("%s: interrupts with the same result and code 3 if and only if the mask is on", (name) => {
    const instruction = general.find((i) => i.mnemonic === name)!;
    const prng = new Prng(7);
    const fields = Object.fromEntries(
      instruction.format.fields.map((f) => [f.name, fixed[f.name as keyof typeof fixed] ?? 0]),
    );
    if (fieldSpec(instruction, "d2") && /^sl/.test(name)) Object.assign(fields, { b2: 0, d2: 3 });
    let overflows = 0;
    for (let turn = 0; turn < 60; turn++) {
      if (fieldSpec(instruction, "i2")) fields["i2"] = prng.pick([1, -1, 127, -128]);
      const extreme = (): bigint =>
        prng.pick([MIN64, MIN64 - 1n, 0x7fffffff7fffffffn, 0x8000000080000000n, edgeValue(prng)]);
      const registers = { 2: extreme(), 3: extreme(), 4: extreme(), 6: extreme(), 9: 0x8000n };
      const operand = new Uint8Array(8).map(() => prng.pick([0x80, 0xff, 0x7f, 0]));
      machine.store(0x8000, operand);
      const off = machine.run(name, fields, { registers });
      const stored = machine.read(0x8000, 8);
      machine.store(0x8000, operand);
      const on = machine.run(name, fields, { registers, programMask: 8 });
      expect(off.interruption).toBe(0);
      expect(on.interruption).toBe(off.cc === 3 ? 8 : 0);
      expect(on.cc).toBe(off.cc);
      expect(on.address).toBe(off.address);
      expect(on.registers).toEqual(off.registers);
      expect(machine.read(0x8000, 8)).toEqual(stored);
      if (off.cc === 3) overflows++;
    }
    if (!/^a(g?)hi|^a(g?)fi|hik$|si$|^[as]h|gh$|^aih/.test(name)) expect(overflows).toBeGreaterThan(0);
  });
});

describe("rotate then … selected bits, test-only form", () => {
  it.each(["rnsbg", "rosbg", "rxsbg"])(
    "%s sets the code of the real form and leaves the register",
    (name) => {
      const prng = new Prng(3);
      for (let turn = 0; turn < 100; turn++) {
        const fields = { r1: 1, r2: 2, i3: prng.below(64), i4: prng.below(64), i5: prng.below(64) };
        const registers = { 1: edgeValue(prng), 2: edgeValue(prng) };
        const test = machine.run(name, { ...fields, i3: fields.i3 | 0x80 }, { registers });
        expect(test.cc).toBe(machine.run(name, fields, { registers }).cc);
        expect(test.registers[1]).toBe(registers[1]);
      }
    },
  );
});

describe("traps", () => {
  it("COMPARE AND TRAP is a data exception that completes, with the mask's outcome only", () => {
    for (const [a, b, bit] of [[1n, 1n, 8], [0n, 1n, 4], [2n, 1n, 2]] as const) {
      for (let m3 = 0; m3 < 16; m3 += 2) {
        const after = machine.run("cgrt", { r1: 1, r2: 2, m3 }, { registers: { 1: a, 2: b } });
        expect(after.interruption).toBe(m3 & bit ? 7 : 0);
        expect(after.address).toBe(codeAddress + 4n);
      }
    }
  });
  it.each(["lat", "lgat", "llgfat", "llgtat", "lfhat"])("%s loads, and traps on zero", (name) => {
    for (const word of [0, 1]) {
      machine.store(0x8000, Uint8Array.of(0, 0, 0, word, 0, 0, 0, word));
      const after = machine.run(
        name,
        { r1: 1, b2: 2 },
        { registers: { 1: -1n & ((1n << 64n) - 1n), 2: 0x8000n } },
      );
      expect(after.interruption).toBe(word ? 0 : 7);
      const loaded = after.registers[1]! >> (name === "lfhat" ? 32n : 0n);
      expect(loaded & M32).toBe(BigInt(word));
    }
  });
});

describe("what cannot be reached", () => {
  const storing = ["mvc", "mvn", "mvz", "nc", "oc", "xc", "tr", "mvcin", "clc"];
  it.each(storing)("%s ends with an addressing exception and changes nothing", (name) => {
    const bytes = Uint8Array.from({ length: 512 }, (_, i) => (i * 7) & 0xff);
    const end = RAM - 100;
    for (const [first, second] of [[BigInt(end), 0x8200n], [0x8200n, BigInt(end)]] as const) {
      machine.store(0x8000, new Uint8Array(0x400));
      machine.store(0x8200, bytes.subarray(0, 256));
      machine.store(end, bytes.subarray(0, 100));
      // MVCIN takes its second operand leftwards: its last byte must lie beyond.
      const at =
        name === "mvcin" && second > 0x10000n ? second + 199n : name === "mvcin" ? second + 150n : second;
      const after = machine.run(name, { l1: 199, b1: 1, b2: 2 }, { registers: { 1: first, 2: at } });
      expect(after.interruption).toBe(5);
      expect(machine.read(end, 100)).toEqual(bytes.subarray(0, 100));
      expect(machine.read(0x8200, 256)).toEqual(bytes.subarray(0, 256));
    }
  });
  it("TRANSLATE needs only the part of its table that the bytes point to", () => {
    machine.store(0x8000, Uint8Array.of(1, 2, 99));
    machine.store(RAM - 100, Uint8Array.from({ length: 100 }, (_, i) => 200 - i));
    const registers = { 1: 0x8000n, 2: BigInt(RAM - 100) };
    expect(machine.run("tr", { l1: 2, b1: 1, b2: 2 }, { registers }).interruption).toBe(0);
    expect([...machine.read(0x8000, 3)]).toEqual([199, 198, 101]);
    machine.store(0x8000, Uint8Array.of(1, 100));
    expect(machine.run("tr", { l1: 1, b1: 1, b2: 2 }, { registers }).interruption).toBe(5);
    expect([...machine.read(0x8000, 2)]).toEqual([1, 100]);
  });
  it.each(["lm", "lmg", "lmh", "stm", "stmg", "stmh", "lmd"])(
    "%s changes no register and no storage",
    (name) => {
      const registers = { 5: 1n, 6: 2n, 7: 3n, 8: 4n, 9: BigInt(RAM - 12), 10: 0x8000n };
      machine.store(RAM - 12, new Uint8Array(12).fill(0xee));
      const after = machine.run(
        name,
        { r1: 5, r3: 9, b2: 9, ...(name === "lmd" ? { b4: 10 } : {}) },
        { registers },
      );
      expect(after.interruption).toBe(5);
      expect(after.registers.slice(5, 10)).toEqual([1n, 2n, 3n, 4n, BigInt(RAM - 12)]);
      expect(machine.read(RAM - 12, 12)).toEqual(new Uint8Array(12).fill(0xee));
    },
  );
});

describe("forms without a peer", () => {
  const pattern = Uint8Array.from({ length: 64 }, (_, i) => i + 1);
  const word = (at: number): bigint =>
    pattern.subarray(at, at + 4).reduce((v, b) => (v << 8n) | BigInt(b), 0n);

  it("LOAD MULTIPLE DISJOINT takes high and low words from two places", () => {
    machine.store(0x8000, pattern);
    const after = machine.run(
      "lmd",
      { r1: 14, r3: 1, b2: 14, d2: 0, b4: 1, d4: 16 },
      { registers: { 14: 0x8000n, 1: 0x8000n } },
    );
    [14, 15, 0, 1].forEach((r, i) =>
      expect(after.registers[r]).toBe((word(4 * i) << 32n) | word(16 + 4 * i)),
    );
  });
  it("STORE MULTIPLE HIGH stores the high words", () => {
    const registers = { 3: 0x0102030499999999n, 4: 0x0506070899999999n, 9: 0x8100n };
    machine.run("stmh", { r1: 3, r3: 4, b2: 9 }, { registers });
    expect(machine.read(0x8100, 8)).toEqual(pattern.subarray(0, 8));
  });
  it("COPY ACCESS copies one access register", () => {
    expect(machine.run("cpya", { r1: 3, r2: 15 }, { access: { 15: 0x12345678 } }).access[3]).toBe(0x12345678);
  });
  it("MOVE RIGHT TO LEFT moves as if byte by byte from the right", () => {
    const prng = new Prng(5);
    for (let turn = 0; turn < 100; turn++) {
      const length = 1 + prng.below(40);
      const [to, from] = [60 + prng.below(40), 60 + prng.below(40)];
      const model = Uint8Array.from({ length: 160 }, (_, i) => (i * 37) & 0xff);
      machine.store(0x8000, model);
      const registers = { 0: BigInt(length - 1), 1: BigInt(0x8000 + to), 2: BigInt(0x8000 + from) };
      machine.run("mvcrl", { b1: 1, b2: 2 }, { registers });
      for (let i = length - 1; i >= 0; i--) model[to + i] = model[from + i]!;
      expect(machine.read(0x8000, 160)).toEqual(model);
    }
  });
  it("COMPARE DOUBLE AND SWAP and relative operands want their boundary", () => {
    expect(machine.run("cdsg", { r1: 2, r3: 4, b2: 9 }, { registers: { 9: 0x8008n } }).interruption).toBe(6);
    expect(machine.run("cdsg", { r1: 3, r3: 4, b2: 9 }, { registers: { 9: 0x8010n } }).interruption).toBe(6);
    expect(machine.run("lgrl", { r1: 2, ri2: 2 }).interruption).toBe(6);
    expect(machine.run("lgrl", { r1: 2, ri2: 4 }).interruption).toBe(0);
  });
  it.each(["bxh", "bxle", "brxh", "brxle"])("%s compares with r3 itself when r3 is odd", (name) => {
    const high = name.endsWith("xh");
    for (const r3 of [5, 15]) {
      const registers = { 1: 0x8000n, 2: 10n, [r3]: 3n };
      const after = machine.run(
        name,
        name.startsWith("br") ? { r1: 2, r3, ri2: 0x100 } : { r1: 2, r3, b2: 1 },
        { registers },
      );
      expect(after.registers[2]).toBe(13n);
      expect(after.address === codeAddress + 4n).toBe(!high);
    }
  });
});

describe("addressing modes", () => {
  it("SET and TEST ADDRESSING MODE", () => {
    for (const [name, bits, code] of [["sam24", 24, 0], ["sam31", 31, 1], ["sam64", 64, 3]] as const) {
      for (const from of [24, 31, 64] as const) expect(machine.run(name, {}, { bits: from }).bits).toBe(bits);
      expect(machine.run("tam", {}, { bits }).cc).toBe(code);
    }
  });
  it("BRANCH AND SAVE AND SET MODE leaves the old mode in the link, takes the target's", () => {
    for (const [bits, link] of [[64, 0x2003n], [31, 0x80002002n], [24, 0x2002n]] as const) {
      for (const [target, mode] of [[0x9001n, 64], [0x80009000n, 31], [0x9000n, 24]] as const) {
        const after = machine.run("bassm", { r1: 1, r2: 2 }, { bits, registers: { 2: target } });
        expect([after.bits, after.address, after.registers[1]! & M32]).toEqual([mode, 0x9000n, link]);
      }
    }
  });
  it("BRANCH AND SET MODE puts only the mode into its first register", () => {
    expect(machine.run("bsm", { r1: 1 }, { registers: { 1: 0x10n } }).registers[1]).toBe(0x11n);
    expect(machine.run("bsm", { r1: 1 }, { bits: 31, registers: { 1: 0x10n } }).registers[1]).toBe(
      0x80000010n,
    );
    expect(machine.run("bsm", { r1: 1 }, { bits: 24, registers: { 1: 0x80000010n } }).registers[1]).toBe(
      0x10n,
    );
  });
  it("BRANCH AND LINK leaves length, code and program mask in 24-bit mode", () => {
    const after = machine.run("balr", { r1: 1 }, { bits: 24, cc: 2, programMask: 5 });
    expect(after.registers[1]).toBe((1n << 30n) | (2n << 28n) | (5n << 24n) | 0x2002n);
    expect(machine.run("bal", { r1: 1, d2: 0x100 }, { bits: 31 }).registers[1]).toBe(0x80002004n);
  });
  it("LOAD ADDRESS is cut to the mode, and leaves the high word in 24- and 31-bit mode", () => {
    const registers = { 1: 0x1111111122222222n, 2: 0xffffffffffffffffn };
    expect(machine.run("la", { r1: 1, b2: 2, d2: 0 }, { bits: 24, registers }).registers[1]).toBe(
      0x1111111100ffffffn,
    );
    expect(machine.run("la", { r1: 1, b2: 2, d2: 0 }, { bits: 31, registers }).registers[1]).toBe(
      0x111111117fffffffn,
    );
    expect(machine.run("la", { r1: 1, b2: 2, d2: 1 }, { registers }).registers[1]).toBe(0n);
  });
});
