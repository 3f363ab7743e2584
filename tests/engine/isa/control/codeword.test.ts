/**
 * Codewords and the tree of a sort: what CFC and UPT leave is what a plain search of the keys and of the path
 * to the root gives, in every addressing mode, and codewords order keys as the keys order themselves.
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { instructionNamed } from "../../../../src/engine/isa/s390/instructions.ts";
import { FakeCpu, fields, step } from "./fakeCpu.ts";

const [FIRST, THIRD, TREE] = [0x1_0ffan, 0x2_0ff2n, 0x3_0ff0n];
const KEY_BYTES = 60;
const modes = [24, 31, 64] as const;

const perform = (cpu: FakeCpu, mnemonic: string, d2 = 0): number | undefined =>
  step(cpu, instructionNamed(mnemonic)!, fields({ d2 }));
const lowOf = (cpu: FakeCpu, value: bigint): bigint =>
  BigInt.asUintN(cpu.addressBits === 64 ? 64 : 32, value);
const valueOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const randomKey = (random: Prng): Uint8Array =>
  Uint8Array.from({ length: KEY_BYTES }, (_, i) => (random.below(i > 30 ? 2 : 12) ? 7 : random.below(256)));

/** Registers of other use keep their contents; in short modes, all of them keep bits 0-31. */
function fresh(random: Prng, bits: 24 | 31 | 64, bases: { readonly [register: number]: bigint }): FakeCpu {
  const cpu = new FakeCpu();
  cpu.addressBits = bits;
  cpu.registers = cpu.registers.map(() => random.u64());
  for (const [n, base] of Object.entries(bases)) {
    cpu.setGr(Number(n), bits === 64 ? base : (random.u64() & ~0xffff_ffffn) | base);
  }
  return cpu;
}

function withKeys(random: Prng, bits: 24 | 31 | 64, first: Uint8Array, third: Uint8Array): FakeCpu {
  const cpu = fresh(random, bits, { 1: FIRST, 2: 0n, 3: THIRD });
  cpu.storeBytes(FIRST, first, 0);
  cpu.storeBytes(THIRD, third, 0);
  return cpu;
}

describe("COMPARE AND FORM CODEWORD", () => {
  it.each(modes)("tells the place and the losing key of the first difference, %s bits", (bits) => {
    const random = new Prng(bits);
    const seen = new Set<string>();
    for (let i = 0; i < 400; i++) {
      const [first, third] = [randomKey(random), randomKey(random)];
      const cpu = withKeys(random, bits, first, third);
      const ofLow = random.below(2);
      const limit = 2 * random.below(KEY_BYTES / 2 - 6);
      const before = [...cpu.registers];
      expect(perform(cpu, "cfc", limit + ofLow)).toBeUndefined();
      const unit = bits === 64 ? 6 : 2;
      let place = 0;
      const unitAt = (key: Uint8Array): bigint => valueOf(key.subarray(place, place + unit));
      while (place <= limit && unitAt(first) === unitAt(third)) place += unit;
      const expected = [...before];
      let cc = 0;
      const sign = bits === 64 ? 1n << 63n : 1n << 31n;
      let word = lowOf(cpu, before[3]!) | sign;
      if (place <= limit) {
        const [low, high] = [unitAt(first), unitAt(third)].toSorted((a, b) => (a < b ? -1 : 1));
        const key = ofLow ? low! : (1n << BigInt(8 * unit)) - 1n - high!;
        word = BigInt(place + unit) * (1n << BigInt(8 * unit)) + key;
        const firstIsLow = unitAt(first) === low;
        cc = firstIsLow === (ofLow === 1) ? 2 : 1;
        if (cc === 2) {
          expected[1] = before[1]! - lowOf(cpu, before[1]!) + THIRD;
          expected[3] = before[3]! - lowOf(cpu, before[3]!) + FIRST;
        }
      }
      expected[2] = before[2]! - lowOf(cpu, before[2]!) + word;
      expect({ cc: cpu.cc, registers: cpu.registers }, `case ${i}`).toEqual({ cc, registers: expected });
      seen.add(`${cc} ${ofLow}`);
    }
    expect(seen.size).toBe(6);
  });

  it.each(modes)("gives the key nearer to a common smaller one the larger codeword, %s bits", (bits) => {
    const random = new Prng(100 + bits);
    let decided = 0;
    for (let i = 0; i < 300; i++) {
      const keys = [randomKey(random), randomKey(random), randomKey(random)].toSorted(Buffer.compare);
      const [least, nearer, farther] = keys as [Uint8Array, Uint8Array, Uint8Array];
      const [a, b] = [nearer, farther].map((key) => {
        const cpu = withKeys(random, bits, least, key);
        perform(cpu, "cfc", KEY_BYTES - 6);
        return lowOf(cpu, cpu.gr(2));
      });
      if (a === b) continue;
      decided++;
      expect(a! > b!, `case ${i}`).toBe(true);
    }
    expect(decided).toBeGreaterThan(100);
  });

  it("wants even bases and an even index", () => {
    for (const odd of [1, 2, 3]) {
      const cpu = withKeys(new Prng(1), 64, new Uint8Array(8), new Uint8Array(8));
      cpu.setGr(odd, cpu.gr(odd) + 1n);
      expect(perform(cpu, "cfc")).toBe(6);
    }
  });
});

/** Nodes of a tree: codeword and what stands beside it. */
type Nodes = (readonly [bigint, bigint])[];

function treeBytes(nodes: Nodes, half: number): Uint8Array {
  const hex = nodes.flat().map((word) => word.toString(16).padStart(2 * half, "0"));
  return Buffer.from(hex.join(""), "hex");
}

describe("UPDATE TREE", () => {
  it.each(modes)("leaves the largest codeword of the path in GR0, up to an equal one, %s bits", (bits) => {
    const random = new Prng(bits);
    const seen = new Set<number>();
    const half = bits === 64 ? 8 : 4;
    for (let i = 0; i < 400; i++) {
      const word = (): bigint => BigInt(random.below(40)) << BigInt(8 * half - 7);
      const nodes: Nodes = Array.from({ length: 32 }, () => [word(), random.u64() & 0xffff_ffffn]);
      const start = random.below(64);
      const own = random.below(20) ? word() : word() | (1n << BigInt(8 * half - 1));
      const cpu = fresh(random, bits, { 0: own, 1: 5n, 4: TREE, 5: BigInt(start * 2 * half) });
      cpu.storeBytes(TREE, treeBytes(nodes, half), 0);
      const expected = [...cpu.registers];
      const put = (n: number, value: bigint): void => {
        expected[n] = expected[n]! - lowOf(cpu, expected[n]!) + value;
      };
      let held: readonly [bigint, bigint] = [own, 5n];
      let [at, cc] = [start >> 1, 1];
      for (; at > 0; at >>= 1) {
        if (held[0] >> BigInt(8 * half - 1)) cc = 3;
        else if (nodes[at]![0] === held[0]) cc = 0;
        if (cc !== 1) break;
        if (nodes[at]![0] > held[0]) [held, nodes[at]] = [nodes[at]!, held];
      }
      held.forEach((value, n) => put(n, value));
      if (cc === 0) nodes[at]!.forEach((value, n) => put(2 + n, value));
      put(5, BigInt(at * 2 * half));
      expect(perform(cpu, "upt")).toBeUndefined();
      expect({ cc: cpu.cc, registers: cpu.registers }, `case ${i}`).toEqual({ cc, registers: expected });
      expect(Buffer.from(cpu.loadBytes(TREE, 64 * half, 0))).toEqual(treeBytes(nodes, half));
      seen.add(cc);
    }
    expect([...seen].toSorted()).toEqual([0, 1, 3]);
  });

  it("wants tree and index at whole nodes", () => {
    for (const [bits, register, value, code] of [
      [31, 4, TREE + 4n, 6], [31, 5, 4n, 6], [31, 5, 8n, undefined], [64, 4, TREE + 8n, 6], [64, 5, 8n, 6],
      [64, 5, 16n, undefined],
    ] as const) {
      const cpu = fresh(new Prng(1), bits, { 4: TREE, 5: 0n, [register]: value });
      expect(perform(cpu, "upt"), `${bits} ${register} ${value}`).toBe(code);
    }
  });
});
