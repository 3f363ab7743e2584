/**
 * Binary floating point: comparison, sign operations, data classes, DIVIDE TO INTEGER (Principles of
 * Operation, chapter 19, "BFP Instructions").
 *
 * Invariant: nothing here rounds but DIVIDE TO INTEGER; the sign operations meet no exception.
 */
import {
  compareAndSignalBfp,
  compareBfp,
  loadAndTestBfp,
  loadComplementBfp,
  loadNegativeBfp,
  loadPositiveBfp,
} from "./arith/bfpCompare.ts";
import { testBfpDataClass } from "./arith/bfpFormat.ts";
import { divideToIntegerBfp } from "./arith/bfpDivideToInteger.ts";
import { bfpRoundingOf } from "./arith/rounding.ts";
import {
  STORAGE,
  bfpContext,
  bothForms,
  checked,
  checkModifier,
  entry,
  extended,
  long,
  operands,
  perFormat,
  settle,
  type Act,
} from "./bfpResult.ts";
import { testClassMeaning } from "./bfpConvertMeaning.ts";
import { compareMeanings, signMeanings, testMeanings } from "./bfpSignMeaning.ts";
import type { RawFields } from "./format.ts";
import { helper, Program, type Instruction } from "./instruction.ts";

type Opcodes = Readonly<Partial<Record<"e" | "d" | "x", number>>>;

function compare(letter: string, opcodes: Opcodes, run: typeof compareBfp): Instruction[] {
  return operands.flatMap((operand) => {
    const opcode = opcodes[operand.letter]!;
    const act: Act = (cpu, f, second) => {
      const outcome = run(operand.format, operand.get(cpu, f.r1), second, bfpContext(cpu));
      settle(cpu, outcome, () => {
        cpu.cc = outcome.cc;
      });
    };
    const name = `${letter}${operand.letter}`;
    return bothForms(name, opcode, [operand, operand], act, compareMeanings[operand.letter]);
  });
}

/** LOAD COMPLEMENT, NEGATIVE, POSITIVE: no exception. */
function signs(letter: string, opcodes: Opcodes, run: typeof loadComplementBfp): Instruction[] {
  return operands.map((operand) => {
    const name = `l${letter}${operand.letter}br`;
    return entry(
      name,
      "RRE",
      0xb300 | opcodes[operand.letter]!,
      (cpu, f) => {
        const { bits, cc } = run(operand.format, operand.get(cpu, f.r2));
        operand.set(cpu, f.r1, bits);
        cpu.cc = cc;
      },
      checked(operand, ["r1", "r2"]),
      signMeanings[name],
    );
  });
}

const loadAndTest = perFormat([0x02, 0x12, 0x42], (operand, opcode) =>
  entry(
    `lt${operand.letter}br`,
    "RRE",
    0xb300 | opcode,
    (cpu, f) => {
      const result = loadAndTestBfp(operand.format, operand.get(cpu, f.r2), bfpContext(cpu));
      settle(cpu, result, () => {
        operand.set(cpu, f.r1, result.bits);
        cpu.cc = result.cc;
      });
    },
    checked(operand, ["r1", "r2"]),
    testMeanings[`lt${operand.letter}br`],
  ),
);

/** TEST DATA CLASS: the mask is bits 52-63 of the second-operand address. */
const dataClasses = perFormat([0x10, 0x11, 0x12], (operand, opcode) =>
  entry(
    `tc${operand.letter}b`,
    "RXE",
    0xed00 | opcode,
    (cpu, f) => {
      const mask = Number(cpu.address(f.b2, f.d2, f.x2) & 0xfffn);
      cpu.cc = testBfpDataClass(operand.format, operand.get(cpu, f.r1), mask);
    },
    checked(operand, ["r1"], STORAGE),
    operand === extended ? undefined : testClassMeaning(operand === long),
  ),
);

function checkDivideToInteger(f: RawFields): number {
  const isDistinct = f.r1 !== f.r2 && f.r1 !== f.r3 && f.r2 !== f.r3;
  return isDistinct ? checkModifier(f.m4) : Program.specification;
}

/** DIVIDE TO INTEGER: the remainder replaces the first operand, the quotient the third. */
const divideToInteger = perFormat([0x53, 0x5b], (operand, opcode) =>
  helper(
    `di${operand.letter}br`,
    "RRF-b",
    0xb300 | opcode,
    (cpu, f) => {
      const context = bfpContext(cpu);
      const method = bfpRoundingOf(f.m4, context.rounding) ?? context.rounding;
      const result = divideToIntegerBfp(
        operand.format,
        operand.get(cpu, f.r1),
        operand.get(cpu, f.r2),
        method,
        context,
      );
      settle(cpu, result, () => {
        operand.set(cpu, f.r1, result.remainder);
        operand.set(cpu, f.r3, result.quotient);
        cpu.cc = result.cc;
      });
    },
    { floating: "bfp", check: checkDivideToInteger, syntax: "r1,r3,r2,m4" },
  ),
);

export const bfpCompare: readonly Instruction[] = [
  ...compare("c", { e: 0x09, d: 0x19, x: 0x49 }, compareBfp),
  ...compare("k", { e: 0x08, d: 0x18, x: 0x48 }, compareAndSignalBfp),
  ...signs("p", { e: 0x00, d: 0x10, x: 0x40 }, loadPositiveBfp),
  ...signs("n", { e: 0x01, d: 0x11, x: 0x41 }, loadNegativeBfp),
  ...signs("c", { e: 0x03, d: 0x13, x: 0x43 }, loadComplementBfp),
  ...loadAndTest,
  ...dataClasses,
  ...divideToInteger,
];
