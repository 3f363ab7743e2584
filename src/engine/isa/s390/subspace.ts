/**
 * Subspace groups: which spaces are one group, and which of its subspaces is active (Principles of Operation,
 * chapter 5, "Subspace-group tables" and "Subspace-replacement operations").
 *
 * The dispatchable-unit control table at the real address in CR2 keeps: word 0 the base space's ASN-second-
 * table entry, word 1 that of the last subspace (bit 0: it is active), word 3 that entry's sequence number.
 */
import type { ControlPort } from "./helperCpu.ts";
import { Program } from "./instruction.ts";

/** Bit 54 of an address-space-control element: the space belongs to a subspace group. */
export const SUBSPACE_GROUP = 1n << 9n;
/** Bits 56 and 57 of an element, storage-alteration and space-switch event, stay those of the base space. */
const KEPT = 3n << 6n;
const ACTIVE = 0x8000_0000n;
const INVALID = 0x8000_0000n;
/** Control tables lie below 2 GiB on 64-byte boundaries. */
const ORIGIN = 0x7fff_ffc0n;
const At = { base: 0n, subspace: 4n, sequence: 12n } as const;

/** What the tables are read through. */
interface Tables {
  cr(n: number): bigint;
  readonly control: Pick<ControlPort, "readReal" | "writeReal">;
}

/** The subspace cannot replace: exception code. */
export interface UnavailableSubspace {
  readonly exception: number;
}

/** Real address of the dispatchable-unit control table. */
export const unitControlTable = (cpu: Tables): bigint => cpu.cr(2) & ORIGIN;

/** Real address of the ASN-second-table entry of the base space. */
export const baseSpace = (cpu: Tables): bigint =>
  cpu.control.readReal(unitControlTable(cpu) + At.base, 4) & ORIGIN;

/** An element with all but its event controls taken from another. */
export const replaceElement = (element: bigint, by: bigint): bigint => (element & KEPT) | (by & ~KEPT);

/** Real address of the last subspace's ASN-second-table entry; 0n: no subspace has been entered yet. */
export const lastSubspace = (cpu: Tables): bigint =>
  cpu.control.readReal(unitControlTable(cpu) + At.subspace, 4) & ORIGIN;

/** The same, if that entry is still the one that was entered. */
export function requireLast(cpu: Tables): bigint | UnavailableSubspace {
  const { control } = cpu;
  const table = unitControlTable(cpu);
  const aste = lastSubspace(cpu);
  if (control.readReal(aste, 4) & INVALID) return { exception: Program.asteValidity };
  const isSame = control.readReal(aste + 20n, 4) === control.readReal(table + At.sequence, 4);
  return isSame ? aste : { exception: Program.asteSequence };
}

/**
 * Subspace replacement of an element that belongs to `aste`: only the base space of a group whose subspace is
 * active is replaced.
 */
export function readSubspace(cpu: Tables, aste: bigint, element: bigint): bigint | UnavailableSubspace {
  if (!(element & SUBSPACE_GROUP) || aste !== baseSpace(cpu)) return element;
  if (!(cpu.control.readReal(unitControlTable(cpu) + At.subspace, 4) & ACTIVE)) return element;
  const subspace = requireLast(cpu);
  if (typeof subspace !== "bigint") return subspace;
  return replaceElement(element, cpu.control.readReal(subspace + 8n, 8));
}

/** The base space was entered: no subspace is active; which was the last stays known. */
export function noteBase(cpu: Tables): void {
  const at = unitControlTable(cpu) + At.subspace;
  cpu.control.writeReal(at, 4, cpu.control.readReal(at, 4) & ~ACTIVE);
}

/** A subspace was entered: it is the active one, and its entry's sequence number is kept. */
export function noteSubspace(cpu: Tables, aste: bigint): void {
  const table = unitControlTable(cpu);
  cpu.control.writeReal(table + At.subspace, 4, ACTIVE | aste);
  cpu.control.writeReal(table + At.sequence, 4, cpu.control.readReal(aste + 20n, 4));
}
