/**
 * Long moves, comparisons and the checksum (Principles of Operation, chapter 7: MVCL, CLCL, MVCLE, CLCLE,
 * MVCLU, CLCLU, CKSM).
 *
 * Invariant: pieces never cross a page except one unit that does, and registers are written after each piece.
 * MVCL and CLCL that run out of their budget are executed again; the others end with condition code 3.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { evenR1R2, evenR1R3, evenR2, helper, Program, type Instruction } from "./instruction.ts";
import { LongOperand, Window } from "./longOperand.ts";

/** First index at which two pieces differ; a missing one is the pad repeated. -1 if they do not. */
function firstDifference(a: Uint8Array | undefined, b: Uint8Array | undefined, pad: Uint8Array): number {
  const length = (a ?? b)!.length;
  const mask = pad.length - 1;
  for (let i = 0; i < length; i++) {
    const x = a ? a[i]! : pad[i & mask]!;
    const y = b ? b[i]! : pad[i & mask]!;
    if (x !== y) return i;
  }
  return -1;
}

/**
 * Compares, the shorter operand extended with the pad (one unit). Condition code 0, 1, 2, or undefined when
 * the budget was used up. At inequality both operands are left at the unequal unit.
 */
function compareLong(
  first: LongOperand, second: LongOperand, pad: Uint8Array, budget: number,
): number | undefined {
  const unit = pad.length;
  const window = new Window();
  while (first.length > 0n || second.length > 0n) {
    if (budget <= 0) return undefined;
    let bytes = window.next(budget);
    if (first.length > 0n) bytes = first.piece(bytes, unit);
    if (second.length > 0n) bytes = second.piece(bytes, unit);
    const a = first.length > 0n ? first.load(bytes) : undefined;
    const b = second.length > 0n ? second.load(bytes) : undefined;
    const at = firstDifference(a, b, pad);
    const equal = at < 0 ? bytes : at - (at % unit);
    if (a) first.advance(equal);
    if (b) second.advance(equal);
    if (at >= 0) return (a ? a[at]! : pad[at % unit]!) < (b ? b[at]! : pad[at % unit]!) ? 1 : 2;
    budget -= bytes;
  }
  first.commit();
  second.commit();
  return 0;
}

/**
 * Moves, the first operand filled up with the pad (one unit). False when the budget was used up before its
 * end.
 */
function moveLong(to: LongOperand, from: LongOperand, pad: Uint8Array, budget: number): boolean {
  const unit = pad.length;
  while (to.length > 0n) {
    if (budget <= 0) return false;
    let bytes = to.piece(Math.min(budget, 4096), unit);
    if (from.length > 0n) {
      bytes = from.piece(bytes, unit);
      to.store(from.load(bytes));
      from.advance(bytes);
    } else {
      const fill = new Uint8Array(bytes).fill(pad[0]!);
      if (unit === 2) for (let i = 1; i < bytes; i += 2) fill[i] = pad[1]!;
      to.store(fill);
    }
    to.advance(bytes);
    budget -= bytes;
  }
  to.commit();
  from.commit();
  return true;
}

const byLength = (first: bigint, second: bigint): number => (first === second ? 0 : first < second ? 1 : 2);

/**
 * Would a byte of the first operand be fetched as source after it has been stored? Different spaces never
 * overlap.
 */
function overlapsDestructively(cpu: HelperCpu, to: LongOperand, from: LongOperand): boolean {
  const accessRegister = (r: number): number => (r ? cpu.ar(r) : 0);
  if (cpu.control.addressSpace === 1 && accessRegister(to.r) !== accessRegister(from.r)) return false;
  const moved = to.length < from.length ? to.length : from.length;
  const distance = cpu.wrap(to.address - from.address);
  return distance > 0n && distance < moved;
}

function mvcl(cpu: HelperCpu, f: RawFields): void {
  const to = new LongOperand(cpu, f.r1, "24 bits");
  const from = new LongOperand(cpu, f.r2, "24 bits");
  if (overlapsDestructively(cpu, to, from)) {
    cpu.cc = 3;
    return;
  }
  const cc = byLength(to.length, from.length);
  const pad = Uint8Array.of(cpu.grLow(f.r2 + 1) >>> 24);
  if (moveLong(to, from, pad, cpu.unitsPerExecution)) cpu.cc = cc;
  else cpu.redo();
}

function clcl(cpu: HelperCpu, f: RawFields): void {
  const pad = Uint8Array.of(cpu.grLow(f.r2 + 1) >>> 24);
  const first = new LongOperand(cpu, f.r1, "24 bits");
  const second = new LongOperand(cpu, f.r2, "24 bits");
  const cc = compareLong(first, second, pad, cpu.unitsPerExecution);
  if (cc === undefined) cpu.redo();
  else cpu.cc = cc;
}

/** The pad is the rightmost byte, or two bytes, of the second-operand address itself. */
function padOf(cpu: HelperCpu, f: RawFields, unit: 1 | 2): Uint8Array {
  const value = Number(cpu.address(f.b2, f.d2) & 0xffffn);
  return unit === 1 ? Uint8Array.of(value & 0xff) : Uint8Array.of(value >> 8, value & 0xff);
}

/** Lengths of operands of two-byte characters must be even. */
function requireWholeUnits(cpu: HelperCpu, unit: 1 | 2, ...operands: LongOperand[]): void {
  if (unit === 2 && operands.some((operand) => operand.length & 1n)) cpu.program(Program.specification);
}

function moveExtended(unit: 1 | 2) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const pad = padOf(cpu, f, unit);
    const to = new LongOperand(cpu, f.r1);
    const from = new LongOperand(cpu, f.r3);
    requireWholeUnits(cpu, unit, to, from);
    const cc = byLength(to.length, from.length);
    cpu.cc = moveLong(to, from, pad, cpu.unitsPerExecution) ? cc : 3;
  };
}

function compareExtended(unit: 1 | 2) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const pad = padOf(cpu, f, unit);
    const first = new LongOperand(cpu, f.r1);
    const second = new LongOperand(cpu, f.r3);
    requireWholeUnits(cpu, unit, first, second);
    cpu.cc = compareLong(first, second, pad, cpu.unitsPerExecution) ?? 3;
  };
}

/** CKSM: 32-bit sum with end-around carry in R1; the last word is filled up with zeros. */
function cksm(cpu: HelperCpu, f: RawFields): void {
  const operand = new LongOperand(cpu, f.r2);
  let sum = cpu.grLow(f.r1);
  let budget = cpu.unitsPerExecution;
  while (operand.length > 0n) {
    if (budget <= 0) {
      cpu.cc = 3;
      return;
    }
    const bytes = operand.length < 4n ? Number(operand.length) : operand.piece(Math.min(budget, 4096), 4);
    const data = operand.load(bytes);
    for (let i = 0; i < bytes; i += 4) {
      sum += (data[i]! * 256 + (data[i + 1] ?? 0)) * 0x1_0000 + (data[i + 2] ?? 0) * 256 + (data[i + 3] ?? 0);
      if (sum > 0xffff_ffff) sum -= 0xffff_ffff;
    }
    cpu.setGrLow(f.r1, sum);
    operand.advance(bytes);
    budget -= bytes;
  }
  operand.commit();
  cpu.cc = 0;
}

export const interruptible: readonly Instruction[] = [
  helper("mvcl", "RR", 0x0e, mvcl, { check: evenR1R2 }),
  helper("clcl", "RR", 0x0f, clcl, { check: evenR1R2 }),
  helper("mvcle", "RS-a", 0xa8, moveExtended(1), { check: evenR1R3 }),
  helper("clcle", "RS-a", 0xa9, compareExtended(1), { check: evenR1R3 }),
  helper("mvclu", "RSY-a", 0xeb8e, moveExtended(2), { check: evenR1R3 }),
  helper("clclu", "RSY-a", 0xeb8f, compareExtended(2), { check: evenR1R3 }),
  helper("cksm", "RRE", 0xb241, cksm, { check: evenR2 }),
];
