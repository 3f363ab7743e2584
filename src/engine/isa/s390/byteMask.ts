/**
 * Bytes of a word selected by a four-bit mask field (INSERT, STORE and COMPARE LOGICAL CHARACTERS UNDER MASK,
 * chapter 7).
 *
 * The mask may be known only when the instruction runs, so each byte has its own test; with a constant mask
 * they vanish. Invariant: storage holds only the selected bytes, side by side; a zero mask still tests access
 * to one byte of a fetch.
 */
import * as E from "../../wasm/value.ts";
import { k32, k64, type Val } from "../../wasm/value.ts";
import { equals, hasBit, pinned } from "./generalOperand.ts";
import type { Address, Builder } from "./semantics.ts";

/**
 * `visit` for every selected byte, leftmost first, with its shift from the right and its offset (i64) in
 * storage.
 */
function forSelected(s: Builder, mask: Val, visit: (shift: number, offset: Val) => void): void {
  const offset = s.variable(k64(0));
  for (let byte = 0; byte < 4; byte++) {
    s.if(hasBit(mask, 8 >> byte), () => {
      visit(24 - 8 * byte, offset.get());
      offset.set(E.add64(offset.get(), k64(1)));
    });
  }
}

/** Number of bits that move the selected bytes, gathered at the right, to the left end of a word. */
const leftBy = (mask: Val): Val => E.sub32(k32(32), E.shl32(E.popcnt32(mask), k32(3)));

/** Inserts bytes from storage into `word`: the new word, and the inserted bytes at the left end of a word. */
export function inserted(s: Builder, word: Val, mask: Val, place: Address): { word: Val; inserted: Val } {
  const a = pinned(s, place);
  const result = s.variable(word);
  const bytes = s.variable(k32(0));
  s.if(
    equals(mask, 15),
    () => {
      const v = s.load32(4, a);
      result.set(v);
      bytes.set(v);
    },
    () => {
      s.if(E.eqz32(mask), () => {
        s.load32(1, a);
      });
      forSelected(s, mask, (shift, offset) => {
        const byte = s.load32(1, s.plus(a, offset));
        result.set(E.or32(E.and32(result.get(), k32(~(0xff << shift))), E.shl32(byte, k32(shift))));
        bytes.set(E.or32(E.shl32(bytes.get(), k32(8)), byte));
      });
      bytes.set(E.shl32(bytes.get(), leftBy(mask)));
    },
  );
  return { word: result.get(), inserted: bytes.get() };
}

/** The selected bytes of `word` and those in storage, each gathered at the right end of a word. */
export function gathered(s: Builder, word: Val, mask: Val, place: Address): { register: Val; storage: Val } {
  const a = pinned(s, place);
  const register = s.variable(k32(0));
  const storage = s.variable(k32(0));
  s.if(E.eqz32(mask), () => {
    s.load32(1, a);
  });
  forSelected(s, mask, (shift, offset) => {
    const byte = s.load32(1, s.plus(a, offset));
    storage.set(E.or32(E.shl32(storage.get(), k32(8)), byte));
    register.set(E.or32(E.shl32(register.get(), k32(8)), E.and32(E.shru32(word, k32(shift)), k32(0xff))));
  });
  return { register: register.get(), storage: storage.get() };
}

/** Stores the selected bytes of `word`. */
export function storeSelected(s: Builder, word: Val, mask: Val, place: Address): void {
  const a = pinned(s, place);
  s.if(
    equals(mask, 15),
    () => s.store(4, a, word),
    () => {
      s.if(mask, () => s.probe(a, E.popcnt32(mask), "write"));
      forSelected(s, mask, (shift, offset) => s.store(1, s.plus(a, offset), E.shru32(word, k32(shift))));
    },
  );
}
