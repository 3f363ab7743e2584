/**
 * Compiled meanings of the frequent vector floating-point instructions in the long format, for one element or both, with the
 * same conditions as the scalar ones (bfpMeaning.ts). Everything else goes to the exact core.
 */
import * as E from "../../wasm/value.ts";
import { k64, type Val } from "../../wasm/value.ts";
import { fusedLong } from "./bfpFused.ts";
import {
  acceptAll, addLong, compared, divideLong, isField, longNumbers, multiplyLong, squareRootLong, type Attempt, type LongOperation,
} from "./bfpMeaning.ts";
import type { Builder, Fields, Meaning } from "./semantics.ts";
import * as V from "./vectorElement.ts";
import { hasBits } from "./vectorElement.ts";
import { SINGLE } from "./vectorResult.ts";

type Mask = "m3" | "m4" | "m5" | "m6";
const LONG = 3;

/** Element 0, then element 1 unless the control field asks for one; the result's other element is 0 then. */
function elements(s: Builder, f: Fields, control: Mask, attempt: (element: (v: Val) => Val) => Attempt): void {
  s.if(hasBits(s, f[control], SINGLE), () => {
    const one = attempt(V.high);
    acceptAll(s, [one.decision]);
    s.setVr(f.v1, V.pair(one.bits, k64(0)));
  }, () => {
    const both = [attempt(V.high), attempt(V.low)];
    acceptAll(s, both.map((one) => one.decision));
    s.setVr(f.v1, V.pair(both[0]!.bits, both[1]!.bits));
  });
}
const onlyLong = (s: Builder, f: Fields, format: Mask): void => s.if(E.eqz32(isField(s, f[format], LONG)), () => s.exact());

export const longMeanings: Readonly<Record<string, LongOperation>> = {
  vfa: addLong(false), vfs: addLong(true), vfm: multiplyLong, vfd: divideLong, vfsq: squareRootLong,
};

/** An operation on the second and third operand, or on the second alone (format in M3). */
export const longMeaning = (format: "m3" | "m4", control: Mask, operation: LongOperation): Meaning => (s, f) => {
  onlyLong(s, f, format);
  const first = s.let(s.vr(f.v2));
  const second = format === "m4" ? s.let(s.vr(f.v3)) : first;
  elements(s, f, control, (element) => operation(s, longNumbers(s, element(first), element(second))));
};

export const fusedMeaning = (isSubtract: boolean): Meaning => (s, f) => {
  onlyLong(s, f, "m6");
  const [a, b, c] = [s.let(s.vr(f.v2)), s.let(s.vr(f.v3)), s.let(s.vr(f.v4))];
  elements(s, f, "m5", (element) => fusedLong(s, s.let(element(a)), s.let(element(b)), s.let(element(c)), isSubtract));
};

export const compareMeaning: Meaning = (s, f) => {
  onlyLong(s, f, "m3");
  compared(s.let(E.f64FromBits(V.high(s.vr(f.v1)))), s.let(E.f64FromBits(V.high(s.vr(f.v2)))), s);
};

/** PERFORM SIGN OPERATION: 0 complement, 1 negative, 2 positive. */
export const signMeaning: Meaning = (s, f) => {
  onlyLong(s, f, "m3");
  const value = s.let(s.vr(f.v2));
  const sign = V.constant(V.replicated(3, 1n << 63n));
  const mask = s.let(E.select(hasBits(s, f.m4, SINGLE), k64(0), k64(-1n)));
  const kept = V.pair(k64(-1n), mask);
  V.byValue(s, s.i32(f.m5), [0, 1, 2], (operation) => {
    const result = operation === 0 ? V.xor(value, sign) : operation === 1 ? V.or(value, sign) : V.andNot(value, sign);
    s.setVr(f.v1, V.and(result, kept));
  });
};

