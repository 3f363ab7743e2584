/**
 * Binary floating point on the host's own doubles: round to nearest even, short and long, for operands whose
 * result and inexact condition can be decided cheaply.
 *
 * The result of a host operation is the PoP result whenever it is a normal number or an exact zero; whether
 * it is inexact follows from an error-free transformation (two-sum, two-product) or, for short, from
 * comparing the double result with its rounding. Everything else answers `undecided` and belongs to the exact
 * core: NaNs, infinities, overflow, tiny results, and magnitudes at which the error term itself would
 * overflow or underflow.
 *
 * Invariant: an answer other than `undecided` equals the exact core's, bit for bit and flag for flag.
 */
import { ieeeFlag } from './ieee.ts';

/** Not decided here: run the exact core. Otherwise the answer is the flag byte, 0 or inexact (0x08). */
export const undecided = -1;

/** Element 0 is the result of the last decided operation. */
export const fastResult = new Float64Array(1);

const inexact = ieeeFlag.inexact;
const smallestLong = 2 ** -1022;
const smallestShort = 2 ** -126;
const largestShort = (2 - 2 ** -23) * 2 ** 127;
/** Above it twice the value, or the split of a factor, could overflow. */
const splitLimit = 2 ** 990;
/** Below it the error of a product could be tiny itself. */
const productFloor = 2 ** -960;
const splitter = 2 ** 27 + 1;

function decide(result: number, isExact: boolean): number {
  fastResult[0] = result;
  return isExact ? 0 : inexact;
}

/** The rounding error of s = a + b, itself exact while nothing overflows. */
function sumError(a: number, b: number, s: number): number {
  const t = s - a;
  return a - (s - t) + (b - t);
}

/** The rounding error of p = a * b, itself exact within the magnitudes checked by the callers. */
function productError(a: number, b: number, p: number): number {
  const at = splitter * a;
  const aHigh = at - (at - a);
  const aLow = a - aHigh;
  const bt = splitter * b;
  const bHigh = bt - (bt - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - p + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

/** ADD long; SUBTRACT is the same with the second operand negated. */
export function fastAddLong(a: number, b: number): number {
  const s = a + b;
  if (!(Math.abs(a) < splitLimit && Math.abs(b) < splitLimit)) return undecided;
  if (Math.abs(s) < smallestLong && s !== 0) return undecided;
  return decide(s, sumError(a, b, s) === 0);
}

/** MULTIPLY long. */
export function fastMultiplyLong(a: number, b: number): number {
  const p = a * b;
  const magnitude = Math.abs(p);
  if (!(Math.abs(a) < splitLimit && Math.abs(b) < splitLimit && magnitude < splitLimit)) return undecided;
  if (magnitude >= productFloor) return decide(p, productError(a, b, p) === 0);
  return a === 0 || b === 0 ? decide(p, true) : undecided;
}

/** DIVIDE long. */
export function fastDivideLong(a: number, b: number): number {
  const q = a / b;
  if (!(Math.abs(q) < splitLimit && Math.abs(b) < splitLimit && Math.abs(a) < splitLimit)) return undecided;
  if (a === 0) return decide(q, true);
  if (!(Math.abs(a) >= productFloor && Math.abs(q) >= productFloor)) return undecided;
  const p = q * b;
  return decide(q, p === a && productError(q, b, p) === 0);
}

/** SQUARE ROOT long. */
export function fastSquareRootLong(a: number): number {
  if (a === 0) return decide(a, true);
  if (!(a >= productFloor && a < splitLimit)) return undecided;
  const root = Math.sqrt(a);
  const p = root * root;
  return decide(root, p === a && productError(root, root, p) === 0);
}

const oddBits = new BigInt64Array(1);
const oddValue = new Float64Array(oddBits.buffer);

/** A sum whose rounding error is known, rounded to odd instead: a further rounding then errs no more. */
function toOdd(sum: number, error: number): number {
  if (error === 0) return sum;
  oddValue[0] = sum;
  const bits = oddBits[0]!;
  if (bits & 1n) return sum;
  const isAwayFromZero = error > 0 === sum > 0;
  oddBits[0] = isAwayFromZero ? bits + 1n : bits - 1n;
  return oddValue[0]!;
}

/** MULTIPLY AND ADD long: a * b + c, rounded once. */
export function fastMultiplyAddLong(a: number, b: number, c: number): number {
  const p = a * b;
  const magnitude = Math.abs(p);
  if (!(Math.abs(a) < splitLimit && Math.abs(b) < splitLimit && Math.abs(c) < splitLimit)) return undecided;
  if (!(magnitude < splitLimit && magnitude >= productFloor)) return undecided;
  if (Math.abs(c) < productFloor && c !== 0) return undecided;
  const pError = productError(a, b, p);
  const low = c + pError;
  const lowError = sumError(c, pError, low);
  const high = p + low;
  const highError = sumError(p, low, high);
  const rest = highError + lowError;
  const restError = sumError(highError, lowError, rest);
  const oddRest = toOdd(rest, restError);
  const result = high + oddRest;
  if (Math.abs(result) < productFloor) return undecided;
  return decide(result, restError === 0 && sumError(high, rest, result) === 0);
}

function decideShort(precise: number, isPrecise: boolean): number {
  const rounded = Math.fround(precise);
  const magnitude = Math.abs(precise);
  if (magnitude >= smallestShort && magnitude <= largestShort) {
    return decide(rounded, isPrecise && rounded === precise);
  }
  return precise === 0 && isPrecise ? decide(precise, true) : undecided;
}

/** ADD short: the double sum is rounded innocuously a second time. */
export function fastAddShort(a: number, b: number): number {
  const s = a + b;
  return decideShort(s, sumError(a, b, s) === 0);
}

/** MULTIPLY short: the double product is exact. */
export function fastMultiplyShort(a: number, b: number): number {
  return decideShort(a * b, true);
}

/** DIVIDE short. */
export function fastDivideShort(a: number, b: number): number {
  const q = a / b;
  const magnitude = Math.abs(q);
  if (magnitude >= smallestShort && magnitude <= largestShort) {
    const rounded = Math.fround(q);
    return decide(rounded, rounded * b === a);
  }
  return a === 0 && q === 0 && Math.abs(b) <= largestShort ? decide(q, true) : undecided;
}

/** SQUARE ROOT short. */
export function fastSquareRootShort(a: number): number {
  if (a === 0) return decide(a, true);
  if (!(a > 0 && a <= largestShort)) return undecided;
  const rounded = Math.fround(Math.sqrt(a));
  return decide(rounded, rounded * rounded === a);
}

/** MULTIPLY AND ADD short: the exact product, one sum rounded to odd in double, then to short. */
export function fastMultiplyAddShort(a: number, b: number, c: number): number {
  const p = a * b;
  const s = p + c;
  if (!(Math.abs(p) < splitLimit)) return undecided;
  const error = sumError(p, c, s);
  return error === 0 ? decideShort(s, true) : decideShort(toOdd(s, error), false);
}

/** LOAD ROUNDED long to short. */
export function fastRoundToShort(a: number): number {
  return decideShort(a, true);
}

/**
 * COMPARE of either format: the condition code, or `undecided` when a NaN asks for the exact core.
 */
export function fastCompare(a: number, b: number): number {
  if (a === b) return 0;
  if (a < b) return 1;
  return a > b ? 2 : undecided;
}

/** CONVERT TO FIXED toward zero into 32 bits: the integer is the element of {@link fastResult}. */
export function fastToFixed32TowardZero(a: number): number {
  const integer = Math.trunc(a);
  if (!(integer >= -0x8000_0000 && integer <= 0x7fff_ffff)) return undecided;
  return decide(integer, integer === a);
}

/** CONVERT FROM FIXED 64 into long. */
export function fastFromFixed64(integer: bigint): number {
  const result = Number(integer);
  return decide(result, BigInt(result) === integer);
}
