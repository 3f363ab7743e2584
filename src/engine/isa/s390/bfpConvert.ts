/**
 * Binary floating point: changes of format, rounding to integers, conversion from and to binary integers
 * (Principles of Operation, chapter 19: LOAD LENGTHENED, LOAD ROUNDED, LOAD FP INTEGER, CONVERT FROM and TO
 * FIXED and LOGICAL) and from and to hexadecimal floating point (chapter 9).
 *
 * One opcode covers the form without masks and the one with M3 and M4 of the floating-point extension (CEFBR,
 * CEFBRA): masks of 0 mean what the older form does.
 */
import {
  convertBfpToInteger,
  convertIntegerToBfp,
  fixed32,
  fixed64,
  loadFpIntegerBfp,
  loadLengthenedBfp,
  loadRoundedBfp,
  logical32,
  logical64,
  type IntegerRange,
} from "./arith/bfpConvert.ts";
import { convertBfpToHfp, convertHfpToBfp } from "./arith/bfpHfp.ts";
import { hfpRoundingOf } from "./arith/hfpConvert.ts";
import {
  bfpContext,
  bfpContextWith,
  checkModifier,
  entry,
  extended,
  long,
  operands,
  pairsOf,
  settle,
  short,
  type FloatingOperand,
} from "./bfpResult.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import {
  fromIntegerMeanings,
  lengthenMeanings,
  roundMeaning,
  toFpIntegerMeaning,
  toIntegerMeanings,
} from "./bfpConvertMeaning.ts";
import { helper, Program, type Instruction, type Options } from "./instruction.ts";

const WITH_MASKS = "r1,m3,r2,m4";
type Check = (f: RawFields) => number;

const both = (first: Check | undefined, second: Check): Check =>
  first ? (f) => first(f) || second(f) : second;
const modifierInM3: Check = (f) => checkModifier(f.m3);

/** Options of a converting entry; `pairs` are its extended register operands. */
function converting(pairs: readonly ("r1" | "r2")[], options: Options = {}): Options {
  return {
    floating: "bfp",
    check: both(pairs.length ? pairsOf(...pairs) : undefined, modifierInM3),
    syntax: WITH_MASKS,
    ...options,
  };
}

const lengthen = (
  name: string,
  opcode: number,
  from: FloatingOperand,
  to: FloatingOperand,
): Instruction[] => {
  const act = (cpu: HelperCpu, f: RawFields, bits: bigint): void => {
    const result = loadLengthenedBfp(from.format, to.format, bits, bfpContext(cpu));
    settle(cpu, result, () => to.set(cpu, f.r1, result.bits));
  };
  const meanings = to === long ? lengthenMeanings : undefined;
  const options: Options = { floating: "bfp", ...(to === extended ? { check: pairsOf("r1") } : {}) };
  return [
    entry(
      `${name}br`,
      "RRE",
      0xb300 | opcode,
      (cpu, f) => act(cpu, f, from.get(cpu, f.r2)),
      options,
      meanings?.register,
    ),
    entry(
      `${name}b`,
      "RXE",
      0xed00 | opcode,
      (cpu, f) => act(cpu, f, from.load(cpu, f)),
      { ...options, syntax: "r1,d2(x2,b2)" },
      meanings?.storage,
    ),
  ];
};

/**
 * LOAD ROUNDED. A trapped overflow or underflow leaves a result of the source format, so R1 must be able to
 * hold one.
 */
const round = (name: string, opcode: number, from: FloatingOperand, to: FloatingOperand): Instruction =>
  entry(
    name,
    "RRF-e",
    opcode,
    (cpu, f) => {
      const result = loadRoundedBfp(
        from.format,
        to.format,
        from.get(cpu, f.r2),
        bfpContextWith(cpu, f.m3, f.m4),
      );
      settle(cpu, result, () => (result.isInSourceFormat ? from : to).set(cpu, f.r1, result.bits));
    },
    converting(from === extended ? ["r1", "r2"] : []),
    from === long ? roundMeaning : undefined,
  );

const toInteger = (
  [
    [short, 0x57],
    [long, 0x5f],
    [extended, 0x47],
  ] as const
).map(([operand, opcode]) =>
  entry(
    `fi${operand.letter}bra`,
    "RRF-e",
    0xb300 | opcode,
    (cpu, f) => {
      const result = loadFpIntegerBfp(
        operand.format,
        operand.get(cpu, f.r2),
        bfpContextWith(cpu, f.m3, f.m4),
      );
      settle(cpu, result, () => operand.set(cpu, f.r1, result.bits));
    },
    converting(operand === extended ? ["r1", "r2"] : []),
    operand === long ? toFpIntegerMeaning : undefined,
  ),
);

/** An integer in a general register: letters in mnemonics, width, range as the core names it. */
interface IntegerOperand {
  readonly letters: string;
  readonly width: 32 | 64;
  readonly range: IntegerRange;
  readonly isSigned: boolean;
}
const integers: readonly IntegerOperand[] = [
  { letters: "f", width: 32, range: fixed32, isSigned: true },
  { letters: "g", width: 64, range: fixed64, isSigned: true },
  { letters: "lf", width: 32, range: logical32, isSigned: false },
  { letters: "lg", width: 64, range: logical64, isSigned: false },
];

/**
 * The forms with masks end in "a" only where an older form without them existed: not for logical integers.
 */
const suffix = (integer: IntegerOperand): string => (integer.isSigned ? "bra" : "br");

function fromInteger(integer: IntegerOperand, operand: FloatingOperand, opcode: number): Instruction {
  return entry(
    `c${operand.letter}${integer.letters}${suffix(integer)}`,
    "RRF-e",
    opcode,
    (cpu, f) => {
      const raw = integer.width === 64 ? cpu.gr(f.r2) : BigInt(cpu.grLow(f.r2));
      const value = integer.isSigned ? BigInt.asIntN(integer.width, raw) : raw;
      const result = convertIntegerToBfp(operand.format, value, bfpContextWith(cpu, f.m3, f.m4));
      settle(cpu, result, () => operand.set(cpu, f.r1, result.bits));
    },
    converting(operand === extended ? ["r1"] : [], integer.isSigned ? {} : { facility: 37 }),
    fromIntegerMeanings[operand.letter + integer.letters],
  );
}

function toRegister(integer: IntegerOperand, operand: FloatingOperand, opcode: number): Instruction {
  return entry(
    `c${integer.letters}${operand.letter}${suffix(integer)}`,
    "RRF-e",
    opcode,
    (cpu, f) => {
      const result = convertBfpToInteger(
        operand.format,
        operand.get(cpu, f.r2),
        integer.range,
        bfpContextWith(cpu, f.m3, f.m4),
      );
      settle(cpu, result, () => {
        if (integer.width === 64) cpu.setGr(f.r1, BigInt.asUintN(64, result.integer));
        else cpu.setGrLow(f.r1, Number(BigInt.asUintN(32, result.integer)));
        cpu.cc = result.cc;
      });
    },
    converting(operand === extended ? ["r2"] : [], integer.isSigned ? {} : { facility: 37 }),
    toIntegerMeanings[integer.letters + operand.letter],
  );
}

/**
 * Opcodes lie in a regular pattern: b394 is CEFBR, b398 CFEBR, plus 16 for 64 bits, less or plus 4 for
 * logical integers.
 */
const conversions = integers.flatMap((integer) =>
  operands.flatMap((operand, column) => {
    const row = 0xb390 + (integer.width === 64 ? 0x10 : 0) + column;
    return [
      fromInteger(integer, operand, row + (integer.isSigned ? 4 : 0)),
      toRegister(integer, operand, row + (integer.isSigned ? 8 : 12)),
    ];
  }),
);

const toHfp = (name: string, opcode: number, from: FloatingOperand): Instruction =>
  helper(
    name,
    "RRE",
    opcode,
    (cpu, f) => {
      const { bits, cc } = convertBfpToHfp(from.format, from.get(cpu, f.r2));
      cpu.setFpr(f.r1, bits);
      cpu.cc = cc;
    },
    { floating: "hfp" },
  );

const fromHfp = (name: string, opcode: number, to: FloatingOperand): Instruction =>
  helper(
    name,
    "RRF-e",
    opcode,
    (cpu, f) => {
      const { bits, cc } = convertHfpToBfp(to.format, cpu.fpr(f.r2), hfpRoundingOf(f.m3) ?? 0);
      to.set(cpu, f.r1, bits);
      cpu.cc = cc;
    },
    {
      floating: "bfp",
      syntax: "r1,m3,r2",
      check: (f) => (hfpRoundingOf(f.m3) === undefined ? Program.specification : 0),
    },
  );

export const bfpConvert: readonly Instruction[] = [
  ...lengthen("lde", 0x04, short, long),
  ...lengthen("lxd", 0x05, long, extended),
  ...lengthen("lxe", 0x06, short, extended),
  round("ledbra", 0xb344, long, short),
  round("ldxbra", 0xb345, extended, long),
  round("lexbra", 0xb346, extended, short),
  ...toInteger,
  ...conversions,
  toHfp("thder", 0xb358, short),
  toHfp("thdr", 0xb359, long),
  fromHfp("tbedr", 0xb350, short),
  fromHfp("tbdr", 0xb351, long),
];
