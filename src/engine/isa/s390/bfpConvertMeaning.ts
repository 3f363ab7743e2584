/**
 * Compiled meanings of the frequent BFP conversions and of TEST DATA CLASS, on the same terms as the
 * arithmetic ones (bfpMeaning.ts).
 */
import * as E from "../../wasm/value.ts";
import { F32, F64, I32, I64, Val, k32, k64, kf64 } from "../../wasm/value.ts";
import {
  INEXACT,
  LONG_INFINITY,
  MASKS,
  MODE,
  SHORT_INFINITY,
  accept,
  geF64,
  isField,
  isNormalShort,
  isZeroLong,
  negF64,
  shortRegister,
  shortStorage,
  truncF64,
  wide,
  type Meanings,
  type Source,
} from "./bfpMeaning.ts";
import type { Builder, Fields, Meaning } from "./semantics.ts";

const unary =
  (op: number) =>
  (a: Val): Val =>
    new Val(op, F64, 0, a);
/** Rounding methods of M3 that the host has: nearest, toward zero, up, down. */
const roundF64: Readonly<Record<number, (a: Val) => Val>> = {
  4: unary(0x9e),
  5: truncF64,
  6: unary(0x9b),
  7: unary(0x9c),
};

// ---- changes of format, integers
const hasNoMasks = (s: Builder, f: Fields): Val => E.and32(isField(s, f.m3, 0), isField(s, f.m4, 0));

export const lengthenMeanings: Meanings = (() => {
  const meaning =
    (source: Source): Meaning =>
    (s, f) => {
      const bits = s.let(source(s, f));
      s.if(E.eq32(E.and32(bits, SHORT_INFINITY), SHORT_INFINITY), () => s.exact());
      s.setFpr(f.r1, E.bitsFromF64(wide(bits)));
    };
  return { register: meaning(shortRegister), storage: meaning(shortStorage) };
})();

/** LOAD ROUNDED long to short with the masks of the older form. */
export const roundMeaning: Meaning = (s, f) => {
  s.if(E.eqz32(hasNoMasks(s, f)), () => s.exact());
  const source = s.let(s.fpr(f.r2));
  const bits = s.let(E.bitsFromF32(E.demote(E.f64FromBits(source))));
  const isExact = E.eqF64(wide(bits), E.f64FromBits(source));
  accept(s, { isNormal: isNormalShort(bits), isExact, isPlain: isZeroLong(source) });
  s.setFprShort(f.r1, bits);
};

/**
 * CONVERT FROM FIXED and LOGICAL: exact below the precision whatever the mode; above it rounded to nearest.
 */
function fromInteger(width: 32 | 64, isSigned: boolean, isLong: boolean): Meaning {
  const opcode = (isLong ? 0xb7 : 0xb2) + (width === 64 ? 2 : 0) + (isSigned ? 0 : 1);
  const limit = 1n << (isLong ? 53n : 24n);
  const isAlwaysExact = isLong && width === 32;
  return (s, f) => {
    const value = s.let(width === 64 ? s.gpr(f.r2) : s.low(f.r2));
    const number = new Val(opcode, isLong ? F64 : F32, 0, value);
    const extended = width === 64 ? value : isSigned ? E.exts(value) : E.extu(value);
    const isSmall = isSigned
      ? E.ltu64(E.add64(extended, k64(limit)), k64(2n * limit))
      : E.ltu64(extended, k64(limit));
    if (!isAlwaysExact) {
      s.if(E.eqz32(isSmall), () => {
        const isCommon = E.eq32(E.and32(s.state("fpc"), k32(MODE | INEXACT)), k32(INEXACT));
        s.if(E.eqz32(E.and32(isCommon, hasNoMasks(s, f))), () => s.exact());
      });
    }
    if (isLong) s.setFpr(f.r1, E.bitsFromF64(number));
    else s.setFprShort(f.r1, E.bitsFromF32(number));
  };
}

/** CONVERT TO FIXED and LOGICAL, toward zero (M3 = 5), of numbers in range. */
function toInteger(width: 32 | 64, isSigned: boolean, isLong: boolean): Meaning {
  const opcode = (width === 64 ? 0xb0 : 0xaa) + (isSigned ? 0 : 1);
  const limit = kf64(2 ** (isSigned ? width - 1 : width));
  return (s, f) => {
    s.if(E.eqz32(isField(s, f.m3, 5)), () => s.exact());
    const a = s.let(isLong ? E.f64FromBits(s.fpr(f.r2)) : wide(s.fprShort(f.r2)));
    const integer = s.let(truncF64(a));
    const isInside = E.and32(
      E.ltF64(integer, limit),
      isSigned ? E.gtF64(integer, negF64(limit)) : geF64(integer, kf64(0)),
    );
    accept(s, { isNormal: isInside, isExact: E.eqF64(integer, a), isPlain: k32(0) }, MASKS);
    const result = new Val(opcode, width === 64 ? I64 : I32, 0, integer);
    if (width === 64) s.setGpr(f.r1, result);
    else s.setLow(f.r1, result);
    s.setCcValue(E.select(E.eqF64(a, kf64(0)), k32(0), E.select(E.ltF64(a, kf64(0)), k32(1), k32(2))));
  };
}

/** By the integer's letters and the format's: "f", "g", "lf", "lg" and "d", "e". */
export const fromIntegerMeanings: Readonly<Record<string, Meaning>> = {
  df: fromInteger(32, true, true),
  dg: fromInteger(64, true, true),
  dlf: fromInteger(32, false, true),
  dlg: fromInteger(64, false, true),
  ef: fromInteger(32, true, false),
  eg: fromInteger(64, true, false),
  elf: fromInteger(32, false, false),
  elg: fromInteger(64, false, false),
};
export const toIntegerMeanings: Readonly<Record<string, Meaning>> = {
  fd: toInteger(32, true, true),
  gd: toInteger(64, true, true),
  lfd: toInteger(32, false, true),
  lgd: toInteger(64, false, true),
  fe: toInteger(32, true, false),
  ge: toInteger(64, true, false),
  lfe: toInteger(32, false, false),
  lge: toInteger(64, false, false),
};

/** LOAD FP INTEGER long by one of the methods the host has. */
export const toFpIntegerMeaning: Meaning = (s, f) => {
  const source = s.let(s.fpr(f.r2));
  const a = s.let(E.f64FromBits(source));
  const result = s.variable(kf64(0));
  const isKnown = s.variable(k32(0));
  for (const m3 of [4, 5, 6, 7])
    s.if(isField(s, f.m3, m3), () => {
      result.set(roundF64[m3]!(a));
      isKnown.set(k32(1));
    });
  const integer = s.let(result.get());
  const isFinite = E.ltu64(E.shl64(source, k64(1)), k64(0xffe0_0000_0000_0000n));
  accept(
    s,
    { isNormal: E.and32(isKnown.get(), isFinite), isExact: E.eqF64(integer, a), isPlain: k32(0) },
    MASKS,
  );
  s.setFpr(f.r1, E.bitsFromF64(integer));
};

// ---- data classes
/**
 * Twice the class number of TEST DATA CLASS: zero 0, normal 2, subnormal 4, infinity 6, quiet NaN 8,
 * signaling NaN 10.
 */
export function testClassMeaning(isLong: boolean): Meaning {
  return (s, f) => {
    const mask = E.wrap(s.address(f.b2, f.d2, f.x2).value);
    const bits = s.let(isLong ? s.fpr(f.r1) : E.shl64(E.extu(s.fprShort(f.r1)), k64(32)));
    const fraction = isLong ? 52 : 55;
    const magnitude = s.let(E.shru64(E.shl64(bits, k64(1)), k64(1)));
    const infinity = isLong ? LONG_INFINITY : k64(0x7f80_0000_0000_0000n);
    const quiet = E.and64(magnitude, k64(1n << BigInt(fraction - 1)));
    const special = E.select(E.eq64(magnitude, infinity), k32(6), E.select(E.eqz64(quiet), k32(10), k32(8)));
    const small = E.select(E.eqz64(magnitude), k32(0), k32(4));
    const finite = E.select(E.ltu64(magnitude, k64(1n << BigInt(fraction))), small, k32(2));
    const position = E.add32(
      E.select(E.geu64(magnitude, infinity), special, finite),
      E.wrap(E.shru64(bits, k64(63))),
    );
    s.setCcValue(E.and32(E.shru32(mask, E.sub32(k32(11), position)), k32(1)));
  };
}
