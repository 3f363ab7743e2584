/** Generators of cases for decimal instructions. */
import type { Prng } from "../../../../src/engine/base/prng.ts";
import { Draft, place, type Generators } from "./peerDraft.ts";
import { WINDOW, WINDOW_BYTES } from "./runner.ts";

/** A packed number, now and then spoilt. */
function packed(random: Prng, length: number): number[] {
  const digits = random.below(2 * length);
  const out = new Array<number>(length).fill(0);
  const setNibble = (i: number, v: number): void => {
    out[i >> 1] = i & 1 ? (out[i >> 1]! & 0xf0) | v : (out[i >> 1]! & 0x0f) | (v << 4);
  };
  for (let i = 0; i < digits; i++) setNibble(2 * length - 2 - i, random.pick([0, 1, 5, 9, random.below(10)]));
  setNibble(2 * length - 1, 10 + random.below(6));
  if (random.below(12) === 0) setNibble(random.below(2 * length), random.below(16));
  return out;
}

const decimalPair = (random: Prng): Draft => {
  const d = new Draft(random);
  const [l1, l2] = [random.below(16), random.below(16)];
  const [a, b] = [place(random, 16, 0, 8192), place(random, 16, 8192)];
  d.put(a, packed(random, l1 + 1)).put(b, packed(random, l2 + 1));
  return d.address(5, a).address(6, b).with({ l1, l2, b1: 5, b2: 6 });
};
const factors = (random: Prng): Draft => {
  const d = decimalPair(random);
  const l1 = 1 + random.below(15);
  const l2 = random.below(Math.min(l1, 8));
  const [a, b] = [Number(d.registers[5]! - WINDOW), Number(d.registers[6]! - WINDOW)];
  d.put(a, packed(random, l1 + 1)).put(b, packed(random, l2 + 1));
  if (random.below(4)) d.window.fill(0, a, a + l2 + 1);
  return d.with({ l1, l2, b1: 5, b2: 6 });
};
const rounding = (random: Prng): Draft => {
  const d = decimalPair(random);
  return d.with({ ...d.f, b2: 0, d2: random.below(64), i3: random.below(11) });
};
const fieldTest = (random: Prng): Draft => decimalPair(random);

function editing(random: Prng): Draft {
  const d = new Draft(random);
  const l1 = random.below(random.pick([8, 40, 256]));
  const pattern = Array.from(
    { length: l1 + 1 }, () => random.pick([0x20, 0x20, 0x21, 0x22, 0x40, 0x6b, 0x4b]),
  );
  const source = Array.from(
    { length: 256 },
    () => random.below(10) * 16 + random.below(random.below(4) ? 10 : 16),
  );
  d.put(place(random, l1 + 1, 0, 4096), pattern);
  const [a, b] = [place(random, l1 + 1, 0, 8192), place(random, 256, 8192)];
  return d.put(a, pattern).put(b, source).address(5, a).address(6, b).with({ l1, b1: 5, b2: 6 });
}

const binary = (size: 8 | 16) => (random: Prng): Draft => {
  const d = new Draft(random);
  const at = place(random, size);
  const small = packed(random, random.pick([5, 6, 10, 11].filter((n) => n <= size)));
  d.put(at, new Array<number>(size).fill(0)).put(at + size - small.length, small);
  return d.address(6, at - 200).with({ r1: 3, x2: 0, b2: 6, d2: 200 });
};

const digits = (random: Prng): Draft => {
  const d = new Draft(random, 200);
  const [l1, l2] = [random.below(16), random.below(16)];
  const a = 100 + place(random, 16, 0, 8192);
  const b = random.below(2) ? 100 + place(random, 16, 8192, WINDOW_BYTES - 100) : a + random.below(40) - 20;
  return d.address(5, a).address(6, b).with({ l1, l2, b1: 5, b2: 6 });
};
/** The peer drops digits of the leftmost byte of the source, which therefore is zero and nobody's result. */
const fewDigits = (random: Prng): Draft => {
  const d = digits(random);
  const apart = 8192 + random.below(4000);
  return d.address(6, apart).put(apart, [0]);
};
const characters = (field: "l1" | "l2", unit: number) => (random: Prng): Draft => {
  const d = new Draft(random, 100);
  const [a, b] = [place(random, 64, 0, 4096), place(random, 64, 8192)];
  d.put(b, packed(random, 16)).address(5, a).address(6, b);
  // The peer drops the leftmost character packed.
  if (field === "l2") d.put(b, [0, 0]);
  return d.with({ [field]: random.below(32 * unit + 1), b1: 5, b2: 6 });
};

export const decimalCases: Generators = {
  ap: decimalPair, sp: decimalPair, zap: decimalPair, cp: decimalPair, mp: factors, dp: factors,
  srp: rounding, tp: fieldTest, ed: editing, edmk: editing, cvb: binary(8), cvby: binary(8),
  cvbg: binary(16), cvd: binary(8), cvdy: binary(8), cvdg: binary(16), pack: digits, unpk: fewDigits,
  mvo: digits, pka: characters("l2", 1), pku: characters("l2", 2), unpka: characters("l1", 1),
  unpku: characters("l1", 2),
};
