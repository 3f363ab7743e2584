/**
 * Access-register translation (Principles of Operation, chapter 5, "Access-register-translation process"):
 * from an access-list-entry token to the ASN-second-table entry that owns the address space.
 *
 * Nothing here interrupts; the outcome names the exception and the caller decides.
 */
import type { ControlPort } from "./helperCpu.ts";
import { Program } from "./instruction.ts";

/** Real address of the space's ASN-second-table entry and its fetch-only attribute, or an exception code. */
export type Space = { readonly aste: bigint; readonly fetchOnly: boolean } | { readonly exception: number };

const refused = (exception: number): { readonly exception: number } => ({ exception });
/** What the tables are read through. */
export interface Tables {
  cr(n: number): bigint;
  readonly control: RealStorage;
}
/** Reads of real storage; `storageSize` in bytes. */
type RealStorage = Pick<ControlPort, "storageSize" | "readReal">;
/** Tables of the access-register mechanism lie below 2 GiB on 64-byte boundaries. */
const ORIGIN = 0x7fff_ffc0n;

/** Word at a real address, or undefined outside storage. */
function word(control: RealStorage, real: bigint): number | undefined {
  return real + 4n > BigInt(control.storageSize) ? undefined : Number(control.readReal(real, 4));
}

/**
 * Whether the authority table of an ASN-second-table entry gives index `ax` primary or secondary authority.
 */
export function authorized(
  control: RealStorage, aste: bigint, ax: number, secondary: boolean,
): boolean | undefined {
  const origin = word(control, aste);
  const limits = word(control, aste + 4n);
  if (origin === undefined || limits === undefined) return undefined;
  // Authority-table length: bits 48-59 of the entry, in units of four bytes less one; a byte holds four
  // indexes.
  if (ax >> 4 > ((limits >> 4) & 0xfff)) return false;
  const at = BigInt(origin & 0x7fff_fffc) + BigInt(ax >> 2);
  if (at >= BigInt(control.storageSize)) return undefined;
  const pair = Number(control.readReal(at, 1)) >> (6 - 2 * (ax & 3));
  return (pair & (secondary ? 1 : 2)) !== 0;
}

/**
 * Translates an ALET other than 0 and 1 with an extended-authorization index; without one private entries are
 * for everybody, as BRANCH IN SUBSPACE GROUP has it.
 */
export function translateAlet(cpu: Tables, alet: number, eax: number | undefined): Space {
  const { control } = cpu;
  if (alet >>> 25) return refused(Program.aletSpecification);
  // Bit 7: list of the primary space (its ASTE is in CR5) or of the dispatchable unit (CR2); both keep it 16
  // bytes on.
  const owner = cpu.cr(alet & 0x0100_0000 ? 5 : 2) & ORIGIN;
  const list = word(control, owner + 16n);
  if (list === undefined) return refused(Program.addressing);
  const number = alet & 0xffff;
  if (number >> 3 > (list & 0x7f)) return refused(Program.alenTranslation);
  const entry = BigInt(list & 0x7fff_ff80) + BigInt(number * 16);
  const flags = word(control, entry);
  const origin = word(control, entry + 8n);
  const sequence = word(control, entry + 12n);
  if (flags === undefined || origin === undefined || sequence === undefined) {
    return refused(Program.addressing);
  }
  if (flags >>> 31) return refused(Program.alenTranslation);
  if (((flags >>> 16) & 0xff) !== ((alet >>> 16) & 0xff)) return refused(Program.aleSequence);
  const aste = BigInt(origin) & ORIGIN;
  const validity = word(control, aste);
  const current = word(control, aste + 20n);
  if (validity === undefined || current === undefined) return refused(Program.addressing);
  if (validity >>> 31) return refused(Program.asteValidity);
  if (current !== sequence) return refused(Program.asteSequence);
  // A private entry is for its own authorization index, or for whoever has secondary authority in the space.
  if (flags & 0x0100_0000 && eax !== undefined && (flags & 0xffff) !== eax) {
    const allowed = authorized(control, aste, eax, true);
    if (allowed === undefined) return refused(Program.addressing);
    if (!allowed) return refused(Program.extendedAuthority);
  }
  return { aste, fetchOnly: (flags & 0x0200_0000) !== 0 };
}

/** Address-space-control element of a translated space. */
export const asceOf = (control: RealStorage, aste: bigint): bigint => control.readReal(aste + 8n, 8);
