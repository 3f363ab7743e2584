/**
 * Branches: on condition, on count, on index, with linkage and with a change of addressing mode
 * (Principles of Operation, chapter 7). A branch register of 0 means: do all but branch.
 *
 * Invariant: the branch address is computed before the instruction changes a register.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, op, type Instruction } from "./instruction.ts";
import { based, equals, hasBit, indexed } from "./generalOperand.ts";
import type { RawFields } from "./format.ts";
import type { Builder, Fields, Meaning } from "./semantics.ts";
import { branchTaken, modeSwitch, putTraceEntry } from "./tracing.ts";

/** How an instruction continues at its target when `cond` holds (always when undefined). */
type Go = (cond: Val | undefined) => void;
type Target = (s: Builder, f: Fields) => Go;

const toIndexed: Target = (s, f) => {
  const target = s.let(indexed(s, f).value);
  return (cond) => s.branch(cond, target);
};
const toBased: Target = (s, f) => {
  const target = s.let(based(s, f).value);
  return (cond) => s.branch(cond, target);
};
const toRelative: Target = (s, f) => (cond) => s.branchRelative(cond, f.ri2);

const onCondition = (target: Target): Meaning => (s, f) => target(s, f)(s.ccSelected(f.m1));
const onConditionRegister: Meaning = (s, f) => {
  s.ifField(
    f.r2,
    () => s.branch(s.ccSelected(f.m1), s.addressIn(f.r2).value),
    // With masks 14 and 15 it is how a program waits for its own stores.
    () => s.if(equals(hasBit(s.i32(f.m1), 14), 14), () => s.serialize()),
  );
};
/**
 * BRANCH INDIRECT ON CONDITION: the branch address lies in storage; it is fetched only when the branch is
 * taken.
 */
const indirectOnCondition: Meaning = (s, f) => {
  const cond = s.let(s.ccSelected(f.m1));
  const target = s.variable(k64(0));
  s.if(cond, () => target.set(s.wrapAddress(s.load(8, indexed(s, f)))));
  s.branch(cond, target.get());
};

const onCount32 = (target: Target): Meaning => (s, f) => {
  const go = target(s, f);
  const count = s.let(E.sub32(s.low(f.r1), k32(1)));
  s.setLow(f.r1, count);
  go(E.ne32(count, k32(0)));
};
const onCount64 = (target: Target): Meaning => (s, f) => {
  const go = target(s, f);
  const count = s.let(E.sub64(s.gpr(f.r1), k64(1)));
  s.setGpr(f.r1, count);
  go(E.ne64(count, k64(0)));
};
const onCountRegister32: Meaning = (s, f) => {
  const target = s.let(s.addressIn(f.r2).value);
  const count = s.let(E.sub32(s.low(f.r1), k32(1)));
  s.setLow(f.r1, count);
  s.ifField(f.r2, () => s.branch(E.ne32(count, k32(0)), target));
};
const onCountRegister64: Meaning = (s, f) => {
  const target = s.let(s.addressIn(f.r2).value);
  const count = s.let(E.sub64(s.gpr(f.r1), k64(1)));
  s.setGpr(f.r1, count);
  s.ifField(f.r2, () => s.branch(E.ne64(count, k64(0)), target));
};
const onCountHigh: Meaning = (s, f) => {
  const count = s.let(E.sub32(s.high(f.r1), k32(1)));
  s.setHigh(f.r1, count);
  s.branchRelative(E.ne32(count, k32(0)), f.ri2);
};

/** BRANCH ON INDEX: r3 is the increment; the comparand is r3 itself if odd, else the register after it. */
const onIndex32 = (target: Target, high: boolean): Meaning => (s, f) => {
  const go = target(s, f);
  const comparand = s.let(s.low(s.odd(f.r3)));
  const sum = s.let(E.add32(s.low(f.r1), s.low(f.r3)));
  s.setLow(f.r1, sum);
  go((high ? E.gts32 : E.les32)(sum, comparand));
};
const onIndex64 = (target: Target, high: boolean): Meaning => (s, f) => {
  const go = target(s, f);
  const comparand = s.let(s.gpr(s.odd(f.r3)));
  const sum = s.let(E.add64(s.gpr(f.r1), s.gpr(f.r3)));
  s.setGpr(f.r1, sum);
  go((high ? E.gts64 : E.les64)(sum, comparand));
};

const linkAndGo = (target: Target): Meaning => (s, f) => {
  const go = target(s, f);
  s.setLink(f.r1);
  go(undefined);
};
/** Bit 0 of control register 12 asks for a trace entry. */
const linkAndGoRegister: Meaning = (s, f) => {
  s.ifField(
    f.r2,
    () => {
      s.if(E.lts64(s.cr(12), k64(0)), () => s.exact());
      const target = s.let(s.addressIn(f.r2).value);
      s.setLink(f.r1);
      s.branch(undefined, target);
    },
    () => s.setLink(f.r1),
  );
};

// ---- linkage of older programs
/**
 * Link of BRANCH AND LINK: like BAS, but in 24-bit mode it carries length, condition code and program mask.
 */
function setOldLink(cpu: HelperCpu, r: number, halfwords: 1 | 2): void {
  const next = cpu.control.pswAddress();
  if (cpu.addressBits === 64) cpu.setGr(r, next);
  else if (cpu.addressBits === 31) cpu.setGrLow(r, Number(next | 0x80000000n));
  else {
    const state = (halfwords << 30) | (cpu.cc << 28) | (cpu.programMask << 24);
    cpu.setGrLow(r, (state | Number(next & 0xffffffn)) >>> 0);
  }
}
/** Where a register leads that has the addressing mode in its bits 63 (64-bit) and 32 (31-bit). */
function placeIn(register: bigint): { readonly bits: 24 | 31 | 64; readonly target: bigint } {
  const bits = register & 1n ? 64 : register & 0x80000000n ? 31 : 24;
  return { bits, target: BigInt.asUintN(bits, register & ~1n) };
}
function branchAndSetMode(cpu: HelperCpu, register: bigint): void {
  const { bits, target } = placeIn(register);
  cpu.control.setAddressingMode(bits);
  cpu.branch(target);
}
/** Link of BASR and BASSM, which has the 64-bit mode in bit 63. */
function setLink(cpu: HelperCpu, r: number, mode64: bigint): void {
  const next = cpu.control.pswAddress();
  if (cpu.addressBits === 64) cpu.setGr(r, next | mode64);
  else cpu.setGrLow(r, Number(next | (cpu.addressBits === 31 ? 0x80000000n : 0n)));
}
/** BASR to an address, with its trace entry. */
function tracedCall(cpu: HelperCpu, f: RawFields): void {
  const target = cpu.wrap(cpu.gr(f.r2));
  putTraceEntry(cpu, branchTaken(cpu, target, cpu.addressBits));
  setLink(cpu, f.r1, 0n);
  cpu.branch(target);
}

const linkage: readonly Instruction[] = [
  helper("bal", "RX-a", 0x45, (cpu, f) => {
    const target = cpu.address(f.b2, f.d2, f.x2);
    setOldLink(cpu, f.r1, 2);
    cpu.branch(target);
  }),
  helper("balr", "RR", 0x05, (cpu, f) => {
    const target = cpu.wrap(cpu.gr(f.r2));
    if (f.r2 !== 0) putTraceEntry(cpu, branchTaken(cpu, target, cpu.addressBits));
    setOldLink(cpu, f.r1, 1);
    if (f.r2 !== 0) cpu.branch(target);
  }),
  helper("bsm", "RR", 0x0b, (cpu, f) => {
    const target = cpu.gr(f.r2);
    if (f.r2 !== 0) putTraceEntry(cpu, modeSwitch(cpu, placeIn(target).bits));
    if (f.r1 !== 0) {
      const old = cpu.gr(f.r1);
      if (cpu.addressBits === 64) cpu.setGr(f.r1, old | 1n);
      else cpu.setGr(f.r1, (old & ~0x80000000n) | (cpu.addressBits === 31 ? 0x80000000n : 0n));
    }
    if (f.r2 !== 0) branchAndSetMode(cpu, target);
  }),
  helper("bassm", "RR", 0x0c, (cpu, f) => {
    const target = cpu.gr(f.r2);
    const to = placeIn(target);
    if (f.r2 !== 0) putTraceEntry(cpu, branchTaken(cpu, to.target, to.bits));
    setLink(cpu, f.r1, 1n);
    if (f.r2 !== 0) branchAndSetMode(cpu, target);
  }),
];

const frequentMasks = { specialize: { m1: [15, 8, 7, 6, 4, 2, 0] } };
const MISCELLANEOUS_2 = { facility: 58 };
const HIGH_WORD = { facility: 45 };

export const branch: readonly Instruction[] = [
  op("bcr", "RR-m", 0x07, onConditionRegister, { specialize: { m1: [15, 0] } }),
  op("bc", "RX-b", 0x47, onCondition(toIndexed)),
  op("brc", "RI-c", 0xa74, onCondition(toRelative), frequentMasks),
  op("brcl", "RIL-c", 0xc04, onCondition(toRelative), frequentMasks),
  op("bic", "RXY-b", 0xe347, indirectOnCondition, MISCELLANEOUS_2),
  op("bctr", "RR", 0x06, onCountRegister32),
  op("bct", "RX-a", 0x46, onCount32(toIndexed)),
  op("bctgr", "RRE", 0xb946, onCountRegister64),
  op("bctg", "RXY-a", 0xe346, onCount64(toIndexed)),
  op("brct", "RI-b", 0xa76, onCount32(toRelative)),
  op("brctg", "RI-b", 0xa77, onCount64(toRelative)),
  op("brcth", "RIL-b", 0xcc6, onCountHigh, HIGH_WORD),
  op("bxh", "RS-a", 0x86, onIndex32(toBased, true)),
  op("bxle", "RS-a", 0x87, onIndex32(toBased, false)),
  op("bxhg", "RSY-a", 0xeb44, onIndex64(toBased, true)),
  op("bxleg", "RSY-a", 0xeb45, onIndex64(toBased, false)),
  op("brxh", "RSI", 0x84, onIndex32(toRelative, true)),
  op("brxle", "RSI", 0x85, onIndex32(toRelative, false)),
  op("brxhg", "RIE-e", 0xec44, onIndex64(toRelative, true)),
  op("brxlg", "RIE-e", 0xec45, onIndex64(toRelative, false)),
  op("bas", "RX-a", 0x4d, linkAndGo(toIndexed)),
  op("basr", "RR", 0x0d, linkAndGoRegister, { slow: tracedCall }),
  op("bras", "RI-b", 0xa75, linkAndGo(toRelative)),
  op("brasl", "RIL-b", 0xc05, linkAndGo(toRelative)),
  ...linkage,
];
