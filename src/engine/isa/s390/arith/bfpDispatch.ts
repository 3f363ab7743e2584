/**
 * Binary floating point on bit patterns, the way instruction helpers call it: the fast path where it
 * decides, the exact core elsewhere.
 *
 * Invariant: the result never depends on which of the two answered (tests/engine/isa/arith/bfpFast.test.ts).
 */
import * as exactCore from './bfpArithmetic.ts';
import * as fast from './bfpFast.ts';
import { bfpLong, bfpShort, type BfpFormat } from './bfpFormat.ts';
import { ieeeFlag, type IeeeContext, type IeeeResult } from './ieee.ts';
import { rounding } from './rounding.ts';

const doubles = new Float64Array(3);
const longBits = new BigUint64Array(doubles.buffer);
const singles = new Float32Array(3);
const shortBits = new Uint32Array(singles.buffer);
const resultBits = new BigUint64Array(fast.fastResult.buffer);

function loadOperand(format: BfpFormat, index: number, bits: bigint): number {
  if (format === bfpLong) {
    longBits[index] = bits;
    return doubles[index]!;
  }
  shortBits[index] = Number(bits);
  return singles[index]!;
}

/** The decided result, unless its inexact condition must trap or be suppressed. */
function settle(format: BfpFormat, flags: number, context: IeeeContext): IeeeResult | undefined {
  if (flags === fast.undecided) return undefined;
  if (flags !== 0 && (context.masks & ieeeFlag.inexact || context.inexactSuppressed)) return undefined;
  if (format === bfpLong) return { bits: resultBits[0]!, flags, dxc: 0 };
  singles[0] = fast.fastResult[0]!;
  return { bits: BigInt(shortBits[0]!), flags, dxc: 0 };
}

function isFast(format: BfpFormat, context: IeeeContext): boolean {
  return context.rounding === rounding.nearestEven && (format === bfpLong || format === bfpShort);
}

/** ADD. */
export function addBfp(format: BfpFormat, a: bigint, b: bigint, context: IeeeContext): IeeeResult {
  if (isFast(format, context)) {
    const operation = format === bfpLong ? fast.fastAddLong : fast.fastAddShort;
    const flags = operation(loadOperand(format, 0, a), loadOperand(format, 1, b));
    const result = settle(format, flags, context);
    if (result) return result;
  }
  return exactCore.addBfp(format, a, b, context);
}

/** SUBTRACT. */
export function subtractBfp(format: BfpFormat, a: bigint, b: bigint, context: IeeeContext): IeeeResult {
  if (isFast(format, context)) {
    const operation = format === bfpLong ? fast.fastAddLong : fast.fastAddShort;
    const flags = operation(loadOperand(format, 0, a), -loadOperand(format, 1, b));
    const result = settle(format, flags, context);
    if (result) return result;
  }
  return exactCore.subtractBfp(format, a, b, context);
}

/** MULTIPLY. */
export function multiplyBfp(format: BfpFormat, a: bigint, b: bigint, context: IeeeContext): IeeeResult {
  if (isFast(format, context)) {
    const operation = format === bfpLong ? fast.fastMultiplyLong : fast.fastMultiplyShort;
    const flags = operation(loadOperand(format, 0, a), loadOperand(format, 1, b));
    const result = settle(format, flags, context);
    if (result) return result;
  }
  return exactCore.multiplyBfp(format, a, b, context);
}

/** DIVIDE. */
export function divideBfp(format: BfpFormat, a: bigint, b: bigint, context: IeeeContext): IeeeResult {
  if (isFast(format, context)) {
    const operation = format === bfpLong ? fast.fastDivideLong : fast.fastDivideShort;
    const flags = operation(loadOperand(format, 0, a), loadOperand(format, 1, b));
    const result = settle(format, flags, context);
    if (result) return result;
  }
  return exactCore.divideBfp(format, a, b, context);
}

/** SQUARE ROOT. */
export function squareRootBfp(format: BfpFormat, a: bigint, context: IeeeContext): IeeeResult {
  if (isFast(format, context)) {
    const operation = format === bfpLong ? fast.fastSquareRootLong : fast.fastSquareRootShort;
    const result = settle(format, operation(loadOperand(format, 0, a)), context);
    if (result) return result;
  }
  return exactCore.squareRootBfp(format, a, context);
}

/** MULTIPLY AND ADD: third operand times second operand plus first operand. */
export function multiplyAddBfp(
  format: BfpFormat,
  multiplicand: bigint,
  multiplier: bigint,
  addend: bigint,
  context: IeeeContext,
): IeeeResult {
  if (isFast(format, context)) {
    const operation = format === bfpLong ? fast.fastMultiplyAddLong : fast.fastMultiplyAddShort;
    const flags = operation(
      loadOperand(format, 0, multiplicand),
      loadOperand(format, 1, multiplier),
      loadOperand(format, 2, addend),
    );
    const result = settle(format, flags, context);
    if (result) return result;
  }
  return exactCore.multiplyAddBfp(format, multiplicand, multiplier, addend, context);
}
