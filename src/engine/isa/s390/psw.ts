/**
 * Program-status-word instructions: system mask, key, address-space control, whole PSW (Principles of
 * Operation, chapter 10; SVC and MC from chapter 7).
 *
 * Invariant: authority (privileged, special operation) is decided before operands are looked at, and storage
 * is reached before anything is changed.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import * as E from "../../wasm/value.ts";
import { k32, type Val } from "../../wasm/value.ts";
import { helper, op, Program, type Instruction } from "./instruction.ts";
import type { Meaning } from "./semantics.ts";
import { requireExtractionAuthority, requireKey } from "./authority.ts";
import { crossHome } from "./spaceNumber.ts";
import { alignedOperand1, alignedOperand2 } from "./operandAlignment.ts";

/** CR0.33: SSM-suppression control. */
const SSM_SUPPRESSION = 1n << 30n;
/** CR0.37: secondary-space control. */
const SECONDARY_SPACE = 1n << 26n;
/** Bit 12 of the 8-byte PSW is one: it tells the short format from an ESA/390 basic-control one. */
const SHORT_PSW = 1n << 51n;

function ssm(cpu: HelperCpu, f: RawFields): void {
  if (cpu.cr(0) & SSM_SUPPRESSION) cpu.program(Program.specialOperation);
  cpu.control.setSystemMask(Number(cpu.load(cpu.address(f.b1, f.d1), 1, f.b1)));
}

function storeThenSetMask(combine: (mask: number, immediate: number) => number) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const mask = Number(cpu.control.pswMask() >> 56n);
    cpu.store(cpu.address(f.b1, f.d1), 1, BigInt(mask), f.b1);
    cpu.control.setSystemMask(combine(mask, f.i2));
  };
}

/** PSW bits 6 and 7, the I/O and external masks, as bits of the system mask. */
const INTERRUPTION_MASKS = 0x03;

/** Compiled where only interruption masks change; DAT and PER change how code runs and take the slow way. */
const maskInterruptions =
  (combine: (mask: Val, immediate: Val) => Val, opens: boolean): Meaning =>
  (s, f) => {
    const word = s.let(s.state("pswMaskHigh"));
    const mask = s.let(E.shru32(word, k32(24)));
    const next = s.let(combine(mask, s.i32(f.i2)));
    s.if(E.and32(E.xor32(mask, next), k32(~INTERRUPTION_MASKS)), () => s.exact());
    s.store(1, s.address(f.b1, f.d1), mask);
    s.setState("pswMaskHigh", E.or32(E.and32(word, k32(0x00ffffff)), E.shl32(next, k32(24))));
    if (opens) s.recheckInterruptions();
  };

function lpsw(cpu: HelperCpu, f: RawFields): void {
  const psw = cpu.load(alignedOperand1(cpu, f, 8), 8, f.b1);
  if (!(psw & SHORT_PSW)) cpu.program(Program.specification);
  cpu.control.loadPsw(psw & ~SHORT_PSW & 0xffff_ffff_8000_0000n, psw & 0x7fff_ffffn);
}

function lpswe(cpu: HelperCpu, f: RawFields): void {
  const address = alignedOperand2(cpu, f, 8);
  const mask = cpu.load(address, 8, f.b2);
  cpu.control.loadPsw(mask, cpu.load(cpu.wrap(address + 8n), 8, f.b2));
}

function epsw(cpu: HelperCpu, f: RawFields): void {
  const mask = cpu.control.pswMask();
  cpu.setGrLow(f.r1, Number(mask >> 32n));
  if (f.r2) cpu.setGrLow(f.r2, Number(mask & 0xffff_ffffn));
}

function spka(cpu: HelperCpu, f: RawFields): void {
  const key = Number((cpu.address(f.b2, f.d2) >> 4n) & 15n);
  requireKey(cpu, key);
  cpu.control.setKey(key);
}

function ipk(cpu: HelperCpu): void {
  requireExtractionAuthority(cpu);
  cpu.setGr(2, (cpu.gr(2) & ~0xffn) | BigInt(cpu.control.key << 4));
}

/**
 * The PSW counts 0 primary, 1 access-register, 2 secondary, 3 home; SAC, SACF and IAC count 1 secondary, 2
 * access-register.
 */
const swapSpaces = [0, 2, 1, 3] as const;

function sac(cpu: HelperCpu, f: RawFields): void {
  const control = cpu.control;
  if (!control.datOn || !(cpu.cr(0) & SECONDARY_SPACE)) cpu.program(Program.specialOperation);
  const code = Number((cpu.address(f.b2, f.d2) >> 8n) & 15n);
  if (code === 3 && control.problemState) cpu.program(Program.privileged);
  if (code > 3) cpu.program(Program.specification);
  const wasHome = control.addressSpace === 3;
  control.setAddressSpace(swapSpaces[code as 0 | 1 | 2 | 3]);
  if (wasHome !== (code === 3)) crossHome(cpu, wasHome);
}

function iac(cpu: HelperCpu, f: RawFields): void {
  if (!cpu.control.datOn) cpu.program(Program.specialOperation);
  requireExtractionAuthority(cpu);
  const code = swapSpaces[cpu.control.addressSpace as 0 | 1 | 2 | 3];
  cpu.setGr(f.r1, (cpu.gr(f.r1) & ~0xff00n) | BigInt(code << 8));
  cpu.cc = code;
}

function mc(cpu: HelperCpu, f: RawFields): void {
  if (f.i2 & 0xf0) cpu.program(Program.specification);
  // Monitor masks: CR8 bits 48-63, leftmost for class 0.
  if ((cpu.cr(8) >> (15n - BigInt(f.i2))) & 1n) cpu.control.monitorCall(f.i2, cpu.address(f.b1, f.d1));
}

const privileged = { privileged: true };

export const psw: readonly Instruction[] = [
  helper("ssm", "SI", 0x80, ssm, { privileged: true, syntax: "d1(b1)" }),
  helper("lpsw", "SI", 0x82, lpsw, { privileged: true, syntax: "d1(b1)" }),
  op("stnsm", "SI", 0xac, maskInterruptions(E.and32, false), {
    privileged: true,
    slow: storeThenSetMask((mask, immediate) => mask & immediate),
  }),
  op("stosm", "SI", 0xad, maskInterruptions(E.or32, true), {
    privileged: true,
    slow: storeThenSetMask((mask, immediate) => mask | immediate),
  }),
  helper("lpswe", "S", 0xb2b2, lpswe, privileged),
  helper("epsw", "RRE", 0xb98d, epsw),
  helper("spka", "S", 0xb20a, spka),
  helper("ipk", "S", 0xb20b, ipk, { syntax: "" }),
  helper("sac", "S", 0xb219, sac),
  helper("sacf", "S", 0xb279, sac),
  helper("iac", "RRE", 0xb224, iac, { syntax: "r1" }),
  helper("svc", "I", 0x0a, (cpu, f) => cpu.control.supervisorCall(f.i1)),
  helper("mc", "SI", 0xaf, mc),
];
