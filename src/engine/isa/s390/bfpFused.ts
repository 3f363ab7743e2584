/**
 * Compiled meanings of MULTIPLY AND ADD and MULTIPLY AND SUBTRACT. WebAssembly has no fused operation; the
 * exact sum is carried in several long numbers and rounded once, by way of a rounding to odd
 * (arith/bfpFast.ts has the same in TypeScript).
 *
 * Invariant: magnitudes are kept so far from the ends of the range that no error term overflows or
 * underflows; outside, the exact core decides.
 */
import * as E from "../../wasm/value.ts";
import { F64, I64, Val, k32, k64, kf64 } from "../../wasm/value.ts";
import {
  acceptAll,
  isNormalShort,
  isZeroLong,
  isZeroShort,
  longRegister,
  longStorage,
  shortRegister,
  shortStorage,
  wide,
  type Attempt,
  type Meanings,
  type Source,
} from "./bfpMeaning.ts";
import type { Builder, Meaning } from "./semantics.ts";

const negF64 = (a: Val): Val => new Val(0x9a, F64, 0, a);
const zero = kf64(0);

/** The rounding error of sum = a + b. */
function sumError(s: Builder, a: Val, b: Val, sum: Val): Val {
  const part = s.let(E.subF64(sum, a));
  return s.let(E.addF64(E.subF64(a, E.subF64(sum, part)), E.subF64(b, part)));
}

const SPLITTER = kf64(2 ** 27 + 1);
function split(s: Builder, a: Val): readonly [Val, Val] {
  const spread = s.let(E.mulF64(SPLITTER, a));
  const high = s.let(E.subF64(spread, E.subF64(spread, a)));
  return [high, s.let(E.subF64(a, high))];
}
/** The rounding error of product = a * b. */
function productError(s: Builder, a: Val, b: Val, product: Val): Val {
  const [[aHigh, aLow], [bHigh, bLow]] = [split(s, a), split(s, b)];
  const first = E.addF64(E.subF64(E.mulF64(aHigh, bHigh), product), E.mulF64(aHigh, bLow));
  return s.let(E.addF64(E.addF64(first, E.mulF64(aLow, bHigh)), E.mulF64(aLow, bLow)));
}

/**
 * A sum with a known error, rounded to odd: away from or toward zero as the error says, unless it is odd
 * already.
 */
function toOdd(s: Builder, sum: Val, error: Val): Val {
  const bits = s.let(E.bitsFromF64(sum));
  const isAway = E.eq32(E.gtF64(error, zero), E.gtF64(sum, zero));
  const step = new Val(0x1b, I64, 0, k64(1), k64(-1), isAway);
  const stays = E.or32(E.eqF64(error, zero), E.wrap(E.and64(bits, k64(1))));
  return E.f64FromBits(E.select(stays, bits, E.add64(bits, step)));
}

/** The exponent field lies between these, as i32. */
const exponentIn = (bits: Val, least: number, most: number): Val =>
  E.leu32(E.sub32(E.and32(E.wrap(E.shru64(bits, k64(52))), k32(0x7ff)), k32(least)), k32(most - least));
/** Exponent fields of 2^-960 and 2^990. */
const LEAST = 1023 - 960;
const MOST = 1023 + 989;

/** third × second ± first on bits of long numbers, all of them pinned. */
export function fusedLong(s: Builder, third: Val, second: Val, first: Val, isSubtract: boolean): Attempt {
  const [a, b] = [s.let(E.f64FromBits(third)), s.let(E.f64FromBits(second))];
  const c = s.let(isSubtract ? negF64(E.f64FromBits(first)) : E.f64FromBits(first));
  const product = s.let(E.mulF64(a, b));
  const lost = productError(s, a, b, product);
  const low = s.let(E.addF64(c, lost));
  const lowError = sumError(s, c, lost, low);
  const high = s.let(E.addF64(product, low));
  const highError = sumError(s, product, low, high);
  const rest = s.let(E.addF64(highError, lowError));
  const restError = sumError(s, highError, lowError, rest);
  const result = s.let(E.addF64(high, toOdd(s, rest, restError)));
  const bits = s.let(E.bitsFromF64(result));
  const isInside = E.and32(
    E.and32(exponentIn(third, 0, MOST), exponentIn(second, 0, MOST)),
    E.and32(
      exponentIn(s.let(E.bitsFromF64(product)), LEAST, MOST),
      E.or32(exponentIn(first, LEAST, MOST), isZeroLong(first)),
    ),
  );
  const isSum = E.subF64(result, high);
  const isExact = E.and32(E.eqF64(restError, zero), E.eqF64(E.subF64(rest, isSum), zero));
  return {
    bits,
    decision: { isNormal: E.and32(isInside, exponentIn(bits, LEAST, MOST)), isExact, isPlain: k32(0) },
  };
}

const long =
  (source: Source, isSubtract: boolean): Meaning =>
  (s, f) => {
    const second = s.let(source(s, f));
    const { bits, decision } = fusedLong(s, s.let(s.fpr(f.r3)), second, s.let(s.fpr(f.r1)), isSubtract);
    acceptAll(s, [decision]);
    s.setFpr(f.r1, bits);
  };

/** The product of short numbers is exact as a long one; the sum is rounded to odd there, then to short. */
const short =
  (source: Source, isSubtract: boolean): Meaning =>
  (s, f) => {
    const second = s.let(source(s, f));
    const product = s.let(E.mulF64(wide(s.fprShort(f.r3)), wide(second)));
    const addend = wide(s.fprShort(f.r1));
    const c = s.let(isSubtract ? negF64(addend) : addend);
    const sum = s.let(E.addF64(product, c));
    const error = sumError(s, product, c, sum);
    const bits = s.let(E.bitsFromF32(E.demote(toOdd(s, sum, error))));
    const isExact = E.and32(E.eqF64(error, zero), E.eqF64(wide(bits), sum));
    acceptAll(s, [
      { isNormal: isNormalShort(bits), isExact, isPlain: E.and32(isZeroShort(bits), E.eqF64(sum, zero)) },
    ]);
    s.setFprShort(f.r1, bits);
  };

/** By the mnemonic without its ending. */
export const fusedMeanings: Readonly<Record<string, Meanings>> = {
  mad: { register: long(longRegister, false), storage: long(longStorage, false) },
  msd: { register: long(longRegister, true), storage: long(longStorage, true) },
  mae: { register: short(shortRegister, false), storage: short(shortStorage, false) },
  mse: { register: short(shortRegister, true), storage: short(shortStorage, true) },
};
