/**
 * Translation of characters and tests by a table (Principles of Operation, chapter 7: TRT, TRTR, TRE, TROO,
 * TROT, TRTO, TRTT, TRTE, TRTRE).
 *
 * Invariant: of a table only what operandTable.ts has to fetch is touched.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { evenR1, helper, Program, type Instruction } from "./instruction.ts";
import { addressIn, LongOperand, pieceOf, setMark } from "./longOperand.ts";
import { OperandTable } from "./operandTable.ts";

// ---- translate and test

/**
 * TRT stops at the first byte with a nonzero table entry: address to GR1, entry to GR2; TRTR goes leftwards.
 */
function translateAndTest(step: 1 | -1) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const start = cpu.address(f.b1, f.d1);
    const table = new OperandTable(cpu, cpu.address(f.b2, f.d2), f.b2, 1, 256);
    const count = f.l1 + 1;
    let data = new Uint8Array(0);
    let from = 0;
    for (let i = 0; i < count; i++) {
      const place = cpu.wrap(start + BigInt(i * step));
      if (i === from + data.length) {
        from = i;
        data = fetchPiece(cpu, place, count - i, step, f.b1);
      }
      const code = table.at(data[i - from]!);
      if (code === 0) continue;
      setMark(cpu, place);
      cpu.setGr(2, (cpu.gr(2) & ~0xffn) | BigInt(code));
      cpu.cc = i === count - 1 ? 2 : 1;
      return;
    }
    cpu.cc = 0;
  };
}

/** Bytes in order of processing, up to the end (leftwards: the start) of the page of `place`. */
function fetchPiece(
  cpu: HelperCpu, place: bigint, limit: number, step: 1 | -1, b: number,
): Uint8Array<ArrayBuffer> {
  if (step === 1) return new Uint8Array(cpu.loadBytes(place, pieceOf(cpu, place, limit), b));
  const length = Math.min(limit, Number(place & 0xfffn) + 1);
  return new Uint8Array(cpu.loadBytes(cpu.wrap(place - BigInt(length - 1)), length, b)).reverse();
}

// ---- translate

/** TRE: in place, up to a byte that equals the test byte in GR0. */
function tre(cpu: HelperCpu, f: RawFields): void {
  const test = cpu.grLow(0) & 0xff;
  const operand = new LongOperand(cpu, f.r1);
  const table = new OperandTable(cpu, addressIn(cpu, f.r2), f.r2, 1, 256);
  let budget = cpu.unitsPerExecution;
  while (operand.length > 0n) {
    if (budget <= 0) {
      cpu.cc = 3;
      return;
    }
    const data = operand.load(operand.piece(Math.min(budget, 4096)));
    const stop = data.indexOf(test);
    const count = stop < 0 ? data.length : stop;
    if (count > 0) operand.store(data.subarray(0, count).map((byte) => table.at(byte)));
    operand.advance(count);
    if (stop >= 0) {
      cpu.cc = 1;
      return;
    }
    budget -= count;
  }
  operand.commit();
  cpu.cc = 0;
}

const characters = (data: Uint8Array, unit: 1 | 2): number[] =>
  unit === 1 ? [...data] : Array.from(
    { length: data.length / 2 }, (_, i) => data[2 * i]! * 256 + data[2 * i + 1]!,
  );

function toBytes(values: readonly number[], unit: 1 | 2): Uint8Array {
  const data = new Uint8Array(values.length * unit);
  values.forEach((value, i) => {
    if (unit === 2) data[2 * i] = value >> 8;
    data[i * unit + unit - 1] = value & 0xff;
  });
  return data;
}

/**
 * TROO, TROT, TRTO, TRTT: source R2 with its length in R1+1, result R1, table GR1 on a doubleword. A result
 * equal to the test character in GR0 stops with code 1 before it is stored, unless M3 bit 3 switches the test
 * off.
 */
function translateUnits(from: 1 | 2, to: 1 | 2) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const tested = (f.m3 & 1) === 0;
    const test = cpu.grLow(0) & (to === 1 ? 0xff : 0xffff);
    const target = new LongOperand(cpu, f.r1);
    let source = addressIn(cpu, f.r2);
    if (from === 2 && target.length & 1n) cpu.program(Program.specification);
    const table = new OperandTable(cpu, addressIn(cpu, 1) & ~7n, 1, to, from === 1 ? 256 : 65536);
    let budget = cpu.unitsPerExecution;
    while (target.length > 0n) {
      if (budget <= 0) {
        cpu.cc = 3;
        return;
      }
      const room = pieceOf(cpu, target.address, 4096, to) / to;
      const limit = Math.min(room, Number(target.length) / from, Math.max(1, budget));
      const data = cpu.loadBytes(source, pieceOf(cpu, source, limit * from, from), f.r2);
      let results = characters(data, from).map((character) => table.at(character));
      const stop = tested ? results.indexOf(test) : -1;
      if (stop >= 0) results = results.slice(0, stop);
      if (results.length > 0) target.store(toBytes(results, to));
      source = cpu.wrap(source + BigInt(results.length * from));
      moveOn(cpu, f, target, source, results.length * to, results.length * from);
      if (stop >= 0) {
        cpu.cc = 1;
        return;
      }
      budget -= results.length;
    }
    moveOn(cpu, f, target, source, 0, 0);
    cpu.cc = 0;
  };
}

/** The length in R1+1 counts source bytes, the address in R1 result bytes. */
function moveOn(
  cpu: HelperCpu, f: RawFields, target: LongOperand, source: bigint, stored: number, fetched: number,
): void {
  target.address = cpu.wrap(target.address + BigInt(stored));
  target.length -= BigInt(fetched);
  target.commit();
  cpu.setAddress(f.r2, source);
}

// ---- translate and test extended

const ARGUMENT_TWO_BYTES = 8;
const FUNCTION_TWO_BYTES = 4;
const ARGUMENT_LIMIT = 2;

/**
 * TRTE, TRTRE: first argument character with a nonzero function code in the table at GR1; the code goes to
 * R2. With the limit control, characters above 255 have code 0 and the table has 256 entries.
 */
function translateAndTestExtended(step: 1 | -1) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const unit = f.m3 & ARGUMENT_TWO_BYTES ? 2 : 1;
    const limited = (f.m3 & ARGUMENT_LIMIT) !== 0;
    const operand = new LongOperand(cpu, f.r1);
    if (unit === 2 && operand.length & 1n) cpu.program(Program.specification);
    const entries = unit === 2 && !limited ? 65536 : 256;
    const codeBytes = f.m3 & FUNCTION_TWO_BYTES ? 2 : 1;
    const table = new OperandTable(cpu, addressIn(cpu, 1) & ~7n, 1, codeBytes, entries);
    for (let budget = cpu.unitsPerExecution; operand.length > 0n; budget -= unit) {
      if (budget <= 0) {
        cpu.cc = 3;
        return;
      }
      const [high, low] = operand.load(unit);
      const character = unit === 2 ? high! * 256 + low! : high!;
      const code = character < entries ? table.at(character) : 0;
      if (code !== 0) {
        cpu.setGr(f.r2, BigInt(code));
        cpu.cc = 1;
        return;
      }
      operand.address = cpu.wrap(operand.address + BigInt(unit * step));
      operand.length -= BigInt(unit);
      operand.commit();
    }
    operand.commit();
    cpu.setGr(f.r2, 0n);
    cpu.cc = 0;
  };
}

export const translate: readonly Instruction[] = [
  helper("trt", "SS-a", 0xdd, translateAndTest(1)),
  helper("trtr", "SS-a", 0xd0, translateAndTest(-1)),
  helper("tre", "RRE", 0xb2a5, tre, { check: evenR1 }),
  helper("troo", "RRF-c", 0xb993, translateUnits(1, 1), { check: evenR1 }),
  helper("trot", "RRF-c", 0xb992, translateUnits(1, 2), { check: evenR1 }),
  helper("trto", "RRF-c", 0xb991, translateUnits(2, 1), { check: evenR1 }),
  helper("trtt", "RRF-c", 0xb990, translateUnits(2, 2), { check: evenR1 }),
  helper("trte", "RRF-c", 0xb9bf, translateAndTestExtended(1), { facility: 26, check: evenR1 }),
  helper("trtre", "RRF-c", 0xb9bd, translateAndTestExtended(-1), { facility: 26, check: evenR1 }),
];
