/**
 * Address spaces with numbers, a linkage table, a linkage stack and a dispatchable unit for the tests of
 * program linkage. Space n has its ASN-second-table entry at `asteOf(n)`; 1 is the primary one.
 */
import type { FakeCpu } from "./fakeCpu.ts";
import { freshCpu } from "./controlKit.ts";

const FIRST_TABLE = 0x2_0000n;
const SECOND_TABLE = 0x2_1000n;
const AUTHORITY = 0x2_2000n;
const LINKAGE_TABLE = 0x2_3000n;
const ENTRY_TABLE = 0x2_4000n;
export const UNIT_CONTROL = 0x2_5000n;
const STACK = 0x3_0000n;
/** The only program-call number that works: linkage index 0x21, entry index 5. */
export const PC_NUMBER = 0x2105n;
export const SPACE_SWITCH_EVENT = 0x40n;
export const SUBSPACE_GROUP = 0x200n;
/** Space 2 is the base of a subspace group, 3 one of its subspaces; 4 is not valid. */
export const [PRIMARY, BASE, SUBSPACE, INVALID] = [1, 2, 3, 4];

export const asteOf = (asn: number): bigint => SECOND_TABLE + BigInt(asn * 64);
export const indexOf = (asn: number): bigint => BigInt(0x20 + asn);
export const sequenceOf = (asn: number): bigint => 0x7000_0100n + BigInt(asn);
export const elementOf = (asn: number): bigint =>
  0x10_0000n * BigInt(asn + 1) + (asn === BASE || asn === SUBSPACE ? SUBSPACE_GROUP : 0n);
export const ENTRY = ENTRY_TABLE + (PC_NUMBER & 0xffn) * 32n;
export const LINKAGE_ENTRY = LINKAGE_TABLE + (PC_NUMBER >> 8n) * 4n;
/** Designation of the linkage table: enabled, long enough for linkage indexes up to 0x3f. */
export const DESIGNATION = 0x8000_0001n + LINKAGE_TABLE;

export interface EntryFields {
  readonly address: bigint;
  readonly authorizationKeyMask: bigint;
  readonly number: number;
  readonly keyMask: bigint;
  /** Word 4. */
  readonly controls: bigint;
  readonly parameter: bigint;
}

export function writeEntry(cpu: FakeCpu, entry: EntryFields): void {
  cpu.store(ENTRY, 8, entry.address, 0);
  const masks = (entry.authorizationKeyMask << 16n) | BigInt(entry.number);
  cpu.store(ENTRY + 8n, 8, (masks << 32n) | (entry.keyMask << 16n), 0);
  cpu.store(ENTRY + 16n, 8, (entry.controls << 32n) | asteOf(entry.number), 0);
  cpu.store(ENTRY + 24n, 8, entry.parameter, 0);
}

/** A CPU in the primary space with everything valid; every authorization index may do everything. */
export function linkageWorld(): FakeCpu {
  const cpu = freshCpu();
  cpu.store(FIRST_TABLE, 4, SECOND_TABLE, 0);
  for (let asn = 0; asn <= INVALID; asn++) {
    cpu.store(asteOf(asn), 4, asn === INVALID ? 0x8000_0000n : AUTHORITY + (asn === BASE ? 1n : 0n), 0);
    cpu.store(asteOf(asn) + 4n, 4, (indexOf(asn) << 16n) | 0xff0n, 0);
    cpu.store(asteOf(asn) + 8n, 8, elementOf(asn), 0);
    cpu.store(asteOf(asn) + 20n, 4, sequenceOf(asn), 0);
    cpu.store(asteOf(asn) + 24n, 4, DESIGNATION, 0);
  }
  cpu.storeBytes(AUTHORITY, new Uint8Array(64).fill(0xff), 0);
  cpu.store(LINKAGE_ENTRY, 4, ENTRY_TABLE + 1n, 0);
  cpu.store(STACK, 8, (1n << 56n) | (0x1000n << 16n), 0);
  cpu.store(UNIT_CONTROL, 4, asteOf(BASE), 0);
  cpu.controls[1] = elementOf(PRIMARY);
  cpu.controls[2] = UNIT_CONTROL;
  cpu.controls[3] = (0xabcdn << 48n) | (0x0f0fn << 16n) | BigInt(BASE);
  cpu.controls[4] = (0xef01n << 48n) | (indexOf(PRIMARY) << 16n) | BigInt(PRIMARY);
  cpu.controls[5] = (0x1234n << 48n) | asteOf(PRIMARY);
  cpu.controls[7] = elementOf(BASE);
  cpu.controls[14] = (1n << 19n) | (FIRST_TABLE >> 12n);
  cpu.controls[15] = STACK;
  cpu.accessRegisters = cpu.accessRegisters.map((_, n) => 0x100 + n);
  cpu.port.mask = 0x0705_0001_8000_0000n;
  return cpu;
}

/** The same with the base space of the group as primary one. */
export function baseWorld(): FakeCpu {
  const cpu = linkageWorld();
  cpu.controls[1] = elementOf(BASE) | SPACE_SWITCH_EVENT;
  cpu.controls[4] = (cpu.controls[4]! & ~0xffffn) | BigInt(BASE);
  cpu.controls[5] = (0x1234n << 48n) | asteOf(BASE);
  return cpu;
}
