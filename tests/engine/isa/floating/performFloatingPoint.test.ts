/** PERFORM FLOATING-POINT OPERATION on the machine: function codes, registers, codes that are set, traps. */
import { describe, expect, it } from "vitest";
import { facilityList } from "../../../../src/engine/isa/s390/facility.ts";
import { instructionNamed } from "../../../../src/engine/isa/s390/instructions.ts";
import { OwnMachine } from "./ownMachine.ts";
import { WINDOW_BYTES, type Outcome, type State } from "./peer.ts";

const machine = new OwnMachine();
const entry = instructionNamed("pfpo")!;
const PFPO = Uint8Array.of(0x01, 0x0a);
const UNCHANGED = 0x1234_5678_9abc_def0n;

/** Contents of FPR 0, 2, 4 and 6, each 64 bits. */
type Registers = Readonly<Partial<Record<0 | 2 | 4 | 6, bigint>>>;
const contents = (registers: Readonly<Partial<Record<number, bigint>>>, n: number): bigint =>
  registers[n] ?? UNCHANGED;
const LEFT_HALF = 0xffff_ffff_0000_0000n;
const stateOf = (word: number, fpc: number, registers: Registers, cc = 3): State => ({
  cc,
  fpc: fpc >>> 0,
  gr: Array.from({ length: 16 }, (_, n) => (n === 0 ? LEFT_HALF | BigInt(word >>> 0) : UNCHANGED)),
  vr: Array.from({ length: 32 }, (_, n) => (contents(registers, n) << 64n) | 5n),
  window: new Uint8Array(WINDOW_BYTES),
});
const run = (word: number, fpc: number, registers: Registers, cc?: number): Outcome =>
  machine.run(PFPO, stateOf(word, fpc, registers, cc));
const fpr = (o: Outcome, n: number): bigint => o.vr[n]! >> 64n;
const returnCode = (o: Outcome): bigint => o.gr[1]! & 0xffff_ffffn;
const flags = (o: Outcome): number => (o.fpc >>> 16) & 0xff;
const double = (value: number): bigint => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
};
/** Function codes: decimal to binary and back, long. */
const BINARY_OF_DECIMAL = 0x0106_0900;
const DECIMAL_OF_BINARY = 0x0109_0600;
/** 0.1 in long decimal. */
const DECIMAL_TENTH = 0x2234_0000_0000_0001n;

describe("the test bit", () => {
  it("tells every valid function from every other, and changes nothing else", () => {
    const family = (code: number): string => "hhh..bbbddd"[code] ?? ".";
    const state = stateOf(0, 0, {});
    const wrong: string[] = [];
    for (let target = 0; target < 16; target++)
      for (let source = 0; source < 16; source++)
        for (let control = 0; control < 256; control++) {
          const word = (0x8100_0000 | (target << 16) | (source << 8) | control) >>> 0;
          const [to, from] = [family(target), family(source)];
          const isRounding = [0, 1, 8, 9, 10, 11, 12, 13, 14, 15].includes(control & 15);
          const reserved = to === "b" ? 0x30 : to === "d" ? 0x10 : 0;
          const isThere = to !== "." && from !== "." && to !== from && isRounding && !(control & reserved);
          const gr = [BigInt(word), ...state.gr.slice(1)];
          const outcome = machine.call(entry, entry.helper!, {}, { ...state, gr });
          const isQuiet = outcome.vr[0] === state.vr[0] && outcome.fpc === 0 && returnCode(outcome) === 0n;
          if (outcome.cc !== (isThere ? 0 : 3) || !isQuiet) wrong.push(word.toString(16));
        }
    expect(wrong).toEqual([]);
  });
  it("knows one operation type", () => {
    for (let type = 0; type < 128; type++) {
      const word = ((0x80 | type) << 24) | (BINARY_OF_DECIMAL & 0xff_ffff);
      expect(machine.call(entry, entry.helper!, {}, stateOf(word, 0, {})).cc).toBe(type === 1 ? 0 : 3);
    }
  });
  it("without it such a function is a specification exception", () => {
    for (const word of [0, 0x0106_0600, 0x0106_0902, 0x0106_0910, 0x0206_0900]) {
      const outcome = run(word, 0, { 4: 1n });
      expect([machine.interruption, fpr(outcome, 0), outcome.gr[1]]).toEqual([6, UNCHANGED, UNCHANGED]);
    }
  });
});

describe("operands", () => {
  it("long: FPR 4 to FPR 0, and nothing else but the codes", () => {
    const outcome = run(BINARY_OF_DECIMAL, 0, { 4: DECIMAL_TENTH });
    expect([fpr(outcome, 0), outcome.cc, flags(outcome)]).toEqual([double(0.1), 1, 8]);
    expect(outcome.gr[1]).toBe(0x1234_5678_0000_0000n);
    expect([2, 4, 6].map((n) => fpr(outcome, n))).toEqual([UNCHANGED, DECIMAL_TENTH, UNCHANGED]);
  });
  it("short: the right half of FPR 0 stays", () => {
    const outcome = run(0x0105_0900, 0, { 4: DECIMAL_TENTH });
    expect(fpr(outcome, 0)).toBe(0x3dcc_cccd_9abc_def0n);
  });
  it("extended: pairs 4, 6 and 0, 2", () => {
    const there = run(0x010a_0600, 0, { 4: double(0.1) });
    const back = run(0x0106_0a00, 0, { 4: fpr(there, 0), 6: fpr(there, 2) });
    expect(fpr(back, 0)).toBe(double(0.1));
    const wide = run(0x0107_0000, 0, { 4: 0x4110_0000_0000_0000n });
    expect([fpr(wide, 0), fpr(wide, 2)]).toEqual([0x3fff_0000_0000_0000n, 0n]);
  });
  it("rounding methods 0 and 1 are the decimal and the binary mode of the FPC", () => {
    const by = (method: number, fpc: number): bigint =>
      fpr(run(BINARY_OF_DECIMAL | method, fpc, { 4: DECIMAL_TENTH }), 0);
    const up = double(0.1);
    expect([by(0, 0x10), by(1, 0x10), by(0, 0x01), by(1, 0x01)]).toEqual([up - 1n, up, up, up - 1n]);
    expect([8, 9, 10, 11, 12, 13, 14, 15].map((m) => by(m, 0x71))).toEqual(
      [up, up - 1n, up, up - 1n, up, up, up, up - 1n],
    );
  });
});

describe("IEEE exceptions", () => {
  const ALL = 0xf800_0000;
  it("exact results set condition code 0", () => {
    const outcome = run(DECIMAL_OF_BINARY, 0, { 4: double(1.5) });
    expect([outcome.cc, flags(outcome), returnCode(outcome)]).toEqual([0, 0, 0n]);
  });
  it("a trapped one interrupts behind the result and leaves condition code and return code", () => {
    const outcome = run(BINARY_OF_DECIMAL, ALL, { 4: DECIMAL_TENTH });
    expect([machine.interruption, (outcome.fpc >>> 8) & 0xff, outcome.cc]).toEqual([7, 0x0c, 3]);
    expect([fpr(outcome, 0), outcome.gr[1], flags(outcome)]).toEqual([double(0.1), UNCHANGED, 0]);
  });
  it("the alternate action tells the data-exception code instead", () => {
    const outcome = run(BINARY_OF_DECIMAL | 0x40, ALL, { 4: DECIMAL_TENTH });
    expect([machine.interruption, outcome.cc, returnCode(outcome)]).toEqual([0, 2, 0x0cn]);
    expect([fpr(outcome, 0), outcome.fpc]).toEqual([double(0.1), ALL]);
  });
  it("a trapped invalid operation is suppressed either way", () => {
    const signaling = 0x7ff0_0000_0000_0001n;
    const trapped = run(DECIMAL_OF_BINARY, ALL, { 4: signaling });
    expect([machine.interruption, (trapped.fpc >>> 8) & 0xff, fpr(trapped, 0)]).toEqual([7, 0x80, UNCHANGED]);
    const alternate = run(DECIMAL_OF_BINARY | 0x40, ALL, { 4: signaling });
    expect([machine.interruption, alternate.cc, returnCode(alternate), fpr(alternate, 0)]).toEqual(
      [0, 2, 0x80n, UNCHANGED],
    );
  });
  it("the inexact-suppression control silences inexact alone", () => {
    const outcome = run(BINARY_OF_DECIMAL | 0x80, ALL, { 4: DECIMAL_TENTH });
    expect([machine.interruption, outcome.cc, flags(outcome)]).toEqual([0, 0, 0]);
  });
});

describe("availability", () => {
  it("without additional floating-point registers it is a data exception of code 1", () => {
    const { core } = machine;
    core.cpu.setCr(0, 0n);
    run(BINARY_OF_DECIMAL, 0, { 4: DECIMAL_TENTH });
    expect([machine.interruption, core.ram.u32(0x90)]).toEqual([7, 1]);
    core.cpu.setCr(0, 0x60000n);
  });
  it("facility 44 is offered", () => {
    expect(facilityList()[5]! & 0x08).toBe(0x08);
  });
});
