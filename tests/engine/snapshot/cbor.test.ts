import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { decodePlain, encodePlain, type Plain } from "../../../src/engine/snapshot/cbor.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const from = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

/** RFC 8949, appendix A: what of it this subset has. */
const vectors: readonly (readonly [Plain, string])[] = [
  [0, "00"], [1, "01"], [10, "0a"], [23, "17"], [24, "1818"], [25, "1819"], [100, "1864"], [1000, "1903e8"],
  [255, "18ff"], [256, "190100"], [65535, "19ffff"], [65536, "1a00010000"], [4294967295, "1affffffff"],
  [4294967296, "1b0000000100000000"], [-4294967297, "3b0000000100000000"], ["a\u00fc", "6361c3bc"],
  [1000000, "1a000f4240"], [1000000000000, "1b000000e8d4a51000"],
  [18446744073709551615n, "1bffffffffffffffff"], [-1, "20"], [-10, "29"], [-100, "3863"], [-1000, "3903e7"],
  [-18446744073709551616n, "3bffffffffffffffff"], [false, "f4"], [true, "f5"], [null, "f6"],
  [new Uint8Array(0), "40"], [Uint8Array.of(1, 2, 3, 4), "4401020304"], ["", "60"], ["a", "6161"],
  ["IETF", "6449455446"], ["\"\\", "62225c"], ["\u00fc", "62c3bc"], ["\u6c34", "63e6b0b4"],
  ["\ud800\udd51", "64f0908591"], [[], "80"], [[1, 2, 3], "83010203"],
  [[1, [2, 3], [4, 5]], "8301820203820405"],
  [{}, "a0"], [{ a: 1, b: [2, 3] }, "a26161016162820203"], [["a", { b: "c" }], "826161a161626163"],
];

function randomValue(random: Prng, depth = 0): Plain {
  switch (random.below(depth > 3 ? 6 : 8)) {
    case 0: return random.pick([null, true, false]);
    case 1: return random.below(300) - 20;
    case 2: return random.u32() * 2 ** random.below(21);
    case 3: return BigInt.asUintN(64, random.u64() | (1n << 60n));
    case 4: return Uint8Array.from({ length: random.below(40) }, () => random.below(256));
    case 5:
      return String.fromCodePoint(...Array.from({ length: random.below(30) }, () => random.below(0xd000)));
    case 6: return Array.from({ length: random.below(5) }, () => randomValue(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(5) }, (_, i) => [`field ${i}`, randomValue(random, depth + 1)]));
  }
}

describe("CBOR", () => {
  it("has the encodings of the standard", () => {
    for (const [value, text] of vectors) {
      expect(hex(encodePlain(value))).toBe(text);
      expect(decodePlain(from(text)), text).toEqual({ ok: true, value });
    }
  });

  it("gives back what it was given, and one value has one encoding", () => {
    const random = new Prng(11);
    for (let round = 0; round < 3000; round++) {
      const value = randomValue(random);
      const bytes = encodePlain(value);
      const back = decodePlain(bytes);
      expect(back).toEqual({ ok: true, value });
      if (back.ok) expect(hex(encodePlain(back.value))).toBe(hex(bytes));
    }
  });

  it("has room for long values", () => {
    const value = { keys: new Uint8Array(100_000).fill(7), list: new Array<number>(5000).fill(70_000) };
    expect(decodePlain(encodePlain(value))).toEqual({ ok: true, value });
  });

  it("refuses every truncation, and what another encoding of the same value would be", () => {
    const whole = encodePlain({ a: [1, 300n, "text"], b: Uint8Array.of(1, 2, 3), c: { d: -70000 } });
    for (let length = 0; length < whole.length; length++)
      expect(decodePlain(whole.subarray(0, length)).ok, `${length}`).toBe(false);
    for (const text of [
      "1800", "190017", "1a00000018", "1b0000000000000001", "5801ff", // longer than need be
      "5f42010243030405ff", "9fff", "bfff", // no definite length
      "f90000", "fb3ff199999999999a", "f7", "f0", "c074", // floating point, undefined, simple, tag
      "61ff", "a10102", "a2616101616102", "0000", // not UTF-8, name no text, twice, two values
      "9bffffffffffffffff", "5bffffffffffffffff", "bb00ffffffffffffff", // more than there is
      `${"81".repeat(40)}00`, // too deep
    ])
      expect(decodePlain(from(text)).ok, text).toBe(false);
  });

  it("answers every garbage with a value or a sentence", () => {
    const random = new Prng(5);
    for (let round = 0; round < 20_000; round++) {
      const garbage = Uint8Array.from({ length: random.below(40) }, () => random.below(256));
      const decoded = decodePlain(garbage);
      if (decoded.ok) expect(hex(encodePlain(decoded.value))).toBe(hex(garbage));
      else expect(decoded.error.length).toBeGreaterThan(10);
    }
  });
});
