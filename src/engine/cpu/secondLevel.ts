/**
 * The second-level TLB. The first one is found by the low bits of the page number alone, for speed; two
 * pages that a loop uses in turn may fall on the same entry. The second level keeps what was filled at other
 * places, and the runtime's slow path looks there before it asks the engine.
 */
import { FunctionBuilder } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import * as E from "../wasm/value.ts";
import { I32, I64, k32, k64, type Val } from "../wasm/value.ts";
import {
  BANK_TLB2, PAGE_INDEXES, Reg, TLB_ADDEND, TLB_BIAS, TLB_ENTRIES, TLB_ENTRY, TLB_READ, TLB_WRITE,
} from "./layout.ts";

const ZERO = k32(0);
/** Bits of an entry's number that are hashed. The page index is not: IPTE finds what to forget by it. */
const HASHED = TLB_ENTRIES - PAGE_INDEXES;

/** Offset in a bank of the second-level entry of a page; `low` is the low word of an address. */
export function secondPlace(low: number): number {
  const page = low >>> 12;
  const hash = ((page >>> 3) ^ (page >>> 6)) & HASHED;
  return BANK_TLB2 + ((page ^ hash) & (TLB_ENTRIES - 1)) * TLB_ENTRY;
}

/**
 * Builds (address, write) → host offset of the byte, or -1: takes the page's translation over from the second
 * level if it is there, and answers from the first.
 */
export function knownHost(m: ModuleBuilder): number {
  const fn = new FunctionBuilder([I64, I32], [I32]);
  const address = fn.get(0);
  const number = fn.let(E.shru32(E.wrap(address), k32(12)));
  const page = fn.let(E.and64(address, k64(-4096n)));
  const tlb = fn.let(E.load32(ZERO, Reg.tlb));
  const placeOf = (index: Val): Val =>
    E.add32(tlb, E.shl32(E.and32(index, k32(TLB_ENTRIES - 1)), k32(Math.log2(TLB_ENTRY))));
  const first = fn.let(placeOf(number));
  const folded = E.xor32(E.shru32(number, k32(3)), E.shru32(number, k32(6)));
  const second = fn.let(placeOf(E.xor32(number, E.and32(folded, k32(HASHED)))));
  fn.if(E.eq64(E.load64(second, BANK_TLB2 + TLB_READ), page), () => {
    for (let at = 0; at < TLB_ENTRY; at += 8) fn.store64(first, E.load64(second, BANK_TLB2 + at), at);
  });
  const tag = E.select(fn.get(1), E.load64(first, TLB_WRITE), E.load64(first, TLB_READ));
  const host = E.add32(E.sub32(E.load32(first, TLB_ADDEND), E.wrap(address)), k32(TLB_BIAS - 1));
  fn.return_(E.select(E.eq64(tag, page), host, k32(-1)));
  fn.unreachable();
  return m.add(fn, "knownHost");
}
