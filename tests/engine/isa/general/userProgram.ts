/**
 * A user-mode program that executes random cases one after the other and leaves every register, the condition
 * code and storage for comparison. The same bytes run under the engine, from `start`, and under another
 * emulator, from `entry`.
 */
import type { Prng } from "../../../../src/engine/base/prng.ts";
import type { RawFields } from "../../../../src/engine/isa/s390/format.ts";
import { instructionNamed } from "../../../../src/engine/isa/s390/instructions.ts";
import type { Instruction } from "../../../../src/engine/isa/s390/instruction.ts";
import { bytesOf, encode } from "../../../../src/engine/isa/s390/operands.ts";
import { WINDOW, randomCase, type RandomCase } from "./randomCase.ts";

export const LOAD = 0x400000;
const STATE = 0x600000;
const OUT = 0x700000;
const WINDOWS = 0x800200;
const CELLS = 0x5f0000;
const SIGNAL_STACK = 0x5e0000;
const STATE_SIZE = 208;
export const OUT_SIZE = 208;
/** Offsets in a case's state and outcome: 16 registers, 16 access registers, code, interruption flag. */
export const ACCESS = 128;
export const CODE = 192;
export const FLAG = 196;
export const CASES_MAX = Math.floor((OUT - STATE) / OUT_SIZE);

export interface UserProgram {
  readonly bytes: Uint8Array;
  readonly entry: number;
  readonly start: number;
  readonly end: number;
  readonly cases: readonly RandomCase[];
  /** Where a case goes on after an interruption. */
  readonly recover: readonly number[];
  readonly outAddress: (index: number) => number;
  readonly windowAddress: (index: number) => number;
  readonly dumpFrom: number;
  readonly dumpLength: number;
}

class Writer {
  readonly bytes: Uint8Array;
  at = LOAD;
  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }
  put(address: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, address - LOAD);
  }
  i(mnemonic: string, fields: Partial<RawFields>): void {
    const instruction = instructionNamed(mnemonic)!;
    const bytes = bytesOf(encode(instruction, fields), instruction.format.length);
    this.put(this.at, bytes);
    this.at += bytes.length;
  }
  relative(mnemonic: string, r1: number, target: number): void {
    this.i(mnemonic, { r1, ri2: (target - this.at) / 2 });
  }
  u64(address: number, value: bigint): void {
    new DataView(this.bytes.buffer).setBigUint64(address - LOAD, value);
  }
  u32(address: number, value: number): void {
    new DataView(this.bytes.buffer).setUint32(address - LOAD, value >>> 0);
  }
}

const SA_FLAGS = 0x4n | 0x04000000n | 0x08000000n | 0x40000000n;

/** Signal handler: marks the case and goes on behind its instruction. */
function writeSignals(w: Writer): void {
  const handler = w.at;
  w.relative("lgrl", 1, CELLS);
  w.i("stg", { r1: 1, b2: 4, d2: 48 });
  w.relative("lgrl", 5, CELLS + 8);
  w.i("mvi", { b1: 5, d1: FLAG, i2: 1 });
  w.i("bcr", { m1: 15, r2: 14 });
  const restorer = w.at;
  w.i("svc", { i1: 173 });
  [handler, 0, restorer, 0].forEach((v, i) => w.u64(CELLS + 64 + 8 * i, BigInt(v)));
  w.u64(CELLS + 72, SA_FLAGS);
  w.u64(CELLS + 32, BigInt(SIGNAL_STACK));
  w.u64(CELLS + 48, 0x8000n);
}
function writeSetup(w: Writer): void {
  w.relative("larl", 2, CELLS + 32);
  w.i("lghi", { r1: 3, i2: 0 });
  w.i("lghi", { r1: 1, i2: 186 });
  w.i("svc", { i1: 0 });
  for (const signal of [4, 5, 7, 8, 11]) {
    w.i("lghi", { r1: 2, i2: signal });
    w.relative("larl", 3, CELLS + 64);
    w.i("lghi", { r1: 4, i2: 0 });
    w.i("lghi", { r1: 5, i2: 8 });
    w.i("svc", { i1: 174 });
  }
}
function writeEnd(w: Writer, from: number, length: number): void {
  w.i("lghi", { r1: 2, i2: 1 });
  w.relative("larl", 3, from);
  w.i("llilf", { r1: 4, i2: length });
  w.i("svc", { i1: 4 });
  w.i("lghi", { r1: 2, i2: 0 });
  w.i("svc", { i1: 1 });
}

export function writeProgram(prng: Prng, instructions: readonly Instruction[]): UserProgram {
  const count = instructions.length;
  const windowAddress = (i: number): number => WINDOWS + i * WINDOW;
  const outAddress = (i: number): number => OUT + i * OUT_SIZE;
  const w = new Writer(windowAddress(count) - LOAD);
  writeSignals(w);
  const entry = w.at;
  writeSetup(w);
  const start = w.at;
  const cases: RandomCase[] = [];
  const recover: number[] = [];
  instructions.forEach((instruction, i) => {
    const state = STATE + i * STATE_SIZE;
    const out = outAddress(i);
    const preamble = 6 * 7 + 2 + 4;
    // A branch target, where the engine counts heat.
    w.i("brc", { m1: 15, ri2: 2 });
    const at = w.at + preamble;
    const c = randomCase(prng, instruction, BigInt(at), BigInt(windowAddress(i)));
    const after = at + instruction.format.length + 4;
    w.relative("larl", 1, after);
    w.relative("stgrl", 1, CELLS);
    w.relative("larl", 1, out);
    w.relative("stgrl", 1, CELLS + 8);
    w.relative("larl", 15, state);
    w.relative("lrl", 0, state + CODE);
    w.i("spm", { r1: 0 });
    w.i("lam", { r1: 0, r3: 15, b2: 15, d2: ACCESS });
    w.i("lmg", { r1: 0, r3: 15, b2: 15, d2: 0 });
    w.put(w.at, bytesOf(encode(instruction, c.fields), instruction.format.length));
    w.at += instruction.format.length;
    // Executed only where a branch was not taken.
    w.i("lhi", { r1: prng.below(16), i2: 0x5a5a });
    for (let r = 0; r < 16; r++) w.relative("stgrl", r, out + 8 * r);
    w.i("ipm", { r1: 0 });
    w.relative("strl", 0, out + CODE);
    w.relative("larl", 15, out);
    w.i("stam", { r1: 0, r3: 15, b2: 15, d2: ACCESS });
    c.registers.forEach((v, r) => w.u64(state + 8 * r, v));
    c.access.forEach((v, r) => w.u32(state + ACCESS + 4 * r, v));
    w.u32(state + CODE, c.cc << 28);
    w.put(windowAddress(i), c.window);
    cases.push(c);
    recover.push(after);
  });
  const end = w.at;
  const dumpLength = windowAddress(count) - OUT;
  writeEnd(w, OUT, dumpLength);
  if (w.at > SIGNAL_STACK) throw new Error("the program is too long");
  return {
    bytes: w.bytes,
    entry,
    start,
    end,
    cases,
    recover,
    outAddress,
    windowAddress,
    dumpFrom: OUT,
    dumpLength,
  };
}

/** A static executable with one loadable segment that may be read, written and executed. */
export function elfOf(program: UserProgram): Uint8Array {
  const offset = 0x1000;
  const file = new Uint8Array(offset + program.bytes.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1]);
  view.setUint16(16, 2);
  view.setUint16(18, 22);
  view.setUint32(20, 1);
  view.setBigUint64(24, BigInt(program.entry));
  view.setBigUint64(32, 64n);
  view.setUint16(52, 64);
  view.setUint16(54, 56);
  view.setUint16(56, 1);
  view.setUint32(64, 1);
  view.setUint32(68, 7);
  const size = program.bytes.length;
  [offset, LOAD, LOAD, size, size, 0x1000].forEach((v, i) => view.setBigUint64(72 + 8 * i, BigInt(v)));
  file.set(program.bytes, offset);
  return file;
}
