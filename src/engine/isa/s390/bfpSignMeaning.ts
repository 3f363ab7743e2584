/**
 * Compiled meanings of BFP comparison, sign operations and LOAD AND TEST (Principles of Operation, chapter
 * 19).
 *
 * Invariant: none of them rounds; what signals, a NaN, goes to the exact core.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import {
  ccOfLong,
  ccOfShort,
  longRegister,
  longStorage,
  shortRegister,
  shortStorage,
  wide,
  type Meanings,
  type Source,
} from "./bfpMeaning.ts";
import type { Builder, Meaning } from "./semantics.ts";

export const compared = (a: Val, b: Val, s: Builder): void => {
  const [isEqual, isLow] = [s.let(E.eqF64(a, b)), s.let(E.ltF64(a, b))];
  s.if(E.eqz32(E.or32(E.or32(isEqual, isLow), E.gtF64(a, b))), () => s.exact());
  s.setCcValue(E.select(isEqual, k32(0), E.select(isLow, k32(1), k32(2))));
};
const compareLong =
  (source: Source): Meaning =>
  (s, f) => {
    const second = s.let(source(s, f));
    compared(s.let(E.f64FromBits(s.fpr(f.r1))), s.let(E.f64FromBits(second)), s);
  };
const compareShort =
  (source: Source): Meaning =>
  (s, f) => {
    const second = s.let(source(s, f));
    compared(s.let(wide(s.fprShort(f.r1))), s.let(wide(second)), s);
  };
/** COMPARE, and COMPARE AND SIGNAL: they differ for NaNs alone. */
export const compareMeanings: Readonly<Record<string, Meanings>> = {
  d: { register: compareLong(longRegister), storage: compareLong(longStorage) },
  e: { register: compareShort(shortRegister), storage: compareShort(shortStorage) },
};

const LONG_SIGN = k64(1n << 63n);
const SHORT_SIGN = k32(-0x8000_0000);
const isNanLong = (bits: Val): Val => E.gtu64(E.shl64(bits, k64(1)), k64(0xffe0_0000_0000_0000n));
const isNanShort = (bits: Val): Val => E.gtu32(E.shl32(bits, k32(1)), k32(-0x0100_0000));

/** Any sign operation: no exception, condition code 3 for a NaN. */
const signLong =
  (change: (bits: Val) => Val): Meaning =>
  (s, f) => {
    const bits = s.let(change(s.fpr(f.r2)));
    s.setFpr(f.r1, bits);
    s.setCcValue(E.select(isNanLong(bits), k32(3), ccOfLong(bits)));
  };
const signShort =
  (change: (bits: Val) => Val): Meaning =>
  (s, f) => {
    const bits = s.let(change(s.fprShort(f.r2)));
    s.setFprShort(f.r1, bits);
    s.setCcValue(E.select(isNanShort(bits), k32(3), ccOfShort(bits)));
  };
/** By the mnemonic: these need no exact core. */
export const signMeanings: Readonly<Record<string, Meaning>> = {
  lcdbr: signLong((bits) => E.xor64(bits, LONG_SIGN)),
  lcebr: signShort((bits) => E.xor32(bits, SHORT_SIGN)),
  lndbr: signLong((bits) => E.or64(bits, LONG_SIGN)),
  lnebr: signShort((bits) => E.or32(bits, SHORT_SIGN)),
  lpdbr: signLong((bits) => E.and64(bits, k64((1n << 63n) - 1n))),
  lpebr: signShort((bits) => E.and32(bits, k32(0x7fff_ffff))),
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
