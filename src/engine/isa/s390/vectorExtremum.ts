/**
 * VECTOR FP MAXIMUM and MINIMUM on one pair of elements (Principles of Operation, chapter 24; M6 chooses
 * among the rules of IEEE 754-2008, Java, the C macro, C++ and C's fmax and fmin; 8 more for the same on
 * absolute values).
 *
 * Invariant: the result is one of the operands (or its magnitude), made quiet where the rule says so.
 */
import { classifyBfp, bfpClass, isBfpNan, isBfpSignalingNan, type BfpFormat } from "./arith/bfpFormat.ts";
import { compareBfp } from "./arith/bfpCompare.ts";
import { exact, ieeeFlag, raiseSuppressing, type IeeeContext, type IeeeResult } from "./arith/ieee.ts";

const rule = { ieee: 0, java: 1, cMacro: 2, cPlusPlus: 3, cFunction: 4 } as const;

/** With a NaN among the operands. */
function ofNan(format: BfpFormat, a: bigint, b: bigint, kind: number, context: IeeeContext): IeeeResult {
  const isSignaling = isBfpSignalingNan(format, a) || isBfpSignalingNan(format, b);
  const give = (bits: bigint, isInvalid: boolean): IeeeResult =>
    isInvalid ? raiseSuppressing(ieeeFlag.invalid, bits, context) : exact(bits);
  switch (kind) {
    case rule.cMacro:
      return give(b, true);
    case rule.cPlusPlus:
      return give(a, true);
    case rule.cFunction:
      return give(isBfpNan(format, b) ? a : b, isSignaling);
    case rule.java:
      if (isBfpSignalingNan(format, a)) return give(a | format.quietBit, true);
      if (isBfpSignalingNan(format, b)) return give(b | format.quietBit, true);
      return give(isBfpNan(format, a) ? a : b, false);
    default:
      if (isBfpSignalingNan(format, a)) return give(a | format.quietBit, true);
      if (isBfpSignalingNan(format, b)) return give(b | format.quietBit, true);
      // A number goes before a quiet NaN.
      return give(isBfpNan(format, a) && !isBfpNan(format, b) ? b : a, false);
  }
}

/** With two zeros: the rules that look at the sign take the one nearer to the wanted end. */
function ofZeros(format: BfpFormat, a: bigint, b: bigint, kind: number, isMinimum: boolean): bigint {
  if (kind === rule.cMacro) return b;
  if (kind === rule.cPlusPlus) return a;
  const isNegative = (a & format.signBit) !== 0n;
  return isNegative === isMinimum ? a : b;
}

/** @param m6 the rule; bit value 8: of the absolute values */
export function extremum(
  format: BfpFormat,
  a: bigint,
  b: bigint,
  m6: number,
  isMinimum: boolean,
  context: IeeeContext,
): IeeeResult {
  const kind = m6 & 7;
  const isAbsolute = (m6 & 8) !== 0;
  const [x, y] = isAbsolute ? [a & ~format.signBit, b & ~format.signBit] : [a, b];
  // IEEE compares magnitudes but delivers the operand with its sign; the others deliver the magnitude.
  const [left, right] = kind === rule.ieee ? [a, b] : [x, y];
  if (isBfpNan(format, a) || isBfpNan(format, b)) return ofNan(format, left, right, kind, context);
  if (classifyBfp(format, a) === bfpClass.zero && classifyBfp(format, b) === bfpClass.zero)
    return exact(ofZeros(format, left, right, kind, isMinimum));
  let { cc } = compareBfp(format, x, y, context);
  if (cc === 0 && kind === rule.ieee && isAbsolute) ({ cc } = compareBfp(format, a, b, context));
  // Equal numbers that are not zeros have the same bits.
  return exact((cc === 1) === isMinimum ? left : right);
}
