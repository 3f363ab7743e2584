/**
 * Address spaces: access registers, ASN registers, load real address, moves between spaces and keys
 * (Principles of Operation, chapters 5 "Address spaces" and 10; EAR, SAR, CPYA, MVPG from chapter 7 and 10).
 *
 * Invariant: a move fetches all of its unit before it stores any of it, so an exception leaves storage and
 * registers alone.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu, Translation } from "./helperCpu.ts";
import { helper, Program, type Instruction } from "./instruction.ts";
import { requireExtractionAuthority, requireKey } from "./authority.ts";
import { asceOf, translateAlet } from "./accessList.ts";
import { lengthIn } from "./longOperand.ts";

/** CR0.37: secondary-space control. */
const SECONDARY_SPACE = 1n << 26n;
/** Longest move of one MVCP, MVCS, MVCK; longest of one MVCOS. */
const MOVE_LIMIT = 256;
const MVCOS_LIMIT = 4096;

const Space = { primary: 0, accessRegister: 1, secondary: 2, home: 3 } as const;
/** The control register with the address-space-control element of PSW code 0, 2, 3. */
const asceRegister: { readonly [asc: number]: number } = { 0: 1, 2: 7, 3: 13 };

// ---- load real address

/** Address-space-control element of a space as the PSW counts it; `b` names the register of an ALET. */
function elementIn(cpu: HelperCpu, asc: number, b: number): bigint | { readonly exception: number } {
  if (asc !== Space.accessRegister) return cpu.cr(asceRegister[asc]!);
  const alet = b ? cpu.ar(b) : 0;
  if (alet <= 1) return cpu.cr(alet === 0 ? 1 : 7);
  const space = translateAlet(cpu, alet, Number((cpu.cr(8) >> 16n) & 0xffffn));
  return "exception" in space ? space : asceOf(cpu.control, space.aste);
}

/** LRA translates as the PSW's space says even while DAT is off. */
function translateAlways(cpu: HelperCpu, virtual: bigint, b: number): Translation {
  const { control } = cpu;
  if (control.datOn) return control.translate(virtual, b, "read");
  const element = elementIn(cpu, control.addressSpace, b);
  return typeof element === "bigint" ? control.translateThrough(element, virtual) : element;
}

/** Exception of an invalid entry by level, from the segment table up. */
const invalidEntry = [
  Program.segmentTranslation, Program.regionThird, Program.regionSecond, Program.regionFirst,
] as const;
const REAL_SPACE = 0x20n;

/**
 * LOAD PAGE-TABLE-ENTRY ADDRESS: M4 0 to 3 the space as the PSW counts, 4 the PSW's own. Codes 0 and 1
 * page-table entry, 1 if the tables above protect it; 2 the region- or segment-table entry that is not valid,
 * its level in the address's rightmost bits, or maps a large page (bit 61: protected); 3 the exception.
 */
function lptea(cpu: HelperCpu, f: RawFields): void {
  const { control } = cpu;
  const virtual = cpu.wrap(cpu.gr(f.r2));
  const element = elementIn(cpu, f.m4 === 4 ? control.addressSpace : f.m4, f.r2);
  if (typeof element !== "bigint") return answerEntry(cpu, f.r1, BigInt(element.exception), 3);
  if (element & REAL_SPACE) cpu.program(Program.specialOperation);
  const { address, level, exception, isProtected } = control.lastTableEntry!(element, virtual);
  if (level < 0) return answerEntry(cpu, f.r1, address, isProtected ? 1 : 0);
  if (exception === 0) return answerEntry(cpu, f.r1, address | (isProtected ? 4n : 0n), 2);
  const isFatal = exception === Program.addressing || exception === Program.translationSpecification;
  if (isFatal) cpu.program(exception);
  const isInvalid = exception === invalidEntry[level];
  if (isInvalid) answerEntry(cpu, f.r1, address | BigInt(level), 2);
  else answerEntry(cpu, f.r1, BigInt(exception), 3);
}

function answerEntry(cpu: HelperCpu, r1: number, value: bigint, cc: number): void {
  cpu.setGr(r1, value);
  cpu.cc = cc;
}

/**
 * What LRA answers for a failed translation: 1 segment-table entry, 2 page-table entry, 3 everything else.
 */
function untranslated(
  cpu: HelperCpu, f: RawFields, wide: boolean, exception: number, entry: number | undefined,
): void {
  const isFatal = exception === Program.addressing || exception === Program.translationSpecification;
  if (isFatal) cpu.program(exception);
  const code = exception === Program.segmentTranslation ? 1 : exception === Program.pageTranslation ? 2 : 3;
  if (code !== 3 && entry !== undefined && (wide || entry < 0x8000_0000)) {
    if (wide) cpu.setGr(f.r1, BigInt(entry));
    else cpu.setGrLow(f.r1, entry);
    cpu.cc = code;
  } else {
    cpu.setGrLow(f.r1, 0x8000_0000 + exception);
    cpu.cc = 3;
  }
}

function lra(wide: boolean) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const where = translateAlways(cpu, cpu.address(f.b2, f.d2, f.x2), f.b2);
    const isWide = wide || cpu.addressBits === 64;
    if ("exception" in where) return untranslated(cpu, f, isWide, where.exception, where.entry);
    if (isWide) cpu.setGr(f.r1, where.real);
    else if (where.real >> 31n) cpu.program(Program.specialOperation);
    else cpu.setGrLow(f.r1, Number(where.real));
    cpu.cc = 0;
  };
}

/** STRAG stores the real address of its second operand; a failed translation interrupts. */
function strag(cpu: HelperCpu, f: RawFields): void {
  const address = cpu.address(f.b1, f.d1);
  if (address & 7n) cpu.program(Program.specification);
  const virtual = cpu.address(f.b2, f.d2);
  const where = cpu.control.translate(virtual, f.b2, "read");
  if ("exception" in where) cpu.probe(virtual, 1, f.b2, false);
  else cpu.store(address, 8, where.real, f.b1);
}

// ---- address-space numbers

/** EPAR, ESAR: the number in bits 48-63 of CR4, CR3. */
function extractNumber(register: 3 | 4) {
  return (cpu: HelperCpu, f: RawFields): void => {
    if (!cpu.control.datOn) cpu.program(Program.specialOperation);
    requireExtractionAuthority(cpu);
    cpu.setGrLow(f.r1, Number(cpu.cr(register) & 0xffffn));
  };
}

/**
 * EXTRACT AND SET EXTENDED AUTHORITY: the index (CR8 bits 32-47) to R1 bits 32-47, R1 bits 48-63 become the
 * index.
 */
function esea(cpu: HelperCpu, f: RawFields): void {
  const low = cpu.grLow(f.r1);
  const old = Number((cpu.cr(8) >> 16n) & 0xffffn);
  cpu.setCr(8, (cpu.cr(8) & ~0xffff_0000n) | BigInt((low & 0xffff) * 0x1_0000));
  cpu.setGrLow(f.r1, old * 0x1_0000 + (low & 0xffff));
}

/** TEST ACCESS: 0 for ALET 0, 1 dispatchable-unit list, 2 primary-space list, 3 ALET 1 or untranslatable. */
function tar(cpu: HelperCpu, f: RawFields): void {
  const alet = cpu.ar(f.r1);
  if (alet <= 1) {
    cpu.cc = alet === 0 ? 0 : 3;
    return;
  }
  const space = translateAlet(cpu, alet, cpu.grLow(f.r2) & 0xffff);
  if ("exception" in space) {
    if (space.exception === Program.addressing) cpu.program(Program.addressing);
    cpu.cc = 3;
  } else cpu.cc = alet & 0x0100_0000 ? 2 : 1;
}

// ---- moves with keys and between spaces

/**
 * One side of a move: space code as the PSW counts, access key, address, register that names the space in AR
 * mode.
 */
interface Side {
  readonly asc: number;
  readonly key: number;
  readonly address: bigint;
  readonly b: number;
}

function move(cpu: HelperCpu, to: Side, from: Side, length: number): void {
  if (length === 0) return;
  const data = cpu.control.loadBytesIn(from.asc, from.key, from.address, length, from.b);
  cpu.control.storeBytesIn(to.asc, to.key, to.address, data, to.b);
}

/** Moves up to 256 bytes; code 3 tells that the length was more. */
function moveLimited(cpu: HelperCpu, to: Side, from: Side, length: bigint, limit: number): void {
  const more = length > BigInt(limit);
  move(cpu, to, from, more ? limit : Number(length));
  cpu.cc = more ? 3 : 0;
}

function moveBetweenSpaces(toPrimary: boolean) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const { control } = cpu;
    const wrongSpace = control.addressSpace === Space.accessRegister || control.addressSpace === Space.home;
    if (!(cpu.cr(0) & SECONDARY_SPACE) || !control.datOn || wrongSpace) cpu.program(Program.specialOperation);
    const key = (cpu.grLow(f.r3) >> 4) & 15;
    requireKey(cpu, key);
    const primary = { asc: Space.primary, key: control.key };
    const secondary = { asc: Space.secondary, key };
    const to = { ...(toPrimary ? primary : secondary), address: cpu.address(f.b1, f.d1), b: 0 };
    const from = { ...(toPrimary ? secondary : primary), address: cpu.address(f.b2, f.d2), b: 0 };
    moveLimited(cpu, to, from, lengthIn(cpu, f.r1), MOVE_LIMIT);
  };
}

function mvck(cpu: HelperCpu, f: RawFields): void {
  const { control } = cpu;
  const key = (cpu.grLow(f.r3) >> 4) & 15;
  requireKey(cpu, key);
  const to = { asc: control.addressSpace, key: control.key, address: cpu.address(f.b1, f.d1), b: f.b1 };
  const from = { asc: control.addressSpace, key, address: cpu.address(f.b2, f.d2), b: f.b2 };
  moveLimited(cpu, to, from, lengthIn(cpu, f.r1), MOVE_LIMIT);
}

/** MVCSK, MVCDK: length less one in GR0, key in GR1. */
function moveWithKey(ofSource: boolean) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const { control } = cpu;
    const key = (cpu.grLow(1) >> 4) & 15;
    requireKey(cpu, key);
    const asc = control.addressSpace;
    const to = { asc, key: ofSource ? control.key : key, address: cpu.address(f.b1, f.d1), b: f.b1 };
    const from = { asc, key: ofSource ? key : control.key, address: cpu.address(f.b2, f.d2), b: f.b2 };
    move(cpu, to, from, (cpu.grLow(0) & 0xff) + 1);
  };
}

/**
 * Operand-access control of MVCOS: key bits 0-3, space bits 8-9, bit 14 key is meant, bit 15 space is meant.
 */
function accessControl(cpu: HelperCpu, control: number): { readonly asc: number; readonly key: number } {
  const asc = control & 1 ? (control >> 6) & 3 : cpu.control.addressSpace;
  const key = control & 2 ? (control >> 12) & 15 : cpu.control.key;
  if (asc === Space.secondary && !(cpu.cr(0) & SECONDARY_SPACE)) cpu.program(Program.specialOperation);
  return { asc, key };
}

function mvcos(cpu: HelperCpu, f: RawFields): void {
  const { control } = cpu;
  if (!control.datOn) cpu.program(Program.specialOperation);
  const controls = cpu.grLow(0);
  const to = accessControl(cpu, controls >>> 16);
  const from = accessControl(cpu, controls & 0xffff);
  const homeAsked = (controls >>> 16 & 1) === 1 && to.asc === Space.home;
  if (homeAsked && control.problemState) cpu.program(Program.specialOperation);
  requireKey(cpu, to.key);
  requireKey(cpu, from.key);
  const target = { ...to, address: cpu.address(f.b1, f.d1), b: f.b1 };
  const source = { ...from, address: cpu.address(f.b2, f.d2), b: f.b2 };
  moveLimited(cpu, target, source, lengthIn(cpu, f.r3), MVCOS_LIMIT);
}

// ---- move page

/**
 * GR0: bits 48-51 zero, 52 key is for the first operand, 53 for the second, 55 answer by condition code,
 * 56-59 key.
 */
function mvpg(cpu: HelperCpu, f: RawFields): void {
  const { control } = cpu;
  const r0 = cpu.grLow(0);
  const [keyForFirst, keyForSecond, byCode] = [(r0 & 0x800) !== 0, (r0 & 0x400) !== 0, (r0 & 0x100) !== 0];
  if (r0 & 0xf000 || (keyForFirst && keyForSecond)) cpu.program(Program.specification);
  const key = (r0 >> 4) & 15;
  if (keyForFirst || keyForSecond) requireKey(cpu, key);
  const side = (r: number, withKey: boolean): Side => ({
    asc: control.addressSpace, key: withKey ? key : control.key, address: cpu.wrap(cpu.gr(r)) & ~0xfffn, b: r,
  });
  const to = side(f.r1, keyForFirst);
  const from = side(f.r2, keyForSecond);
  const absent = (where: Translation): boolean =>
    "exception" in where && where.exception === Program.pageTranslation;
  if (byCode && absent(control.translate(from.address, from.b, "read"))) cpu.cc = 2;
  else if (byCode && absent(control.translate(to.address, to.b, "write"))) cpu.cc = 1;
  else {
    control.nameOperands?.(f.r1, f.r2);
    move(cpu, to, from, 4096);
    control.nameOperands?.(0, 0);
    cpu.cc = 0;
  }
}

const privileged = { privileged: true };

export const addressSpace: readonly Instruction[] = [
  helper("lra", "RX-a", 0xb1, lra(false), privileged),
  helper("lray", "RXY-a", 0xe313, lra(false), { facility: 18, privileged: true }),
  helper("lrag", "RXY-a", 0xe303, lra(true), privileged),
  helper("lptea", "RRF-b", 0xb9aa, lptea, {
    privileged: true,
    syntax: "r1,r3,r2,m4",
    check: (f) => (f.m4 > 4 ? Program.specification : 0),
  }),
  helper("strag", "SSE", 0xe502, strag, privileged),
  helper("epar", "RRE", 0xb226, extractNumber(4), { syntax: "r1" }),
  helper("esar", "RRE", 0xb227, extractNumber(3), { syntax: "r1" }),
  helper("esea", "RRE", 0xb99d, esea, { privileged: true, syntax: "r1" }),
  helper("tar", "RRE", 0xb24c, tar),
  helper("mvcp", "SS-d", 0xda, moveBetweenSpaces(true)),
  helper("mvcs", "SS-d", 0xdb, moveBetweenSpaces(false)),
  helper("mvck", "SS-d", 0xd9, mvck),
  helper("mvcsk", "SSE", 0xe50e, moveWithKey(true)),
  helper("mvcdk", "SSE", 0xe50f, moveWithKey(false)),
  helper("mvcos", "SSF", 0xc80, mvcos, { facility: 27 }),
  helper("mvpg", "RRE", 0xb254, mvpg),
];
