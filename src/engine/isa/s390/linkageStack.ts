/**
 * Linkage stack (Principles of Operation, chapter 5, "Linkage-stack operations"; chapter 10: BAKR EREG EREGG
 * ESTA MSTA). PROGRAM CALL stacks through here; PROGRAM RETURN is in programReturn.ts.
 *
 * The stack lies in the home space, unprotected by keys; CR15 has the address of the current entry's
 * descriptor, the last 8 of the entry's 296 bytes. Invariant: everything is fetched before anything is
 * changed.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { evenR1, helper, Program, type Instruction } from "./instruction.ts";
import { PswMask } from "./pswMask.ts";
import { branchTaken, putTraceEntry, requireRoom } from "./tracing.ts";

const HOME = 3;
/** A state entry with its descriptor. */
export const ENTRY_BYTES = 296;
const DESCRIPTOR_BYTES = 8;
const HEADER = 1;
const BRANCH_STATE = 4;
/** Type of the entries that PROGRAM CALL makes. */
export const PROGRAM_CALL_STATE = 5;
/** Address of a doubleword with its bit 63 as validity. */
const VALID = 1n;
const ADDRESS = ~7n;
/**
 * Where an entry keeps what: general registers from 0, then these. The target of a call is its called-space
 * identification and its number.
 */
export const At = {
  authority: 128, psw: 136, target: 144, modifiable: 152, address: 168, accessRegisters: 224,
} as const;

const wrap = (address: bigint): bigint => BigInt.asUintN(64, address);

/** Bytes of the stack. */
export function fetch(cpu: HelperCpu, address: bigint, length: number): DataView {
  const data = cpu.control.loadBytesIn(HOME, 0, wrap(address), length, 0);
  return new DataView(data.buffer, data.byteOffset, length);
}

function put(cpu: HelperCpu, address: bigint, data: Uint8Array): void {
  cpu.control.storeBytesIn(HOME, 0, wrap(address), data, 0);
}

const doubleword = (cpu: HelperCpu, address: bigint): bigint => fetch(cpu, address, 8).getBigUint64(0);
/** Entry descriptor: unstack suppression and type, section, remaining free space, size of the next entry. */
const typeOf = (descriptor: DataView): number => descriptor.getUint8(0) & 0x7f;
const isSuppressed = (descriptor: DataView): boolean => descriptor.getUint8(0) >= 0x80;
const freeSpace = (descriptor: DataView): number => descriptor.getUint16(4);

/** Sets the size of the next entry in a descriptor; 0 says there is none. */
export function setNextSize(cpu: HelperCpu, address: bigint, size: number): void {
  put(cpu, address + 6n, Uint8Array.of(size >> 8, size & 0xff));
}

// ---- stacking

/** Descriptor behind which the new entry goes: the current one, or the header of the next section. */
function roomForEntry(cpu: HelperCpu): bigint {
  const current = cpu.cr(15) & ADDRESS;
  const free = freeSpace(fetch(cpu, current, DESCRIPTOR_BYTES));
  if (free >= ENTRY_BYTES) return current;
  if (free & 7) cpu.program(Program.stackSpecification);
  const forward = doubleword(cpu, current + BigInt(DESCRIPTOR_BYTES + free));
  if (!(forward & VALID)) cpu.program(Program.stackFull);
  const header = forward & ADDRESS;
  if (freeSpace(fetch(cpu, header, DESCRIPTOR_BYTES)) < ENTRY_BYTES) cpu.program(Program.stackSpecification);
  return header;
}

/** The entry's bytes but for its descriptor. `back` is an address with its addressing mode's bits. */
function stateEntry(cpu: HelperCpu, back: bigint, target: bigint): DataView {
  const entry = new DataView(new ArrayBuffer(ENTRY_BYTES));
  for (let n = 0; n < 16; n++) {
    entry.setBigUint64(n * 8, cpu.gr(n));
    entry.setUint32(At.accessRegisters + n * 4, cpu.ar(n));
  }
  entry.setUint32(At.authority, Number(cpu.cr(3) & 0xffff_ffffn));
  entry.setUint16(At.authority + 4, Number((cpu.cr(8) >> 16n) & 0xffffn));
  entry.setUint16(At.authority + 6, Number(cpu.cr(4) & 0xffffn));
  const isLong = (back & 1n) !== 0n;
  const mode = isLong ? PswMask.mode : back & 0x8000_0000n;
  entry.setBigUint64(At.psw, (cpu.control.pswMask() & ~PswMask.mode) | mode);
  entry.setBigUint64(At.target, target);
  const short = mode === 0n ? 0xff_ffffn : 0x7fff_ffffn;
  entry.setBigUint64(At.address, isLong ? back & ~1n : back & short);
  return entry;
}

/** The next instruction's address with the current addressing mode in bit 63 or 32. */
function nextWithMode(cpu: HelperCpu, address: bigint): bigint {
  return cpu.addressBits === 64 ? address | 1n : address | (cpu.addressBits === 31 ? 0x8000_0000n : 0n);
}

/** Puts a state entry behind the current one; `target` is what it keeps of where the program went. */
function stack(cpu: HelperCpu, type: number, back: bigint, target: bigint): void {
  const place = roomForEntry(cpu);
  const old = fetch(cpu, place, DESCRIPTOR_BYTES);
  const entry = stateEntry(cpu, back, target);
  const descriptorAt = ENTRY_BYTES - DESCRIPTOR_BYTES;
  entry.setUint8(descriptorAt, type);
  entry.setUint8(descriptorAt + 1, old.getUint8(1));
  entry.setUint16(descriptorAt + 4, freeSpace(old) - ENTRY_BYTES);
  put(cpu, place + BigInt(DESCRIPTOR_BYTES), new Uint8Array(entry.buffer));
  // A new section remembers where the stack came from, in the doubleword before its header's descriptor.
  const current = cpu.cr(15) & ADDRESS;
  if (place !== current) {
    const link = new DataView(new ArrayBuffer(8));
    link.setBigUint64(0, current | VALID);
    put(cpu, place - 8n, new Uint8Array(link.buffer));
  }
  setNextSize(cpu, place, ENTRY_BYTES);
  cpu.setCr(15, wrap(place + BigInt(ENTRY_BYTES)));
}

/**
 * Stacks the state of a PROGRAM CALL that returns to `next`.
 * @param calledSpace its called-space identification, 0 for the current primary space
 * @param number of the call, with bit 0 one if the called program runs in the 64-bit addressing mode
 */
export function stackProgramCall(cpu: HelperCpu, next: bigint, calledSpace: number, number: number): void {
  const target = (BigInt(calledSpace) << 32n) | BigInt(number);
  stack(cpu, PROGRAM_CALL_STATE, nextWithMode(cpu, next), target);
}

/** BRANCH AND STACK: R1 is where PR will return to (0: next instruction), R2 where to branch (0: nowhere). */
function bakr(cpu: HelperCpu, f: RawFields): void {
  const { control } = cpu;
  if (!control.datOn || control.addressSpace > 1) cpu.program(Program.specialOperation);
  const next = control.pswAddress();
  const target = f.r2 ? cpu.wrap(cpu.gr(f.r2)) : next;
  const back = f.r1 ? cpu.gr(f.r1) : nextWithMode(cpu, next);
  const traced = f.r2 ? branchTaken(cpu, target, cpu.addressBits) : undefined;
  requireRoom(cpu, traced);
  stack(cpu, BRANCH_STATE, back, nextWithMode(cpu, target));
  putTraceEntry(cpu, traced);
  if (f.r2) cpu.branch(target);
}

// ---- unstacking

/** Address of an entry's descriptor, and its type. */
export interface StackedEntry {
  readonly at: bigint;
  readonly type: number;
}

/** Address of the descriptor of the last state entry, through a section's header if need be. */
export function lastEntry(cpu: HelperCpu, unstacks: boolean): StackedEntry {
  const { control } = cpu;
  const wrongSpace = control.addressSpace === 2 || (unstacks && control.addressSpace === 3);
  if (!control.datOn || wrongSpace) cpu.program(Program.specialOperation);
  let at = cpu.cr(15) & ADDRESS;
  let descriptor = fetch(cpu, at, DESCRIPTOR_BYTES);
  if (typeOf(descriptor) === HEADER) {
    if (unstacks && isSuppressed(descriptor)) cpu.program(Program.stackOperation);
    const backward = doubleword(cpu, at - 8n);
    if (!(backward & VALID)) cpu.program(Program.stackEmpty);
    at = backward & ADDRESS;
    descriptor = fetch(cpu, at, DESCRIPTOR_BYTES);
    if (typeOf(descriptor) === HEADER) cpu.program(Program.stackSpecification);
  }
  const type = typeOf(descriptor);
  if (type !== BRANCH_STATE && type !== PROGRAM_CALL_STATE) cpu.program(Program.stackType);
  if (unstacks && isSuppressed(descriptor)) cpu.program(Program.stackOperation);
  return { at, type };
}

/** Address of the first byte of the entry whose descriptor is at an address. */
export const entryStart = (at: bigint): bigint => at - BigInt(ENTRY_BYTES - DESCRIPTOR_BYTES);

/** General registers (all of them, or bits 32-63) and access registers r1 to r2 of an entry. */
export function restore(cpu: HelperCpu, entry: DataView, r1: number, r2: number, wide: boolean): void {
  for (let i = 0; i <= ((r2 - r1) & 15); i++) {
    const n = (r1 + i) & 15;
    if (wide) cpu.setGr(n, entry.getBigUint64(n * 8));
    else cpu.setGrLow(n, entry.getUint32(n * 8 + 4));
    cpu.setAr(n, entry.getUint32(At.accessRegisters + n * 4));
  }
}

function extractRegisters(wide: boolean) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const { at } = lastEntry(cpu, false);
    restore(cpu, fetch(cpu, entryStart(at), ENTRY_BYTES), f.r1, f.r2, wide);
  };
}

/** ESTA: R2 bits 56-63 0 authority, 1 PSW in its short form, 2 target, 3 modifiable area, 4 the whole PSW. */
function esta(cpu: HelperCpu, f: RawFields): void {
  const code = Number(cpu.gr(f.r2) & 0xffn);
  if (code > 4) cpu.program(Program.specification);
  const { at, type } = lastEntry(cpu, false);
  const entry = fetch(cpu, entryStart(at), ENTRY_BYTES);
  const [mask, address] = [entry.getBigUint64(At.psw), entry.getBigUint64(At.address)];
  if (code === 4) {
    cpu.setGr(f.r1, mask);
    cpu.setGr(f.r1 + 1, address);
  } else if (code === 1) {
    cpu.setGrLow(f.r1, Number((mask >> 32n) | 0x8_0000n));
    const low = (mask & 0x8000_0000n) | (address & 0x7fff_ffffn) | (address >> 31n ? 1n : 0n);
    cpu.setGrLow(f.r1 + 1, Number(low));
  } else {
    const from = At.authority + code * 8;
    cpu.setGrLow(f.r1, entry.getUint32(from));
    cpu.setGrLow(f.r1 + 1, entry.getUint32(from + 4));
  }
  cpu.cc = type === BRANCH_STATE ? 0 : 1;
}

function msta(cpu: HelperCpu, f: RawFields): void {
  const { at } = lastEntry(cpu, false);
  const data = new DataView(new ArrayBuffer(8));
  data.setUint32(0, cpu.grLow(f.r1));
  data.setUint32(4, cpu.grLow(f.r1 + 1));
  put(cpu, entryStart(at) + BigInt(At.modifiable), new Uint8Array(data.buffer));
}

export const linkageStackEntries: readonly Instruction[] = [
  helper("bakr", "RRE", 0xb240, bakr),
  helper("ereg", "RRE", 0xb249, extractRegisters(false)),
  helper("eregg", "RRE", 0xb90e, extractRegisters(true)),
  helper("esta", "RRE", 0xb24a, esta, { check: evenR1 }),
  helper("msta", "RRE", 0xb247, msta, { syntax: "r1", check: evenR1 }),
];
