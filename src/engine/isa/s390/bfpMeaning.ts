/**
 * Compiled meanings of the frequent BFP instructions, on the host's own binary floating point.
 *
 * They take the case that nearly always holds: round to nearest, nothing trapped, a result that is a normal
 * number, and the inexact flag either already set or proved to stay as it is. What they cannot decide so
 * cheaply goes to the exact core through `exact`. Invariant: a meaning that does not call `exact` gives the
 * exact core's result, flags and condition code (tests/engine/isa/floating/compiled.test.ts).
 *
 * The condition code is set as a value, as the helpers set it, so both ways leave the same state.
 */
import * as E from "../../wasm/value.ts";
import { F32, F64, I32, Val, k32, k64, kf64 } from "../../wasm/value.ts";
import type { Builder, Field, Fields, Meaning } from "./semantics.ts";

/** FPC bits: the five masks and the BFP rounding mode; the inexact flag. */
export const MODE = 0xf800_0007 | 0;
export const MASKS = 0xf800_0000 | 0;
export const INEXACT = 0x0008_0000;

// ---- floating-point operations of WebAssembly that are used only here
const unary =
  (op: number, ty: number) =>
  (a: Val): Val =>
    new Val(op, ty, 0, a);
const binary =
  (op: number, ty: number) =>
  (a: Val, b: Val): Val =>
    new Val(op, ty, 0, a, b);
export const negF64 = unary(0x9a, F64);
const negF32 = unary(0x8c, F32);
export const truncF64 = unary(0x9d, F64);
export const geF64 = binary(0x66, I32);

export const LONG_INFINITY = k64(0x7ff0_0000_0000_0000n);
export const SHORT_INFINITY = k32(0x7f80_0000);
/** Is a field this value? Known when the code is made if the field is. */
export function isField(s: Builder, field: Field, value: number): Val {
  const read = s.i32(field);
  return read.isConst ? k32(read.imm === value ? 1 : 0) : E.eq32(read, k32(value));
}
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
  const isCommon = E.and32(
    E.eq32(E.and32(fpc, k32(mode | INEXACT)), k32(INEXACT)),
    all((d) => d.isNormal),
  );
  s.if(E.eqz32(isCommon), () => {
    const stands = all((d) => E.or32(E.and32(d.isNormal, d.isExact), d.isPlain));
    s.if(E.eqz32(E.and32(E.eqz32(E.and32(fpc, k32(mode))), stands)), () => s.exact());
  });
}
export const accept = (s: Builder, decision: Decision, mode = MODE): void => acceptAll(s, [decision], mode);

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
export const addLong =
  (isSubtract: boolean): LongOperation =>
  (s, { a, b: given }) => {
    const b = isSubtract ? s.let(negF64(given)) : given;
    const sum = s.let(E.addF64(a, b));
    const bits = s.let(E.bitsFromF64(sum));
    const error = isSumExact(a, b, sum, E.addF64, E.subF64);
    return {
      bits,
      decision: { isNormal: isNormalLong(bits), isExact: E.eqF64(error, kf64(0)), isPlain: isZeroLong(bits) },
    };
  };
export const multiplyLong: LongOperation = (s, { first, second, a, b }) => {
  const bits = s.let(E.bitsFromF64(E.mulF64(a, b)));
  const isPlain = E.and32(isZeroLong(bits), E.or32(isZeroLong(first), isZeroLong(second)));
  return {
    bits,
    decision: { isNormal: isNormalLong(bits), isExact: isHalfEmpty(E.or64(first, second)), isPlain },
  };
};
export const divideLong: LongOperation = (s, { first, second, a, b }) => {
  const quotient = s.let(E.divF64(a, b));
  const bits = s.let(E.bitsFromF64(quotient));
  const isProduct = E.and32(E.eqF64(E.mulF64(quotient, b), a), isNormalLong(first));
  const isExact = E.and32(isHalfEmpty(E.or64(bits, second)), isProduct);
  return {
    bits,
    decision: {
      isNormal: isNormalLong(bits),
      isExact,
      isPlain: E.and32(isZeroLong(bits), isZeroLong(first)),
    },
  };
};
export const squareRootLong: LongOperation = (s, { second, b }) => {
  const root = s.let(E.sqrtF64(b));
  const bits = s.let(E.bitsFromF64(root));
  const isExact = E.and32(isHalfEmpty(bits), E.and32(E.eqF64(E.mulF64(root, root), b), isNormalLong(second)));
  return { bits, decision: { isNormal: isNormalLong(bits), isExact, isPlain: isZeroLong(second) } };
};

const long =
  (source: Source, operation: LongOperation, setsCc: boolean, isUnary = false): Meaning =>
  (s, f) => {
    const second = s.let(source(s, f));
    const { bits, decision } = operation(s, longNumbers(s, isUnary ? second : s.fpr(f.r1), second));
    accept(s, decision);
    s.setFpr(f.r1, bits);
    if (setsCc) s.setCcValue(ccOfLong(bits));
  };

// ---- short
type ShortOperation = (s: Builder, first: Val, second: Val) => Attempt;
export const wide = (bits: Val): Val => E.promote(E.f32FromBits(bits));

const addShort =
  (isSubtract: boolean): ShortOperation =>
  (s, first, second) => {
    const a = s.let(E.f32FromBits(first));
    const b = s.let(isSubtract ? negF32(E.f32FromBits(second)) : E.f32FromBits(second));
    const sum = s.let(E.addF32(a, b));
    const bits = s.let(E.bitsFromF32(sum));
    const error = E.bitsFromF32(isSumExact(a, b, sum, E.addF32, E.subF32));
    return {
      bits,
      decision: { isNormal: isNormalShort(bits), isExact: isZeroShort(error), isPlain: isZeroShort(bits) },
    };
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
  return {
    bits,
    decision: {
      isNormal: isNormalShort(bits),
      isExact,
      isPlain: E.and32(isZeroShort(bits), isZeroShort(first)),
    },
  };
};
/** Rounding the long root once more errs no further: it has more than twice the digits. */
const squareRootShort: ShortOperation = (s, _first, second) => {
  const bits = s.let(E.bitsFromF32(E.demote(E.sqrtF64(wide(second)))));
  const isExact = E.eqF64(E.mulF64(wide(bits), wide(bits)), wide(second));
  return { bits, decision: { isNormal: isNormalShort(bits), isExact, isPlain: isZeroShort(second) } };
};

const short =
  (source: Source, operation: ShortOperation, setsCc: boolean, isUnary = false): Meaning =>
  (s, f) => {
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
const bothLong = (operation: LongOperation, setsCc: boolean, isUnary = false): Meanings => ({
  register: long(longRegister, operation, setsCc, isUnary),
  storage: long(longStorage, operation, setsCc, isUnary),
});
const bothShort = (operation: ShortOperation, setsCc: boolean, isUnary = false): Meanings => ({
  register: short(shortRegister, operation, setsCc, isUnary),
  storage: short(shortStorage, operation, setsCc, isUnary),
});

/**
 * MULTIPLY short to long: never inexact, so any result but NaN, infinity and those of the exact core's cases
 * stands.
 */
const multiplyLengthened =
  (source: Source): Meaning =>
  (s, f) => {
    const [second, first] = [s.let(source(s, f)), s.let(s.fprShort(f.r1))];
    const bits = s.let(E.bitsFromF64(E.mulF64(wide(first), wide(second))));
    s.if(E.eqz32(E.or32(isNormalLong(bits), isZeroLong(bits))), () => s.exact());
    s.setFpr(f.r1, bits);
  };

export const arithmeticMeanings: Readonly<Record<string, Meanings>> = {
  ad: bothLong(addLong(false), true),
  ae: bothShort(addShort(false), true),
  sd: bothLong(addLong(true), true),
  se: bothShort(addShort(true), true),
  md: bothLong(multiplyLong, false),
  mee: bothShort(multiplyShort, false),
  dd: bothLong(divideLong, false),
  de: bothShort(divideShort, false),
  sqd: bothLong(squareRootLong, false, true),
  sqe: bothShort(squareRootShort, false, true),
  mde: { register: multiplyLengthened(shortRegister), storage: multiplyLengthened(shortStorage) },
};
