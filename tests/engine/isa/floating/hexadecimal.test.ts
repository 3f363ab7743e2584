/**
 * The HFP table on integers: which core an entry reaches, with which operands, in which registers. The peer
 * has no HFP; the cores have laws of their own.
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import {
  convertHfpToInteger,
  convertIntegerToHfp,
} from "../../../../src/engine/isa/s390/arith/hfpConvert.ts";
import {
  hfpExtended,
  hfpLong,
  hfpShort,
  type HfpFormat,
} from "../../../../src/engine/isa/s390/arith/hfpFormat.ts";
import { hfp as arithmetic } from "../../../../src/engine/isa/s390/hfp.ts";
import { hfpConvert } from "../../../../src/engine/isa/s390/hfpConvert.ts";
import type { Instruction } from "../../../../src/engine/isa/s390/instruction.ts";
import { bytesOf, encode } from "../../../../src/engine/isa/s390/operands.ts";
import { OwnMachine } from "./ownMachine.ts";
import { WINDOW, WINDOW_BYTES, type Outcome, type State } from "./peer.ts";

const hfp = [...arithmetic, ...hfpConvert];
const machine = new OwnMachine();
const MASK = (1n << 64n) - 1n;
const formatOf = (letter: string): HfpFormat =>
  letter === "e" ? hfpShort : letter === "d" ? hfpLong : hfpExtended;

/**
 * First, second and third operand in registers 0, 4 and 8 (pairs with 2, 6, 10) and the second in storage.
 */
function stateOf(operands: readonly { readonly format: HfpFormat; readonly value: bigint }[]): State {
  const vr = Array.from({ length: 32 }, () => 0n);
  const window = new Uint8Array(WINDOW_BYTES);
  operands.forEach(({ format, value }, i) => {
    const bits = convertIntegerToHfp(format, value) << BigInt(128 - format.width);
    vr[4 * i] = (bits >> 64n) << 64n;
    vr[4 * i + 2] = (bits & MASK) << 64n;
    if (i === 1) new DataView(window.buffer).setBigUint64(0, bits >> 64n);
  });
  const gr = Array.from({ length: 16 }, () => 0n);
  gr[1] = BigInt(WINDOW);
  return { cc: 0, fpc: 0, gr, vr, window };
}
const run = (instruction: Instruction, state: State, fields = {}): Outcome =>
  machine.run(
    bytesOf(
      encode(instruction, {
        ...(instruction.format.fields.some((f) => f.name === "b2") ? { b2: 1 } : { r2: 4 }),
        ...fields,
      }),
      instruction.format.length,
    ),
    state,
  );

function integerIn(outcome: Outcome, format: HfpFormat, register = 0): bigint {
  const bits =
    (outcome.vr[register]! & ~MASK) | (format === hfpExtended ? outcome.vr[register + 2]! >> 64n : 0n);
  return convertHfpToInteger(format, bits >> BigInt(128 - format.width), 64, 1).integer;
}

/**
 * Name pattern, formats (first and second, third, result), the result, whether it sets the condition code.
 */
const sign = (value: bigint): number => (value === 0n ? 0 : value < 0n ? 1 : 2);
type Law = (a: bigint, b: bigint, c: bigint) => bigint;
const laws: readonly (readonly [RegExp, Law, boolean])[] = [
  [/^a[uwedx]r?$/, (a, b) => a + b, true],
  [/^s[uwedx]r?$/, (a, b) => a - b, true],
  [/^(mee|md|mx|mde|mxd)r?$/, (a, b) => a * b, false],
  [/^d[edx]r?$/, (a, b) => a / b, false],
  [/^ma[ed]r?$/, (a, b, c) => b * c + a, false],
  [/^ms[ed]r?$/, (a, b, c) => b * c - a, false],
  [/^lc[edx]r$/, (_, b) => -b, true],
  [/^lt[edx]r$/, (_, b) => b, true],
  [/^ln[edx]r$/, (_, b) => (b < 0n ? b : -b), true],
  [/^lp[edx]r$/, (_, b) => (b < 0n ? -b : b), true],
  [/^fi[edx]r$/, (_, b) => b, false],
  [/^h[ed]r$/, (_, b) => b / 2n, false],
  [/^(ledr|ldxr|lexr)$/, (_, b) => b, false],
  [/^l(de|xd|xe)r?$/, (_, b) => b, false],
];

/** Formats of operands and result by the name. */
function formats(name: string): { readonly from: HfpFormat; readonly to: HfpFormat } {
  const stem = name.replace(/r$/, "");
  const two = /^(?:l|m)([edx])([edx])$/.exec(stem);
  if (two && stem !== "mee")
    return stem.startsWith("l")
      ? { from: formatOf(two[2]!), to: formatOf(two[1]!) }
      : { from: stem === "mde" ? hfpShort : hfpLong, to: stem === "mde" ? hfpLong : hfpExtended };
  const letter = /[uw]$/.test(stem)
    ? stem.endsWith("u")
      ? "e"
      : "d"
    : stem.startsWith("h")
      ? stem[1]!
      : stem.at(-1)!;
  return { from: formatOf(letter), to: formatOf(letter) };
}

describe("HFP entries", () => {
  const prng = new Prng(17);
  const seen = new Set<string>();
  for (const [names, law, setsCc] of laws)
    for (const instruction of hfp.filter((i) => names.test(i.mnemonic))) {
      seen.add(instruction.mnemonic);
      it(instruction.mnemonic, () => {
        const { from, to } = formats(instruction.mnemonic);
        for (let turn = 0; turn < 20; turn++) {
          const divisor = BigInt(1 + prng.below(30));
          const isDivision = /^d[edx]r?$/.test(instruction.mnemonic);
          const b = isDivision ? divisor : BigInt(2 * (prng.below(60) - 30));
          const a = isDivision ? divisor * BigInt(prng.below(60) - 30) : BigInt(prng.below(120) - 60);
          const c = BigInt(prng.below(60) - 30);
          const state = stateOf([
            { format: from, value: a },
            { format: from, value: b },
            { format: from, value: c },
          ]);
          const outcome = run(
            instruction,
            state,
            instruction.format.fields.some((f) => f.name === "r3") ? { r3: 8 } : {},
          );
          const expected = law(a, b, c);
          expect(outcome.kind).toBe("");
          expect(integerIn(outcome, to), `${a} ${b} ${c}`).toBe(expected);
          if (setsCc) expect(outcome.cc).toBe(sign(expected));
        }
      });
    }

  it("comparisons, conversions and unnormalised products", () => {
    for (const instruction of hfp.filter((i) => !seen.has(i.mnemonic))) {
      const name = instruction.mnemonic;
      const [a, b, c] = [
        BigInt(prng.below(90) - 45),
        BigInt(prng.below(90) - 45),
        BigInt(prng.below(90) - 45),
      ];
      const compared = /^c([edx])r?$/.exec(name);
      const fromInteger = /^c([edx])([fg])r$/.exec(name);
      const toInteger = /^c([fg])([edx])r$/.exec(name);
      if (compared) {
        const format = formatOf(compared[1]!);
        const { cc } = run(
          instruction,
          stateOf([
            { format, value: a },
            { format, value: b },
          ]),
        );
        expect(cc, name).toBe(a === b ? 0 : a < b ? 1 : 2);
      } else if (fromInteger) {
        const state = stateOf([]);
        const outcome = run(instruction, {
          ...state,
          gr: state.gr.map((v, n) => (n === 4 ? BigInt.asUintN(64, a) : v)),
        });
        expect(integerIn(outcome, formatOf(fromInteger[1]!)), name).toBe(a);
      } else if (toInteger) {
        const outcome = run(
          instruction,
          stateOf([
            { format: hfpShort, value: 0n },
            { format: formatOf(toInteger[2]!), value: a },
          ]),
        );
        expect(BigInt.asIntN(toInteger[1] === "f" ? 32 : 64, outcome.gr[0]!), name).toBe(a);
        expect(outcome.cc).toBe(sign(a));
      } else if (/^sq[edx]r?$/.test(name)) {
        const format = formatOf(name[2]!);
        expect(
          integerIn(
            run(
              instruction,
              stateOf([
                { format, value: 0n },
                { format, value: a * a },
              ]),
            ),
            format,
          ),
          name,
        ).toBe(a < 0n ? -a : a);
      } else {
        expect(name).toMatch(/^ma?y[hl]?r?$/);
        const long = { format: hfpLong };
        const state = stateOf([
          { ...long, value: a },
          { ...long, value: b },
          { ...long, value: c },
        ]);
        const outcome = run(instruction, state, { r3: 8 });
        const whole = integerIn(outcome, hfpExtended);
        if (/^my?r?$/.test(name)) expect(whole, name).toBe(b * c);
        if (/^mayr?$/.test(name)) expect(whole, name).toBe(b * c + a);
      }
    }
  });
});

describe("HFP exceptions", () => {
  const named = (name: string): Instruction => hfp.find((i) => i.mnemonic === name)!;
  const withRegisters = (r0: bigint, r4: bigint): State => ({
    ...stateOf([]),
    vr: Array.from({ length: 32 }, (_, n) => (n === 0 ? r0 : n === 4 ? r4 : 0n)),
  });
  const largest = 0x7fff_ffff_ffff_ffffn << 64n;

  it("a quotient by zero is suppressed", () => {
    const outcome = run(named("ddr"), withRegisters(largest, 0n));
    expect([machine.interruption, outcome.vr[0]]).toEqual([0x0f, largest]);
  });
  it("the square root of a negative number is suppressed", () => {
    const outcome = run(named("sqdr"), withRegisters(5n, 0xc110_0000_0000_0000n << 64n));
    expect([machine.interruption, outcome.vr[0]]).toEqual([0x1d, 5n]);
  });
  it("an exponent overflow completes", () => {
    const outcome = run(named("mdr"), withRegisters(largest, largest));
    expect(machine.interruption).toBe(0x0c);
    expect(outcome.vr[0]).not.toBe(largest);
  });
  it("an odd half of a pair is a specification exception", () => {
    run(named("axr"), stateOf([]), { r1: 2 });
    expect(machine.interruption).toBe(6);
  });
});
