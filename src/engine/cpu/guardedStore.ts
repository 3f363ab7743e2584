/**
 * Stores that the inline check refuses and the engine need not see: beside the code of a frame, or on a page
 * under low-address protection beyond its reach.
 */
import type { FunctionBuilder } from "../wasm/function.ts";
import * as E from "../wasm/value.ts";
import { k32, k64, type Val } from "../wasm/value.ts";
import {
  FRAME_INFO, Reg, TLB_ADDEND, TLB_BIAS, TLB_ENTRIES, TLB_ENTRY, TLB_FRAME, TLB_GUARDED,
} from "./layout.ts";

const ZERO = k32(0);

/** Calls `hit` with the host offset of the first byte where `size` bytes at `address` may be stored to. */
export function whereGuarded(
  fn: FunctionBuilder,
  knownHost: number,
  address: Val,
  size: Val,
  hit: (host: Val) => void,
): void {
  // Only for the entry that it brings to the first level.
  fn.call(knownHost, address, k32(1));
  fn.drop();
  const index = E.and32(
    E.wrap(E.shru64(address, k64(12 - Math.log2(TLB_ENTRY)))),
    k32((TLB_ENTRIES - 1) * TLB_ENTRY),
  );
  const entry = fn.let(E.add32(index, E.load32(ZERO, Reg.tlb)));
  const page = fn.let(E.and64(address, k64(-4096n)));
  const offset = fn.let(E.and32(E.wrap(address), k32(4095)));
  const last = fn.let(E.add32(offset, E.sub32(size, k32(1))));
  const isProtected = E.and32(E.ltu64(address, k64(0x2000)), E.ltu32(offset, k32(512)));
  const isKnown = E.and32(E.eq64(E.load64(entry, TLB_GUARDED), page), E.ltu32(last, k32(4096)));
  fn.if(E.and32(isKnown, E.eqz32(isProtected)), () => {
    const at = fn.let(E.shl32(E.shru32(E.load32(entry, TLB_FRAME), k32(12)), k32(2)));
    const info = fn.let(E.load32(at, FRAME_INFO));
    const line = (byte: Val): Val => E.shru32(byte, k32(8));
    const lines = E.sub32(E.shl32(k32(2), line(last)), E.shl32(k32(1), line(offset)));
    fn.if(E.eqz32(E.and32(info, lines)), () => {
      const host = E.add32(E.sub32(E.load32(entry, TLB_ADDEND), E.wrap(address)), k32(TLB_BIAS - 1));
      fn.if(E.eqz32(E.and32(info, k32(0xffff))), () => hit(host));
      // The store that uses up the frame's patience is the engine's.
      fn.if(E.gtu32(info, k32(0x1ffff)), () => {
        fn.store32(at, E.sub32(info, k32(0x10000)), FRAME_INFO);
        hit(host);
      });
    });
  });
}
