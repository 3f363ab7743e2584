/**
 * The binary floating-point instructions as the peer executes them and as the exact core computes them.
 * One table drives the golden vectors and the live differential test.
 */
import { Prng } from '../../../../src/engine/base/prng.ts';
import * as arithmetic from '../../../../src/engine/isa/s390/arith/bfpArithmetic.ts';
import * as compare from '../../../../src/engine/isa/s390/arith/bfpCompare.ts';
import * as convert from '../../../../src/engine/isa/s390/arith/bfpConvert.ts';
import {
  bfpExtended,
  bfpLong,
  bfpShort,
  bfpSignCc,
  isBfpInfinity,
  isBfpNan,
  isBfpSignalingNan,
  isBfpZero,
  testBfpDataClass,
} from '../../../../src/engine/isa/s390/arith/bfpFormat.ts';
import type { BfpFormat } from '../../../../src/engine/isa/s390/arith/bfpFormat.ts';
import type { IeeeContext } from '../../../../src/engine/isa/s390/arith/ieee.ts';
import { bfpRoundingOf, type Rounding } from '../../../../src/engine/isa/s390/arith/rounding.ts';
import { bfpOperand, randomBits } from './operands.ts';
import type { PeerInput, PeerOutput } from './peer/peer.ts';

/** What a case compares: a result, the flag byte and the condition code (where the instruction sets it). */
export interface Answer {
  readonly bits: bigint;
  readonly flags: number;
  readonly cc: number;
}

export interface Vector {
  readonly input: PeerInput;
  readonly ours: Answer;
  readonly text: string;
  /** Why the peer's answer is not the one of the Principles of Operation; then it is not compared. */
  readonly deviation?: string;
}

export interface BfpCase {
  readonly name: string;
  /** Bits of the result, for the golden file. */
  readonly width: number;
  readonly vector: (prng: Prng) => Vector;
  readonly readPeer: (output: PeerOutput) => Answer;
}

const m3Values = [0, 1, 3, 4, 5, 6, 7];
const fpcModes: readonly Rounding[] = [0, 0, 0, 1, 2, 3, 7];

function bytes(value: number, low: number): Uint8Array {
  return new Uint8Array([(value >> 8) & 255, value & 255, (low >> 8) & 255, low & 255]);
}

function toRegisters(format: BfpFormat, value: bigint): [bigint, bigint] {
  if (format === bfpShort) return [value << 32n, 0n];
  if (format === bfpLong) return [value, 0n];
  return [value >> 64n, value & 0xffff_ffff_ffff_ffffn];
}

function fromRegisters(format: BfpFormat, high: bigint, low: bigint): bigint {
  if (format === bfpShort) return high >> 32n;
  return format === bfpLong ? high : (high << 64n) | low;
}

const hexOf = (value: bigint): string => value.toString(16);

interface Unified {
  readonly bits?: bigint;
  readonly flags: number;
  readonly cc?: number;
}

type Compute = (operands: readonly bigint[], context: IeeeContext, m4: number) => Unified;

interface FloatCase {
  readonly name: string;
  readonly opcode: number;
  readonly source: BfpFormat;
  readonly target: BfpFormat;
  readonly arity: 1 | 2 | 3;
  readonly setsCc: boolean;
  /** RRF-e with rounding method and inexact control. */
  readonly hasModifiers?: boolean;
  readonly isRrd?: boolean;
  readonly deviation?: (operands: readonly bigint[]) => string | undefined;
  readonly compute: Compute;
}

/** Register fields: RRE/RRF-e R1 = 0, R2 = 4; RRD R1 = 0 (addend), R3 = 1, R2 = 4. */
function floatCase(c: FloatCase): BfpCase {
  return {
    name: c.name,
    width: Number(c.target.width),
    readPeer: (o) => ({
      bits: fromRegisters(c.target, o.fpr[0]!, o.fpr[1]!),
      flags: (o.fpc >>> 16) & 0xf8,
      cc: c.setsCc ? o.cc : 0,
    }),
    vector: (prng) => {
      const m3 = c.hasModifiers ? prng.pick(m3Values) : 0;
      const m4 = c.hasModifiers ? prng.pick([0, 4]) : 0;
      const mode = prng.pick(fpcModes);
      const operands: bigint[] = [];
      for (let i = 0; i < c.arity; i++) operands.push(bfpOperand(prng, c.source, operands[0]));
      const context = { rounding: bfpRoundingOf(m3, mode)!, masks: 0, inexactSuppressed: m4 === 4 };
      const result = c.compute(operands, context, m4);
      const first = toRegisters(c.source, c.arity === 1 ? 0n : operands[0]!);
      const second = toRegisters(c.source, operands[c.arity === 1 ? 0 : 1]!);
      const third = toRegisters(c.source, operands[2] ?? 0n);
      const low = c.isRrd ? 0x14 : 0x04 | (m3 << 12) | (m4 << 8);
      return {
        input: { instruction: bytes(c.opcode, low), fpc: mode, fpr: [...first, ...second, ...third] },
        ours: {
          bits: result.bits ?? toRegisters(c.source, operands[0]!)[0],
          flags: result.flags,
          cc: c.setsCc ? result.cc! : 0,
        },
        text: `${c.name} mode ${mode} m3 ${m3} m4 ${m4} operands ${operands.map(hexOf).join(' ')}`,
        deviation: c.deviation?.(operands),
      };
    },
  };
}

const formats = [
  { format: bfpShort, letter: 'E' },
  { format: bfpLong, letter: 'D' },
  { format: bfpExtended, letter: 'X' },
] as const;

const withCc = (format: BfpFormat, r: { bits: bigint; flags: number }): Unified => ({
  ...r,
  cc: bfpSignCc(format, r.bits),
});

function binaryCases(): BfpCase[] {
  const codes: [string, number[], boolean, typeof arithmetic.addBfp][] = [
    ['A', [0xb30a, 0xb31a, 0xb34a], true, arithmetic.addBfp],
    ['S', [0xb30b, 0xb31b, 0xb34b], true, arithmetic.subtractBfp],
    ['M', [0xb317, 0xb31c, 0xb34c], false, arithmetic.multiplyBfp],
    ['D', [0xb30d, 0xb31d, 0xb34d], false, arithmetic.divideBfp],
  ];
  return codes.flatMap(([name, opcodes, setsCc, operation]) =>
    formats.map(({ format, letter }, i) =>
      floatCase({
        name: `${name}${letter === 'E' && name === 'M' ? 'EE' : letter}BR`,
        opcode: opcodes[i]!,
        source: format,
        target: format,
        arity: 2,
        setsCc,
        compute: ([a, b], context) => withCc(format, operation(format, a!, b!, context)),
      }),
    ),
  );
}

const unlengthened = 'QEMU 7.2 multiplies MDEBR and MXDBR without lengthening the second operand';

/** Signaling NaNs among quiet ones; the architecture prefers the signaling one wherever it stands. */
function signalingAmongQuiet(format: BfpFormat, operands: readonly bigint[]): string | undefined {
  const nans = operands.filter((operand) => isBfpNan(format, operand));
  const signaling = nans.filter((operand) => isBfpSignalingNan(format, operand));
  const isZeroTimesInfinity =
    operands.slice(1).some((operand) => isBfpZero(format, operand)) &&
    operands.slice(1).some((operand) => isBfpInfinity(format, operand));
  if (isZeroTimesInfinity && signaling.length === 0 && nans.length === 1) {
    return 'QEMU 7.2 lets a quiet NaN addend hide zero times infinity';
  }
  if (signaling.length === 0 || signaling.length === nans.length) return undefined;
  return 'QEMU 7.2 fused operations take the first NaN, quiet or signaling';
}

function lengthenedCases(): BfpCase[] {
  return [
    floatCase({
      name: 'MDEBR',
      opcode: 0xb30c,
      source: bfpShort,
      target: bfpLong,
      arity: 2,
      setsCc: false,
      deviation: () => unlengthened,
      compute: ([a, b], context) => arithmetic.multiplyBfpLengthened(bfpShort, bfpLong, a!, b!, context),
    }),
    floatCase({
      name: 'MXDBR',
      opcode: 0xb307,
      source: bfpLong,
      target: bfpExtended,
      arity: 2,
      setsCc: false,
      deviation: () => unlengthened,
      compute: ([a, b], context) => arithmetic.multiplyBfpLengthened(bfpLong, bfpExtended, a!, b!, context),
    }),
    ...(
      [
        ['LDEBR', 0xb304, bfpShort, bfpLong],
        ['LXDBR', 0xb305, bfpLong, bfpExtended],
        ['LXEBR', 0xb306, bfpShort, bfpExtended],
      ] as const
    ).map(
      ([name, opcode, source, target]) =>
        floatCase({
          name,
          opcode,
          source,
          target,
          arity: 1,
          setsCc: false,
          compute: ([a], context) => convert.loadLengthenedBfp(source, target, a!, context),
        }),
    ),
    ...(
      [
        ['LEDBRA', 0xb344, bfpLong, bfpShort],
        ['LDXBRA', 0xb345, bfpExtended, bfpLong],
        ['LEXBRA', 0xb346, bfpExtended, bfpShort],
      ] as const
    ).map(
      ([name, opcode, source, target]) =>
        floatCase({
          name,
          opcode,
          source,
          target,
          arity: 1,
          setsCc: false,
          hasModifiers: true,
          compute: ([a], context) => convert.loadRoundedBfp(source, target, a!, context),
        }),
    ),
  ];
}

function fusedCases(): BfpCase[] {
  return (
    [
      ['MAEBR', 0xb30e, bfpShort, false],
      ['MADBR', 0xb31e, bfpLong, false],
      ['MSEBR', 0xb30f, bfpShort, true],
      ['MSDBR', 0xb31f, bfpLong, true],
    ] as const
  ).map(
    ([name, opcode, format, isSubtract]) =>
      floatCase({
        name,
        opcode,
        source: format,
        target: format,
        arity: 3,
        setsCc: false,
        isRrd: true,
        deviation: (operands) => signalingAmongQuiet(format, operands),
        compute: ([addend, second, third], context) =>
          (isSubtract ? arithmetic.multiplySubtractBfp : arithmetic.multiplyAddBfp)(
            format,
            second!,
            third!,
            addend!,
            context,
          ),
      }),
  );
}

function unaryCases(): BfpCase[] {
  const codes: [
    string,
    number[],
    boolean,
    boolean,
    (f: BfpFormat, a: bigint, c: IeeeContext) => Unified,
  ][] = [
    ['SQ', [0xb314, 0xb315, 0xb316], false, false, arithmetic.squareRootBfp],
    ['FI', [0xb357, 0xb35f, 0xb347], false, true, convert.loadFpIntegerBfp],
    ['LT', [0xb302, 0xb312, 0xb342], true, false, compare.loadAndTestBfp],
    [
      'LC',
      [0xb303, 0xb313, 0xb343],
      true,
      false,
      (f, a) => ({ ...compare.loadComplementBfp(f, a), flags: 0 }),
    ],
    ['LN', [0xb301, 0xb311, 0xb341], true, false, (f, a) => ({ ...compare.loadNegativeBfp(f, a), flags: 0 })],
    ['LP', [0xb300, 0xb310, 0xb340], true, false, (f, a) => ({ ...compare.loadPositiveBfp(f, a), flags: 0 })],
  ];
  return codes.flatMap(([name, opcodes, setsCc, hasModifiers, operation]) =>
    formats.map(({ format, letter }, i) =>
      floatCase({
        name: `${name}${letter}BR`,
        opcode: opcodes[i]!,
        source: format,
        target: format,
        arity: 1,
        setsCc,
        hasModifiers,
        deviation: ([a]) =>
          name === 'LT' && isBfpSignalingNan(format, a!)
            ? 'QEMU 7.2 LOAD AND TEST neither signals nor quiets a signaling NaN'
            : undefined,
        compute: ([a], context) => operation(format, a!, context),
      }),
    ),
  );
}

function compareCases(): BfpCase[] {
  return (
    [
      ['C', [0xb309, 0xb319, 0xb349], compare.compareBfp],
      ['K', [0xb308, 0xb318, 0xb348], compare.compareAndSignalBfp],
    ] as const
  ).flatMap(
    ([name, opcodes, operation]) =>
      formats.map(({ format, letter }, i) =>
        floatCase({
          name: `${name}${letter}BR`,
          opcode: opcodes[i]!,
          source: format,
          target: format,
          arity: 2,
          setsCc: true,
          compute: ([a, b], context) => ({ bits: a!, ...operation(format, a!, b!, context) }),
        }),
      ),
  );
}

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

function toIntegerCases(): BfpCase[] {
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

function fromIntegerCases(): BfpCase[] {
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
function dataClassCases(): BfpCase[] {
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

export const bfpCases: readonly BfpCase[] = [
  ...binaryCases(),
  ...lengthenedCases(),
  ...fusedCases(),
  ...unaryCases(),
  ...compareCases(),
  ...toIntegerCases(),
  ...fromIntegerCases(),
  ...dataClassCases(),
];

/** The seed of a case: its vectors do not depend on its neighbours in the table. */
export function seedOf(name: string): number {
  let seed = 7;
  for (const character of name) seed = Math.imul(seed, 31) + character.charCodeAt(0);
  return seed >>> 0;
}

/** How many vectors of each case the golden file holds. */
export const goldenVectors = 96;
