/**
 * PROGRAM CALL (Principles of Operation, chapter 10; chapter 5, "PC-number translation"), basic and stacking,
 * to the current primary space and with space switching, without the ASN-and-LX-reuse facility.
 *
 * Invariant: every exception comes before the state entry is stacked, and that before any register changes.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { Program } from "./instruction.ts";
import { stackProgramCall } from "./linkageStack.ts";
import { PswMask, modeOf } from "./pswMask.ts";
import * as S from "./spaceNumber.ts";
import { programCall, putTraceEntry, requireRoom } from "./tracing.ts";

const INVALID = 0x8000_0000n;
/** CR8 bits 32-47. */
const EXTENDED_INDEX = 0xffff_0000n;

/** Word 4 of an entry-table entry (its bits 128-159): controls, then entry key and extended index. */
const Control = {
  stacking: 0x8000_0000, extended: 0x4000_0000, replaceKey: 0x1000_0000, replaceKeyMask: 0x0800_0000,
  replaceExtendedIndex: 0x0400_0000, accessRegisterMode: 0x0200_0000, newSecondary: 0x0100_0000,
} as const;

/** An entry-table entry of 32 bytes. */
interface Entry {
  /** Words 0 and 1: instruction address; bit 63 is the problem state, bit 32 a mode unless extended. */
  readonly address: bigint;
  readonly authorizationKeyMask: number;
  /** 0: the current primary space. */
  readonly number: number;
  readonly keyMask: number;
  readonly controls: number;
  readonly aste: bigint;
  readonly parameter: bigint;
}

/** PC-number translation: linkage index in bits 44-55 of the address, entry index in 56-63. */
function findEntry(cpu: HelperCpu, number: number): Entry {
  const { control } = cpu;
  const designation = S.linkageTable(cpu);
  const [linkageIndex, entryIndex] = [number >> 8, number & 0xff];
  // Both lengths are in units of 128 bytes less one: 32 linkage-table or 4 entry-table entries.
  if (linkageIndex >> 5 > Number(designation & 0x7fn)) cpu.program(Program.lxTranslation, number);
  const linkage = control.readReal(
    BigInt.asUintN(31, (designation & 0x7fff_ff80n) + BigInt(linkageIndex * 4)), 4,
  );
  if (linkage & INVALID) cpu.program(Program.lxTranslation, number);
  if (entryIndex >> 2 > Number(linkage & 0x3fn)) cpu.program(Program.exTranslation, number);
  const at = BigInt.asUintN(31, (linkage & 0x7fff_ffc0n) + BigInt(entryIndex * 32));
  const words = [0n, 8n, 16n, 24n].map((offset) => control.readReal(at + offset, 8));
  const [address, masks, controls, parameter] = words as [bigint, bigint, bigint, bigint];
  const halfword = (shift: bigint): number => Number((masks >> shift) & 0xffffn);
  return {
    address, parameter, authorizationKeyMask: halfword(48n), number: halfword(32n), keyMask: halfword(16n),
    controls: Number(controls >> 32n), aste: controls & 0x7fff_ffc0n,
  };
}

/** Addressing mode and address of an entry: extended ones have 64 bits, others 31 and the mode in bit 32. */
function targetOf(cpu: HelperCpu, entry: Entry): { readonly bits: 24 | 31 | 64; readonly address: bigint } {
  if (entry.controls & Control.extended) return { bits: 64, address: entry.address & ~1n };
  const bits = entry.address & PswMask.basic ? 31 : 24;
  const address = entry.address & 0x7fff_fffen;
  return bits === 24 && address >> 24n ? cpu.program(Program.pcTranslation) : { bits, address };
}

/** A basic call is for the primary-space mode and stays in the 64-bit addressing mode or outside of it. */
function requireBasic(cpu: HelperCpu, entry: Entry): void {
  const changesMode = (cpu.addressBits === 64) !== ((entry.controls & Control.extended) !== 0);
  if (cpu.control.addressSpace !== 0 || changesMode) cpu.program(Program.specialOperation);
}

/** The space of an entry with a number; the entry says itself where the second-table entry is. */
function calledSpace(cpu: HelperCpu, entry: Entry): S.PrimarySpace {
  S.requireTranslation(cpu);
  const isValid = !(cpu.control.readReal(entry.aste, 4) & INVALID);
  if (!isValid) cpu.program(Program.asxTranslation, entry.number);
  return S.readPrimary(cpu, entry.number, entry.aste);
}

/** GR14 tells a basic call's program where to return to and in which state, GR3 key mask and number. */
function linkInRegisters(cpu: HelperCpu, next: bigint, wasProblem: boolean): void {
  const link = next | (wasProblem ? 1n : 0n);
  if (cpu.addressBits === 64) cpu.setGr(14, link);
  else cpu.setGrLow(14, Number(link) + (cpu.addressBits === 31 ? 0x8000_0000 : 0));
  cpu.setGrLow(3, S.keyMask(cpu) * 0x1_0000 + S.primaryNumber(cpu));
}

/** Called-space identification: number, and the last bytes of the second-table entry's sequence number. */
function identify(cpu: HelperCpu, to: S.PrimarySpace | undefined): number {
  return to ? to.number * 0x1_0000 + Number(cpu.control.readReal(to.aste + 20n, 4) & 0xffffn) : 0;
}

/** Bits of the PSW that a stacking call changes beside address, addressing mode and state. */
function stackingMask(mask: bigint, controls: number): bigint {
  const space = controls & Control.accessRegisterMode ? 1n << 46n : 0n;
  const inSpace = (mask & ~PswMask.space) | space;
  if (!(controls & Control.replaceKey)) return inSpace;
  return (inSpace & ~PswMask.key) | (BigInt((controls >>> 20) & 15) << 52n);
}

export function pc(cpu: HelperCpu, f: RawFields): void {
  const { control } = cpu;
  if (!control.datOn || control.addressSpace > 1) cpu.program(Program.specialOperation);
  const number = Number(cpu.address(f.b2, f.d2) & 0xf_ffffn);
  const entry = findEntry(cpu, number);
  const { controls } = entry;
  const isStacking = (controls & Control.stacking) !== 0;
  const { bits, address } = targetOf(cpu, entry);
  if (!isStacking) requireBasic(cpu, entry);
  const keys = S.keyMask(cpu);
  if (control.problemState && !(keys & entry.authorizationKeyMask)) cpu.program(Program.privileged);
  const to = entry.number === 0 ? undefined : calledSpace(cpu, entry);
  const next = control.pswAddress();
  const traced = programCall(cpu, number, bits);
  requireRoom(cpu, traced);
  if (isStacking) stackProgramCall(cpu, next, identify(cpu, to), number + (bits === 64 ? 0x8000_0000 : 0));
  else linkInRegisters(cpu, next, control.problemState);
  putTraceEntry(cpu, traced);
  if (bits === 64) cpu.setGr(4, entry.parameter);
  else cpu.setGrLow(4, Number(entry.parameter & 0xffff_ffffn));
  if (isStacking && controls & Control.replaceExtendedIndex) {
    cpu.setCr(8, (cpu.cr(8) & ~EXTENDED_INDEX) | BigInt((controls & 0xffff) * 0x1_0000));
  }
  const isReplaced = isStacking && (controls & Control.replaceKeyMask) !== 0;
  const keyMask = entry.keyMask | (isReplaced ? 0 : keys);
  const [caller, callerElement] = [S.primaryNumber(cpu), cpu.cr(1)];
  const event = to && S.enterPrimary(cpu, to);
  const isNew = to && isStacking && controls & Control.newSecondary;
  S.setSecondary(cpu, keyMask, isNew ? to.number : caller, isNew ? to.element : callerElement);
  const mask = isStacking ? stackingMask(control.pswMask(), controls) : control.pswMask();
  const problem = entry.address & 1n ? PswMask.problem : 0n;
  control.loadPsw((mask & ~(PswMask.mode | PswMask.problem)) | modeOf(bits) | problem, address);
  if (event !== undefined) cpu.complete(Program.spaceSwitch, event);
}
