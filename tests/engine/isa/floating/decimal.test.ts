/**
 * The DFP tables on integers: which core an entry reaches, with which operands, in which registers. The peer
 * has no DFP.
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { fixed64 } from "../../../../src/engine/isa/s390/arith/bfpConvert.ts";
import {
  convertDfpToInteger,
  convertIntegerToDfp,
} from "../../../../src/engine/isa/s390/arith/dfpConvert.ts";
import {
  dfpExtended,
  dfpLong,
  dfpShort,
  type DfpFormat,
} from "../../../../src/engine/isa/s390/arith/dfpFormat.ts";
import { rounding } from "../../../../src/engine/isa/s390/arith/rounding.ts";
import { dfp } from "../../../../src/engine/isa/s390/dfp.ts";
import { dfpConvert } from "../../../../src/engine/isa/s390/dfpConvert.ts";
import type { RawFields } from "../../../../src/engine/isa/s390/format.ts";
import { bytesOf, encode } from "../../../../src/engine/isa/s390/operands.ts";
import { OwnMachine } from "./ownMachine.ts";
import { WINDOW, WINDOW_BYTES, type Outcome, type State } from "./peer.ts";

const machine = new OwnMachine();
const MASK = (1n << 64n) - 1n;
const quiet = { rounding: rounding.nearestEven, masks: 0 };
const formats: Readonly<Record<string, DfpFormat>> = { e: dfpShort, d: dfpLong, x: dfpExtended };
const table = new Map([...dfp, ...dfpConvert].map((i) => [i.mnemonic, i]));

/** Registers 0, 4 and 8 (pairs with 2, 6, 10) hold integers in a format. */
function stateOf(
  format: DfpFormat,
  values: readonly bigint[],
  gr: Readonly<Record<number, bigint>> = {},
): State {
  const vr = Array.from({ length: 32 }, () => 0n);
  values.forEach((value, i) => {
    const width = BigInt(format.width);
    const bits = convertIntegerToDfp(format, value, quiet).bits << (128n - width);
    vr[4 * i] = (bits >> 64n) << 64n;
    vr[4 * i + 2] = (bits & MASK) << 64n;
  });
  const registers = Array.from({ length: 16 }, (_, n) => BigInt.asUintN(64, gr[n] ?? 0n));
  registers[1] = BigInt(WINDOW);
  return { cc: 0, fpc: 0, gr: registers, vr, window: new Uint8Array(WINDOW_BYTES) };
}
function run(name: string, state: State, fields: Partial<RawFields>): Outcome {
  const instruction = table.get(name)!;
  return machine.run(bytesOf(encode(instruction, fields), instruction.format.length), state);
}
function bitsIn(outcome: Outcome, format: DfpFormat): bigint {
  const all = (outcome.vr[0]! & ~MASK) | (outcome.vr[2]! >> 64n);
  return all >> BigInt(128 - format.width);
}
const integerIn = (outcome: Outcome, format: DfpFormat): bigint =>
  convertDfpToInteger(format, bitsIn(outcome, format), fixed64, quiet).integer;
const sign = (value: bigint): number => (value === 0n ? 0 : value < 0n ? 1 : 2);
const prng = new Prng(23);
const small = (): bigint => BigInt(prng.below(20000) - 10000);

describe("DFP entries", () => {
  for (const letter of ["d", "x"]) {
    const format = formats[letter]!;
    it(`arithmetic, ${format.name}`, () => {
      for (let turn = 0; turn < 30; turn++) {
        const [a, b] = [small(), small() || 1n];
        const sources = { r1: 0, r2: 4, r3: 8 };
        const sum = run(`a${letter}tra`, stateOf(format, [0n, a, b]), sources);
        expect([integerIn(sum, format), sum.cc]).toEqual([a + b, sign(a + b)]);
        const difference = run(`s${letter}tra`, stateOf(format, [0n, a, b]), sources);
        expect([integerIn(difference, format), difference.cc]).toEqual([a - b, sign(a - b)]);
        expect(integerIn(run(`m${letter}tra`, stateOf(format, [0n, a, b]), sources), format)).toBe(a * b);
        expect(integerIn(run(`d${letter}tra`, stateOf(format, [0n, a * b, b]), sources), format)).toBe(a);
      }
    });
    it(`comparison and sign, ${format.name}`, () => {
      for (let turn = 0; turn < 20; turn++) {
        const [a, b] = [BigInt(prng.below(5)), BigInt(prng.below(5))];
        const expected = a === b ? 0 : a < b ? 1 : 2;
        expect(run(`c${letter}tr`, stateOf(format, [a, b]), { r1: 0, r2: 4 }).cc).toBe(expected);
        expect(run(`k${letter}tr`, stateOf(format, [a, b]), { r1: 0, r2: 4 }).cc).toBe(expected);
        expect(run(`ce${letter}tr`, stateOf(format, [a, b]), { r1: 0, r2: 4 }).cc).toBe(0);
        const tested = run(`lt${letter}tr`, stateOf(format, [0n, -a]), { r1: 0, r2: 4 });
        expect([integerIn(tested, format), tested.cc]).toEqual([-a, sign(-a)]);
      }
    });
    it(`exponent and digits, ${format.name}`, () => {
      const at = { r1: 0, r2: 4 };
      expect(run(`es${letter}tr`, stateOf(format, [0n, 12345n]), at).gr[0]).toBe(5n);
      const exponent = run(`ee${letter}tr`, stateOf(format, [0n, 12345n]), at).gr[0]!;
      const inserted = run(`ie${letter}tr`, stateOf(format, [0n, 0n, 12345n], { 4: exponent + 2n }), {
        r1: 0,
        r2: 4,
        r3: 8,
      });
      expect(integerIn(inserted, format)).toBe(1_234_500n);
      const one = stateOf(format, [0n, 12345n, 1n]);
      expect(integerIn(run(`qa${letter}tr`, one, { r1: 0, r2: 4, r3: 8, m4: 0 }), format)).toBe(12345n);
      const rerounded = run(`rr${letter}tr`, stateOf(format, [0n, 0n, 12345n], { 4: 2n }), {
        r1: 0,
        r2: 4,
        r3: 8,
      });
      expect(integerIn(rerounded, format)).toBe(12000n);
      expect(
        integerIn(run(`sl${letter}t`, stateOf(format, [0n, 0n, 12345n]), { r1: 0, r3: 8, d2: 3 }), format),
      ).toBe(12_345_000n);
      expect(
        integerIn(run(`sr${letter}t`, stateOf(format, [0n, 0n, 12345n]), { r1: 0, r3: 8, d2: 3 }), format),
      ).toBe(12n);
      expect(integerIn(run(`fi${letter}tr`, stateOf(format, [0n, 77n]), { r1: 0, r2: 4 }), format)).toBe(77n);
    });
    it(`binary integers, ${format.name}`, () => {
      for (const [integer, suffix, isSigned] of [
        ["g", "tra", true],
        ["f", "tr", true],
        ["lg", "tr", false],
        ["lf", "tr", false],
      ] as const) {
        const value = isSigned ? -1234n : 0x8123_4567n;
        const from = run(`c${letter}${integer}${suffix}`, stateOf(format, [0n], { 4: value }), {
          r1: 0,
          r2: 4,
        });
        expect(integerIn(from, format), integer).toBe(value);
        const to = run(`c${integer}${letter}${suffix}`, stateOf(format, [0n, value]), { r1: 0, r2: 4 });
        const width = integer.endsWith("g") ? 64 : 32;
        expect(isSigned ? BigInt.asIntN(width, to.gr[0]!) : BigInt.asUintN(width, to.gr[0]!)).toBe(value);
        expect(to.cc).toBe(sign(value));
      }
    });
    it(`packed registers, ${format.name}`, () => {
      const low = letter === "d" ? 4 : 5;
      const packed = stateOf(format, [0n], { [low]: 0x1234dn });
      expect(integerIn(run(`c${letter}str`, packed, { r1: 0, r2: 4 }), format)).toBe(-1234n);
      expect(
        integerIn(run(`c${letter}utr`, stateOf(format, [0n], { [low]: 0x1234n }), { r1: 0, r2: 4 }), format),
      ).toBe(1234n);
      const signed = run(`cs${letter}tr`, stateOf(format, [0n, -1234n]), { r1: 6, r2: 4 });
      expect(letter === "d" ? signed.gr[6] : signed.gr[7]).toBe(0x1234dn);
      const unsigned = run(`cu${letter}tr`, stateOf(format, [0n, 1234n]), { r1: 6, r2: 4 });
      expect(letter === "d" ? unsigned.gr[6] : unsigned.gr[7]).toBe(0x1234n);
      run(`c${letter}str`, stateOf(format, [0n], { [low]: 0x12345n }), { r1: 0, r2: 4 });
      expect(machine.interruption).toBe(7);
    });
    it(`decimal fields in storage, ${format.name}`, () => {
      for (const [to, from] of [
        [`cz${letter}t`, `c${letter}zt`],
        [`cp${letter}t`, `c${letter}pt`],
      ] as const) {
        const stored = run(to, stateOf(format, [-907n]), { r1: 0, b2: 1, l2: 3, m3: 8 });
        expect(stored.cc).toBe(1);
        const loaded = run(
          from,
          { ...stateOf(format, [0n]), window: stored.window },
          { r1: 0, b2: 1, l2: 3, m3: 8 },
        );
        expect(integerIn(loaded, format), from).toBe(-907n);
      }
    });
    it(`classes, ${format.name}`, () => {
      expect(run(`tdc${letter}t`, stateOf(format, [5n]), { r1: 0, d2: 0x080 }).cc).toBe(1);
      expect(run(`tdc${letter}t`, stateOf(format, [0n]), { r1: 0, d2: 0x080 }).cc).toBe(0);
      expect(run(`tdg${letter}t`, stateOf(format, [5n]), { r1: 0, d2: 0x020 }).cc).toBe(1);
    });
  }
  it("changes of format", () => {
    for (const [name, from, to] of [
      ["ldetr", "e", "d"],
      ["lxdtr", "d", "x"],
      ["ledtr", "d", "e"],
      ["ldxtr", "x", "d"],
    ] as const)
      expect(
        integerIn(run(name, stateOf(formats[from]!, [0n, 4321n]), { r1: 0, r2: 4 }), formats[to]!),
        name,
      ).toBe(4321n);
  });
  it("division by zero traps as a data exception with its code in the FPC", () => {
    const outcome = run(
      "ddtra",
      { ...stateOf(dfpLong, [9n, 5n, 0n]), fpc: 0x4000_0000 },
      { r1: 0, r2: 4, r3: 8 },
    );
    expect([machine.interruption, (outcome.fpc >>> 8) & 0xff, integerIn(outcome, dfpLong)]).toEqual([
      7,
      0x40,
      9n,
    ]);
  });
});
