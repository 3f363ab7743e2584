/**
 * Values where instructions have their edges: integers, floating-point data of all kinds, packed digits,
 * addresses.
 */
import type { Prng } from "../../../src/engine/base/prng.ts";
import { CODE, DATA, LAST_PAGE, MISSING_PAGE, PROTECTED_PAGE, RAM_BYTES } from "./storageMap.ts";

const ONES = (1n << 64n) - 1n;
const integers = [
  0n,
  1n,
  2n,
  ONES,
  ONES - 1n,
  1n << 63n,
  (1n << 63n) - 1n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  0xffffffff80000000n,
  0xffffffff7fffffffn,
  0x8000000080000000n,
  0x7fffffff7fffffffn,
  0xffffffff00000000n,
  0xffn,
  0x8000n,
  0x7fffn,
  0xffff8000n,
  0x80n,
  0x00ff00ff00ff00ffn,
  0x4000000000000000n,
  0x40000000n,
  31n,
  32n,
  63n,
  64n,
];

/** A 64-bit value: random, small, a random number of bits, or an edge. */
export function edgeValue(prng: Prng): bigint {
  switch (prng.below(6)) {
    case 0:
      return prng.u64();
    case 1:
      return BigInt.asUintN(64, BigInt.asIntN(8, BigInt(prng.below(256))));
    case 2:
      return prng.u64() >> BigInt(prng.below(64));
    case 3:
      return (prng.u64() & 0xffffffff00000000n) | (prng.pick(integers) & 0xffffffffn);
    default:
      return prng.pick(integers);
  }
}

/** Long operands: BFP zero, one, infinity, NaNs, subnormal, limits; DFP; HFP; unnormalized HFP. */
const floating = [
  0n,
  1n << 63n,
  0x3ff0000000000000n,
  0xbff0000000000000n,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  0x7ff8000000000000n,
  0x7ff0000000000001n,
  1n,
  0x000fffffffffffffn,
  0x0010000000000000n,
  0x7fefffffffffffffn,
  0x4340000000000000n,
  0x41dfffffffc00000n,
  0xc1e0000000000000n,
  0x43e0000000000000n,
  0x3fe0000000000000n,
  0x4008000000000000n,
  0x2238000000000001n,
  0xa238000000000007n,
  0x7800000000000000n,
  0x7c00000000000000n,
  0x7e00000000000000n,
  0x77fcff3fcff3fcffn,
  0x2234000000000d45n,
  0x4110000000000000n,
  0xc110000000000000n,
  0x7fffffffffffffffn,
  0x0010000000000001n,
  0x4e00000000000005n,
  0x3f80000040490fdbn,
  0x7f80000000000001n,
  0x7fc000007f7fffffn,
  0x0000000180000000n,
  0x0080000000800000n,
  0x4f000000cf000000n,
  0x5f000000df000000n,
  0x4b7fffff3f000000n,
];

/** 128 bits for a vector register: its left half is the floating-point register. */
export function floatingValue(prng: Prng): bigint {
  const half = (): bigint => (prng.below(3) === 0 ? edgeValue(prng) : prng.pick(floating));
  return (half() << 64n) | half();
}

/**
 * An address for an operand of `length` bytes: inside a page, over a page's end, protected, missing, past
 * storage, at the ends of the address range. `align` is what the instruction demands; one in eight is off by
 * one.
 */
export function operandAddress(prng: Prng, length: number, align: number): bigint {
  const fit = (at: number): bigint => {
    const unit = prng.below(8) === 0 ? 1 : align === 1 ? prng.pick([1, 1, 2, 4, 8, 16]) : align;
    return BigInt(at - (at % unit));
  };
  const before = (end: number): bigint => fit(end - 1 - prng.below(prng.below(2) ? Math.max(length, 8) : 24));
  switch (prng.below(24)) {
    case 0:
      return before(PROTECTED_PAGE);
    case 1:
      return before(MISSING_PAGE);
    case 2:
      return fit(MISSING_PAGE + prng.below(4096));
    case 3:
      return before(RAM_BYTES);
    case 4:
      return fit(PROTECTED_PAGE + prng.below(4096));
    case 5:
      return prng.below(2) ? BigInt.asUintN(64, -BigInt(prng.below(24))) : fit(LAST_PAGE + prng.below(4096));
    case 6:
      return prng.pick([
        fit(prng.below(0x1400)),
        fit(CODE + prng.below(0x1000)),
        BigInt(RAM_BYTES),
        0x1_0000_0000n,
      ]);
    case 7:
    case 8:
    case 9:
    case 10:
      return before(DATA + 0x1000);
    case 11:
      return before(DATA + 0x5000);
    default:
      return fit(
        prng.pick([DATA, DATA, DATA + 0x1000, DATA + 0x4000]) + prng.below(4096 - Math.min(length, 256)),
      );
  }
}
