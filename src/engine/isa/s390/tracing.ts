/**
 * Trace entries (Principles of Operation, chapter 4, "Tracing"): branch tracing, mode tracing (changes to and
 * from the 64-bit addressing mode), ASN tracing and explicit tracing, each under its bit of control register
 * 12, whose bits 2-61 are the real address of the next entry.
 *
 * An entry is a number of words. But for branches in the 24- and 31-bit modes, bits 0-3 of its first word say
 * what it is of and bits 4-7 how many words follow. An address of the 64-bit mode has one word where its bits
 * 0-31 are zeros, else two; one of the other modes has the 31-bit mode in bit 0.
 *
 * Not from a document, but inferred from the other forms: the two-word address of a branch in the 64-bit
 * mode, that TRAP counts as a change of the mode, and that PC and PR leave the mode's entry out where they
 * have one of their own.
 */
import type { HelperCpu } from "./helperCpu.ts";
import { Program } from "./instruction.ts";

type AddressBits = 24 | 31 | 64;
/** Words, each an unsigned number. */
export type TraceEntry = readonly number[];

const Control = { branch: 1n << 63n, mode: 1n << 62n, space: 2n, explicit: 1n } as const;
const ENTRY_ADDRESS = 0x3fff_ffff_ffff_fffcn;
const PAGE = 4096n;

/** Bits 0-3 of an entry. */
const Kind = { secondary: 1, call: 2, transfer: 3, subspace: 4, mode: 5 } as const;
/** Bits 8-11 of an entry of the kind `mode`. */
const Mode = { branch: 8, wide: 4, switch: 2, enters: 1 } as const;
/** Bits 12-15 where an address that is gone to, or one that is left, is one of the 64-bit mode, and wide. */
const To = { long: 8, wide: 4 } as const;
const From = { long: 2, wide: 1 } as const;

const isOn = (cpu: HelperCpu, control: bigint): boolean => (cpu.cr(12) & control) !== 0n;
export const tracesExplicitly = (cpu: HelperCpu): boolean => isOn(cpu, Control.explicit);

const isWide = (address: bigint, bits: AddressBits): boolean => bits === 64 && address >> 32n !== 0n;
function wordsOf(address: bigint, bits: AddressBits): number[] {
  const low = Number(address & 0xffff_ffffn);
  if (bits === 64) return isWide(address, bits) ? [Number(address >> 32n), low] : [low];
  return [bits === 31 ? low % 0x8000_0000 + 0x8000_0000 : low & 0xff_ffff];
}
/** Always two words in the 64-bit mode. */
const fullWordsOf = (address: bigint, bits: AddressBits): number[] =>
  bits === 64 ? [Number(address >> 32n), Number(address & 0xffff_ffffn)] : wordsOf(address, bits);

/** `rest`: bits 8-31 of the first word. */
const entryOf = (kind: number, rest: number, words: readonly number[]): TraceEntry => [
  kind * 0x1000_0000 + words.length * 0x100_0000 + rest, ...words,
];
const flagsOf = (
  address: bigint, bits: AddressBits, { long, wide }: { readonly long: number; readonly wide: number },
): number => (bits === 64 ? long : 0) + (isWide(address, bits) ? wide : 0);
const keyed = (cpu: HelperCpu, rest: number): number => cpu.control.key * 0x10_0000 + rest;

// ---- entries; undefined where nothing is to be traced

const switches = (cpu: HelperCpu, bits: AddressBits): boolean =>
  isOn(cpu, Control.mode) && (cpu.addressBits === 64) !== (bits === 64);

function modeEntry(flags: number, address: bigint, bits: AddressBits): TraceEntry {
  const wide = isWide(address, bits) ? Mode.wide : 0;
  return entryOf(Kind.mode, (flags + wide) * 0x10_0000, wordsOf(address, bits));
}

/** The next instruction runs in the mode of `bits`; its address is told as it is in this one. */
export function modeSwitch(cpu: HelperCpu, bits: AddressBits): TraceEntry | undefined {
  if (!switches(cpu, bits)) return undefined;
  const enters = bits === 64 ? Mode.enters : 0;
  return modeEntry(Mode.switch + enters, cpu.control.pswAddress(), cpu.addressBits);
}

/** A branch to `target` in the mode of `bits`, which may be another one. */
export function branchTaken(cpu: HelperCpu, target: bigint, bits: AddressBits): TraceEntry | undefined {
  if (!isOn(cpu, Control.branch)) return modeSwitch(cpu, bits);
  const enters = bits === 64 ? Mode.enters : 0;
  if (switches(cpu, bits)) return modeEntry(Mode.branch + Mode.switch + enters, target, bits);
  return bits === 64 ? modeEntry(Mode.branch, target, bits) : wordsOf(target, bits);
}

/** BRANCH IN SUBSPACE GROUP: bit 7 of the ALET stands in bit 8; a branch where spaces are not traced. */
export function subspaceBranch(
  cpu: HelperCpu, alet: number, target: bigint, bits: AddressBits,
): TraceEntry | undefined {
  if (!isOn(cpu, Control.space)) return branchTaken(cpu, target, bits);
  const list = alet & 0x100_0000 ? 0x80_0000 : 0;
  return entryOf(Kind.subspace, list + (alet & 0x7f_ffff), fullWordsOf(target, bits));
}

export const setSecondary = (cpu: HelperCpu, number: number): TraceEntry | undefined =>
  isOn(cpu, Control.space) ? entryOf(Kind.secondary, number, []) : undefined;

/** PROGRAM CALL into the mode of `bits`: key, number of 20 bits, return address with the state in bit 63. */
export function programCall(cpu: HelperCpu, number: number, bits: AddressBits): TraceEntry | undefined {
  if (!isOn(cpu, Control.space)) return modeSwitch(cpu, bits);
  const { control } = cpu;
  const back = control.pswAddress() | (control.problemState ? 1n : 0n);
  return entryOf(Kind.call, keyed(cpu, number), fullWordsOf(back, cpu.addressBits));
}

/** PROGRAM TRANSFER: key, new primary number, contents of R2. */
export function programTransfer(cpu: HelperCpu, number: number, register: bigint): TraceEntry | undefined {
  if (!isOn(cpu, Control.space)) return undefined;
  const bits = cpu.addressBits;
  // Outside of the 64-bit mode bit 32 of the register is the mode that is transferred to.
  const words = bits === 64 ? wordsOf(register, bits) : [Number(register & 0xffff_ffffn)];
  return entryOf(Kind.transfer, keyed(cpu, flagsOf(register, bits, To) * 0x1_0000 + number), words);
}

/**
 * PROGRAM RETURN from a call, to `target` in the mode of `bits`: key, new primary number, where it goes to
 * with the new state in bit 63, and the instruction behind it.
 */
export function programReturn(
  cpu: HelperCpu, number: number, target: bigint, bits: AddressBits, isProblem: boolean,
): TraceEntry | undefined {
  if (!isOn(cpu, Control.space)) return modeSwitch(cpu, bits);
  const left = cpu.control.pswAddress();
  const flags = flagsOf(target, bits, To) + flagsOf(left, cpu.addressBits, From);
  const back = wordsOf(target | (isProblem ? 1n : 0n), bits);
  const words = [...back, ...wordsOf(left, cpu.addressBits)];
  return entryOf(Kind.transfer, keyed(cpu, flags * 0x1_0000 + number), words);
}

// ---- the table

/**
 * Absolute address of the next entry. Exceptions: trace table where it would reach into the next page,
 * addressing, and low-address protection; keys do not count.
 */
function roomFor(cpu: HelperCpu, bytes: number): number {
  const real = cpu.cr(12) & ENTRY_ADDRESS;
  if ((real % PAGE) + BigInt(bytes) >= PAGE) cpu.program(Program.traceTable);
  return cpu.control.realToAbsolute(real, bytes, true);
}
/** For instructions that have other exceptions behind those of the entry. */
export function requireRoom(cpu: HelperCpu, entry: TraceEntry | undefined): void {
  if (entry) roomFor(cpu, entry.length * 4);
}
/** Stores the entry and moves on in the table; nothing where there is none. */
export function putTraceEntry(cpu: HelperCpu, entry: TraceEntry | undefined): void {
  if (!entry) return;
  const absolute = roomFor(cpu, entry.length * 4);
  entry.forEach((word, i) => cpu.control.writeAbsolute(absolute + 4 * i, 4, BigInt(word)));
  const next = (cpu.cr(12) & ENTRY_ADDRESS) + BigInt(entry.length * 4);
  cpu.setCr(12, (cpu.cr(12) & ~ENTRY_ADDRESS) | next);
}
