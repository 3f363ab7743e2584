/** Comparison for a constant mask of COMPARE AND BRANCH or BRANCH ON CONDITION. */
import * as E from "../wasm/value.ts";
import { I64, k32, type Val } from "../wasm/value.ts";

/** Comparison for a constant COMPARE AND BRANCH mask. */
export function compareConstant(mask: number, signed: boolean, a: Val, b: Val): Val {
  const is64 = a.ty === I64;
  const pick = (
    op64s: (x: Val, y: Val) => Val,
    op64u: (x: Val, y: Val) => Val,
    op32s: (x: Val, y: Val) => Val,
    op32u: (x: Val, y: Val) => Val,
  ): Val => (is64 ? (signed ? op64s : op64u)(a, b) : (signed ? op32s : op32u)(a, b));
  switch (mask & 14) {
    case 8:
      return is64 ? E.eq64(a, b) : E.eq32(a, b);
    case 6:
      return is64 ? E.ne64(a, b) : E.ne32(a, b);
    case 4:
      return pick(E.lts64, E.ltu64, E.lts32, E.ltu32);
    case 2:
      return pick(E.gts64, E.gtu64, E.gts32, E.gtu32);
    case 12:
      return pick(E.les64, E.leu64, E.les32, E.leu32);
    case 10:
      return pick(E.ges64, E.geu64, E.ges32, E.geu32);
    case 14:
      return k32(1);
    default:
      return k32(0);
  }
}
