/**
 * Change of the primary and secondary address space by number, and program linkage (Principles of Operation,
 * chapter 5, "PC-number translation"; chapter 10). The linkage stack is in linkageStack.ts,
 * its entries are part of this table.
 *
 * SSAR, PT and LASP are whole, without the ASN-and-LX-reuse facility. What needs entry tables or subspaces
 * (PC BSA BSG) answers a special-operation exception, as where the program has set up neither; no system that
 * this machine is for uses them.
 */
import { asceOf, authorized } from "./accessList.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction } from "./instruction.ts";
import { linkageStackEntries } from "./linkageStack.ts";

const AFX_TRANSLATION = 0x20;
const ASX_TRANSLATION = 0x21;
const PRIMARY_AUTHORITY = 0x24;
const SECONDARY_AUTHORITY = 0x25;
/** CR14.44: ASN-translation control; bits 45-63 are the first table's page number. */
const ASN_TRANSLATION = 1n << 19n;
const INVALID = 0x8000_0000n;
/** Bit 57 of an address-space-control element: space-switch-event control. */
const SPACE_SWITCH_EVENT = 1n << 6n;

/** Real address of the ASN-second-table entry of an address-space number, or an exception code. */
function findNumber(cpu: HelperCpu, asn: number): bigint | { readonly exception: number } {
  const { control } = cpu;
  const firstTable = (cpu.cr(14) & 0x7ffffn) << 12n;
  const firstEntry = control.readReal(firstTable + BigInt((asn >> 6) * 4), 4);
  if (firstEntry & INVALID) return { exception: AFX_TRANSLATION };
  const aste = (firstEntry & 0x7fff_ffc0n) + BigInt((asn & 63) * 64);
  return control.readReal(aste, 4) & INVALID ? { exception: ASX_TRANSLATION } : aste;
}

function translateNumber(cpu: HelperCpu, asn: number): bigint {
  const found = findNumber(cpu, asn);
  return typeof found === "bigint" ? found : cpu.program(found.exception);
}

/** Authority of the current authorization index (CR4 bits 32-47) in a space. */
function requireAuthority(cpu: HelperCpu, aste: bigint, secondary: boolean): void {
  const allowed = authorized(cpu.control, aste, Number((cpu.cr(4) >> 16n) & 0xffffn), secondary);
  if (allowed === undefined) cpu.program(Program.addressing);
  if (!allowed) cpu.program(secondary ? SECONDARY_AUTHORITY : PRIMARY_AUTHORITY);
}

function requireNumbers(cpu: HelperCpu): void {
  if (!cpu.control.datOn || !(cpu.cr(14) & ASN_TRANSLATION)) cpu.program(Program.specialOperation);
}

/** SET SECONDARY ASN: the primary's own number gives the primary's space without any table. */
function ssar(cpu: HelperCpu, f: RawFields): void {
  requireNumbers(cpu);
  const asn = cpu.grLow(f.r1) & 0xffff;
  let asce = cpu.cr(1);
  if (asn !== Number(cpu.cr(4) & 0xffffn)) {
    const aste = translateNumber(cpu, asn);
    requireAuthority(cpu, aste, true);
    asce = asceOf(cpu.control, aste);
  }
  cpu.setCr(3, (cpu.cr(3) & ~0xffffn) | BigInt(asn));
  cpu.setCr(7, asce);
}

/** Makes the space with this number primary: CR1, CR4, CR5. Answers whether a space-switch event is due. */
function switchPrimary(cpu: HelperCpu, asn: number): boolean {
  const aste = translateNumber(cpu, asn);
  requireAuthority(cpu, aste, false);
  const asce = asceOf(cpu.control, aste);
  const authorization = cpu.control.readReal(aste + 4n, 4) >> 16n;
  const isEvent = ((cpu.cr(1) | asce) & SPACE_SWITCH_EVENT) !== 0n;
  cpu.setCr(1, asce);
  cpu.setCr(4, (cpu.cr(4) & ~0xffff_ffffn) | (authorization << 16n) | BigInt(asn));
  cpu.setCr(5, (cpu.cr(5) & ~0xffff_ffffn) | aste);
  return isEvent;
}

/**
 * PROGRAM TRANSFER: R1 key mask and number, R2 address, with the addressing mode in bit 32 and the problem
 * state in 63.
 */
function pt(cpu: HelperCpu, f: RawFields): void {
  requireNumbers(cpu);
  const { control } = cpu;
  if (control.addressSpace !== 0) cpu.program(Program.specialOperation);
  const target = cpu.gr(f.r2);
  if (control.problemState && !(target & 1n)) cpu.program(Program.privileged);
  const bits = cpu.addressBits === 64 ? 64 : target & INVALID ? 31 : 24;
  const address = bits === 64 ? target & ~1n : target & 0x7fff_fffen;
  if (bits === 24 && address >> 24n) cpu.program(Program.specification);
  const low = cpu.grLow(f.r1);
  const asn = low & 0xffff;
  const isEvent = asn === Number(cpu.cr(4) & 0xffffn) ? false : switchPrimary(cpu, asn);
  const keyMask = (cpu.cr(3) >> 16n) & BigInt(low >>> 16);
  cpu.setCr(3, (cpu.cr(3) & ~0xffff_ffffn) | (keyMask << 16n) | BigInt(asn));
  cpu.setCr(7, cpu.cr(1));
  // Bit 15 of the PSW is the problem state, bits 31 and 32 the addressing mode.
  const mode = bits === 64 ? 0x1_8000_0000n : bits === 31 ? 0x8000_0000n : 0n;
  const mask = control.pswMask() & ~(0x1_8000_0000n | (1n << 48n));
  control.loadPsw(mask | mode | ((target & 1n) << 48n), address);
  if (isEvent) cpu.complete(Program.spaceSwitch);
}

/** Second-operand address of LASP: translate old numbers too; index of the operand; ask for no authority. */
const Lasp = { translate: 4n, ownIndex: 2n, skipAuthority: 1n } as const;

/**
 * LOAD ADDRESS SPACE PARAMETERS: key mask, secondary number, authorization index and primary number of the
 * first operand go to CR3 and CR4, what their spaces are to CR1, CR5 and CR7. Code 1 primary not available, 2
 * secondary not available or not authorized, 3 space-switch event; nothing is changed then.
 */
function lasp(cpu: HelperCpu, f: RawFields): void {
  const { control } = cpu;
  if (!(cpu.cr(14) & ASN_TRANSLATION)) cpu.program(Program.specialOperation);
  const address = cpu.address(f.b1, f.d1);
  if (address & 7n) cpu.program(Program.specification);
  const operand = cpu.load(address, 8, f.b1);
  const controls = cpu.address(f.b2, f.d2);
  const [primary, secondary] = [Number(operand & 0xffffn), Number((operand >> 32n) & 0xffffn)];
  let [asce, origin] = [cpu.cr(1), cpu.cr(5)];
  let index = (cpu.cr(4) >> 16n) & 0xffffn;
  if (controls & Lasp.translate || primary !== Number(cpu.cr(4) & 0xffffn)) {
    const aste = findNumber(cpu, primary);
    if (typeof aste !== "bigint") return void (cpu.cc = 1);
    asce = asceOf(control, aste);
    if ((cpu.cr(1) | asce) & SPACE_SWITCH_EVENT) return void (cpu.cc = 3);
    origin = (origin & ~0xffff_ffffn) | aste;
    index = control.readReal(aste + 4n, 4) >> 16n;
  }
  if (controls & Lasp.ownIndex) index = (operand >> 16n) & 0xffffn;
  let secondAsce = secondary === primary ? asce : cpu.cr(7);
  const asked = controls & (Lasp.translate | Lasp.skipAuthority);
  const isKept = secondary === Number(cpu.cr(3) & 0xffffn) && asked === Lasp.skipAuthority;
  if (secondary !== primary && !isKept) {
    const aste = findNumber(cpu, secondary);
    if (typeof aste !== "bigint") return void (cpu.cc = 2);
    if (!(controls & Lasp.skipAuthority)) {
      const allowed = authorized(control, aste, Number(index), true);
      if (allowed === undefined) cpu.program(Program.addressing);
      if (!allowed) return void (cpu.cc = 2);
    }
    secondAsce = asceOf(control, aste);
  }
  cpu.setCr(1, asce);
  cpu.setCr(3, (cpu.cr(3) & ~0xffff_ffffn) | (operand >> 32n));
  cpu.setCr(4, (cpu.cr(4) & ~0xffff_ffffn) | (index << 16n) | BigInt(primary));
  cpu.setCr(5, origin);
  cpu.setCr(7, secondAsce);
  cpu.cc = 0;
}

const notSetUp = (cpu: HelperCpu): void => cpu.program(Program.specialOperation);

export const linkage: readonly Instruction[] = [
  ...linkageStackEntries,
  helper("ssar", "RRE", 0xb225, ssar, { syntax: "r1" }),
  helper("pt", "RRE", 0xb228, pt),
  helper("pc", "S", 0xb218, notSetUp),
  helper("bsa", "RRE", 0xb25a, notSetUp),
  helper("bsg", "RRE", 0xb258, notSetUp),
  helper("lasp", "SSE", 0xe500, lasp, { privileged: true }),
];
