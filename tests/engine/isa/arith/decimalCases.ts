/**
 * The decimal instructions the peer has, as it executes them and as the core computes them. QEMU 7.2 lacks
 * AP, SP, ZAP, CP, MP, DP, SRP, ED, EDMK, CVB, CVBY, CVBG and CVDG.
 */
import type { Prng } from '../../../../src/engine/base/prng.ts';
import { convertToDecimal } from '../../../../src/engine/isa/s390/arith/decimalBinary.ts';
import * as move from '../../../../src/engine/isa/s390/arith/decimalMove.ts';
import { testDecimal } from '../../../../src/engine/isa/s390/arith/decimalArithmetic.ts';
import { toHex } from '../../../../src/engine/isa/s390/arith/decimalFormat.ts';
import { randomBits } from './operands.ts';
import type { PeerInput, PeerOutput } from './peer/peer.ts';

export interface DecimalVector {
  readonly input: PeerInput;
  /** What the core says, or what the peer must say where it is known to differ (see the case). */
  readonly ours: string;
  readonly text: string;
}

/** Answers are text: the bytes in hexadecimal, then the condition code; `!` for an exception. */
export interface DecimalCase {
  readonly name: string;
  readonly vector: (prng: Prng) => DecimalVector;
  readonly readPeer: (output: PeerOutput, input: PeerInput) => string;
}

/** Packed bytes that are valid nearly always, small often, and now and then spoiled in one nibble. */
export function packedOperand(prng: Prng, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const significant = prng.below(2 * length) + 1;
  for (let place = 2 * length - 2; place >= 2 * length - 1 - significant && place >= 0; place--) {
    const digit = prng.pick([0, 0, 9, 9, prng.below(10)]);
    bytes[place >> 1]! |= place & 1 ? digit : digit << 4;
  }
  bytes[length - 1]! |= prng.pick([0xc, 0xd, 0xc, 0xd, 0xa, 0xb, 0xe, 0xf]);
  if (prng.below(16) === 0) bytes[prng.below(length)] = prng.below(256);
  return bytes;
}

function randomBytes(prng: Prng, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => prng.below(256));
}

function toDecimalCase(name: string, instruction: number[], width: 32 | 64): DecimalCase {
  return {
    name,
    readPeer: (o) => (o.signal ? '!' : toHex(o.areaA.subarray(0, width / 4))),
    vector: (prng) => {
      const raw = randomBits(prng, width) >> BigInt(prng.below(width));
      const integer = BigInt.asIntN(width, prng.below(2) ? raw : -raw);
      const input = { instruction: Uint8Array.from(instruction), gpr: [0n, 0n, BigInt.asUintN(64, integer)] };
      return { input, ours: toHex(convertToDecimal(integer, width)), text: `${name} ${integer}` };
    },
  };
}

/** A second operand that does not reach into the first. */
function apartFrom(first: move.Field, second: move.Field): move.Field {
  const isApart = second.at + second.length <= first.at || first.at + first.length <= second.at;
  return isApart ? second : { at: 0, length: second.length };
}

/**
 * QEMU 7.2 deviates in UNPACK: it ignores the leftmost byte of a second operand longer than one byte, and it
 * fetches overlapping bytes again. So UNPACK is compared without overlap and with that byte made zero.
 */
function overlappingCase(name: string, opcode: number, operation: typeof move.pack): DecimalCase {
  const isUnpack = operation === move.unpack;
  return {
    name,
    readPeer: (o) => (o.signal ? '!' : toHex(o.areaA)),
    vector: (prng) => {
      const areaA = randomBytes(prng, 64);
      const first = { at: 16 + prng.below(16), length: 1 + prng.below(16) };
      const anywhere = { at: prng.below(48), length: 1 + prng.below(16) };
      const second = isUnpack ? apartFrom(first, anywhere) : anywhere;
      const lengths = ((first.length - 1) << 4) | (second.length - 1);
      const instruction = Uint8Array.from([opcode, lengths, 0x40, first.at, 0x40, second.at]);
      const storage = areaA.slice();
      if (isUnpack && second.length > 1) storage[second.at] = 0;
      operation(storage, first, second);
      if (isUnpack) storage[second.at] = areaA[second.at]!;
      return {
        input: { instruction, areaA },
        ours: toHex(storage),
        text: `${name} ${JSON.stringify([first, second])} in ${toHex(areaA)}`,
      };
    },
  };
}

/** QEMU 7.2 deviates in PACK ASCII and PACK UNICODE: it ignores the leftmost character. */
function charactersCase(name: string, opcode: number, isPack: boolean, size: 1 | 2): DecimalCase {
  return {
    name,
    readPeer: (o, input) => {
      if (o.signal) return '!';
      const length = isPack ? 16 : input.instruction[1]! + 1;
      return `${toHex(o.areaA.subarray(0, length))} ${isPack ? 0 : o.cc}`;
    },
    vector: (prng) => {
      const isOdd = size === 2 && prng.below(8) === 0;
      const length = isOdd ? 1 + 2 * prng.below(32) : size * (1 + prng.below(size === 1 ? 33 : 32));
      const areaB = randomBytes(prng, isPack ? length : 16);
      const instruction = Uint8Array.from([opcode, length - 1, 0x40, 0, 0x50, 0]);
      const seen = areaB.slice();
      if (isPack) seen.fill(0, 0, size);
      const result = isPack ? move.packCharacters(seen, size) : move.unpackCharacters(seen, length, size);
      const ours = result.bytes ? `${toHex(result.bytes)} ${result.cc}` : '!';
      return { input: { instruction, areaB }, ours, text: `${name} length ${length} of ${toHex(areaB)}` };
    },
  };
}

const testDecimalCase: DecimalCase = {
  name: 'TP',
  readPeer: (o) => (o.signal ? '!' : String(o.cc)),
  vector: (prng) => {
    const areaA = packedOperand(prng, 1 + prng.below(16));
    const instruction = Uint8Array.from([0xeb, (areaA.length - 1) << 4, 0x40, 0, 0, 0xc0]);
    return { input: { instruction, areaA }, ours: String(testDecimal(areaA)), text: `TP ${toHex(areaA)}` };
  },
};

export const decimalCases: readonly DecimalCase[] = [
  toDecimalCase('CVD', [0x4e, 0x20, 0x40, 0], 32),
  toDecimalCase('CVDY', [0xe3, 0x20, 0x40, 0, 0, 0x26], 32),
  overlappingCase('PACK', 0xf2, move.pack),
  overlappingCase('UNPK', 0xf3, move.unpack),
  overlappingCase('MVO', 0xf1, move.moveWithOffset),
  charactersCase('PKA', 0xe9, true, 1),
  charactersCase('PKU', 0xe1, true, 2),
  charactersCase('UNPKA', 0xea, false, 1),
  charactersCase('UNPKU', 0xe2, false, 2),
  testDecimalCase,
];

/** How many vectors of each case the golden file holds. */
export const goldenDecimalVectors = 48;
