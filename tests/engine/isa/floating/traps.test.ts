/** Traps and the FPC: what the peer does otherwise than the manual, or not at all. */
import { describe, expect, it } from "vitest";
import { instructionNamed } from "../../../../src/engine/isa/s390/instructions.ts";
import type { RawFields } from "../../../../src/engine/isa/s390/format.ts";
import { bytesOf, encode } from "../../../../src/engine/isa/s390/operands.ts";
import { OwnMachine } from "./ownMachine.ts";
import { WINDOW, WINDOW_BYTES, type Outcome, type State } from "./peer.ts";

const machine = new OwnMachine();
const long = (value: number): bigint => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0) << 64n;
};
function stateOf(fpc: number, registers: Readonly<Record<number, bigint>>, word = 0): State {
  const window = new Uint8Array(WINDOW_BYTES);
  new DataView(window.buffer).setUint32(0, word);
  const gr = Array.from({ length: 16 }, (_, n) =>
    n === 1 ? BigInt(WINDOW) : n === 3 ? BigInt(word >>> 0) : 0n,
  );
  return { cc: 3, fpc: fpc >>> 0, gr, vr: Array.from({ length: 32 }, (_, n) => registers[n] ?? 0n), window };
}
function run(name: string, fields: Partial<RawFields>, state: State): Outcome {
  const instruction = instructionNamed(name)!;
  return machine.run(bytesOf(encode(instruction, fields), instruction.format.length), state);
}
const codeIn = (outcome: Outcome): number => (outcome.fpc >>> 8) & 0xff;
const flagsIn = (outcome: Outcome): number => (outcome.fpc >>> 16) & 0xff;

describe("BFP traps", () => {
  it("inexact completes, tells whether it was incremented, and sets no flag", () => {
    const outcome = run("ddbr", { r1: 0, r2: 4 }, stateOf(0x0800_0000, { 0: long(1), 4: long(10) }));
    expect([machine.interruption, codeIn(outcome), flagsIn(outcome), outcome.vr[0]]).toEqual([
      7,
      0x0c,
      0,
      long(1 / 10),
    ]);
    const third = run("ddbr", { r1: 0, r2: 4 }, stateOf(0x0800_0000, { 0: long(1), 4: long(3) }));
    expect([codeIn(third), third.vr[0]]).toEqual([0x08, long(1 / 3)]);
  });
  it("overflow completes with a scaled result", () => {
    const outcome = run(
      "mdbr",
      { r1: 0, r2: 4 },
      stateOf(0x2000_0000, { 0: long(2 ** 1000), 4: long(2 ** 100) }),
    );
    expect([machine.interruption, codeIn(outcome), outcome.vr[0]]).toEqual([
      7,
      0x20,
      long(2 ** (1100 - 1536)),
    ]);
  });
  it("underflow completes with a scaled result even when it is exact", () => {
    const outcome = run(
      "mdbr",
      { r1: 0, r2: 4 },
      stateOf(0x1000_0000, { 0: long(2 ** -1000), 4: long(2 ** -60) }),
    );
    expect([machine.interruption, codeIn(outcome), outcome.vr[0]]).toEqual([
      7,
      0x10,
      long(2 ** (1536 - 1060)),
    ]);
  });
  it("a sum that traps sets the condition code all the same", () => {
    const outcome = run(
      "adbr",
      { r1: 0, r2: 4 },
      stateOf(0x0800_0000, { 0: long(-1), 4: long(-(2 ** -60)) }),
    );
    expect([machine.interruption, outcome.cc]).toEqual([7, 1]);
  });
  it("invalid operation is suppressed", () => {
    const outcome = run("sqdbr", { r1: 0, r2: 4 }, stateOf(0x8000_0000, { 0: 77n, 4: long(-1) }));
    expect([machine.interruption, codeIn(outcome), outcome.vr[0], flagsIn(outcome)]).toEqual([
      7,
      0x80,
      77n,
      0,
    ]);
  });
});

describe("FPC and signal", () => {
  it("earlier flags stay, and trap under the new masks by priority", () => {
    for (const [name, fields] of [
      ["lfas", { b2: 1 }],
      ["sfasr", { r1: 3 }],
    ] as const) {
      const calm = run(name, fields, stateOf(0x0028_0000, {}, 0x0010_0001));
      expect([machine.interruption, calm.fpc]).toEqual([0, 0x0038_0001]);
      const overflow = run(name, fields, stateOf(0x0038_0000, {}, 0x3800_0000));
      expect([machine.interruption, overflow.fpc]).toEqual([7, 0x3838_2b00]);
      const inexact = run(name, fields, stateOf(0x0008_0000, {}, 0x0800_0000));
      expect([machine.interruption, codeIn(inexact)]).toEqual([7, 0x0b]);
    }
  });
  it("reserved bits and rounding modes are refused", () => {
    for (const word of [4, 5, 6, 8, 0x80, 0x0100_0000, 0x0001_0000]) {
      run("lfas", { b2: 1 }, stateOf(0, {}, word));
      expect(machine.interruption, word.toString(16)).toBe(6);
    }
  });
});

describe("vector-processing exceptions", () => {
  it("suppress the instruction and name element and reason", () => {
    const operands = { 2: long(1) | (long(0) >> 64n), 3: long(1) | (long(0) >> 64n), 1: 5n };
    const outcome = run("vfd", { v1: 1, v2: 2, v3: 3, m4: 3 }, stateOf(0x8000_0000, operands));
    expect([machine.interruption, codeIn(outcome), outcome.vr[1], flagsIn(outcome)]).toEqual([
      0x1b,
      0x11,
      5n,
      0,
    ]);
    const inexact = run(
      "vfd",
      { v1: 1, v2: 2, v3: 4, m4: 3, m5: 8 },
      stateOf(0x0800_0000, { 1: 5n, 2: long(1), 4: long(3) }),
    );
    expect([machine.interruption, codeIn(inexact), inexact.vr[1]]).toEqual([0x1b, 0x05, 5n]);
  });
});

describe("vector checksum", () => {
  it("adds words with end-around carry to word 1", () => {
    const registers = {
      2: 0xffff_fff0_0000_0010_0000_0001_8000_0000n,
      3: 0x1111_1111_8000_0005_2222_2222_3333_3333n,
    };
    const outcome = run("vcksm", { v1: 1, v2: 2, v3: 3 }, stateOf(0, registers));
    let sum = 0xffff_fff0n + 0x10n + 1n + 0x8000_0000n + 0x8000_0005n;
    while (sum >> 32n) sum = (sum & 0xffff_ffffn) + (sum >> 32n);
    expect(outcome.vr[1]).toBe(sum << 64n);
  });
});
