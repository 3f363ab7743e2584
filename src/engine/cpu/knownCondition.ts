/**
 * Condition codes whose kind is known while a region is compiled: a branch mask becomes one comparison of the
 * operands, and the code itself is never computed.
 */
import { Cc, type CcKind } from "../isa/s390/semantics.ts";
import * as E from "../wasm/value.ts";
import { k32, k64, type Val } from "../wasm/value.ts";
import { compareConstant } from "./compareConstant.ts";

export interface KnownCondition {
  readonly kind: CcKind | -1;
  readonly a: Val;
  readonly b: Val;
  /** Evaluates once. */
  pin(v: Val): Val;
}

/**
 * i32 0/1 whether a constant mask selects the code; undefined where the kind or the mask has no short form.
 */
export function selectedByKind(known: KnownCondition, mask: number): Val | undefined {
  const { a, b } = known;
  const zero = k64(0);
  switch (known.kind) {
    case Cc.signed:
      return compareConstant(mask, true, a, b);
    case Cc.unsigned:
      return compareConstant(mask, false, a, b);
    case Cc.sign64:
      return compareConstant(mask, true, a, zero);
    case Cc.nonZero:
      return (mask & 12) === 12 ? k32(1) : mask & 8 ? E.eqz64(a) : mask & 4 ? E.ne64(a, zero) : k32(0);
    case Cc.testMask:
    case Cc.testMaskStorage:
      if (mask === 8) return E.eqz64(a);
      if (mask === 7) return E.ne64(a, zero);
      return undefined;
    case Cc.addLogical64: {
      const r = E.add64(a, b);
      return mask === 3
        ? E.ltu64(r, a)
        : mask === 12
          ? E.geu64(r, a)
          : mask === 10
            ? E.eqz64(r)
            : mask === 5
              ? E.ne64(r, zero)
              : undefined;
    }
    case Cc.addLogical32: {
      const r = E.add32(E.wrap(a), E.wrap(b));
      return mask === 3
        ? E.ltu32(r, E.wrap(a))
        : mask === 12
          ? E.geu32(r, E.wrap(a))
          : mask === 10
            ? E.eqz32(r)
            : undefined;
    }
    // Difference: code 1 low, 2 equal, 3 high; code 0 does not occur.
    case Cc.subLogical64:
      return compareConstant(((mask & 2) << 2) | (mask & 4) | ((mask & 1) << 1), false, a, b);
    case Cc.subLogical32:
      return compareConstant(((mask & 2) << 2) | (mask & 4) | ((mask & 1) << 1), false, E.wrap(a), E.wrap(b));
    case Cc.add64:
      return overflowing(known, mask, E.add64(a, b), (r) =>
        E.lts64(E.and64(E.xor64(a, r), E.xor64(b, r)), zero),
      );
    case Cc.sub64:
      if (mask === 8) return E.eq64(a, b);
      if (mask === 7) return E.ne64(a, b);
      return overflowing(known, mask, E.sub64(a, b), (r) =>
        E.lts64(E.and64(E.xor64(a, b), E.xor64(a, r)), zero),
      );
    case Cc.add32:
      return overflowing(known, mask, E.add64(E.ext32s64(a), E.ext32s64(b)), (r) => E.ne64(r, E.ext32s64(r)));
    case Cc.sub32:
      if (mask === 8) return E.eq32(E.wrap(a), E.wrap(b));
      if (mask === 7) return E.ne32(E.wrap(a), E.wrap(b));
      return overflowing(known, mask, E.sub64(E.ext32s64(a), E.ext32s64(b)), (r) => E.ne64(r, E.ext32s64(r)));
    default:
      return undefined;
  }
}
function overflowing(known: KnownCondition, mask: number, sum: Val, overflow: (r: Val) => Val): Val {
  const r = known.pin(sum);
  const bit = (n: number): Val => k32((mask >> n) & 1);
  const bySign = E.select(E.eqz64(r), bit(3), E.select(E.lts64(r, k64(0)), bit(2), bit(1)));
  return E.select(overflow(r), bit(0), bySign);
}

/** Carry or no-borrow of a known logical operation (0/1, i64); undefined: ask for the code. */
export function carryByKind(known: KnownCondition): Val | undefined {
  const { a, b } = known;
  switch (known.kind) {
    case Cc.addLogical64:
      return E.extu(E.ltu64(E.add64(a, b), a));
    case Cc.subLogical64:
      return E.extu(E.geu64(a, b));
    case Cc.addLogical32:
      return E.extu(E.ltu32(E.add32(E.wrap(a), E.wrap(b)), E.wrap(a)));
    case Cc.subLogical32:
      return E.extu(E.geu32(E.wrap(a), E.wrap(b)));
    default:
      return undefined;
  }
}
