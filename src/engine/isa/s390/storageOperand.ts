/**
 * Storage-to-storage operations of 1 to 256 bytes (Principles of Operation, chapter 7; overlap: chapter 5,
 * "Block-concurrent references" and "Consistency specification"): bytes are taken left to right as if one at
 * a time.
 *
 * The general case is a routine of the runtime module. A length that is known when code is made and fits one
 * machine access becomes plain loads and stores, unless the first operand begins inside the second.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import { known, pinned, spaceOf } from "./generalOperand.ts";
import { Cc, type Address, type Builder, type Field, type Fields, type Meaning } from "./semantics.ts";

/** Runs a routine on two storage operands of `length` (i32) bytes. */
export const twoOperandRoutine = (s: Builder, name: string, a: Address, b: Address, length: Val): Val =>
  s.routine(name, a.value, spaceOf(s, a), b.value, spaceOf(s, b), length);

/** Length in bytes of an operand whose length code is one less. */
export const byteCount = (s: Builder, lengthCode: Field): Val => E.add32(s.i32(lengthCode), k32(1));

/** Address operands of an SS-a instruction. */
export const operands = (s: Builder, f: Fields): readonly [Address, Address] => [
  pinned(s, s.address(f.b1, f.d1)),
  pinned(s, s.address(f.b2, f.d2)),
];

/** i32: the first operand begins 1 … size-1 bytes behind the second, so that its bytes feed later ones. */
export const feedsItself = (a: Address, b: Address, size: number): Val =>
  E.ltu64(E.add64(E.sub64(a.value, b.value), k64(-1)), k64(size - 1));

const isAccessSize = (n: number | undefined): n is 1 | 2 | 4 | 8 => n === 1 || n === 2 || n === 4 || n === 8;

export function logicalCharacters(name: string, combine: (x: Val, y: Val) => Val): Meaning {
  return (s, f) => {
    const [a, b] = operands(s, f);
    const length = byteCount(s, f.l1);
    const size = known(length);
    const general = (): void => s.setCcValue(E.wrap(twoOperandRoutine(s, name, a, b, length)));
    if (!isAccessSize(size)) {
      general();
      return;
    }
    s.if(feedsItself(a, b, size), general, () => {
      const y = s.load(size, b);
      const v = s.let(combine(s.load(size, a), y));
      s.store(size, a, v);
      s.setCcValue(E.ne64(v, k64(0)));
    });
  };
}

export const compareCharacters: Meaning = (s, f) => {
  const [a, b] = operands(s, f);
  const length = byteCount(s, f.l1);
  const size = known(length);
  if (isAccessSize(size)) s.setCc(Cc.unsigned, s.load(size, a), s.load(size, b));
  else s.setCcValue(E.wrap(twoOperandRoutine(s, "compareCharacters", a, b, length)));
};

export const moveCharacters: Meaning = (s, f) => {
  const [a, b] = operands(s, f);
  const length = byteCount(s, f.l1);
  const size = known(length);
  const general = (): void => {
    twoOperandRoutine(s, "moveCharacters", a, b, length);
  };
  if (isAccessSize(size)) s.if(feedsItself(a, b, size), general, () => s.store(size, a, s.load(size, b)));
  else if (size === 16) s.if(feedsItself(a, b, size), general, () => s.store128(a, s.load128(b)));
  else general();
};

