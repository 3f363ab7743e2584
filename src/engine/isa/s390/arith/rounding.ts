/**
 * Rounding methods shared by binary and decimal floating point (Principles of Operation, chapter 9,
 * "Rounding"). The numbers are those of the FPC rounding-mode fields (BFP: bits 29-31, DFP: bits 25-27),
 * so the field of the register is the method without a table.
 *
 * Invariant: a decision depends only on the sign, the last kept digit and where the discarded tail lies
 * relative to one half of a unit; no caller decides ties by itself.
 */

/** Rounding methods by name; the values are the FPC encodings. */
export const rounding = {
  nearestEven: 0,
  towardZero: 1,
  towardPositive: 2,
  towardNegative: 3,
  nearestAway: 4,
  nearestTowardZero: 5,
  awayFromZero: 6,
  prepareShorter: 7,
} as const;

export type Rounding = (typeof rounding)[keyof typeof rounding];

/** Where the discarded part lies relative to half a unit of the last kept digit. */
export const tail = { none: 0, belowHalf: 1, half: 2, aboveHalf: 3 } as const;

export type Tail = (typeof tail)[keyof typeof tail];

const bfpMethodOfM3: readonly (Rounding | undefined)[] = [
  undefined,
  rounding.nearestAway,
  undefined,
  rounding.prepareShorter,
  rounding.nearestEven,
  rounding.towardZero,
  rounding.towardPositive,
  rounding.towardNegative,
];

/**
 * The BFP rounding method an M3 (or M4) field selects.
 * @param modifier the four-bit field; 0 takes the mode of the FPC
 * @param fpcMode FPC bits 29-31
 * @returns undefined where the field is a specification exception (2 and 8-15)
 */
export function bfpRoundingOf(modifier: number, fpcMode: Rounding): Rounding | undefined {
  return modifier === 0 ? fpcMode : bfpMethodOfM3[modifier];
}

const dfpMethodOfLowModifier: readonly Rounding[] = [
  rounding.nearestEven,
  rounding.nearestAway,
  rounding.nearestEven,
  rounding.prepareShorter,
  rounding.nearestEven,
  rounding.towardZero,
  rounding.towardPositive,
  rounding.towardNegative,
];

/**
 * The DFP rounding method an M3 or M4 field selects; 8-15 are the eight FPC encodings in order.
 * @param modifier the four-bit field; 0 takes the mode of the FPC, and so does the reserved 2
 * @param fpcMode FPC bits 25-27
 */
export function dfpRoundingOf(modifier: number, fpcMode: Rounding): Rounding {
  if (modifier >= 8) return (modifier - 8) as Rounding;
  return modifier === 0 || modifier === 2 ? fpcMode : dfpMethodOfLowModifier[modifier]!;
}

/**
 * Whether the magnitude grows by one unit of the last kept digit.
 * @param lastDigit the last kept digit: 0-9 for decimal, 0-1 for binary
 * @param discarded where the discarded part lies
 */
export function roundsUp(method: Rounding, negative: boolean, lastDigit: number, discarded: Tail): boolean {
  if (discarded === tail.none) return false;
  switch (method) {
    case rounding.nearestEven:
      return discarded === tail.half ? (lastDigit & 1) === 1 : discarded === tail.aboveHalf;
    case rounding.towardZero:
      return false;
    case rounding.towardPositive:
      return !negative;
    case rounding.towardNegative:
      return negative;
    case rounding.nearestAway:
      return discarded !== tail.belowHalf;
    case rounding.nearestTowardZero:
      return discarded === tail.aboveHalf;
    case rounding.awayFromZero:
      return true;
    case rounding.prepareShorter:
      return lastDigit === 0 || lastDigit === 5;
  }
}

/** Whether an overflowed magnitude becomes infinity (else the largest finite number). */
export function overflowsToInfinity(method: Rounding, negative: boolean): boolean {
  switch (method) {
    case rounding.towardZero:
    case rounding.prepareShorter:
      return false;
    case rounding.towardPositive:
      return !negative;
    case rounding.towardNegative:
      return negative;
    default:
      return true;
  }
}
