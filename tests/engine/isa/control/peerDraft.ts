/** What peer cases are made of: a storage window, registers, and places at the ends of pages. */
import type { Prng } from "../../../../src/engine/base/prng.ts";
import type { RawFields } from "../../../../src/engine/isa/s390/format.ts";
import { WINDOW, WINDOW_BYTES } from "./runner.ts";

export interface Case {
  readonly f: Partial<RawFields>;
  readonly registers: bigint[];
  readonly window: Uint8Array;
  readonly repeat: boolean;
}

const PAGE = 4096;

/** An offset in the window with room for `bytes`, mostly near the end of a page. */
export function place(random: Prng, bytes: number, from = 0, to = WINDOW_BYTES): number {
  const last = to - bytes;
  const near = (from & ~4095) + PAGE - random.below(Math.max(2, Math.min(40, bytes + 3)));
  if (random.below(3) && near >= from && near <= last) return near;
  return from + random.below(Math.max(1, last - from));
}

/** Bytes of few values, so that equal runs and hits are frequent. */
export const bytes = (random: Prng, length: number, values: number): Uint8Array =>
  Uint8Array.from({ length }, () => (random.below(40) ? 0x40 + random.below(values) : random.below(256)));

export class Draft {
  readonly random: Prng;
  registers: bigint[];
  window: Uint8Array;
  f: Partial<RawFields> = {};
  repeat = false;

  constructor(random: Prng, values = 1 + random.below(3)) {
    this.random = random;
    this.registers = Array.from({ length: 16 }, () => random.u64());
    this.window = bytes(random, WINDOW_BYTES, values);
  }
  address(n: number, offset: number): this {
    this.registers[n] = WINDOW + BigInt(offset);
    return this;
  }
  operand(n: number, offset: number, length: number): this {
    this.registers[n + 1] = BigInt(length);
    return this.address(n, offset);
  }
  with(f: Partial<RawFields>): this {
    this.f = f;
    return this;
  }
  put(offset: number, data: ArrayLike<number>): this {
    this.window.set(data, offset);
    return this;
  }
  again(): this {
    this.repeat = true;
    return this;
  }
}

export const some = (random: Prng, limit: number): number => random.below(random.pick([3, 20, 300, limit]));

export type Generators = { readonly [mnemonic: string]: (random: Prng) => Draft };
