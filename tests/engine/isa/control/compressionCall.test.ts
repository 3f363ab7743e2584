/**
 * COMPRESSION CALL against dictionaries made from random trees: symbols as the tree has them, expansion as
 * the inverse of compression, stops of every kind, and what a dictionary may not say.
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { CompressionTree } from "./compressionTree.ts";
import { freshCpu, perform } from "./controlKit.ts";
import type { FakeCpu } from "./fakeCpu.ts";

const [DICTIONARY, TEXT, SYMBOLS, OUTPUT] = [0x10_0000n, 0x20_0f80n, 0x30_0ff0n, 0x40_0ff3n];
const [TRANSLATE, LONG, EXPAND] = [0x1_0000, 0x200, 0x100];
const sizes = [9, 10, 11, 12, 13] as const;

interface Operands {
  readonly bits: number;
  readonly controls: number;
  readonly dictionary: bigint;
  readonly to: bigint;
  readonly room: number;
  readonly from: bigint;
  readonly length: number;
  readonly bit?: number;
}

/** Sets the registers up; `go` executes until the code is not 3. */
function prepare(cpu: FakeCpu, o: Operands): void {
  cpu.setGr(0, (cpu.gr(0) & ~0x1_ffffn) | BigInt(((o.bits - 8) << 12) | o.controls));
  cpu.setGr(1, o.dictionary | BigInt(o.bit ?? 0));
  [o.to, BigInt(o.room), o.from, BigInt(o.length)].forEach((value, i) => cpu.setGr(4 + i, value));
}
function go(cpu: FakeCpu): number | undefined {
  for (;;) {
    const code = perform(cpu, "cmpsc", { r1: 4, r2: 6 });
    if (code !== undefined || cpu.cc !== 3) return code;
  }
}

/** Symbols of a text by the tree, as one long number's bits. */
function symbolsOf(tree: CompressionTree, text: readonly number[]): number[] {
  const symbols: number[] = [];
  for (let at = 0; at < text.length; ) {
    const node = tree.longest(text, at);
    symbols.push(node.index);
    at += node.text.length;
  }
  return symbols;
}
const bitsOf = (symbols: readonly number[], width: number): string =>
  symbols.map((symbol) => symbol.toString(2).padStart(width, "0")).join("");
const storedBits = (cpu: FakeCpu, at: bigint, count: number, skip = 0): string =>
  [...cpu.loadBytes(at, (skip + count + 7) >> 3, 0)]
    .map((byte) => byte.toString(2).padStart(8, "0")).join("").slice(skip, skip + count);

function randomText(random: Prng, tree: CompressionTree, length: number): number[] {
  const nodes = [...tree.nodes.values()];
  const text: number[] = [];
  while (text.length < length) {
    const node = nodes[random.below(nodes.length)]!;
    text.push(...node.text.slice(0, 1 + random.below(node.text.length)));
  }
  return text.slice(0, length);
}

interface World {
  readonly cpu: FakeCpu;
  readonly tree: CompressionTree;
  readonly text: number[];
  readonly random: Prng;
}
function world(bits: number, controls: number, length = 3000): World {
  const random = new Prng(bits * 2 + (controls & LONG ? 1 : 0));
  const tree = new CompressionTree(random, { size: 1 << bits, hasLongDescriptors: (controls & LONG) !== 0 });
  const cpu = freshCpu();
  cpu.storeBytes(DICTIONARY, tree.bytes, 0);
  const text = randomText(random, tree, length);
  cpu.storeBytes(TEXT, Uint8Array.from(text), 0);
  return { cpu, tree, text, random };
}
const expansionAt = (bits: number): bigint => DICTIONARY + BigInt(8 << bits);

describe("COMPRESSION CALL", () => {
  const forms = sizes.flatMap((bits) => [0, LONG].map((controls) => [bits, controls] as const));

  it.each(forms)("stores the tree's symbols of %i bits (GR0 %i) and expands them again", (bits, controls) => {
    const { cpu, tree, text, random } = world(bits, controls);
    const bit = random.below(8);
    cpu.store(SYMBOLS, 1, 0xffn, 0);
    const common = { bits, controls, bit, dictionary: DICTIONARY };
    prepare(cpu, { ...common, to: SYMBOLS, room: 9000, from: TEXT, length: text.length });
    expect([go(cpu), cpu.cc]).toEqual([undefined, 0]);
    const expected = bitsOf(symbolsOf(tree, text), bits);
    expect(storedBits(cpu, SYMBOLS, expected.length, bit)).toBe(expected);
    expect(storedBits(cpu, SYMBOLS, bit)).toBe("1".repeat(bit));
    const end = bit + expected.length;
    expect([cpu.gr(1), cpu.gr(4), cpu.gr(5), cpu.gr(6), cpu.gr(7)]).toEqual([
      DICTIONARY | BigInt(end & 7), SYMBOLS + BigInt(end >> 3), 9000n - BigInt(end >> 3),
      TEXT + BigInt(text.length), 0n,
    ]);

    const length = (end + 7) >> 3;
    prepare(cpu, {
      ...common, controls: EXPAND, dictionary: expansionAt(bits), to: OUTPUT, room: text.length + 5,
      from: SYMBOLS, length,
    });
    expect([go(cpu), cpu.cc]).toEqual([undefined, 0]);
    expect([...cpu.loadBytes(OUTPUT, text.length, 0)]).toEqual(text);
    expect([cpu.gr(4), cpu.gr(5), cpu.gr(6)]).toEqual([
      OUTPUT + BigInt(text.length), 5n, SYMBOLS + BigInt(end >> 3),
    ]);
  });

  it("translates symbols by the table behind the dictionary", () => {
    const { cpu, tree, text } = world(9, 0, 200);
    // 512 entries take 4 KiB; the table stands at 4 KiB, 32 units of 128 bytes on, over the expansion half.
    for (let i = 0; i < 512; i++)
      cpu.store(DICTIONARY + 4096n + BigInt(i * 2), 2, BigInt(0xfe00 | (i ^ 0x155)), 0);
    const common = { bits: 9, controls: TRANSLATE, to: SYMBOLS, room: 999, from: TEXT, length: 200 };
    prepare(cpu, { ...common, dictionary: DICTIONARY | (32n << 3n) });
    expect([go(cpu), cpu.cc]).toEqual([undefined, 0]);
    const expected = bitsOf(symbolsOf(tree, text).map((symbol) => symbol ^ 0x155), 9);
    expect(storedBits(cpu, SYMBOLS, expected.length)).toBe(expected);
  });

  it("stops before the symbol that has no room, and goes on from there", () => {
    for (const direction of [0, EXPAND]) {
      const { cpu, tree, text } = world(11, 0, 500);
      const symbols = symbolsOf(tree, text);
      const bits = bitsOf(symbols, 11);
      const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0");
      const packed = padded.match(/.{8}/g)!.map((byte) => parseInt(byte, 2));
      cpu.storeBytes(SYMBOLS, Uint8Array.from(packed), 0);
      const [source, total] = direction ? [SYMBOLS, packed.length] : [TEXT, text.length];
      const dictionary = direction ? expansionAt(11) : DICTIONARY;
      const operands = { to: OUTPUT, room: 0, from: source, length: total };
      prepare(cpu, { bits: 11, controls: direction, dictionary, ...operands });
      let executions = 0;
      for (; executions < 5000; executions++) {
        expect(go(cpu)).toBeUndefined();
        if (cpu.cc === 0) break;
        cpu.setGr(5, cpu.gr(5) + 1n);
      }
      const written = direction ? text.length : Math.ceil(bits.length / 8);
      expect(cpu.gr(4) - OUTPUT).toBe(BigInt(direction ? written : bits.length >> 3));
      if (direction) expect([...cpu.loadBytes(OUTPUT, written, 0)]).toEqual(text);
      else expect(storedBits(cpu, OUTPUT, bits.length)).toBe(bits);
      expect(executions).toBe(written);
    }
  });

  it("stands between symbols when a page is missing, whichever", () => {
    const { cpu, tree, text } = world(12, LONG);
    const expected = bitsOf(symbolsOf(tree, text), 12);
    const operands = { to: SYMBOLS, room: 9000, from: TEXT, length: text.length };
    prepare(cpu, { bits: 12, controls: LONG, dictionary: DICTIONARY, ...operands });
    const pages = [...cpu.pages.keys()].filter((page) => page >= DICTIONARY >> 12n);
    pages.push((SYMBOLS >> 12n) + 1n);
    cpu.absent = new Set(pages);
    const places = new Set<bigint>();
    for (const page of pages) {
      expect(go(cpu)).toBe(0x11);
      const stored = Number(cpu.gr(4) - SYMBOLS) * 8 + Number(cpu.gr(1) & 7n);
      const read = Number(cpu.gr(6) - TEXT);
      expect(bitsOf(symbolsOf(tree, text.slice(0, read)), 12)).toBe(expected.slice(0, stored));
      expect([cpu.gr(5), cpu.gr(7)]).toEqual([9000n - BigInt(stored >> 3), BigInt(text.length - read)]);
      places.add(cpu.gr(6));
      cpu.absent.delete(page);
    }
    expect([go(cpu), cpu.cc, cpu.gr(7)]).toEqual([undefined, 0, 0n]);
    expect(storedBits(cpu, SYMBOLS, expected.length)).toBe(expected);
    expect(places.size).toBeGreaterThan(1);
  });

  it("refuses symbol sizes that are none, and odd registers", () => {
    const { cpu } = world(9, 0, 10);
    for (let code = 0; code < 16; code++) {
      const operands = { to: SYMBOLS, room: 9, from: TEXT, length: 0 };
      prepare(cpu, { bits: 8 + code, controls: 0, dictionary: DICTIONARY, ...operands });
      expect(go(cpu)).toBe(code >= 1 && code <= 5 ? undefined : 6);
    }
    expect(perform(cpu, "cmpsc", { r1: 5, r2: 6 })).toBe(6);
    expect(perform(cpu, "cmpsc", { r1: 4, r2: 7 })).toBe(6);
  });
});

describe("dictionaries that a data exception refuses", () => {
  /** Entry 0x61 leads to what is tried; the text is a, b, c. */
  type Entries = { readonly [index: number]: readonly number[] };
  const trial = (entries: Entries, controls: number): number | undefined => {
    const cpu = freshCpu();
    for (const [index, bytes] of Object.entries(entries))
      cpu.storeBytes(DICTIONARY + BigInt(Number(index) * 8), Uint8Array.from(bytes), 0);
    cpu.storeBytes(TEXT, Uint8Array.of(0x61, 0x62, 0x63), 0);
    prepare(cpu, { bits: 9, controls, dictionary: DICTIONARY, to: SYMBOLS, room: 99, from: TEXT, length: 3 });
    return go(cpu);
  };
  const child = 0x62;
  it.each([
    ["seven children", { 0x61: [0xe0, 1, 0, child] }, LONG, 7],
    ["six children with an extension character", { 0x61: [0xc0, 0x21, 0, child] }, 0, 7],
    ["five extension characters", { 0x61: [0x30, 1, 0, child], 0x100: [0, 0xa0, 0] }, 0, 7],
    ["a child outside of the dictionary", { 0x61: [0x20, 2, 0, child] }, 0, 7],
    ["no sibling", { 0x61: [0xc0, 1, 0, 1, 2, 3, 4, 5] }, LONG, 7],
    ["more than 260 children", { 0x61: [0xc0, 1, 0, 1, 2, 3, 4, 5], ...Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [0x105 + i * 8, [0]])) }, 0, 7],
    ["a child that is the last one needed", { 0x61: [0x20, 1, 0, child] }, 0, undefined],
  ] as const)("%s", (_what, entries, controls, code) => {
    expect(trial(entries, controls)).toBe(code);
  });

  it.each([
    ["six characters after another entry", { 0x101: [0xc1, 0, 1, 2, 3, 4, 5, 6] }, 7],
    ["no character", { 0x101: [0] }, 7],
    ["a circle", { 0x101: [0x21, 1, 1, 0, 0, 0, 0, 0] }, 7],
    ["a piece behind the end", { 0x101: [0x21, 2, 1, 0, 0, 0, 0, 0], 0x102: [2, 1, 2] }, 7],
    ["a piece that fits", { 0x101: [0x21, 2, 1, 0, 0, 0, 0, 2], 0x102: [2, 1, 2] }, undefined],
  ] as const)("expansion: %s", (_what, entries, code) => {
    const cpu = freshCpu();
    for (const [index, bytes] of Object.entries(entries))
      cpu.storeBytes(DICTIONARY + BigInt(Number(index) * 8), Uint8Array.from(bytes), 0);
    cpu.storeBytes(SYMBOLS, Uint8Array.of(0x80, 0x80), 0);
    prepare(cpu, {
      bits: 9, controls: EXPAND, dictionary: DICTIONARY, to: OUTPUT, room: 99, from: SYMBOLS, length: 2,
    });
    expect(go(cpu)).toBe(code);
    expect(cpu.gr(4)).toBe(OUTPUT + (code === undefined ? 3n : 0n));
  });
});
