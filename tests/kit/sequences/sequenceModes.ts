/**
 * Modes in which sequences run: PSW bits and control register 0 (Principles of Operation, chapter 4).
 */
export interface SequenceMode {
  readonly name: string;
  readonly mask: bigint;
  readonly bits: 24 | 31 | 64;
  readonly cr0: bigint;
  readonly dataKey: number;
}

const WIDE = 0x1_8000_0000n;
const DAT = 1n << 58n;
const PROBLEM = 1n << 48n;
const key = (n: number): bigint => BigInt(n) << 52n;
const space = (n: number): bigint => BigInt(n) << 46n;
/** AFP registers, vectors, enhanced DAT, secondary-space control, extraction authority. */
const CR0 = 0x60000n | 0x800000n | 0x4000000n | 0x8000000n;
const LOW_ADDRESS_PROTECTION = 0x10000000n;

const mode = (name: string, mask: bigint, bits: 24 | 31 | 64 = 64, cr0 = CR0, dataKey = 0): SequenceMode => ({
  name,
  mask,
  bits,
  cr0,
  dataKey,
});
export const modes: readonly SequenceMode[] = [
  mode("real", WIDE),
  mode("real, 31 bits", 0x8000_0000n, 31),
  mode("real, 24 bits", 0n, 24),
  mode("real, key 8", WIDE | key(8), 64, CR0, 8),
  mode("primary", WIDE | DAT),
  mode("primary, problem", WIDE | DAT | PROBLEM | key(8), 64, CR0, 8),
  mode("primary, problem, 31 bits", 0x8000_0000n | DAT | PROBLEM | key(8), 31, CR0, 8),
  mode("primary, low-address protection", WIDE | DAT, 64, CR0 | LOW_ADDRESS_PROTECTION),
  mode("home", WIDE | DAT | space(3)),
  mode("secondary", WIDE | DAT | space(2)),
  mode("access registers", WIDE | DAT | space(1)),
  mode("primary, no vectors", WIDE | DAT, 64, CR0 & ~0x20000n),
  mode("primary, no AFP", WIDE | DAT, 64, CR0 & ~0x60000n),
];
/** Indices into `modes`: every instruction is met in these, the frequent ones more than once. */
export const usual = [0, 0, 0, 4, 4, 4, 4, 1, 2, 3, 7, 8, 9, 10, 11, 12];
/** And unprivileged ones in these too. */
export const unprivileged = [5, 5, 5, 6];
/** A user program under a peer. */
export const user = mode("user", WIDE | DAT | PROBLEM);
