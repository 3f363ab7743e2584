/**
 * BRANCH AND SET AUTHORITY and BRANCH IN SUBSPACE GROUP (Principles of Operation, chapter 10), with the
 * dispatchable-unit control table of chapter 5.
 *
 * Invariant: the table is written after the last other exception, and before any register.
 */
import { translateAlet } from "./accessList.ts";
import { requireKey } from "./authority.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { Program } from "./instruction.ts";
import * as S from "./spaceNumber.ts";
import * as Group from "./subspace.ts";
import { branchTaken, putTraceEntry, requireRoom, subspaceBranch, type TraceEntry } from "./tracing.ts";

/** In the control table: word 5 key mask, key and states, words 8 and 9 where to return to. */
const At = { authority: 20n, return: 32n } as const;
/** In word 5: bits 24-27 the key, 28 reduced authority, 31 problem state. */
const REDUCED = 8;
const PROBLEM = 1;

/** Address of the next instruction as a link: with the mode in bit 32 outside of 64-bit mode. */
function nextLink(cpu: HelperCpu): bigint {
  const next = cpu.control.pswAddress();
  return cpu.addressBits === 31 ? next | 0x8000_0000n : next;
}

/** A link into a register, all of it or bits 32-63; register 0 says that none is wanted. */
function setLink(cpu: HelperCpu, r: number, link: bigint): void {
  if (r === 0) return;
  if (cpu.addressBits === 64) cpu.setGr(r, link);
  else cpu.setGrLow(r, Number(link));
}

/** Where a link leads: outside of the 64-bit mode its bit 32 sets 24 or 31 bits. */
function modeOf(cpu: HelperCpu, link: bigint): 24 | 31 | 64 {
  return cpu.addressBits === 64 ? 64 : link & 0x8000_0000n ? 31 : 24;
}
function branchTo(cpu: HelperCpu, link: bigint): void {
  if (cpu.addressBits !== 64) cpu.control.setAddressingMode(modeOf(cpu, link));
  cpu.branch(cpu.wrap(link));
}
/** The entry of a branch to a link, for which there is room. */
function traceOf(cpu: HelperCpu, link: bigint, alet?: number): TraceEntry | undefined {
  const bits = modeOf(cpu, link);
  const target = BigInt.asUintN(bits, link);
  const traced =
    alet === undefined ? branchTaken(cpu, target, bits) : subspaceBranch(cpu, alet, target, bits);
  requireRoom(cpu, traced);
  return traced;
}

/** Key mask, key and problem state all at once. */
function setAuthority(cpu: HelperCpu, keyMask: number, key: number, isProblem: boolean): void {
  cpu.setCr(3, (cpu.cr(3) & ~0xffff_0000n) | BigInt(keyMask * 0x1_0000));
  cpu.control.setKey(key);
  cpu.control.setProblemState(isProblem);
}

/** From base authority: R1 has a mask for the key mask and a key; branches to R2 in the problem state. */
function reduceAuthority(cpu: HelperCpu, f: RawFields, table: bigint): void {
  const { control } = cpu;
  if (f.r2 === 0) cpu.program(Program.specialOperation);
  const key = (cpu.grLow(f.r1) >>> 4) & 15;
  requireKey(cpu, key);
  const target = cpu.gr(f.r2);
  const keys = S.keyMask(cpu);
  const states = (control.key << 4) | REDUCED | (control.problemState ? PROBLEM : 0);
  const link = nextLink(cpu);
  const traced = traceOf(cpu, target);
  control.writeReal(table + At.return, 8, link);
  control.writeReal(table + At.authority, 4, BigInt(keys * 0x1_0000 + states));
  putTraceEntry(cpu, traced);
  setAuthority(cpu, keys & (cpu.grLow(f.r1) >>> 16), key, true);
  branchTo(cpu, target);
}

/** From reduced authority: back to the address and the authority that are kept. */
function restoreAuthority(cpu: HelperCpu, f: RawFields, table: bigint, kept: number): void {
  const { control } = cpu;
  if (f.r2 !== 0) cpu.program(Program.specialOperation);
  const target = control.readReal(table + At.return, 8);
  const link = nextLink(cpu);
  const traced = traceOf(cpu, target);
  control.writeReal(table + At.authority, 4, BigInt((kept & ~REDUCED) >>> 0));
  putTraceEntry(cpu, traced);
  setLink(cpu, f.r1, link);
  setAuthority(cpu, kept >>> 16, (kept >>> 4) & 15, (kept & PROBLEM) !== 0);
  branchTo(cpu, target);
}

export function bsa(cpu: HelperCpu, f: RawFields): void {
  if (!cpu.control.datOn) cpu.program(Program.specialOperation);
  const table = Group.unitControlTable(cpu);
  const kept = Number(cpu.control.readReal(table + At.authority, 4));
  if (kept & REDUCED) restoreAuthority(cpu, f, table, kept);
  else reduceAuthority(cpu, f, table);
}

/** The space that an ALET names for BSG, 0 the base space, 1 the last subspace, with its element's bits. */
function destination(cpu: HelperCpu, alet: number, register: number, base: bigint): bigint {
  if (alet === 0) return base;
  if (alet === 1) {
    if (Group.lastSubspace(cpu) === 0n) cpu.program(Program.specialOperation);
    const last = Group.requireLast(cpu);
    return typeof last === "bigint" ? last : cpu.program(last.exception);
  }
  const space = translateAlet(cpu, alet, undefined);
  if ("exception" in space) return cpu.program(space.exception, register);
  return space.aste;
}

/** Bit 31 of word 0 of an ASN-second-table entry: it is the base space of its group. */
const BASE_SPACE = 1n;

export function bsg(cpu: HelperCpu, f: RawFields): void {
  const { control } = cpu;
  if (!control.datOn || !(cpu.cr(1) & Group.SUBSPACE_GROUP)) cpu.program(Program.specialOperation);
  const base = Group.baseSpace(cpu);
  if ((cpu.cr(5) & 0x7fff_ffc0n) !== base) cpu.program(Program.specialOperation);
  const to = destination(cpu, cpu.ar(f.r2), f.r2, base);
  const element = control.readReal(to + 8n, 8);
  if (to !== base) {
    const isSubspace = element & Group.SUBSPACE_GROUP && !(control.readReal(to, 4) & BASE_SPACE);
    if (!isSubspace) cpu.program(Program.specialOperation);
  }
  const target = cpu.gr(f.r2);
  const link = nextLink(cpu);
  const traced = traceOf(cpu, target, cpu.ar(f.r2));
  if (to === base) Group.noteBase(cpu);
  else Group.noteSubspace(cpu, to);
  putTraceEntry(cpu, traced);
  setLink(cpu, f.r1, link);
  cpu.setCr(1, Group.replaceElement(cpu.cr(1), element));
  S.setSecondary(cpu, S.keyMask(cpu), S.primaryNumber(cpu), cpu.cr(1));
  branchTo(cpu, target);
}
