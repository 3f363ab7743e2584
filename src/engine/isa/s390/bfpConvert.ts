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
  loadFpIntegerBfp,
  loadLengthenedBfp,
  loadRoundedBfp,
} from "./arith/bfpConvert.ts";
import { convertBfpToHfp, convertHfpToBfp } from "./arith/bfpHfp.ts";
import { hfpRoundingOf } from "./arith/hfpConvert.ts";
import {
  bfpContext,
  bfpContextWith,
  bothForms,
  checkModifier,
  entry,
  extended,
  long,
  operands,
  pairsOf,
  perFormat,
  settle,
  short,
  type Act,
  type FloatingOperand,
} from "./bfpResult.ts";
import type { RawFields } from "./format.ts";
import {
  fromIntegerMeanings,
  lengthenMeanings,
  roundMeaning,
  toFpIntegerMeaning,
  toIntegerMeanings,
} from "./bfpConvertMeaning.ts";
import { helper, Program, type Instruction, type Options } from "./instruction.ts";
import { getInteger, integers, setInteger, type IntegerOperand } from "./integerOperand.ts";

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
  const act: Act = (cpu, f, second) => {
    const result = loadLengthenedBfp(from.format, to.format, second, bfpContext(cpu));
    settle(cpu, result, () => to.set(cpu, f.r1, result.bits));
  };
  return bothForms(name, opcode, [to, from], act, to === long ? lengthenMeanings : undefined);
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

const toInteger = perFormat([0x57, 0x5f, 0x47], (operand, opcode) =>
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
      const value = getInteger(cpu, f.r2, integer);
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
        setInteger(cpu, f.r1, integer, result.integer);
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
