/**
 * Control registers, prefix, identification and facility instructions, translation-table updates and buffer
 * purges (Principles of Operation, chapter 10, "Control instructions").
 *
 * Invariant: table entries are changed in storage before translations are forgotten, and both before the
 * instruction ends.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { evenR1, evenR1R2, helper, Program, type Instruction } from "./instruction.ts";
import { alignedOperand2, requireAligned } from "./operandAlignment.ts";

// ---- control registers

/** R1 to R3, from 15 on to 0. */
const ranges: readonly (readonly number[])[] = Array.from({ length: 256 }, (_, fields) => {
  const [r1, r3] = [fields >> 4, fields & 15];
  return Array.from({ length: ((r3 - r1) & 15) + 1 }, (_, i) => (r1 + i) & 15);
});
const RIGHT_HALF = 0xffff_ffffn;

/** Words of 4 bytes go to and from the right halves. One register, by far the most often, needs no buffer. */
function loadControls(cpu: HelperCpu, f: RawFields, size: 4 | 8): void {
  const registers = ranges[16 * f.r1 + f.r3]!;
  const address = alignedOperand2(cpu, f, size);
  const set = (n: number, word: bigint): void =>
    cpu.setCr(n, size === 8 ? word : (cpu.cr(n) & ~RIGHT_HALF) | word);
  if (registers.length === 1) set(f.r1, cpu.load(address, size, f.b2));
  else {
    const { buffer, byteOffset } = cpu.loadBytes(address, registers.length * size, f.b2);
    const view = new DataView(buffer, byteOffset);
    const wordAt = (i: number): bigint =>
      size === 8 ? view.getBigUint64(i * 8) : BigInt(view.getUint32(i * 4));
    registers.forEach((n, i) => set(n, wordAt(i)));
  }
  cpu.control.recheckInterruptions();
}

function storeControls(cpu: HelperCpu, f: RawFields, size: 4 | 8): void {
  const registers = ranges[16 * f.r1 + f.r3]!;
  const address = alignedOperand2(cpu, f, size);
  const wordOf = (n: number): bigint => (size === 8 ? cpu.cr(n) : cpu.cr(n) & RIGHT_HALF);
  if (registers.length === 1) return cpu.store(address, size, wordOf(f.r1), f.b2);
  const data = new DataView(new ArrayBuffer(registers.length * size));
  registers.forEach((n, i) => {
    if (size === 8) data.setBigUint64(i * 8, wordOf(n));
    else data.setUint32(i * 4, Number(wordOf(n)));
  });
  cpu.storeBytes(address, new Uint8Array(data.buffer), f.b2);
}

const lctl = (cpu: HelperCpu, f: RawFields): void => loadControls(cpu, f, 4);
const lctlg = (cpu: HelperCpu, f: RawFields): void => loadControls(cpu, f, 8);
const stctl = (cpu: HelperCpu, f: RawFields): void => storeControls(cpu, f, 4);
const stctg = (cpu: HelperCpu, f: RawFields): void => storeControls(cpu, f, 8);

// ---- prefix, CPU address, identification

/** The prefix area is 8 KiB on an 8 KiB boundary below 2 GiB: bits 33-50 of the operand's word. */
const PREFIX_BITS = 0x7fff_e000;

function spx(cpu: HelperCpu, f: RawFields): void {
  const prefix = Number(cpu.load(alignedOperand2(cpu, f, 4), 4, f.b2)) & PREFIX_BITS;
  if (prefix + 0x2000 > cpu.control.storageSize) cpu.program(Program.addressing);
  cpu.control.setPrefix(prefix);
  cpu.control.purgeTlb(false);
}

const stpx = (cpu: HelperCpu, f: RawFields): void =>
  cpu.store(alignedOperand2(cpu, f, 4), 4, BigInt(cpu.control.prefix()), f.b2);
const stap = (cpu: HelperCpu, f: RawFields): void =>
  cpu.store(alignedOperand2(cpu, f, 2), 2, BigInt(cpu.control.cpuAddress), f.b2);
const stidp = (cpu: HelperCpu, f: RawFields): void =>
  cpu.store(alignedOperand2(cpu, f, 8), 8, cpu.control.cpuId(), f.b2);

/**
 * STFL stores the first 32 facility bits at real location 200, whatever key and low-address protection say.
 */
function stfl(cpu: HelperCpu): void {
  const facilities = cpu.control.facilities();
  let word = 0;
  for (let i = 0; i < 4; i++) word = word * 256 + (facilities[i] ?? 0);
  cpu.control.writeAbsolute(cpu.control.prefix() + 200, 4, BigInt(word));
}

function stfle(cpu: HelperCpu, f: RawFields): void {
  const facilities = cpu.control.facilities();
  const address = alignedOperand2(cpu, f, 8);
  const meaningful = Math.max(1, Math.ceil(facilities.length / 8));
  const room = Number(cpu.gr(0) & 0xffn) + 1;
  const stored = new Uint8Array(Math.min(room, meaningful) * 8);
  stored.set(facilities.subarray(0, stored.length));
  cpu.storeBytes(address, stored, f.b2);
  cpu.setGr(0, (cpu.gr(0) & ~0xffn) | BigInt(meaningful - 1));
  cpu.cc = room >= meaningful ? 0 : 3;
}

/**
 * STSI. Function code 0 asks for the level of the configuration: the port answers it with one byte, the
 * level.
 */
function stsi(cpu: HelperCpu, f: RawFields): void {
  const r0 = cpu.grLow(0);
  const r1 = cpu.grLow(1);
  const functionCode = r0 >>> 28;
  const level = cpu.control.systemInformation(0, 0, 0)?.[0] ?? 1;
  if (functionCode > level) {
    cpu.cc = 3;
    return;
  }
  if (r0 & 0x0fff_ff00 || r1 >>> 16) cpu.program(Program.specification);
  if (functionCode === 0) {
    cpu.setGrLow(0, ((r0 & 0x0fff_ffff) | (level << 28)) >>> 0);
    cpu.cc = 0;
    return;
  }
  const address = alignedOperand2(cpu, f, 4096);
  const block = cpu.control.systemInformation(functionCode, r0 & 0xff, r1 & 0xffff);
  if (block) {
    const page = new Uint8Array(4096);
    page.set(block);
    cpu.storeBytes(address, page, f.b2);
  }
  cpu.cc = block ? 0 : 3;
}

// ---- translation tables

const ENTRY_INVALID = 0x20n;
const PAGE_INVALID = 0x400n;

/** Entry in a translation table at a real address: neither keys nor low-address protection apply to it. */
function markInvalid(cpu: HelperCpu, real: bigint, bit: bigint): void {
  const absolute = cpu.control.realToAbsolute(real, 8, false);
  cpu.control.writeAbsolute(absolute, 8, cpu.control.readAbsolute(absolute, 8) | bit);
}

/**
 * IPTE. Bits 56-63 of R3 (0: no such register) count the entries beyond the first, which may not leave the
 * page table. With them the instruction counts: R2's page index goes up, R3's byte down, to 255 when all are
 * done.
 */
function ipte(cpu: HelperCpu, f: RawFields): void {
  const origin = cpu.gr(f.r1) & ~0x7ffn;
  const address = cpu.gr(f.r2);
  const first = Number((address >> 12n) & 0xffn);
  const more = f.r3 ? Number(cpu.gr(f.r3) & 0xffn) : 0;
  if (first + more > 255) cpu.program(Program.specification);
  for (let i = first; i <= first + more; i++) {
    markInvalid(cpu, origin + BigInt(i * 8), PAGE_INVALID);
    cpu.control.purgeTlb((f.m4 & 1) === 0, (address & ~0xf_ffffn) | BigInt(i << 12));
  }
  if (!f.r3) return;
  cpu.setGr(f.r2, (address & ~0xf_f000n) | BigInt(((first + more + 1) & 0xff) << 12));
  cpu.setGr(f.r3, cpu.gr(f.r3) | 0xffn);
}

/**
 * IDTE invalidates R2.52-63 + 1 entries of the table that R1 designates, or (R2.52 one) only clears by the
 * address-space-control element in R1. All translations are forgotten, which is more than asked and always
 * right.
 */
function idte(cpu: HelperCpu, f: RawFields): void {
  const r2 = cpu.gr(f.r2);
  if (r2 & 0xff000n) cpu.program(Program.specification);
  if (!(r2 & 0x800n)) {
    const table = cpu.gr(f.r1);
    // Designation type: 0 segment table … 3 region-first; it says which 11 address bits are the index.
    const index = Number((r2 >> (20n + 11n * ((table >> 2n) & 3n))) & 0x7ffn);
    const origin = table & ~0xfffn;
    const count = Number(r2 & 0x7ffn) + 1;
    for (let i = 0; i < count; i++) markInvalid(
      cpu, origin + BigInt(((index + i) & 0x7ff) * 8), ENTRY_INVALID,
    );
  }
  cpu.control.purgeTlb((f.m4 & 1) === 0);
}

/**
 * Where CRDTE's entry is. R2 holds origin and designation: bit 59 zero a page table, one a table of type
 * 60-61.
 */
function designatedEntry(cpu: HelperCpu, designation: bigint, address: bigint): number {
  const paged = (designation & 0x1cn) === 0n;
  if (!paged && !(designation & 0x10n)) cpu.program(Program.specification);
  const type = (designation >> 2n) & 3n;
  const index = paged ? (address >> 12n) & 0xffn : (address >> (20n + 11n * type)) & 0x7ffn;
  const origin = designation & (paged ? ~0x7ffn : ~0xfffn);
  return cpu.control.realToAbsolute(origin + index * 8n, 8, false);
}

/**
 * CRDTE: replaces one table entry of 8 bytes and clears translations; an unequal entry only sets the code.
 */
function crdte(cpu: HelperCpu, f: RawFields): void {
  const absolute = designatedEntry(cpu, cpu.gr(f.r2), cpu.gr(f.r2 + 1));
  const old = cpu.control.readAbsolute(absolute, 8);
  if (old === cpu.gr(f.r1)) {
    cpu.control.writeAbsolute(absolute, 8, cpu.gr(f.r1 + 1));
    cpu.control.purgeTlb((f.m4 & 1) === 0);
    cpu.cc = 0;
  } else {
    cpu.setGr(f.r1, old);
    cpu.cc = 1;
  }
}

/**
 * CSP, CSPG: the low bits of R2 say what to purge on every CPU after a successful swap: 62 the ALB, 63 the
 * TLB.
 */
function compareSwapPurge(size: 4 | 8) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const narrow = (n: number): bigint => (size === 4 ? BigInt(cpu.grLow(n)) : cpu.gr(n));
    const operand = cpu.gr(f.r2);
    const address = cpu.wrap(operand & ~BigInt(size - 1));
    cpu.probe(address, size, f.r2, true);
    const old = cpu.load(address, size, f.r2);
    if (old === narrow(f.r1)) {
      cpu.store(address, size, narrow(f.r1 + 1), f.r2);
      if (operand & 3n) cpu.control.purgeTlb(true);
      cpu.cc = 0;
    } else {
      if (size === 4) cpu.setGrLow(f.r1, Number(old));
      else cpu.setGr(f.r1, old);
      cpu.cc = 1;
    }
  };
}

const purge = (cpu: HelperCpu): void => cpu.control.purgeTlb(false);

// ---- real storage

const lura = (cpu: HelperCpu, f: RawFields): void =>
  cpu.setGrLow(f.r1, Number(cpu.control.readReal(requireAligned(cpu, cpu.wrap(cpu.gr(f.r2)), 4), 4)));
const lurag = (cpu: HelperCpu, f: RawFields): void =>
  cpu.setGr(f.r1, cpu.control.readReal(requireAligned(cpu, cpu.wrap(cpu.gr(f.r2)), 8), 8));
const stura = (cpu: HelperCpu, f: RawFields): void =>
  cpu.control.writeReal(requireAligned(cpu, cpu.wrap(cpu.gr(f.r2)), 4), 4, BigInt(cpu.grLow(f.r1)));
const sturg = (cpu: HelperCpu, f: RawFields): void =>
  cpu.control.writeReal(requireAligned(cpu, cpu.wrap(cpu.gr(f.r2)), 8), 8, cpu.gr(f.r1));

/**
 * TEST BLOCK: clears a 4 KiB block; storage of this machine is always usable. General register 0 counts down
 * to zero, in the shorter addressing modes its bits 32-63.
 */
function testBlock(cpu: HelperCpu, f: RawFields): void {
  const real = cpu.wrap(cpu.gr(f.r2)) & ~0xfffn;
  cpu.control.fillAbsolute(cpu.control.realToAbsolute(real, 4096, true), 4096, 0);
  if (cpu.addressBits === 64) cpu.setGr(0, 0n);
  else cpu.setGrLow(0, 0);
  cpu.cc = 0;
}

/**
 * EXTRACT CPU ATTRIBUTE: attribute 0 is the cache topology (no cache is reported), others are not defined for
 * a level without cache and answer all ones.
 */
function ecag(cpu: HelperCpu, f: RawFields): void {
  const attribute = Number(cpu.address(f.b2, f.d2) & 0xffffffn);
  cpu.setGr(f.r1, attribute >> 4 === 0 ? 0n : 0xffff_ffff_ffff_ffffn);
}

/**
 * LOAD PROGRAM PARAMETER: only sampling would show the parameter, which is not installed; access is checked.
 */
const lpp = (cpu: HelperCpu, f: RawFields): void => {
  cpu.load(alignedOperand2(cpu, f, 8), 8, f.b2);
};

const privileged = { privileged: true };

export const control: readonly Instruction[] = [
  helper("lctl", "RS-a", 0xb7, lctl, privileged),
  helper("lctlg", "RSY-a", 0xeb2f, lctlg, privileged),
  helper("stctl", "RS-a", 0xb6, stctl, privileged),
  helper("stctg", "RSY-a", 0xeb25, stctg, privileged),
  helper("spx", "S", 0xb210, spx, privileged),
  helper("stpx", "S", 0xb211, stpx, privileged),
  helper("stap", "S", 0xb212, stap, privileged),
  helper("stidp", "S", 0xb202, stidp, privileged),
  helper("stfl", "S", 0xb2b1, stfl, privileged),
  helper("stfle", "S", 0xb2b0, stfle, { facility: 7 }),
  helper("stsi", "S", 0xb27d, stsi, privileged),
  helper("ipte", "RRF-a", 0xb221, ipte, { privileged: true, syntax: "r1,r2[,r3,m4]" }),
  helper("idte", "RRF-b", 0xb98e, idte, { facility: 3, privileged: true }),
  helper("crdte", "RRF-b", 0xb98f, crdte, { facility: 78, privileged: true, check: evenR1R2 }),
  helper("csp", "RRE", 0xb250, compareSwapPurge(4), { privileged: true, check: evenR1 }),
  helper("cspg", "RRE", 0xb98a, compareSwapPurge(8), { facility: 3, privileged: true, check: evenR1 }),
  helper("ptlb", "S", 0xb20d, purge, { privileged: true, syntax: "" }),
  helper("palb", "RRE", 0xb248, purge, { privileged: true, syntax: "" }),
  helper("lura", "RRE", 0xb24b, lura, privileged),
  helper("lurag", "RRE", 0xb905, lurag, privileged),
  helper("stura", "RRE", 0xb246, stura, privileged),
  helper("sturg", "RRE", 0xb925, sturg, privileged),
  helper("tb", "RRE", 0xb22c, testBlock, privileged),
  helper("ecag", "RSY-a", 0xeb4c, ecag, { facility: 34 }),
  helper("lpp", "S", 0xb280, lpp, { facility: 40, privileged: true }),
];
