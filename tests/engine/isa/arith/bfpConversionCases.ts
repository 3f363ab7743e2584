/** Binary floating point to and from integers, and TEST DATA CLASS: rows of the table in bfpCases.ts. */
import type { Prng } from '../../../../src/engine/base/prng.ts';
import * as convert from '../../../../src/engine/isa/s390/arith/bfpConvert.ts';
import { isBfpNan, testBfpDataClass } from '../../../../src/engine/isa/s390/arith/bfpFormat.ts';
import { bfpRoundingOf } from '../../../../src/engine/isa/s390/arith/rounding.ts';
import { bfpOperand, randomBits } from './operands.ts';
import type { PeerOutput } from './peer/peer.ts';
import {
  type Vector,
  type BfpCase,
  m3Values,
  fpcModes,
  bytes,
  toRegisters,
  fromRegisters,
  hexOf,
  formats,
} from './bfpCase.ts';

const integerKinds = [
  { name: 'F', range: convert.fixed32, width: 32, column: 0 },
  { name: 'G', range: convert.fixed64, width: 64, column: 1 },
  { name: 'LF', range: convert.logical32, width: 32, column: 2 },
  { name: 'LG', range: convert.logical64, width: 64, column: 3 },
] as const;

const toIntegerOpcodes = [
  [0xb398, 0xb3a8, 0xb39c, 0xb3ac],
  [0xb399, 0xb3a9, 0xb39d, 0xb3ad],
  [0xb39a, 0xb3aa, 0xb39e, 0xb3ae],
];
const fromIntegerOpcodes = [
  [0xb394, 0xb3a4, 0xb390, 0xb3a0],
  [0xb395, 0xb3a5, 0xb391, 0xb3a1],
  [0xb396, 0xb3a6, 0xb392, 0xb3a2],
];

export function toIntegerCases(): BfpCase[] {
  return formats.flatMap(({ format, letter }, row) =>
    integerKinds.map(({ name, range, width, column }) => ({
      name: `C${name}${letter}BRA`,
      width: 64,
      readPeer: (o: PeerOutput) => ({ bits: o.gpr[2]!, flags: (o.fpc >>> 16) & 0xf8, cc: o.cc }),
      vector: (prng: Prng): Vector => {
        const m3 = prng.pick(m3Values);
        const m4 = prng.pick([0, 4]);
        const mode = prng.pick(fpcModes);
        const operand = bfpOperand(prng, format);
        const context = { rounding: bfpRoundingOf(m3, mode)!, masks: 0, inexactSuppressed: m4 === 4 };
        const result = convert.convertBfpToInteger(format, operand, range, context);
        const low = 0x24 | (m3 << 12) | (m4 << 8);
        const fpr = [0n, 0n, ...toRegisters(format, operand)];
        return {
          input: { instruction: bytes(toIntegerOpcodes[row]![column]!, low), fpc: mode, fpr },
          ours: { bits: BigInt.asUintN(width, result.integer), flags: result.flags, cc: result.cc },
          text: `C${name}${letter}BRA mode ${mode} m3 ${m3} m4 ${m4} operand ${hexOf(operand)}`,
          deviation: isBfpNan(format, operand)
            ? 'QEMU 7.2 does not set the inexact flag when a NaN is converted to an integer'
            : undefined,
        };
      },
    })),
  );
}

export function fromIntegerCases(): BfpCase[] {
  return formats.flatMap(({ format, letter }, row) =>
    integerKinds.map(({ name, width, column }) => ({
      name: `C${letter}${name}BRA`,
      width: Number(format.width),
      readPeer: (o: PeerOutput) => ({
        bits: fromRegisters(format, o.fpr[0]!, o.fpr[1]!),
        flags: (o.fpc >>> 16) & 0xf8,
        cc: 0,
      }),
      vector: (prng: Prng): Vector => {
        const m3 = prng.pick(m3Values);
        const m4 = prng.pick([0, 4]);
        const mode = prng.pick(fpcModes);
        const random = randomBits(prng, 64) >> BigInt(prng.below(64));
        const raw = BigInt.asUintN(width, prng.below(2) === 0 ? random : -random);
        const integer = name.length === 1 ? BigInt.asIntN(width, raw) : raw;
        const context = { rounding: bfpRoundingOf(m3, mode)!, masks: 0, inexactSuppressed: m4 === 4 };
        const result = convert.convertIntegerToBfp(format, integer, context);
        const low = 0x02 | (m3 << 12) | (m4 << 8);
        return {
          input: {
            instruction: bytes(fromIntegerOpcodes[row]![column]!, low),
            fpc: mode,
            gpr: [0n, 0n, raw],
          },
          ours: { bits: result.bits, flags: result.flags, cc: 0 },
          text: `C${letter}${name}BRA mode ${mode} m3 ${m3} m4 ${m4} integer ${integer}`,
        };
      },
    })),
  );
}

/** TEST DATA CLASS takes its mask as an address; GPR 2 carries it. */
export function dataClassCases(): BfpCase[] {
  return formats.map(({ format, letter }, i) => ({
    name: `TC${letter}B`,
    width: 0,
    readPeer: (o: PeerOutput) => ({ bits: 0n, flags: (o.fpc >>> 16) & 0xf8, cc: o.cc }),
    vector: (prng: Prng): Vector => {
      const operand = bfpOperand(prng, format);
      const mask = prng.below(3) === 0 ? prng.below(4096) : 1 << prng.below(12);
      const instruction = new Uint8Array([0xed, 0x00, 0x20, 0x00, 0x00, 0x10 + i]);
      return {
        input: { instruction, fpr: toRegisters(format, operand), gpr: [0n, 0n, BigInt(mask)] },
        ours: { bits: 0n, flags: 0, cc: testBfpDataClass(format, operand, mask) },
        text: `TC${letter}B mask ${mask.toString(16)} operand ${hexOf(operand)}`,
      };
    },
  }));
}
