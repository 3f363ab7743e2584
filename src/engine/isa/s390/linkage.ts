/**
 * Change of the primary and secondary address space by number, and program linkage (Principles of Operation,
 * chapter 10; chapter 5, "Program linkage"), without the ASN-and-LX-reuse facility. The tables that these
 * go through are in spaceNumber.ts and subspace.ts; the entries of programCall.ts, linkageStack.ts,
 * programReturn.ts, resumeProgram.ts, subspaceBranch.ts and trap.ts are part of this table.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction } from "./instruction.ts";
import { linkageStackEntries } from "./linkageStack.ts";
import { pc } from "./programCall.ts";
import { pr } from "./programReturn.ts";
import { PswMask, modeOf } from "./pswMask.ts";
import { resumeProgram } from "./resumeProgram.ts";
import * as S from "./spaceNumber.ts";
import { bsa, bsg } from "./subspaceBranch.ts";
import { programTransfer, putTraceEntry, setSecondary } from "./tracing.ts";
import { trapEntries } from "./trap.ts";

/** Bit 57 of an address-space-control element: space-switch-event control. */
const SPACE_SWITCH_EVENT = 1n << 6n;

/** SET SECONDARY ASN: the primary's own number gives the primary's space without any table. */
function ssar(cpu: HelperCpu, f: RawFields): void {
  if (!cpu.control.datOn) cpu.program(Program.specialOperation);
  S.requireTranslation(cpu);
  const asn = cpu.grLow(f.r1) & 0xffff;
  let element = cpu.cr(1);
  if (asn !== S.primaryNumber(cpu)) {
    const aste = S.translateNumber(cpu, asn);
    S.requireSecondary(cpu, aste, S.authorizationIndex(cpu), asn);
    element = S.elementOf(cpu, aste);
  }
  putTraceEntry(cpu, setSecondary(cpu, asn));
  S.setSecondary(cpu, S.keyMask(cpu), asn, element);
}

/** The space that PROGRAM TRANSFER goes to, with primary authority in it. */
function authorizedPrimary(cpu: HelperCpu, asn: number): S.PrimarySpace {
  S.requireTranslation(cpu);
  const aste = S.translateNumber(cpu, asn);
  const isAllowed = S.hasAuthority(cpu, aste, S.authorizationIndex(cpu), false);
  return isAllowed ? S.readPrimary(cpu, asn, aste) : cpu.program(Program.primaryAuthority, asn);
}

/**
 * PROGRAM TRANSFER: R1 key mask and number, R2 address, with the addressing mode in bit 32 and the problem
 * state in 63.
 */
function pt(cpu: HelperCpu, f: RawFields): void {
  const { control } = cpu;
  if (!control.datOn || control.addressSpace !== 0) cpu.program(Program.specialOperation);
  S.linkageTable(cpu);
  const target = cpu.gr(f.r2);
  if (control.problemState && !(target & 1n)) cpu.program(Program.privileged);
  const bits = cpu.addressBits === 64 ? 64 : target & PswMask.basic ? 31 : 24;
  const address = bits === 64 ? target & ~1n : target & 0x7fff_fffen;
  if (bits === 24 && address >> 24n) cpu.program(Program.specification);
  const low = cpu.grLow(f.r1);
  const asn = low & 0xffff;
  const to = asn === S.primaryNumber(cpu) ? undefined : authorizedPrimary(cpu, asn);
  putTraceEntry(cpu, programTransfer(cpu, asn, target));
  const event = to && S.enterPrimary(cpu, to);
  S.setSecondary(cpu, S.keyMask(cpu) & (low >>> 16), asn, cpu.cr(1));
  const mask = control.pswMask() & ~(PswMask.mode | PswMask.problem);
  control.loadPsw(mask | modeOf(bits) | (target & 1n ? PswMask.problem : 0n), address);
  if (event !== undefined) cpu.complete(Program.spaceSwitch, event);
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
  S.requireTranslation(cpu);
  const address = cpu.address(f.b1, f.d1);
  if (address & 7n) cpu.program(Program.specification);
  const operand = cpu.load(address, 8, f.b1);
  const controls = cpu.address(f.b2, f.d2);
  const [primary, secondary] = [Number(operand & 0xffffn), Number((operand >> 32n) & 0xffffn)];
  let [element, origin] = [cpu.cr(1), cpu.cr(5)];
  let index = S.authorizationIndex(cpu);
  if (controls & Lasp.translate || primary !== S.primaryNumber(cpu)) {
    const aste = S.findNumber(cpu, primary);
    if (typeof aste !== "bigint") return void (cpu.cc = 1);
    const found = S.findElement(cpu, aste);
    if (typeof found !== "bigint") return void (cpu.cc = 1);
    element = found;
    if ((cpu.cr(1) | element) & SPACE_SWITCH_EVENT) return void (cpu.cc = 3);
    origin = (origin & ~0xffff_ffffn) | aste;
    index = Number(control.readReal(aste + 4n, 4) >> 16n);
  }
  if (controls & Lasp.ownIndex) index = Number((operand >> 16n) & 0xffffn);
  let secondElement = secondary === primary ? element : cpu.cr(7);
  const asked = controls & (Lasp.translate | Lasp.skipAuthority);
  const isKept = secondary === S.secondaryNumber(cpu) && asked === Lasp.skipAuthority;
  if (secondary !== primary && !isKept) {
    const aste = S.findNumber(cpu, secondary);
    if (typeof aste !== "bigint") return void (cpu.cc = 2);
    if (!(controls & Lasp.skipAuthority) && !S.hasAuthority(cpu, aste, index, true)) return void (cpu.cc = 2);
    const found = S.findElement(cpu, aste);
    if (typeof found !== "bigint") return void (cpu.cc = 2);
    secondElement = found;
  }
  cpu.setCr(1, element);
  S.setSecondary(cpu, Number((operand >> 48n) & 0xffffn), secondary, secondElement);
  cpu.setCr(4, (cpu.cr(4) & ~0xffff_ffffn) | BigInt(index * 0x1_0000 + primary));
  cpu.setCr(5, origin);
  cpu.cc = 0;
}

export const linkage: readonly Instruction[] = [
  ...linkageStackEntries,
  ...resumeProgram,
  ...trapEntries,
  helper("ssar", "RRE", 0xb225, ssar, { syntax: "r1" }),
  helper("pt", "RRE", 0xb228, pt),
  helper("pc", "S", 0xb218, pc),
  helper("pr", "E", 0x0101, pr),
  helper("bsa", "RRE", 0xb25a, bsa),
  helper("bsg", "RRE", 0xb258, bsg),
  helper("lasp", "SSE", 0xe500, lasp, { privileged: true }),
];
