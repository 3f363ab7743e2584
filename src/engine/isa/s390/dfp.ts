/**
 * Decimal floating point (Principles of Operation, chapter 20, "Decimal-Floating-Point Instructions").
 * Conversions are in dfpConvert.ts.
 *
 * Invariant: the rounding method comes from the modifier or from FPC bits 25-27, exceptions go the way of
 * bfpResult.ts.
 */
import {
  addDfp,
  compareAndSignalDfp,
  compareBiasedExponentDfp,
  compareDfp,
  divideDfp,
  loadAndTestDfp,
  multiplyDfp,
  subtractDfp,
} from "./arith/dfpArithmetic.ts";
import { testDfpDataClass, testDfpDataGroup, type DfpFormat } from "./arith/dfpFormat.ts";
import { dfpResultCc } from "./arith/dfpRound.ts";
import {
  extractBiasedExponentDfp,
  extractSignificanceDfp,
  insertBiasedExponentDfp,
  loadFpIntegerDfp,
  quantizeDfp,
  reroundDfp,
  shiftSignificandDfp,
} from "./arith/dfpSignificance.ts";
import type { IeeeContext, IeeeResult } from "./arith/ieee.ts";
import { settle } from "./bfpResult.ts";
import { dfpContext, dfpOptions, extended, long, short } from "./dfpOperand.ts";
import { helper, type Instruction } from "./instruction.ts";

function arithmetic(
  letter: string,
  opcodes: readonly [number, number],
  run: (format: DfpFormat, a: bigint, b: bigint, context: IeeeContext) => IeeeResult,
  setsCc: boolean,
): Instruction[] {
  return [long, extended].map((operand, i) =>
    helper(
      `${letter}${operand.letter}tra`,
      "RRF-a",
      opcodes[i]!,
      (cpu, f) => {
        const result = run(
          operand.format,
          operand.get(cpu, f.r2),
          operand.get(cpu, f.r3),
          dfpContext(cpu, f.m4),
        );
        settle(cpu, result, () => {
          operand.set(cpu, f.r1, result.bits);
          if (setsCc) cpu.cc = dfpResultCc(operand.format, result.bits);
        });
      },
      dfpOptions(operand, ["r1", "r2", "r3"], { syntax: "r1,r2,r3,m4" }),
    ),
  );
}

const compare = (letter: string, opcodes: readonly [number, number], run: typeof compareDfp): Instruction[] =>
  [long, extended].map((operand, i) =>
    helper(
      `${letter}${operand.letter}tr`,
      "RRE",
      opcodes[i]!,
      (cpu, f) => {
        const outcome = run(operand.format, operand.get(cpu, f.r1), operand.get(cpu, f.r2), dfpContext(cpu));
        settle(cpu, outcome, () => {
          cpu.cc = outcome.cc;
        });
      },
      dfpOptions(operand, ["r1", "r2"]),
    ),
  );

const compareExponent = (
  [
    [long, 0xb3f4],
    [extended, 0xb3fc],
  ] as const
).map(([operand, opcode]) =>
  helper(
    `ce${operand.letter}tr`,
    "RRE",
    opcode,
    (cpu, f) => {
      cpu.cc = compareBiasedExponentDfp(operand.format, operand.get(cpu, f.r1), operand.get(cpu, f.r2));
    },
    dfpOptions(operand, ["r1", "r2"]),
  ),
);

const loadAndTest = (
  [
    [long, 0xb3d6],
    [extended, 0xb3de],
  ] as const
).map(([operand, opcode]) =>
  helper(
    `lt${operand.letter}tr`,
    "RRE",
    opcode,
    (cpu, f) => {
      const result = loadAndTestDfp(operand.format, operand.get(cpu, f.r2), dfpContext(cpu));
      settle(cpu, result, () => {
        operand.set(cpu, f.r1, result.bits);
        cpu.cc = result.cc;
      });
    },
    dfpOptions(operand, ["r1", "r2"]),
  ),
);

const toFpInteger = (
  [
    [long, 0xb3d7],
    [extended, 0xb3df],
  ] as const
).map(([operand, opcode]) =>
  helper(
    `fi${operand.letter}tr`,
    "RRF-e",
    opcode,
    (cpu, f) => {
      const result = loadFpIntegerDfp(operand.format, operand.get(cpu, f.r2), dfpContext(cpu, f.m3, f.m4));
      settle(cpu, result, () => operand.set(cpu, f.r1, result.bits));
    },
    dfpOptions(operand, ["r1", "r2"], { syntax: "r1,m3,r2,m4" }),
  ),
);

/** QUANTIZE: the second operand with the exponent of the third. */
const quantize = (
  [
    [long, 0xb3f5],
    [extended, 0xb3fd],
  ] as const
).map(([operand, opcode]) =>
  helper(
    `qa${operand.letter}tr`,
    "RRF-b",
    opcode,
    (cpu, f) => {
      const result = quantizeDfp(
        operand.format,
        operand.get(cpu, f.r2),
        operand.get(cpu, f.r3),
        dfpContext(cpu, f.m4),
      );
      settle(cpu, result, () => operand.set(cpu, f.r1, result.bits));
    },
    dfpOptions(operand, ["r1", "r2", "r3"], { syntax: "r1,r3,r2,m4" }),
  ),
);

/** REROUND: the third operand to the number of digits in a general register. */
const reround = (
  [
    [long, 0xb3f7],
    [extended, 0xb3ff],
  ] as const
).map(([operand, opcode]) =>
  helper(
    `rr${operand.letter}tr`,
    "RRF-b",
    opcode,
    (cpu, f) => {
      const result = reroundDfp(
        operand.format,
        operand.get(cpu, f.r3),
        cpu.grLow(f.r2) & 63,
        dfpContext(cpu, f.m4),
      );
      settle(cpu, result, () => operand.set(cpu, f.r1, result.bits));
    },
    dfpOptions(operand, ["r1", "r3"], { syntax: "r1,r3,r2,m4" }),
  ),
);

const insertExponent = (
  [
    [long, 0xb3f6],
    [extended, 0xb3fe],
  ] as const
).map(([operand, opcode]) =>
  helper(
    `ie${operand.letter}tr`,
    "RRF-b",
    opcode,
    (cpu, f) => {
      const biased = BigInt.asIntN(64, cpu.gr(f.r2));
      operand.set(cpu, f.r1, insertBiasedExponentDfp(operand.format, operand.get(cpu, f.r3), biased));
    },
    dfpOptions(operand, ["r1", "r3"], { syntax: "r1,r3,r2" }),
  ),
);

const extract = (
  name: string,
  opcodes: readonly [number, number],
  run: typeof extractBiasedExponentDfp,
): Instruction[] =>
  [long, extended].map((operand, i) =>
    helper(
      `${name}${operand.letter}tr`,
      "RRE",
      opcodes[i]!,
      (cpu, f) => {
        cpu.setGr(f.r1, BigInt.asUintN(64, run(operand.format, operand.get(cpu, f.r2))));
      },
      dfpOptions(operand, ["r2"]),
    ),
  );

const shift = (
  name: string,
  opcodes: readonly [number, number],
  direction: "left" | "right",
): Instruction[] =>
  [long, extended].map((operand, i) =>
    helper(
      `${name}${operand.letter}t`,
      "RXF",
      opcodes[i]!,
      (cpu, f) => {
        const places = Number(cpu.address(f.b2, f.d2, f.x2) & 63n);
        operand.set(
          cpu,
          f.r1,
          shiftSignificandDfp(operand.format, operand.get(cpu, f.r3), places, direction),
        );
      },
      dfpOptions(operand, ["r1", "r3"]),
    ),
  );

const tests = (
  name: string,
  opcodes: readonly [number, number, number],
  run: typeof testDfpDataClass,
): Instruction[] =>
  [short, long, extended].map((operand, i) =>
    helper(
      `${name}${operand.letter}t`,
      "RXE",
      opcodes[i]!,
      (cpu, f) => {
        cpu.cc = run(operand.format, operand.get(cpu, f.r1), Number(cpu.address(f.b2, f.d2, f.x2) & 0xfffn));
      },
      dfpOptions(operand, ["r1"], { syntax: "r1,d2(x2,b2)" }),
    ),
  );

export const dfp: readonly Instruction[] = [
  ...arithmetic("a", [0xb3d2, 0xb3da], addDfp, true),
  ...arithmetic("s", [0xb3d3, 0xb3db], subtractDfp, true),
  ...arithmetic("m", [0xb3d0, 0xb3d8], multiplyDfp, false),
  ...arithmetic("d", [0xb3d1, 0xb3d9], divideDfp, false),
  ...compare("c", [0xb3e4, 0xb3ec], compareDfp),
  ...compare("k", [0xb3e0, 0xb3e8], compareAndSignalDfp),
  ...compareExponent,
  ...loadAndTest,
  ...toFpInteger,
  ...quantize,
  ...reround,
  ...insertExponent,
  ...extract("ee", [0xb3e5, 0xb3ed], extractBiasedExponentDfp),
  ...extract("es", [0xb3e7, 0xb3ef], extractSignificanceDfp),
  ...shift("sl", [0xed40, 0xed48], "left"),
  ...shift("sr", [0xed41, 0xed49], "right"),
  ...tests("tdc", [0xed50, 0xed54, 0xed58], testDfpDataClass),
  ...tests("tdg", [0xed51, 0xed55, 0xed59], testDfpDataGroup),
];
