/**
 * Meanings of LOAD AND TEST, COMPLEMENT, NEGATIVE, POSITIVE (Principles of Operation, chapter 7). 32-bit
 * forms leave bits 0-31 of the register unchanged.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64 } from "../../wasm/value.ts";
import type { Source } from "./generalOperand.ts";
import { Cc, type Meaning } from "./semantics.ts";

export const tested32 = (second: Source): Meaning => (s, f) => {
  const v = s.let(second(s, f));
  s.setLow(f.r1, v);
  s.setCc(Cc.sign64, v);
};
export const tested64 = (second: Source): Meaning => (s, f) => {
  const v = s.let(second(s, f));
  s.setGpr(f.r1, v);
  s.setCc(Cc.sign64, v);
};

const SMALLEST_32 = k32(-0x80000000);
const SMALLEST_64 = k64(-0x8000000000000000n);

export const complement32: Meaning = (s, f) => {
  const v = s.let(s.low(f.r2));
  s.setLow(f.r1, E.sub32(k32(0), v));
  s.setCc(Cc.sub32, k32(0), v);
  s.overflow(E.eq32(v, SMALLEST_32));
};
export const complement64: Meaning = (s, f) => {
  const v = s.let(s.gpr(f.r2));
  s.setGpr(f.r1, E.neg64(v));
  s.setCc(Cc.sub64, k64(0), v);
  s.overflow(E.eq64(v, SMALLEST_64));
};
export const negative32: Meaning = (s, f) => {
  const v = s.let(s.low(f.r2));
  const result = s.let(E.select(E.lts32(v, k32(0)), v, E.sub32(k32(0), v)));
  s.setLow(f.r1, result);
  s.setCc(Cc.sign64, result);
};
export const negative64 = (second: Source): Meaning => (s, f) => {
  const v = s.let(second(s, f));
  const result = s.let(E.select(E.lts64(v, k64(0)), v, E.neg64(v)));
  s.setGpr(f.r1, result);
  s.setCc(Cc.sign64, result);
};
/** The magnitude as a difference of two operands, so that the condition code follows from them. */
export const positive32: Meaning = (s, f) => {
  const v = s.let(s.low(f.r2));
  const isNegative = s.let(E.lts32(v, k32(0)));
  const x = s.let(E.select(isNegative, k32(0), v));
  const y = s.let(E.select(isNegative, v, k32(0)));
  s.setLow(f.r1, E.sub32(x, y));
  s.setCc(Cc.sub32, x, y);
  s.overflow(E.eq32(v, SMALLEST_32));
};
export const positive64: Meaning = (s, f) => {
  const v = s.let(s.gpr(f.r2));
  const isNegative = s.let(E.lts64(v, k64(0)));
  const x = s.let(E.select(isNegative, k64(0), v));
  const y = s.let(E.select(isNegative, v, k64(0)));
  s.setGpr(f.r1, E.sub64(x, y));
  s.setCc(Cc.sub64, x, y);
  s.overflow(E.eq64(v, SMALLEST_64));
};
/** A sign-extended word always has a magnitude and a complement in 64 bits. */
export const complementOfWord: Meaning = (s, f) => {
  const v = s.let(E.neg64(E.exts(s.low(f.r2))));
  s.setGpr(f.r1, v);
  s.setCc(Cc.sign64, v);
};
export const positiveOfWord: Meaning = (s, f) => {
  const v = s.let(E.exts(s.low(f.r2)));
  const magnitude = s.let(E.select(E.lts64(v, k64(0)), E.neg64(v), v));
  s.setGpr(f.r1, magnitude);
  s.setCc(Cc.sign64, magnitude);
};
