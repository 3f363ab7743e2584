/**
 * Storage keys (Principles of Operation, chapters 3 "Storage key" and 10): set, insert, reset reference bits,
 * PFMF, TPROT.
 *
 * A key is 7 bits as in R1 bits 56-62: ACC 0xf0, fetch protection 0x08, reference 0x04, change 0x02.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction } from "./instruction.ts";
import { requireExtractionAuthority } from "./authority.ts";

const PAGE = 4096;
const MEGABYTE = 0x10_0000;
const ACCESS_AND_FETCH = 0xf8;
const REFERENCE = 0x04;
const CHANGE = 0x02;

/** Absolute address of the 4 KiB block that a register's real address lies in. */
function blockOf(cpu: HelperCpu, r: number): number {
  return cpu.control.realToAbsolute(cpu.wrap(cpu.gr(r)) & ~0xfffn, PAGE, false);
}

/** Absolute addresses of whole blocks are not prefixed; only that they are installed is to be checked. */
function requireInstalled(cpu: HelperCpu, absolute: bigint, length: number): number {
  if (absolute + BigInt(length) > BigInt(cpu.control.storageSize)) cpu.program(Program.addressing);
  return Number(absolute);
}

/**
 * Changed range ends here: R2 gets the address of the next block, its low 12 bits stay; low word only below
 * 64-bit mode.
 */
function advance(cpu: HelperCpu, r: number, next: bigint): void {
  const low = cpu.gr(r) & 0xfffn;
  if (cpu.addressBits === 64) cpu.setGr(r, BigInt.asUintN(64, next) | low);
  else cpu.setGrLow(r, Number(cpu.wrap(next) | low));
}

// ---- set storage key extended

const REFERENCE_BYPASS = 4;
const CHANGE_BYPASS = 2;
const MULTIPLE_BLOCK = 1;

/** Bits that conditional setting compares; what is bypassed may differ. */
const comparedBits = (bypass: number): number =>
  ACCESS_AND_FETCH | (bypass & REFERENCE_BYPASS ? 0 : REFERENCE) | (bypass & CHANGE_BYPASS ? 0 : CHANGE);

/** Sets one key, conditionally if a bypass bit is on. Answers whether it was set. */
function setKey(cpu: HelperCpu, absolute: number, key: number, bypass: number): boolean {
  const old = cpu.control.storageKey(absolute);
  if (bypass & (REFERENCE_BYPASS | CHANGE_BYPASS) && ((old ^ key) & comparedBits(bypass)) === 0) return false;
  cpu.control.setStorageKey(absolute, key);
  return true;
}

/** SSKE. With the multiple-block control it takes the key to the end of the megabyte, R2 being absolute. */
function sske(cpu: HelperCpu, f: RawFields): void {
  const key = cpu.grLow(f.r1) & 0xfe;
  const conditional = (f.m3 & (REFERENCE_BYPASS | CHANGE_BYPASS)) !== 0;
  if (f.m3 & MULTIPLE_BLOCK) {
    const from = cpu.wrap(cpu.gr(f.r2)) & ~0xfffn;
    const to = (from | BigInt(MEGABYTE - 1)) + 1n;
    const start = requireInstalled(cpu, from, Number(to - from));
    for (let at = start; at < Number(to); at += PAGE) setKey(cpu, at, key, f.m3);
    advance(cpu, f.r2, to);
    if (conditional) cpu.cc = 3;
    return;
  }
  const absolute = blockOf(cpu, f.r2);
  const old = cpu.control.storageKey(absolute);
  const set = setKey(cpu, absolute, key, f.m3);
  if (!conditional) return;
  cpu.setGr(f.r1, (cpu.gr(f.r1) & ~0xff00n) | BigInt(old << 8));
  cpu.cc = set ? 1 : 0;
}

function iske(cpu: HelperCpu, f: RawFields): void {
  const key = cpu.control.storageKey(blockOf(cpu, f.r2));
  cpu.setGr(f.r1, (cpu.gr(f.r1) & ~0xffn) | BigInt(key & 0xfe));
}

/** INSERT VIRTUAL STORAGE KEY: access-control bits and fetch protection of the block of a virtual address. */
function ivsk(cpu: HelperCpu, f: RawFields): void {
  if (!cpu.control.datOn) cpu.program(Program.specialOperation);
  requireExtractionAuthority(cpu);
  const where = cpu.control.translate(cpu.wrap(cpu.gr(f.r2)), f.r2, "read");
  if ("exception" in where) cpu.probe(cpu.wrap(cpu.gr(f.r2)), 1, f.r2, false);
  else cpu.setGr(
    f.r1, (cpu.gr(f.r1) & ~0xffn) | BigInt(cpu.control.storageKey(where.absolute) & ACCESS_AND_FETCH),
  );
}

function rrbe(cpu: HelperCpu, f: RawFields): void {
  const absolute = blockOf(cpu, f.r2);
  const key = cpu.control.storageKey(absolute);
  cpu.control.setStorageKey(absolute, key & ~REFERENCE);
  cpu.cc = (key >> 1) & 3;
}

/** RRBM: reference bits of 64 blocks from a 256 KiB boundary, leftmost first; all are reset. */
function rrbm(cpu: HelperCpu, f: RawFields): void {
  const start = requireInstalled(cpu, cpu.wrap(cpu.gr(f.r2)) & ~0x3_ffffn, 64 * PAGE);
  let bits = 0n;
  for (let at = start; at < start + 64 * PAGE; at += PAGE) {
    const key = cpu.control.storageKey(at);
    bits = (bits << 1n) | BigInt((key & REFERENCE) >> 2);
    if (key & REFERENCE) cpu.control.setStorageKey(at, key & ~REFERENCE);
  }
  cpu.setGr(f.r1, bits);
}

// ---- perform frame management function

const PFMF_RESERVED = 0xfffc_0101;
const PFMF_SET_KEY = 0x2_0000;
const PFMF_CLEAR = 0x1_0000;

/**
 * PFMF: sets keys and clears frames. Size code 0 is one real 4 KiB frame; 1 goes from an absolute address to
 * the end of its megabyte and leaves the next address in R2; 2 takes enhanced DAT 2, which is not offered.
 */
function pfmf(cpu: HelperCpu, f: RawFields): void {
  const r1 = cpu.grLow(f.r1);
  const size = (r1 >> 12) & 7;
  if ((r1 & PFMF_RESERVED) !== 0 || size > 1) cpu.program(Program.specification);
  if (size === 0) {
    const real = cpu.wrap(cpu.gr(f.r2)) & ~0xfffn;
    manageFrame(cpu, r1, cpu.control.realToAbsolute(real, PAGE, (r1 & PFMF_CLEAR) !== 0));
    return;
  }
  const from = cpu.wrap(cpu.gr(f.r2)) & ~0xfffn;
  const to = (from | BigInt(MEGABYTE - 1)) + 1n;
  const start = requireInstalled(cpu, from, Number(to - from));
  for (let at = start; at < Number(to); at += PAGE) manageFrame(cpu, r1, at);
  advance(cpu, f.r2, to);
}

function manageFrame(cpu: HelperCpu, r1: number, absolute: number): void {
  // Bits 53-54 of R1 stand one place left of where SSKE has its bypass bits.
  if (r1 & PFMF_SET_KEY) setKey(cpu, absolute, r1 & 0xfe, (r1 >> 8) & (REFERENCE_BYPASS | CHANGE_BYPASS));
  if (r1 & PFMF_CLEAR) cpu.control.fillAbsolute(absolute, PAGE, 0);
}

// ---- test protection

/** CR0.38 fetch-protection override (first 2 KiB), CR0.39 storage-protection override (key 9). */
const FETCH_OVERRIDE = 1n << 25n;
const STORAGE_OVERRIDE = 1n << 24n;

/**
 * TPROT: condition code 0 fetch and store, 1 fetch only, 2 neither, 3 no translation; the key is in D2.56-59.
 */
function tprot(cpu: HelperCpu, f: RawFields): void {
  const virtual = cpu.address(f.b1, f.d1);
  const accessKey = Number((cpu.address(f.b2, f.d2) >> 4n) & 15n);
  const where = cpu.control.translate(virtual, f.b1, "read");
  if ("exception" in where) {
    const code = where.exception;
    if (code === Program.addressing || code === Program.translationSpecification) cpu.program(code);
    cpu.cc = 3;
    return;
  }
  if (where.absolute >= cpu.control.storageSize) cpu.program(Program.addressing);
  const key = cpu.control.storageKey(where.absolute);
  const isOpen = key >> 4 === 9 && (cpu.cr(0) & STORAGE_OVERRIDE) !== 0n;
  const matches = accessKey === 0 || accessKey === key >> 4 || isOpen;
  const overridden = virtual < 2048n && (cpu.cr(0) & FETCH_OVERRIDE) !== 0n;
  if (!matches) cpu.cc = key & 0x08 && !overridden ? 2 : 1;
  else cpu.cc = "exception" in cpu.control.translate(virtual, f.b1, "write") ? 1 : 0;
}

const privileged = { privileged: true };

export const storageKeys: readonly Instruction[] = [
  helper("sske", "RRF-c", 0xb22b, sske, privileged),
  helper("iske", "RRE", 0xb229, iske, privileged),
  helper("ivsk", "RRE", 0xb223, ivsk),
  helper("rrbe", "RRE", 0xb22a, rrbe, privileged),
  helper("rrbm", "RRE", 0xb9ae, rrbm, { facility: 66, privileged: true }),
  helper("pfmf", "RRE", 0xb9af, pfmf, { facility: 8, privileged: true }),
  helper("tprot", "SSE", 0xe501, tprot, privileged),
];
