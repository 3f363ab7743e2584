/**
 * Strings that end at a byte or at an address (Principles of Operation, chapter 7: SRST, SRSTU, CLST, MVST,
 * CUSE).
 *
 * Invariant: a piece is fetched only up to the end of its page, which no exception can tell from one byte at
 * a time.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { evenR1R2, helper, op, Program, type Instruction } from "./instruction.ts";
import { addressIn, LongOperand, pieceOf, Window } from "./longOperand.ts";
import { compareString, searchString } from "./stringCompiled.ts";

/** The character in GR0 that ends the string; all other bits of 32-63 must be zero. */
function endingCharacter(cpu: HelperCpu, bits: 8 | 16): number {
  const value = cpu.grLow(0);
  if (value >>> bits) cpu.program(Program.specification);
  return value;
}

/** Index of an aligned pair of bytes in a piece, or -1. */
function indexIn(data: Uint8Array, character: number): number {
  for (let i = 0; i < data.length; i += 2) if (data[i]! * 256 + data[i + 1]! === character) return i;
  return -1;
}

/** SRSTU: R2 to before R1. Code 1 found (R1), 2 not found, 3 not yet (R2). */
function searchUnicode(cpu: HelperCpu, f: RawFields): void {
  const character = endingCharacter(cpu, 16);
  const start = addressIn(cpu, f.r2);
  const end = addressIn(cpu, f.r1);
  // An end that no step would hit exactly counts as reached one byte earlier or later.
  let left = cpu.wrap(end - start);
  left += left & 1n;
  let at = start;
  let budget = cpu.unitsPerExecution;
  const window = new Window();
  while (left > 0n) {
    if (budget <= 0) {
      cpu.setAddress(f.r2, at);
      cpu.cc = 3;
      return;
    }
    const bytes = pieceOf(cpu, at, Math.min(window.next(budget), Number(left)), 2);
    const found = indexIn(cpu.loadBytes(at, bytes, f.r2), character);
    if (found >= 0) {
      cpu.setAddress(f.r1, cpu.wrap(at + BigInt(found)));
      cpu.cc = 1;
      return;
    }
    at = cpu.wrap(at + BigInt(bytes));
    left -= BigInt(bytes);
    budget -= bytes;
  }
  cpu.cc = 2;
}

/**
 * MVST: code 1 with R1 at the ending character, 3 with both registers at the next byte. One piece an
 * execution.
 */
function mvst(cpu: HelperCpu, f: RawFields): void {
  const ending = endingCharacter(cpu, 8);
  const to = addressIn(cpu, f.r1);
  const from = addressIn(cpu, f.r2);
  const bytes = pieceOf(cpu, to, pieceOf(cpu, from, Math.min(cpu.unitsPerExecution, 4096)));
  const data = cpu.loadBytes(from, bytes, f.r2);
  const end = data.indexOf(ending);
  cpu.storeBytes(to, end < 0 ? data : data.subarray(0, end + 1), f.r1);
  cpu.setAddress(f.r1, cpu.wrap(to + BigInt(end < 0 ? bytes : end)));
  if (end < 0) cpu.setAddress(f.r2, cpu.wrap(from + BigInt(bytes)));
  cpu.cc = end < 0 ? 3 : 1;
}

/** Bytes of an operand by index, fetched page by page; after its end, the pad. */
class PaddedBytes {
  readonly operand: LongOperand;
  readonly pad: number;
  private data: Uint8Array = new Uint8Array(0);
  private from = 0;

  constructor(operand: LongOperand, pad: number) {
    this.operand = operand;
    this.pad = pad;
  }

  at(index: number): number {
    if (BigInt(index) >= this.operand.length) return this.pad;
    if (index < this.from || index >= this.from + this.data.length) {
      const { cpu, address, length, r } = this.operand;
      const place = cpu.wrap(address + BigInt(index));
      this.data = cpu.loadBytes(place, pieceOf(cpu, place, Math.min(256, Number(length) - index)), r);
      this.from = index;
    }
    return this.data[index - this.from]!;
  }
}

/**
 * CUSE: until as many equal byte pairs in a row as GR0 says. Code 0 found, 1 the ends were reached within an
 * equal run, 2 with unequal bytes, 3 not yet. Operands are left at the start of the last equal run, or behind
 * the last unequal pair.
 */
function cuse(cpu: HelperCpu, f: RawFields): void {
  const wanted = cpu.grLow(0) & 0xff;
  const pad = cpu.grLow(1) & 0xff;
  const first = new LongOperand(cpu, f.r1);
  const second = new LongOperand(cpu, f.r2);
  const [a, b] = [new PaddedBytes(first, pad), new PaddedBytes(second, pad)];
  const longest = first.length > second.length ? first.length : second.length;
  let run = 0;
  let index = 0;
  const finish = (cc: number): void => {
    for (const operand of [first, second]) operand.advance(Math.min(index - run, Number(operand.length)));
    cpu.cc = cc;
  };
  while (run < wanted) {
    if (BigInt(index) >= longest) return finish(run > 0 ? 1 : 2);
    run = a.at(index) === b.at(index) ? run + 1 : 0;
    index++;
    if (run === 0 && index >= cpu.unitsPerExecution && BigInt(index) < longest) return finish(3);
  }
  finish(0);
}

export const string: readonly Instruction[] = [
  op("srst", "RRE", 0xb25e, searchString),
  helper("srstu", "RRE", 0xb9be, searchUnicode),
  op("clst", "RRE", 0xb25d, compareString),
  helper("mvst", "RRE", 0xb255, mvst),
  helper("cuse", "RRE", 0xb257, cuse, { check: evenR1R2 }),
];
