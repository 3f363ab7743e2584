/**
 * Compiled meanings of the frequent BFP instructions, on the host's own binary floating point.
 *
 * They take the case that nearly always holds: round to nearest, nothing trapped, a result that is a normal number, and the
 * inexact flag either already set or proved to stay as it is. What they cannot decide so cheaply goes to the exact core
 * through `exact`. Invariant: a meaning that does not call `exact` gives the exact core's result, flags and condition code
 * (tests/engine/isa/floating/compiled.test.ts).
 *
 * The condition code is set as a value, as the helpers set it, so both ways leave the same state.
 */
import * as E from "../../wasm/value.ts";
import { F32, F64, I32, I64, Val, k32, k64, kf64 } from "../../wasm/value.ts";
import type { Builder, Field, Fields, Meaning } from "./semantics.ts";

/** FPC bits: the five masks and the BFP rounding mode; the inexact flag. */
export const MODE = 0xf800_0007 | 0;
export const MASKS = 0xf800_0000 | 0;
const INEXACT = 0x0008_0000;

// ---- floating-point operations of WebAssembly that are used only here
const unary = (op: number, ty: number) => (a: Val): Val => new Val(op, ty, 0, a);
const binary = (op: number, ty: number) => (a: Val, b: Val): Val => new Val(op, ty, 0, a, b);
const negF64 = unary(0x9a, F64);
const negF32 = unary(0x8c, F32);
export const truncF64 = unary(0x9d, F64);
export const geF64 = binary(0x66, I32);

/** Rounding methods of M3 that the host has: nearest, toward zero, up, down. */
const roundF64: Readonly<Record<number, (a: Val) => Val>> = {
  4: unary(0x9e, F64), 5: truncF64, 6: unary(0x9b, F64), 7: unary(0x9c, F64),
};

/** Bits of the second operand: register or storage. */
export type Source = (s: Builder, f: Fields) => Val;
export const longRegister: Source = (s, f) => s.fpr(f.r2);
export const longStorage: Source = (s, f) => s.load(8, s.address(f.b2, f.d2, f.x2));
export const shortRegister: Source = (s, f) => s.fprShort(f.r2);
export const shortStorage: Source = (s, f) => s.load32(4, s.address(f.b2, f.d2, f.x2));

export const isZeroLong = (bits: Val): Val => E.eqz64(E.shl64(bits, k64(1)));
export const isZeroShort = (bits: Val): Val => E.eqz32(E.shl32(bits, k32(1)));
/** Normal, and not the smallest exponent, below which a precise value may have been tiny. */
export const isNormalLong = (bits: Val): Val =>
  E.ltu32(E.sub32(E.and32(E.wrap(E.shru64(bits, k64(52))), k32(0x7ff)), k32(2)), k32(0x7fd));
export const isNormalShort = (bits: Val): Val =>
  E.ltu32(E.sub32(E.and32(E.shru32(bits, k32(23)), k32(0xff)), k32(2)), k32(0xfd));
/** The right half of both significands is empty: their product has no more bits than one of them may have. */
const isHalfEmpty = (bits: Val): Val => E.eqz64(E.and64(bits, k64(0x7ff_ffff)));

/** Condition code of a result that is no NaN. */
export const ccOfLong = (bits: Val): Val =>
  E.select(isZeroLong(bits), k32(0), E.sub32(k32(2), E.wrap(E.shru64(bits, k64(63)))));
export const ccOfShort = (bits: Val): Val =>
  E.select(isZeroShort(bits), k32(0), E.sub32(k32(2), E.shru32(bits, k32(31))));

export interface Decision {
  readonly isNormal: Val;
  /** The result is exact, if it is normal. Evaluated only while the inexact flag is off. */
  readonly isExact: Val;
  /** A zero or other result that is exact by itself. */
  readonly isPlain: Val;
}

/** Leaves to the exact core unless every result stands. `mode` are the FPC bits that must be zero. */
export function acceptAll(s: Builder, decisions: readonly Decision[], mode = MODE): void {
  const fpc = s.let(s.state("fpc"));
  const all = (test: (decision: Decision) => Val): Val => decisions.map(test).reduce(E.and32);
  const isCommon = E.and32(E.eq32(E.and32(fpc, k32(mode | INEXACT)), k32(INEXACT)), all((d) => d.isNormal));
  s.if(E.eqz32(isCommon), () => {
    const stands = all((d) => E.or32(E.and32(d.isNormal, d.isExact), d.isPlain));
    s.if(E.eqz32(E.and32(E.eqz32(E.and32(fpc, k32(mode))), stands)), () => s.exact());
  });
}
const accept = (s: Builder, decision: Decision, mode = MODE): void => acceptAll(s, [decision], mode);

/** The rounding error of a sum; a NaN when it cannot be told. */
function isSumExact(a: Val, b: Val, sum: Val, add: typeof E.addF64, sub: typeof E.subF64): Val {
  const part = sub(sum, a);
  return add(sub(a, sub(sum, part)), sub(b, part));
}

// ---- long
export interface Numbers {
  readonly first: Val;
  readonly second: Val;
  readonly a: Val;
  readonly b: Val;
}
export interface Attempt {
  readonly bits: Val;
  readonly decision: Decision;
}
export type LongOperation = (s: Builder, n: Numbers) => Attempt;

export function longNumbers(s: Builder, first: Val, second: Val): Numbers {
  const [one, two] = [s.let(first), s.let(second)];
  return { first: one, second: two, a: s.let(E.f64FromBits(one)), b: s.let(E.f64FromBits(two)) };
}
export const addLong = (isSubtract: boolean): LongOperation => (s, { a, b: given }) => {
  const b = isSubtract ? s.let(negF64(given)) : given;
  const sum = s.let(E.addF64(a, b));
  const bits = s.let(E.bitsFromF64(sum));
  const error = isSumExact(a, b, sum, E.addF64, E.subF64);
  return { bits, decision: { isNormal: isNormalLong(bits), isExact: E.eqF64(error, kf64(0)), isPlain: isZeroLong(bits) } };
};
export const multiplyLong: LongOperation = (s, { first, second, a, b }) => {
  const bits = s.let(E.bitsFromF64(E.mulF64(a, b)));
  const isPlain = E.and32(isZeroLong(bits), E.or32(isZeroLong(first), isZeroLong(second)));
  return { bits, decision: { isNormal: isNormalLong(bits), isExact: isHalfEmpty(E.or64(first, second)), isPlain } };
};
export const divideLong: LongOperation = (s, { first, second, a, b }) => {
  const quotient = s.let(E.divF64(a, b));
  const bits = s.let(E.bitsFromF64(quotient));
  const isProduct = E.and32(E.eqF64(E.mulF64(quotient, b), a), isNormalLong(first));
  const isExact = E.and32(isHalfEmpty(E.or64(bits, second)), isProduct);
  return { bits, decision: { isNormal: isNormalLong(bits), isExact, isPlain: E.and32(isZeroLong(bits), isZeroLong(first)) } };
};
export const squareRootLong: LongOperation = (s, { second, b }) => {
  const root = s.let(E.sqrtF64(b));
  const bits = s.let(E.bitsFromF64(root));
  const isExact = E.and32(isHalfEmpty(bits), E.and32(E.eqF64(E.mulF64(root, root), b), isNormalLong(second)));
  return { bits, decision: { isNormal: isNormalLong(bits), isExact, isPlain: isZeroLong(second) } };
};

const long = (source: Source, operation: LongOperation, setsCc: boolean, isUnary = false): Meaning => (s, f) => {
  const second = s.let(source(s, f));
  const { bits, decision } = operation(s, longNumbers(s, isUnary ? second : s.fpr(f.r1), second));
  accept(s, decision);
  s.setFpr(f.r1, bits);
  if (setsCc) s.setCcValue(ccOfLong(bits));
};

// ---- short
type ShortOperation = (s: Builder, first: Val, second: Val) => Attempt;
export const wide = (bits: Val): Val => E.promote(E.f32FromBits(bits));

const addShort = (isSubtract: boolean): ShortOperation => (s, first, second) => {
  const a = s.let(E.f32FromBits(first));
  const b = s.let(isSubtract ? negF32(E.f32FromBits(second)) : E.f32FromBits(second));
  const sum = s.let(E.addF32(a, b));
  const bits = s.let(E.bitsFromF32(sum));
  const error = E.bitsFromF32(isSumExact(a, b, sum, E.addF32, E.subF32));
  return { bits, decision: { isNormal: isNormalShort(bits), isExact: isZeroShort(error), isPlain: isZeroShort(bits) } };
};
/** The product of two short numbers is exact as a long one. */
const multiplyShort: ShortOperation = (s, first, second) => {
  const product = s.let(E.mulF64(wide(first), wide(second)));
  const bits = s.let(E.bitsFromF32(E.demote(product)));
  const isExact = E.eqF64(wide(bits), product);
  return { bits, decision: { isNormal: isNormalShort(bits), isExact, isPlain: E.eqF64(product, kf64(0)) } };
};
const divideShort: ShortOperation = (s, first, second) => {
  const bits = s.let(E.bitsFromF32(E.divF32(E.f32FromBits(first), E.f32FromBits(second))));
  const isExact = E.eqF64(E.mulF64(wide(bits), wide(second)), wide(first));
  return { bits, decision: { isNormal: isNormalShort(bits), isExact, isPlain: E.and32(isZeroShort(bits), isZeroShort(first)) } };
};
/** Rounding the long root once more errs no further: it has more than twice the digits. */
const squareRootShort: ShortOperation = (s, _first, second) => {
  const bits = s.let(E.bitsFromF32(E.demote(E.sqrtF64(wide(second)))));
  const isExact = E.eqF64(E.mulF64(wide(bits), wide(bits)), wide(second));
  return { bits, decision: { isNormal: isNormalShort(bits), isExact, isPlain: isZeroShort(second) } };
};

const short = (source: Source, operation: ShortOperation, setsCc: boolean, isUnary = false): Meaning => (s, f) => {
  const second = s.let(source(s, f));
  const { bits, decision } = operation(s, isUnary ? second : s.let(s.fprShort(f.r1)), second);
  accept(s, decision);
  s.setFprShort(f.r1, bits);
  if (setsCc) s.setCcValue(ccOfShort(bits));
};

/** Register and storage meanings of an arithmetic family, by its name without the format letter. */
export interface Meanings {
  readonly register: Meaning;
  readonly storage: Meaning;
}
const bothLong = (operation: LongOperation, setsCc: boolean, isUnary = false): Meanings =>
  ({ register: long(longRegister, operation, setsCc, isUnary), storage: long(longStorage, operation, setsCc, isUnary) });
const bothShort = (operation: ShortOperation, setsCc: boolean, isUnary = false): Meanings =>
  ({ register: short(shortRegister, operation, setsCc, isUnary), storage: short(shortStorage, operation, setsCc, isUnary) });

/** MULTIPLY short to long: never inexact, so any result but NaN, infinity and those of the exact core's cases stands. */
const multiplyLengthened = (source: Source): Meaning => (s, f) => {
  const [second, first] = [s.let(source(s, f)), s.let(s.fprShort(f.r1))];
  const bits = s.let(E.bitsFromF64(E.mulF64(wide(first), wide(second))));
  s.if(E.eqz32(E.or32(isNormalLong(bits), isZeroLong(bits))), () => s.exact());
  s.setFpr(f.r1, bits);
};

export const arithmeticMeanings: Readonly<Record<string, Meanings>> = {
  ad: bothLong(addLong(false), true), ae: bothShort(addShort(false), true),
  sd: bothLong(addLong(true), true), se: bothShort(addShort(true), true),
  md: bothLong(multiplyLong, false), mee: bothShort(multiplyShort, false),
  dd: bothLong(divideLong, false), de: bothShort(divideShort, false),
  sqd: bothLong(squareRootLong, false, true), sqe: bothShort(squareRootShort, false, true),
  mde: { register: multiplyLengthened(shortRegister), storage: multiplyLengthened(shortStorage) },
};

// ---- comparison, signs
export const compared = (a: Val, b: Val, s: Builder): void => {
  const [isEqual, isLow] = [s.let(E.eqF64(a, b)), s.let(E.ltF64(a, b))];
  s.if(E.eqz32(E.or32(E.or32(isEqual, isLow), E.gtF64(a, b))), () => s.exact());
  s.setCcValue(E.select(isEqual, k32(0), E.select(isLow, k32(1), k32(2))));
};
const compareLong = (source: Source): Meaning => (s, f) => {
  const second = s.let(source(s, f));
  compared(s.let(E.f64FromBits(s.fpr(f.r1))), s.let(E.f64FromBits(second)), s);
};
const compareShort = (source: Source): Meaning => (s, f) => {
  const second = s.let(source(s, f));
  compared(s.let(wide(s.fprShort(f.r1))), s.let(wide(second)), s);
};
/** COMPARE, and COMPARE AND SIGNAL: they differ for NaNs alone. */
export const compareMeanings: Readonly<Record<string, Meanings>> = {
  d: { register: compareLong(longRegister), storage: compareLong(longStorage) },
  e: { register: compareShort(shortRegister), storage: compareShort(shortStorage) },
};

const LONG_INFINITY = k64(0x7ff0_0000_0000_0000n);
const SHORT_INFINITY = k32(0x7f80_0000);
const LONG_SIGN = k64(1n << 63n);
const SHORT_SIGN = k32(-0x8000_0000);
const isNanLong = (bits: Val): Val => E.gtu64(E.shl64(bits, k64(1)), k64(0xffe0_0000_0000_0000n));
const isNanShort = (bits: Val): Val => E.gtu32(E.shl32(bits, k32(1)), k32(-0x0100_0000));

/** Any sign operation: no exception, condition code 3 for a NaN. */
const signLong = (change: (bits: Val) => Val): Meaning => (s, f) => {
  const bits = s.let(change(s.fpr(f.r2)));
  s.setFpr(f.r1, bits);
  s.setCcValue(E.select(isNanLong(bits), k32(3), ccOfLong(bits)));
};
const signShort = (change: (bits: Val) => Val): Meaning => (s, f) => {
  const bits = s.let(change(s.fprShort(f.r2)));
  s.setFprShort(f.r1, bits);
  s.setCcValue(E.select(isNanShort(bits), k32(3), ccOfShort(bits)));
};
/** By the mnemonic: these need no exact core. */
export const signMeanings: Readonly<Record<string, Meaning>> = {
  lcdbr: signLong((bits) => E.xor64(bits, LONG_SIGN)), lcebr: signShort((bits) => E.xor32(bits, SHORT_SIGN)),
  lndbr: signLong((bits) => E.or64(bits, LONG_SIGN)), lnebr: signShort((bits) => E.or32(bits, SHORT_SIGN)),
  lpdbr: signLong((bits) => E.and64(bits, k64((1n << 63n) - 1n))), lpebr: signShort((bits) => E.and32(bits, k32(0x7fff_ffff))),
};
export const testMeanings: Readonly<Record<string, Meaning>> = {
  ltdbr: (s, f) => {
    const bits = s.let(s.fpr(f.r2));
    s.if(isNanLong(bits), () => s.exact());
    s.setFpr(f.r1, bits);
    s.setCcValue(ccOfLong(bits));
  },
  ltebr: (s, f) => {
    const bits = s.let(s.fprShort(f.r2));
    s.if(isNanShort(bits), () => s.exact());
    s.setFprShort(f.r1, bits);
    s.setCcValue(ccOfShort(bits));
  },
};

// ---- changes of format, integers
/** Is a field this value? Known when the code is made if the field is. */
export function isField(s: Builder, field: Field, value: number): Val {
  const read = s.i32(field);
  return read.isConst ? k32(read.imm === value ? 1 : 0) : E.eq32(read, k32(value));
}
const hasNoMasks = (s: Builder, f: Fields): Val => E.and32(isField(s, f.m3, 0), isField(s, f.m4, 0));

export const lengthenMeanings: Meanings = (() => {
  const meaning = (source: Source): Meaning => (s, f) => {
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

/** CONVERT FROM FIXED and LOGICAL: exact below the precision whatever the mode; above it rounded to nearest. */
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
    const isInside = E.and32(E.ltF64(integer, limit), isSigned ? E.gtF64(integer, negF64(limit)) : geF64(integer, kf64(0)));
    accept(s, { isNormal: isInside, isExact: E.eqF64(integer, a), isPlain: k32(0) }, MASKS);
    const result = new Val(opcode, width === 64 ? I64 : I32, 0, integer);
    if (width === 64) s.setGpr(f.r1, result);
    else s.setLow(f.r1, result);
    s.setCcValue(E.select(E.eqF64(a, kf64(0)), k32(0), E.select(E.ltF64(a, kf64(0)), k32(1), k32(2))));
  };
}

/** By the integer's letters and the format's: "f", "g", "lf", "lg" and "d", "e". */
export const fromIntegerMeanings: Readonly<Record<string, Meaning>> = {
  df: fromInteger(32, true, true), dg: fromInteger(64, true, true), dlf: fromInteger(32, false, true), dlg: fromInteger(64, false, true),
  ef: fromInteger(32, true, false), eg: fromInteger(64, true, false), elf: fromInteger(32, false, false), elg: fromInteger(64, false, false),
};
export const toIntegerMeanings: Readonly<Record<string, Meaning>> = {
  fd: toInteger(32, true, true), gd: toInteger(64, true, true), lfd: toInteger(32, false, true), lgd: toInteger(64, false, true),
  fe: toInteger(32, true, false), ge: toInteger(64, true, false), lfe: toInteger(32, false, false), lge: toInteger(64, false, false),
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
  accept(s, { isNormal: E.and32(isKnown.get(), isFinite), isExact: E.eqF64(integer, a), isPlain: k32(0) }, MASKS);
  s.setFpr(f.r1, E.bitsFromF64(integer));
};

// ---- data classes
/** Twice the class number of TEST DATA CLASS: zero 0, normal 2, subnormal 4, infinity 6, quiet NaN 8, signaling NaN 10. */
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
    const position = E.add32(E.select(E.geu64(magnitude, infinity), special, finite), E.wrap(E.shru64(bits, k64(63))));
    s.setCcValue(E.and32(E.shru32(mask, E.sub32(k32(11), position)), k32(1)));
  };
}
