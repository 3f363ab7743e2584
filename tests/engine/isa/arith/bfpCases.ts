/**
 * The binary floating-point instructions as the peer executes them and as the exact core computes them.
 * One table drives the golden vectors and the live differential test.
 */
import * as arithmetic from '../../../../src/engine/isa/s390/arith/bfpArithmetic.ts';
import * as compare from '../../../../src/engine/isa/s390/arith/bfpCompare.ts';
import * as convert from '../../../../src/engine/isa/s390/arith/bfpConvert.ts';
import {
  bfpExtended,
  bfpLong,
  bfpShort,
  isBfpInfinity,
  isBfpNan,
  isBfpSignalingNan,
  isBfpZero,
} from '../../../../src/engine/isa/s390/arith/bfpFormat.ts';
import type { BfpFormat } from '../../../../src/engine/isa/s390/arith/bfpFormat.ts';
import type { IeeeContext } from '../../../../src/engine/isa/s390/arith/ieee.ts';
import { type BfpCase, type Unified, floatCase, formats, withCc } from './bfpCase.ts';
import { dataClassCases, fromIntegerCases, toIntegerCases } from './bfpConversionCases.ts';

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
