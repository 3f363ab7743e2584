/**
 * Sets of adapter, domain or control-domain numbers as the 256-bit masks that hardware and sysfs use: number
 * n is bit `0x80 >> (n & 7)` of byte `n >> 3`. Values are never changed in place.
 */
export type IdMask = Uint8Array;

/** Numbers a mask can hold: 0 to 255. */
export const ID_COUNT = 256;
export const MASK_BYTES = ID_COUNT / 8;

export const emptyMask = (): IdMask => new Uint8Array(MASK_BYTES);
export const fullMask = (): IdMask => new Uint8Array(MASK_BYTES).fill(0xff);
export const maskOf = (...ids: readonly number[]): IdMask => ids.reduce(withId, emptyMask());

export const hasId = (mask: IdMask, id: number): boolean => (mask[id >> 3]! & (0x80 >> (id & 7))) !== 0;

export function withId(mask: IdMask, id: number): IdMask {
  const next = mask.slice();
  next[id >> 3]! |= 0x80 >> (id & 7);
  return next;
}

export function withoutId(mask: IdMask, id: number): IdMask {
  const next = mask.slice();
  next[id >> 3]! &= ~(0x80 >> (id & 7));
  return next;
}

export const intersection = (a: IdMask, b: IdMask): IdMask => a.map((byte, at) => byte & b[at]!);
export const union = (a: IdMask, b: IdMask): IdMask => a.map((byte, at) => byte | b[at]!);
/** What is in `a` and not in `b`. */
export const difference = (a: IdMask, b: IdMask): IdMask => a.map((byte, at) => byte & ~b[at]!);
export const isSameMask = (a: IdMask, b: IdMask): boolean => a.every((byte, at) => byte === b[at]);
export const isEmptyMask = (mask: IdMask): boolean => mask.every((byte) => byte === 0);

/** Members, ascending. */
export const idsOf = (mask: IdMask): number[] => everyId.filter((id) => hasId(mask, id));
const everyId = Array.from({ length: ID_COUNT }, (_, id) => id);
