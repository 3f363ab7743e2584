/** What the families of bare cases draw from: modes, addresses, values at the edges. */
import type { Prng } from "../../../src/engine/base/prng.ts";
import type { BareCase } from "./bareCase.ts";
import {
  DATA, HOME, KEY_3, KEY_3_FETCH_PROTECTED, KEY_9, LAST, MISSING, OTHER_PREFIX, PRIMARY, PROTECTED, SECOND,
  SECONDARY, SEGMENT_LARGE, SEGMENT_LARGE_PROTECTED, SEGMENT_MISSING, SEGMENT_OUTSIDE, SEGMENT_WRONG, STORAGE,
} from "./bareStorage.ts";

export const Mask = {
  per: 1n << 62n, dat: 1n << 58n, problem: 1n << 48n, wide: 0x1_8000_0000n, middle: 0x8000_0000n,
} as const;
export const Cr0 = {
  ssmSuppression: 1n << 30n, lowAddressProtection: 1n << 28n, extraction: 1n << 27n, secondary: 1n << 26n,
  fetchOverride: 1n << 25n, storageOverride: 1n << 24n, edat: 1n << 23n, afp: 1n << 18n, vector: 1n << 17n,
} as const;

/** The part of a case that a family decides; the rest is drawn by `complete`. */
export type Draft = { readonly source: string } & Partial<Omit<BareCase, "source">>;

export interface Family {
  readonly name: string;
  /** Cases of it in one run. */
  readonly count: number;
  readonly draft: (r: Prng) => Draft;
}

export const family = (name: string, count: number, draft: (r: Prng) => Draft): Family => (
  { name, count, draft }
);

/** Work pages and the ends of them; some are in the reach of DAT only, or of nothing. */
export const page = (r: Prng): bigint => r.pick([
  DATA, DATA, DATA + 0x1000n, PROTECTED, MISSING, KEY_3_FETCH_PROTECTED, KEY_3, KEY_9, LAST,
]);
export const place = (r: Prng): bigint => r.pick([
  () => page(r) + r.pick([0n, 8n, 0xff8n, 16n, 0x800n]),
  () => page(r) + r.pick([0n, 8n, 0xff8n, 16n, 0x800n]),
  () => page(r) + BigInt(r.below(4096)),
  () => SECOND + BigInt(r.pick([0, 1, 2, 3, 5]) * 4096 + 8 * r.below(512)),
  () => r.pick([SEGMENT_MISSING, SEGMENT_WRONG, SEGMENT_OUTSIDE]) + BigInt(8 * r.below(0xc00)),
  // With fewer address bits some of them are data pages, none the assigned locations.
  () => r.pick([STORAGE, 0x8000_0000n, 1n << 32n, 1n << 63n]) + DATA + BigInt(r.below(4096)),
  () => r.pick([0x7fff_f000n, 0xffff_f000n, 0xffff_ffff_ffff_f000n]) + BigInt(8 * r.below(256)),
])();
/** The same for instructions that store nothing, in large segments too. */
export const anyPlace = (r: Prng): bigint => r.below(6)
  ? place(r)
  : r.pick([SEGMENT_LARGE, SEGMENT_LARGE_PROTECTED]) + BigInt(8 * r.below(0x20000));
/** A doubleword in the page that all spaces have at the same address. */
export const near = (r: Prng): bigint => LAST + BigInt(8 * r.below(500));
export const value = (r: Prng): bigint => r.pick([
  () => 0n, () => 1n, () => 0xffff_ffff_ffff_ffffn, () => 0x8000_0000n, () => 1n << 63n, () => r.u64(),
  () => BigInt(r.u32()), () => place(r),
])();

const cr0Of = (r: Prng): bigint => {
  let bits = Cr0.edat | Cr0.afp | Cr0.vector;
  if (r.below(8)) bits |= Cr0.secondary;
  if (r.below(2)) bits |= Cr0.extraction;
  if (r.below(5) === 0) bits |= Cr0.lowAddressProtection;
  if (r.below(12) === 0) bits |= Cr0.fetchOverride;
  if (r.below(12) === 0) bits |= Cr0.storageOverride;
  return bits;
};
const maskOf = (r: Prng, space: number): bigint => {
  let mask = r.pick([Mask.wide, Mask.wide, Mask.wide, Mask.middle, 0n]);
  if (space >= 0) mask |= Mask.dat | (BigInt(space) << 46n);
  if (r.below(3) === 0) mask |= Mask.problem;
  return mask | (BigInt(r.below(4)) << 44n);
};

/** Modes that both sides have: with DAT off, primary, secondary and home space. */
export function complete(r: Prng, draft: Draft): BareCase {
  const registers: Record<number, bigint> = {};
  for (let n = 0; n < 16; n++) registers[n] = value(r);
  const control: Record<number, bigint> = {
    0: cr0Of(r), 1: PRIMARY, 7: SECONDARY, 13: HOME, 2: 0x26000n,
    3: (BigInt(r.pick([0, 0xffff, 0x8080, r.u32() & 0xffff])) << 16n) | BigInt(r.below(8)),
    4: BigInt(r.u32()), 8: BigInt(r.u32()), 14: 0xc200_0000n,
  };
  const mask = draft.mask ?? maskOf(r, r.pick([-1, -1, 0, 0, 0, 2, 3]));
  const access: Record<number, number> = {};
  for (let n = 0; n < 16; n++) access[n] = r.pick([0, 0, 1, 2, r.u32()]);
  return {
    source: draft.source, mask, keys: draft.keys ?? {}, patches: draft.patches ?? [],
    registers: { ...registers, ...draft.registers }, control: { ...control, ...draft.control },
    access: { ...access, ...draft.access },
    prefix: draft.prefix ?? (r.below(8) === 0 ? OTHER_PREFIX : 0n),
  };
}
