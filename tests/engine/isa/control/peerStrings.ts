/** Generators of cases for string, translation, conversion and long instructions. */
import type { Prng } from "../../../../src/engine/base/prng.ts";
import { bytes, Draft, place, some, type Generators } from "./peerDraft.ts";
import { WINDOW, WINDOW_BYTES } from "./runner.ts";

/** Two operands with nearly equal contents. */
function twins(d: Draft, a: number, b: number, length: number): Draft {
  if (d.random.below(4)) d.window.copyWithin(b, a, a + length);
  if (length && d.random.below(2)) d.window[b + d.random.below(length)] = d.random.below(256);
  return d;
}

function pair(random: Prng, unit: number): { d: Draft; a: number; b: number; la: number; lb: number } {
  const la = some(random, 4000) * unit;
  const lb = random.below(2) ? la : some(random, 4000) * unit;
  const [a, b] = [place(random, la, 0, WINDOW_BYTES / 2), place(random, lb, WINDOW_BYTES / 2)];
  return {
    d: new Draft(random), a, b, la: Math.min(la, WINDOW_BYTES / 2 - a), lb: Math.min(lb, WINDOW_BYTES - b),
  };
}
const evenPair = (random: Prng): ReturnType<typeof pair> => {
  const p = pair(random, 2);
  return { ...p, la: p.la & ~1, lb: p.lb & ~1 };
};

function longPair(second: "r2" | "r3", unit: 1 | 2) {
  return (random: Prng): Draft => {
    const { d, a, b, la, lb } = unit === 2 ? evenPair(random) : pair(random, 1);
    twins(
      d, a, b, Math.min(la, lb),
    ).operand(2, a, la).operand(8, b, lb).with({ r1: 2, [second]: 8, d2: random.below(0x1000) });
    if (second === "r3") d.again();
    else {
      d.registers[3] = BigInt(la + random.below(256) * 0x100_0000);
      d.registers[9] = BigInt(lb + (0x40 + random.below(3)) * 0x100_0000);
    }
    return d;
  };
}

function strings(random: Prng): Draft {
  const d = new Draft(random);
  const length = some(random, 3000) + 1;
  const [a, b] = [place(random, length, 0, WINDOW_BYTES / 2), place(random, length, WINDOW_BYTES / 2)];
  twins(d, a, b, Math.min(length, WINDOW_BYTES / 2 - a, WINDOW_BYTES - b) - 1);
  d.registers[0] = random.below(2) ? 0n : 0x41n;
  for (const end of [
    a + length, b + length + random.below(3),
  ]) d.window[Math.min(WINDOW_BYTES - 1, end)] = Number(d.registers[0]);
  d.window[WINDOW_BYTES - 1] = d.window[WINDOW_BYTES / 2 - 1] = Number(d.registers[0]);
  return d.address(2, a).address(8, b).with({ r1: 2, r2: 8 }).again();
}

function searching(unit: 1 | 2) {
  return (random: Prng): Draft => {
    const d = new Draft(random, 4);
    const length = some(random, 3000);
    const at = place(random, length);
    d.registers[0] = BigInt(random.pick(unit === 1 ? [0x41, 0x99, 0x43] : [0x4142, 0x9999, 0x4343]));
    const slack = unit === 2 && random.below(4) === 0 ? 1 : 0;
    return d.address(8, at).address(
      2, Math.min(WINDOW_BYTES - 2, at + length * unit) + slack,
    ).with({ r1: 2, r2: 8 }).again();
  };
}

function substring(random: Prng): Draft {
  const { d, a, b, la, lb } = pair(random, 1);
  const shorter = [Math.min(la, 300), Math.min(lb, 300)] as const;
  twins(d, a, b, Math.min(...shorter)).operand(2, a, shorter[0]).operand(8, b, shorter[1]);
  d.registers[0] = BigInt(random.below(random.pick([2, 6, 40])));
  d.registers[1] = 0x41n;
  return d.with({ r1: 2, r2: 8 }).again();
}

/** A table that is mostly zero, or any. */
function table(random: Prng, sparse: boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, () => (sparse && random.below(60) ? 0 : random.below(256)));
}

const testing = (backwards: boolean) => (random: Prng): Draft => {
  const d = new Draft(random, 64);
  const l1 = random.below(256);
  const at = place(random, l1 + 1, 0, 8192);
  d.put(8192 + 100, table(random, true)).address(5, backwards ? at + l1 : at).address(6, 8192);
  return d.with({ l1, b1: 5, d1: 0, b2: 6, d2: 100 });
};

function translating(random: Prng): Draft {
  const d = new Draft(random, 40);
  const length = some(random, 4000);
  d.put(8192 + 100, table(random, false)).operand(2, place(random, length, 0, 8192), length).address(8, 8292);
  d.registers[0] = BigInt(0x77 + random.below(0x20));
  return d.with({ r1: 2, r2: 8 }).again();
}

const unitTranslation = (from: 1 | 2, to: 1 | 2) => (random: Prng): Draft => {
  const d = new Draft(random, 40);
  // The peer translates one character even where the length is zero.
  const count = 1 + some(random, 1200);
  const source = place(random, count * from, 0, 4096);
  d.put(8192, bytes(random, 512, 200)).address(8, source).address(1, 8192).operand(
    2, place(random, count * to, 4096, 8192), count * from,
  );
  if (from === 2) {
    // Characters below 256 keep the table within 512 bytes.
    const last = Math.min(source + count * 2, 4600);
    for (let i = source; i < last; i += 2) d.window[i] = 0;
    d.registers[3] = BigInt(Math.max(2, (last - source) & ~1));
  }
  d.registers[2] = WINDOW + 5000n + BigInt(random.below(200));
  if (from === 1 && count * to > 3000) d.registers[3] = 500n;
  d.registers[0] = to === 1 ? 0x50n : 0x5050n;
  return d.with({ r1: 2, r2: 8, m3: random.below(2) }).again();
};

const extendedTest = (backwards: boolean) => (random: Prng): Draft => {
  const d = new Draft(random, 64);
  const m3 = random.pick([0, 4, 2, 6]);
  const length = some(random, 1000);
  const at = place(random, length, 0, 8192 - 4096 + length);
  d.put(8192, table(random, true)).put(8192 + 256, table(random, true)).address(1, 8192).operand(
    2, backwards ? at + length : at, length,
  );
  return d.with({ r1: 2, r2: 8, m3 }).again();
};

/** Valid characters of a Unicode form with some spoilt bytes among them. */
function text(random: Prng, form: 8 | 16 | 32, count: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < count; i++) {
    let code = random.below(random.pick([0x80, 0x800, 0xd800, 0x11_0000]));
    if (code >= 0xd800 && code < 0xe000 && random.below(8)) code = 0x41;
    // The peer takes U+0800 to U+0FFF in three bytes for ill-formed.
    if (code >= 0x800 && code < 0x1000) code += 0x800;
    const s = String.fromCodePoint(code);
    if (form === 8) out.push(...new TextEncoder().encode(s));
    else if (form === 32) out.push(0, code >> 16, (code >> 8) & 255, code & 255);
    else for (let k = 0; k < s.length; k++) out.push(s.charCodeAt(k) >> 8, s.charCodeAt(k) & 255);
  }
  if (out.length && random.below(3) === 0) out[random.below(out.length)] = random.below(256);
  return out;
}

const conversion = (form: 8 | 16 | 32, masked: boolean) => (random: Prng): Draft => {
  const d = new Draft(random);
  const source = text(random, form, some(random, 400)).slice(0, 4000);
  if (random.below(4) === 0) source.pop();
  const at = place(random, source.length, 0, 6000);
  const room = random.below(3) ? 4 * source.length : random.below(source.length * 2 + 1);
  const to = Math.max(6100, place(random, Math.min(6000, room), 6100));
  d.put(at, source).operand(8, at, source.length).operand(2, to, Math.min(room, WINDOW_BYTES - to));
  return d.with({ r1: 2, r2: 8, m3: masked ? random.below(2) : 0 }).again();
};

const checksum = (random: Prng): Draft => {
  const length = some(random, 4000);
  return new Draft(random, 200).operand(8, place(random, length), length).with({ r1: 2, r2: 8 }).again();
};

// SRST and CLST are compiled meanings; tests/differential runs them against themselves and the peer.
export const stringCases: Generators = {
  mvcl: longPair("r2", 1), clcl: longPair("r2", 1), mvcle: longPair("r3", 1), clcle: longPair("r3", 1),
  mvclu: longPair("r3", 2), clclu: longPair("r3", 2), cksm: checksum,
  srstu: searching(2), mvst: strings, cuse: substring, trt: testing(false),
  trtr: testing(true), tre: translating, troo: unitTranslation(1, 1), trot: unitTranslation(1, 2),
  trto: unitTranslation(2, 1), trtt: unitTranslation(2, 2), trte: extendedTest(false),
  trtre: extendedTest(true), cu12: conversion(8, true), cu14: conversion(8, true),
  cu21: conversion(16, true), cu24: conversion(16, true), cu41: conversion(32, false),
  cu42: conversion(32, false),
};
