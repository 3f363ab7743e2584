/**
 * Compiled meanings of the frequent vector floating-point instructions in the long format, for one element or
 * both, with the same conditions as the scalar ones (bfpMeaning.ts). Everything else goes to the exact core.
 */
import * as E from "../../wasm/value.ts";
import { F64, I64, k32, k64, kf64, Val } from "../../wasm/value.ts";
import { fusedLong } from "./bfpFused.ts";
import { compared } from "./bfpSignMeaning.ts";
import {
  acceptAll,
  addLong,
  divideLong,
  geF64,
  isField,
  longNumbers,
  MASKS,
  MODE,
  multiplyLong,
  squareRootLong,
  truncF64,
  type Attempt,
  type LongOperation,
} from "./bfpMeaning.ts";
import type { Builder, Fields, Meaning } from "./semantics.ts";
import * as V from "./vectorElement.ts";
import { hasBits } from "./vectorElement.ts";
import { SINGLE } from "./vectorResult.ts";

type Mask = "m3" | "m4" | "m5" | "m6";
const LONG = 3;

/** Element 0, then element 1 unless the control field asks for one; the result's other element is 0 then. */
function elements(
  s: Builder,
  f: Fields,
  control: Mask,
  attempt: (element: (v: Val) => Val) => Attempt,
  mode = MODE,
): void {
  s.if(
    hasBits(s, f[control], SINGLE),
    () => {
      const one = attempt(V.high);
      acceptAll(s, [one.decision], mode);
      s.setVr(f.v1, V.pair(one.bits, k64(0)));
    },
    () => {
      const both = [attempt(V.high), attempt(V.low)];
      acceptAll(
        s,
        both.map((one) => one.decision),
        mode,
      );
      s.setVr(f.v1, V.pair(both[0]!.bits, both[1]!.bits));
    },
  );
}
const onlyLong = (s: Builder, f: Fields, format: Mask): void =>
  s.if(E.eqz32(isField(s, f[format], LONG)), () => s.exact());

export const longMeanings: Readonly<Record<string, LongOperation>> = {
  vfa: addLong(false),
  vfs: addLong(true),
  vfm: multiplyLong,
  vfd: divideLong,
  vfsq: squareRootLong,
};

/** An operation on the second and third operand, or on the second alone (format in M3). */
export const longMeaning =
  (format: "m3" | "m4", control: Mask, operation: LongOperation): Meaning =>
  (s, f) => {
    onlyLong(s, f, format);
    const first = s.let(s.vr(f.v2));
    const second = format === "m4" ? s.let(s.vr(f.v3)) : first;
    elements(s, f, control, (element) => operation(s, longNumbers(s, element(first), element(second))));
  };

export const fusedMeaning =
  (isSubtract: boolean): Meaning =>
  (s, f) => {
    onlyLong(s, f, "m6");
    const [a, b, c] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3)), s.let(s.vr(f.v4))];
    elements(s, f, "m5", (element) =>
      fusedLong(s, s.let(element(a)), s.let(element(b)), s.let(element(c)), isSubtract),
    );
  };

export const compareMeaning: Meaning = (s, f) => {
  onlyLong(s, f, "m3");
  compared(s.let(E.f64FromBits(V.high(s.vr(f.v1)))), s.let(E.f64FromBits(V.high(s.vr(f.v2)))), s);
};

const PRECISION = 1n << 53n;
/** CONVERT FROM FIXED and LOGICAL: exact within the precision; beyond it only rounded by the FPC (M5 = 0). */
export const fromIntegerMeaning =
  (isSigned: boolean): Meaning =>
  (s, f) => {
    onlyLong(s, f, "m3");
    const value = s.let(s.vr(f.v2));
    elements(s, f, "m4", (element) => {
      const integer = s.let(element(value));
      const offset = isSigned ? E.add64(integer, k64(PRECISION)) : integer;
      const isExact = s.let(E.ltu64(offset, k64(isSigned ? 2n * PRECISION : PRECISION)));
      const bits = E.bitsFromF64(new Val(isSigned ? 0xb9 : 0xba, F64, 0, integer));
      return { bits, decision: { isNormal: isField(s, f.m5, 0), isExact, isPlain: isExact } };
    });
  };
/** CONVERT TO FIXED and LOGICAL, toward zero (M5 = 5), of numbers in range. */
export const toIntegerMeaning =
  (isSigned: boolean): Meaning =>
  (s, f) => {
    s.if(E.eqz32(E.and32(isField(s, f.m3, LONG), isField(s, f.m5, 5))), () => s.exact());
    const value = s.let(s.vr(f.v2));
    const limit = 2 ** (isSigned ? 63 : 64);
    elements(
      s,
      f,
      "m4",
      (element) => {
        const number = s.let(E.f64FromBits(element(value)));
        const integer = s.let(truncF64(number));
        const isAbove = isSigned ? E.gtF64(integer, kf64(-limit)) : geF64(integer, kf64(0));
        const isNormal = s.let(E.and32(E.ltF64(integer, kf64(limit)), isAbove));
        // Converted only after it has been accepted: out of range it would trap the host.
        const bits = new Val(isSigned ? 0xb0 : 0xb1, I64, 0, integer);
        return { bits, decision: { isNormal, isExact: E.eqF64(integer, number), isPlain: k32(0) } };
      },
      MASKS,
    );
  };

/** PERFORM SIGN OPERATION: 0 complement, 1 negative, 2 positive. */
export const signMeaning: Meaning = (s, f) => {
  onlyLong(s, f, "m3");
  const value = s.let(s.vr(f.v2));
  const sign = V.constant(V.replicated(3, 1n << 63n));
  const mask = s.let(E.select(hasBits(s, f.m4, SINGLE), k64(0), k64(-1n)));
  const kept = V.pair(k64(-1n), mask);
  V.byValue(s, s.i32(f.m5), [0, 1, 2], (operation) => {
    const result =
      operation === 0 ? V.xor(value, sign) : operation === 1 ? V.or(value, sign) : V.andNot(value, sign);
    s.setVr(f.v1, V.and(result, kept));
  });
};
