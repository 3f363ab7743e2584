/**
 * Storage-alteration and store-using-real-address events of program-event recording (Principles of Operation,
 * chapter 4).
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import {
  Ask, DATA, DAT_MASK, isIn, ORIGIN, PSW_64, record, RecordingMachine,
} from "./recordingMachine.ts";

/** Stores with the bytes of storage that each alters. */
const stores: readonly (readonly [string, bigint, number])[] = [
  ["stg %r1,0(%r5)", 0n, 8],
  ["stc %r1,77(%r5)", 77n, 1],
  ["sty %r1,-3(%r5)", -3n, 4],
  ["stmg %r0,%r15,4032(%r5)", 4032n, 128],
  ["stm %r14,%r1,100(%r5)", 100n, 16],
  ["stcm %r1,5,9(%r5)", 9n, 2],
  ["mvc 10(77,%r5),300(%r5)", 10n, 77],
  ["xc 4000(200,%r5),4000(%r5)", 4000n, 200],
  ["mvhi 500(%r5),3", 500n, 4],
  ["mvi 501(%r5),3", 501n, 1],
  ["oi 502(%r5),3", 502n, 1],
  ["agsi 504(%r5),3", 504n, 8],
  ["stck 600(%r5)", 600n, 8],
  ["stcke 4090(%r5)", 4090n, 16],
  ["std %f3,700(%r5)", 700n, 8],
  ["stpq %r2,704(%r5)", 704n, 16],
  ["laag %r6,%r2,800(%r5)", 800n, 8],
  ["vst %v1,900(%r5)", 900n, 16],
  ["zap 1000(5,%r5),1100(2,%r5)", 1000n, 5],
  ["tr 1200(30,%r5),1300(%r5)", 1200n, 30],
  ["ed 1500(4,%r5),1510(%r5)", 1500n, 4],
  ["exrl %r1,mover", 10n, 16],
  ["stap 20(%r5)", 20n, 2],
  ["stfle 32(%r5)", 32n, 8],
  ["epsw %r6,%r7", 0n, 0],
  ["clc 10(77,%r5),300(%r5)", 0n, 0],
  ["lmg %r6,%r7,0(%r5)", 0n, 0],
];

describe("storage alteration", () => {
  const listed = stores.map(([text], i) => `s${i}: ${text}`).join("\n");
  const machine = new RecordingMachine(`${listed}\nj end\nmover: mvc 10(1,%r5),0(%r5)`);
  const registers = { 0: 0n, 1: 0x0fn, 2: 0n, 3: 0n, 5: DATA };
  const digits = Uint8Array.of(0x12, 0x3c);
  for (const at of [1100, 1510]) machine.core.ram.write(Number(DATA) + at, digits, "debugger");

  it("is told exactly of stores into the designated area, for 400 areas", () => {
    const random = new Prng(5);
    const near = (): bigint => {
      const [, from, length] = random.pick(stores);
      const offset = random.pick([0, length - 1, random.below(length + 1)]) + random.pick([-1, 0, 0, 1]);
      return BigInt.asUintN(64, DATA + from + BigInt(offset));
    };
    for (let i = 0; i < 400; i++) {
      const first = near();
      const area = [first, random.pick([first, first, near(), near()])] as const;
      const told = machine.record({ ask: Ask.alteration, area, registers });
      const expected = stores.flatMap(([, from, length], n) => {
        const bytes = Array.from({ length }, (_, k) => DATA + from + BigInt(k));
        return bytes.some((byte) => isIn(byte, area)) ? [machine.at(`s${n}`)] : [];
      });
      expect(told.map(({ address }) => address), `area ${area.join()}`).toEqual(expected);
      expect(told.every(({ per, code }) => per === 0x20 && code === 0x80)).toBe(true);
    }
  });

  it("names the space, and the access register that chose it", () => {
    const store = new RecordingMachine("stg %r1,0(%r5)\nstck 8(%r5)");
    // Real-space designations: every space maps all addresses to themselves.
    const control = { 1: 0x20n, 7: 0xa0n, 13: 0x20n };
    for (const [space, access] of [[0, 0], [1, 5], [2, 0], [3, 0]] as const) {
      const mask = PSW_64 | DAT_MASK | (BigInt(space) << 46n);
      const base = { control, registers, mask, access: { 5: 1 } };
      const told = store.record({ ...base, ask: Ask.alteration });
      expect(told).toHaveLength(2);
      for (const one of told) expect(one).toMatchObject({ atmid: 0xf0 | (space << 2) | space, access });
      // Only the space of CR7 has the storage-alteration-event bit; ALET 1 is that space.
      const limited = store.record({ ...base, ask: Ask.alteration | Ask.alterationSpace });
      expect(limited).toHaveLength(space === 1 || space === 2 ? 2 : 0);
    }
    const real = store.record({ ask: Ask.alteration | Ask.alterationSpace, registers });
    expect(real.map(({ atmid }) => atmid)).toEqual([0xe0, 0xe0]);
  });

  it("is no event for what is stored at real addresses; that has its own", () => {
    const source = "sturg %r1,%r5\nstura %r1,%r5\nstfl 0\ntb %r0,%r5";
    const ask = Ask.alteration;
    expect(record(source, { ask, registers })).toEqual([]);
    const told = record(source, { ask: ask | Ask.realStore, registers, area: [1n, 1n] });
    expect(told.map(({ per }) => per)).toEqual([0x08, 0x08]);
    expect(record(source, { ask: Ask.realStore | Ask.fetch, registers, area: [1n, 1n] })).toEqual([]);
  });

  it("is told of an interruptible instruction with what it has done, until all is done", () => {
    const long = new RecordingMachine("mvcl %r2,%r4");
    const told = long.record({
      ask: Ask.alteration, registers: { 2: DATA, 3: 150_000n, 4: 0x1_0000n, 5: 0xff00_0000n },
    });
    expect(told.map(({ next }) => next)).toEqual([ORIGIN, ORIGIN, long.at("end")]);
    expect(long.core.cpu.gr(2)).toBe(DATA + 150_000n);
    expect(long.core.ram.u8(Number(DATA) + 149_999)).toBe(0xff);
  });

  it("keeps what was stored before an exception ended an interruptible instruction", () => {
    const long = new RecordingMachine("mvcl %r2,%r4");
    const told = long.record({
      ask: Ask.alteration, registers: { 2: 0xf_f000n, 3: 0x2000n, 4: 0x1_0000n, 5: 0x2000n },
    }, () => undefined);
    expect(told).toMatchObject([{ code: 0x85, per: 0x20 }]);
  });
});
