/**
 * Address spaces by number, and the control registers that hold what they are (Principles of Operation,
 * chapter 3, "ASN translation" and "ASN authorization"; chapter 5, "Subspace-replacement operations").
 *
 * Nothing here changes a register before its last possible exception.
 */
import { authorized } from "./accessList.ts";
import { readSubspace, type UnavailableSubspace } from "./subspace.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { Program } from "./instruction.ts";

/** CR14.44: ASN-translation control; bits 45-63 are the first table's page number. */
const ASN_TRANSLATION = 1n << 19n;
const INVALID = 0x8000_0000n;
/** Bit 0 of a linkage-table designation: subsystem-linkage control. */
const SUBSYSTEM_LINKAGE = 0x8000_0000n;
/** Bit 57 of an address-space-control element: space-switch-event control. */
const SPACE_SWITCH_EVENT = 1n << 6n;

/** Special-operation exception while the ASN-translation control is zero. */
export function requireTranslation(cpu: HelperCpu): void {
  if (!(cpu.cr(14) & ASN_TRANSLATION)) cpu.program(Program.specialOperation);
}

/** Primary (CR4 bits 48-63) and secondary (CR3 bits 48-63) address-space number. */
export const primaryNumber = (cpu: HelperCpu): number => Number(cpu.cr(4) & 0xffffn);
export const secondaryNumber = (cpu: HelperCpu): number => Number(cpu.cr(3) & 0xffffn);
/** Authorization index, CR4 bits 32-47. */
export const authorizationIndex = (cpu: HelperCpu): number => Number((cpu.cr(4) >> 16n) & 0xffffn);

/** Real address of the ASN-second-table entry of an address-space number, or an exception code. */
export function findNumber(cpu: HelperCpu, asn: number): bigint | { readonly exception: number } {
  const { control } = cpu;
  const firstTable = (cpu.cr(14) & 0x7ffffn) << 12n;
  const firstEntry = control.readReal(firstTable + BigInt((asn >> 6) * 4), 4);
  if (firstEntry & INVALID) return { exception: Program.afxTranslation };
  const aste = (firstEntry & 0x7fff_ffc0n) + BigInt((asn & 63) * 64);
  return control.readReal(aste, 4) & INVALID ? { exception: Program.asxTranslation } : aste;
}

/** The same; an exception ends the instruction and tells the number. */
export function translateNumber(cpu: HelperCpu, asn: number): bigint {
  const found = findNumber(cpu, asn);
  return typeof found === "bigint" ? found : cpu.program(found.exception, asn);
}

/** Whether an authorization index has primary or secondary authority in a space. */
export function hasAuthority(cpu: HelperCpu, aste: bigint, index: number, secondary: boolean): boolean {
  return authorized(cpu.control, aste, index, secondary) ?? cpu.program(Program.addressing);
}

/** Secondary-authority exception, which tells the number, unless the index has the authority. */
export function requireSecondary(cpu: HelperCpu, aste: bigint, index: number, asn: number): void {
  if (!hasAuthority(cpu, aste, index, true)) cpu.program(Program.secondaryAuthority, asn);
}

/** Address-space-control element of a space, after the replacement by its active subspace. */
export function findElement(cpu: HelperCpu, aste: bigint): bigint | UnavailableSubspace {
  return readSubspace(cpu, aste, cpu.control.readReal(aste + 8n, 8));
}

/** The same; an exception ends the instruction. */
export function elementOf(cpu: HelperCpu, aste: bigint): bigint {
  const found = findElement(cpu, aste);
  return typeof found === "bigint" ? found : cpu.program(found.exception);
}

/** A space that is to become the primary one. */
export interface PrimarySpace {
  readonly number: number;
  /** Real address of its ASN-second-table entry. */
  readonly aste: bigint;
  /** Address-space-control element. */
  readonly element: bigint;
  readonly authorizationIndex: number;
}

/** Reads what the registers need of a space whose number has been translated and authorized. */
export function readPrimary(cpu: HelperCpu, number: number, aste: bigint): PrimarySpace {
  const index = Number(cpu.control.readReal(aste + 4n, 4) >> 16n);
  return { number, aste, element: elementOf(cpu, aste), authorizationIndex: index };
}

/**
 * Makes a space the primary one: CR1, CR4, CR5.
 * @returns what a space-switch event tells (the old number, bit 0 the old space's event control), or
 * undefined if none is due
 */
export function enterPrimary(cpu: HelperCpu, to: PrimarySpace): number | undefined {
  const old = cpu.cr(1);
  const told = (old & SPACE_SWITCH_EVENT ? 0x8000_0000 : 0) + primaryNumber(cpu);
  cpu.control.leaveSpace?.(told);
  cpu.setCr(1, to.element);
  const numbers = BigInt(to.authorizationIndex * 0x1_0000 + to.number);
  cpu.setCr(4, (cpu.cr(4) & ~0xffff_ffffn) | numbers);
  cpu.setCr(5, (cpu.cr(5) & ~0xffff_ffffn) | to.aste);
  return (old | to.element) & SPACE_SWITCH_EVENT ? told : undefined;
}

/**
 * The PSW has left or entered the home space: a space-switch event where a space asks for it, after all else.
 * What is told is of the space that was left; the home space has no number.
 */
export function crossHome(cpu: HelperCpu, wasHome: boolean): void {
  const eventControl = cpu.cr(wasHome ? 13 : 1) & SPACE_SWITCH_EVENT ? 0x8000_0000 : 0;
  const told = eventControl + (wasHome ? 0 : primaryNumber(cpu));
  cpu.control.leaveSpace?.(told);
  if ((cpu.cr(1) | cpu.cr(13)) & SPACE_SWITCH_EVENT) cpu.complete(Program.spaceSwitch, told);
}

/** Sets key mask and secondary number (CR3 bits 32-63) and the secondary space (CR7). */
export function setSecondary(cpu: HelperCpu, keyMask: number, number: number, element: bigint): void {
  cpu.setCr(3, (cpu.cr(3) & ~0xffff_ffffn) | BigInt(keyMask * 0x1_0000 + number));
  cpu.setCr(7, element);
}

/** PSW-key mask, CR3 bits 32-47. */
export const keyMask = (cpu: HelperCpu): number => Number((cpu.cr(3) >> 16n) & 0xffffn);

/**
 * Linkage-table designation of the primary space, of its ASN-second-table entry; a special-operation
 * exception if its bit 0, the subsystem-linkage control, is zero.
 */
export function linkageTable(cpu: HelperCpu): bigint {
  const designation = cpu.control.readReal((cpu.cr(5) & 0x7fff_ffc0n) + 24n, 4);
  return designation & SUBSYSTEM_LINKAGE ? designation : cpu.program(Program.specialOperation);
}
