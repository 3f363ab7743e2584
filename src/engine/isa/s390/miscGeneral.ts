/**
 * General instructions of no larger group: program mask and addressing mode, bit counting, block boundary,
 * hints (Principles of Operation, chapter 7). Hints promise nothing and do nothing here.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import { Program, evenR1, helper, op, type Instruction } from "./instruction.ts";
import { hasBit, indexed } from "./generalOperand.ts";
import { Cc, type Builder, type Meaning } from "./semantics.ts";
import { modeSwitch, putTraceEntry } from "./tracing.ts";

const nothing: Meaning = () => {};

const insertProgramMask: Meaning = (s, f) => {
  const byte = E.or32(E.shl32(s.cc(), k32(4)), s.programMask());
  s.setLow(f.r1, E.or32(E.and32(s.low(f.r1), k32(0x00ffffff)), E.shl32(byte, k32(24))));
};

/** Number of ones of every byte, in that byte. */
function onesPerByte(s: Builder, v: Val): Val {
  const pairs = s.let(E.sub64(v, E.and64(E.shru64(v, k64(1)), k64(0x5555555555555555n))));
  const fours = k64(0x3333333333333333n);
  const quads = s.let(E.add64(E.and64(pairs, fours), E.and64(E.shru64(pairs, k64(2)), fours)));
  return E.and64(E.add64(quads, E.shru64(quads, k64(4))), k64(0x0f0f0f0f0f0f0f0fn));
}
const populationCount: Meaning = (s, f) => {
  const v = s.let(s.gpr(f.r2));
  const result = s.let(E.select(hasBit(s.i32(f.m3), 8), E.popcnt64(v), onesPerByte(s, v)));
  s.setGpr(f.r1, result);
  s.setCc(Cc.nonZero, result);
};
const findLeftmostOne: Meaning = (s, f) => {
  const v = s.let(s.gpr(f.r2));
  const position = s.let(E.clz64(v));
  s.setGpr(f.r1, position);
  s.setGpr(s.odd(f.r1), E.and64(v, E.not64(E.shru64(k64(-0x8000000000000000n), position))));
  s.setCcValue(E.shl32(E.ne64(v, k64(0)), k32(1)));
};
/** Bytes from the address to the next block boundary, at most 16; blocks are 64 bytes shifted by the mask. */
const loadCountToBoundary: Meaning = (s, f) => {
  const block = E.shl32(k32(64), s.i32(f.m3));
  const address = E.wrap(indexed(s, f).value);
  const left = s.let(E.sub32(block, E.and32(address, E.sub32(block, k32(1)))));
  const full = s.let(E.geu32(left, k32(16)));
  s.setLow(f.r1, E.select(full, k32(16), left));
  s.setCcValue(E.select(full, k32(0), k32(3)));
};

/** SET ADDRESSING MODE: a program that lies beyond what the new mode can address cannot enter it. */
const setMode = (mnemonic: string, opcode: number, bits: 24 | 31 | 64): Instruction =>
  helper(mnemonic, "E", opcode, (cpu) => {
    if (bits !== 64 && cpu.control.pswAddress() >> BigInt(bits) !== 0n) cpu.program(Program.specification);
    putTraceEntry(cpu, modeSwitch(cpu, bits));
    cpu.control.setAddressingMode(bits);
  });

export const miscGeneral: readonly Instruction[] = [
  op("ipm", "RRE", 0xb222, insertProgramMask, { syntax: "r1" }),
  helper("spm", "RR", 0x04, (cpu, f) => {
    const bits = cpu.grLow(f.r1) >>> 24;
    cpu.control.setProgramMask(bits & 15);
    cpu.cc = (bits >> 4) & 3;
  }, { syntax: "r1" }),
  setMode("sam24", 0x010c, 24),
  setMode("sam31", 0x010d, 31),
  setMode("sam64", 0x010e, 64),
  helper("tam", "E", 0x010b, (cpu) => {
    cpu.cc = cpu.addressBits === 24 ? 0 : cpu.addressBits === 31 ? 1 : 3;
  }),
  op("popcnt", "RRF-c", 0xb9e1, populationCount, { facility: 45 }),
  op("flogr", "RRE", 0xb983, findLeftmostOne, { facility: 21, check: evenR1 }),
  op("lcbb", "RXE", 0xe727, loadCountToBoundary, {
    facility: 129, syntax: "r1,d2(x2,b2),m3", check: (f) => (f.m3 > 6 ? Program.specification : 0),
  }),
  // Hints
  op("pfd", "RXY-b", 0xe336, nothing, { facility: 34 }),
  op("pfdrl", "RIL-c", 0xc62, nothing, { facility: 34 }),
  op("niai", "IE", 0xb2fa, nothing, { facility: 49 }),
  op("ppa", "RRF-c", 0xb2e8, nothing, { facility: 49, syntax: "r1,r2,m3" }),
  op("bprp", "MII", 0xc5, nothing, { facility: 49 }),
];
