/**
 * Random machine states with edge operands, and random fields that are mostly valid, for comparison with the
 * peer.
 */
import type { Prng } from "../../../../src/engine/base/prng.ts";
import { bfpExtended, bfpLong, bfpShort } from "../../../../src/engine/isa/s390/arith/bfpFormat.ts";
import type { FieldName, RawFields } from "../../../../src/engine/isa/s390/format.ts";
import type { Instruction } from "../../../../src/engine/isa/s390/instruction.ts";
import { fieldRange } from "../../../../src/engine/isa/s390/operands.ts";
import { bfpOperand, randomBits } from "../arith/operands.ts";
import { WINDOW, WINDOW_BYTES, type State } from "./peer.ts";

/** General registers with a purpose: base of the window, small index. */
export const BASE = 1;
export const INDEX = 2;

function lanes(width: number, one: () => bigint): bigint {
  let value = 0n;
  for (let at = 0; at < 128; at += width) value = (value << BigInt(width)) | BigInt.asUintN(width, one());
  return value & ((1n << 128n) - 1n);
}

function integerEdge(prng: Prng, width: number): bigint {
  const top = 1n << BigInt(width - 1);
  switch (prng.below(8)) {
    case 0:
      return 0n;
    case 1:
      return top;
    case 2:
      return top - 1n;
    case 3:
      return -1n;
    case 4:
      return BigInt(prng.below(4));
    case 5:
      return BigInt(-prng.below(4));
    default:
      return randomBits(prng, width);
  }
}

/** 128 bits that are interesting as some format: floating operands, integers of some width, or noise. */
export function randomRegister(prng: Prng): bigint {
  switch (prng.below(9)) {
    case 0:
    case 1:
      return lanes(32, () => bfpOperand(prng, bfpShort));
    case 2:
    case 3:
      return lanes(64, () => bfpOperand(prng, bfpLong));
    case 4:
      return bfpOperand(prng, bfpExtended);
    case 5:
      return randomBits(prng, 128);
    default: {
      const width = prng.pick([8, 16, 32, 64, 128]);
      return lanes(width, () => integerEdge(prng, width));
    }
  }
}

export interface StateOptions {
  /** FPC masks to choose from, as FPC byte 0. */
  readonly masks: readonly number[];
}

export function randomState(prng: Prng, options: StateOptions): State {
  const gr = Array.from({ length: 16 }, () =>
    BigInt.asUintN(64, prng.below(2) ? prng.u64() : integerEdge(prng, prng.pick([8, 32, 64]))),
  );
  gr[BASE] = BigInt(WINDOW);
  gr[INDEX] = BigInt(prng.below(32));
  const vr: bigint[] = [];
  for (let n = 0; n < 32; n++)
    vr.push(n > 0 && prng.below(4) === 0 ? vr[prng.below(n)]! : randomRegister(prng));
  // Extended operands: the halves of a pair come from one value.
  for (const n of [0, 1, 4, 5, 8, 9, 12, 13]) {
    if (prng.below(3)) continue;
    const value = bfpOperand(prng, bfpExtended);
    const low = (1n << 64n) - 1n;
    vr[n] = (value & ~low) | (vr[n]! & low);
    vr[n + 2] = ((value & low) << 64n) | (vr[n + 2]! & low);
  }
  const window = new Uint8Array(WINDOW_BYTES);
  for (let at = 0; at < WINDOW_BYTES; at += 16) {
    const value = randomRegister(prng);
    for (let i = 0; i < 16; i++) window[at + i] = Number((value >> BigInt(8 * (15 - i))) & 0xffn);
  }
  const mode = prng.pick([0, 0, 0, 1, 2, 3, 7]);
  const flags = prng.below(3) ? 0 : prng.below(32) << 3;
  const fpc = ((prng.pick(options.masks) << 24) | (flags << 16) | mode) >>> 0;
  return { cc: prng.below(4), fpc, gr, vr, window };
}

/** Field values: registers at will, addresses inside the window, everything else over its whole range. */
export function randomFields(
  prng: Prng,
  instruction: Instruction,
  allowed: Partial<Record<FieldName, readonly number[]>> = {},
): Partial<RawFields> {
  const fields: Partial<RawFields> = {};
  for (const spec of instruction.format.fields) {
    const { least, most } = fieldRange(spec);
    const choice = allowed[spec.name];
    let value = least + prng.below(most - least + 1);
    if (choice) value = prng.pick(choice);
    else if (spec.name.startsWith("b")) value = BASE;
    else if (spec.name === "x2") value = prng.pick([0, INDEX]);
    else if (spec.name.startsWith("d"))
      value = prng.below(3) ? prng.below(WINDOW_BYTES - 320) : 200 + prng.below(60);
    fields[spec.name] = value;
  }
  return fields;
}

/** A number of the long or short format with few or many digits and an exponent near 0. */
function ordinary(prng: Prng, precision: number, bias: number): bigint {
  const spread = prng.pick([2, 10, 60]);
  const exponent = BigInt(bias - spread + prng.below(2 * spread));
  const digits = BigInt(precision - 1);
  const fraction = prng.below(2) ? randomBits(prng, precision - 1) : BigInt(prng.below(64)) << (digits - 6n);
  return (BigInt(prng.below(2)) << (precision === 53 ? 63n : 31n)) | (exponent << digits) | fraction;
}

/** The same state with ordinary operands of one format, and the inexact flag on or off. */
export function benign(prng: Prng, state: State): State {
  const isLong = prng.below(2) === 0;
  const one = (): bigint => {
    if (isLong) return ordinary(prng, 53, 1023);
    return (ordinary(prng, 24, 127) << 32n) | ordinary(prng, 24, 127);
  };
  const vr = state.vr.map((value) => (prng.below(8) ? (one() << 64n) | one() : value));
  const window = new Uint8Array(WINDOW_BYTES);
  const view = new DataView(window.buffer);
  // At every offset the leading bytes of a number: addresses are not aligned.
  for (let at = 0; at < WINDOW_BYTES; at += 8) view.setBigUint64(at, one());
  const gr = state.gr.map((value, n) =>
    n > INDEX ? BigInt.asUintN(64, BigInt.asIntN(64, value) >> BigInt(prng.below(64))) : value,
  );
  return {
    ...state,
    vr,
    gr,
    window,
    fpc: (prng.below(2) ? 0x0008_0000 : 0) | (prng.below(4) ? 0 : state.fpc),
  };
}

/** A seed of its own for every name. */
export function seedOf(name: string): number {
  let seed = 0x811c9dc5;
  for (const character of name) seed = Math.imul(seed ^ character.charCodeAt(0), 0x01000193);
  return seed >>> 0;
}
