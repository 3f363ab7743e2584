/**
 * Hexadecimal floating point: arithmetic and comparison (Principles of Operation, chapter 18,
 * "Hexadecimal-Floating-Point Instructions"). Signs, changes of format and conversions are in hfpConvert.ts.
 */
import {
  addHfp,
  addUnnormalizedHfp,
  compareHfp,
  divideHfp,
  halveHfp,
  multiplyAddHfp,
  multiplyHfp,
  multiplySubtractHfp,
  squareRootHfp,
  subtractHfp,
  subtractUnnormalizedHfp,
} from "./arith/hfpArithmetic.ts";
import type { HfpFormat, HfpMasks, HfpResult } from "./arith/hfpFormat.ts";
import type { RawFields } from "./format.ts";
import {
  bothForms,
  extended,
  long,
  masksOf,
  settle,
  short,
  type Operand,
  type Second,
} from "./hfpOperand.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, type Instruction } from "./instruction.ts";

type Arithmetic = (format: HfpFormat, a: bigint, b: bigint, masks: HfpMasks) => HfpResult;

/** `first op second → first`, both of one format. */
function arithmetic(
  name: string,
  operand: Operand,
  opcodes: readonly [number, number?],
  run: Arithmetic,
  setsCc: boolean,
): Instruction[] {
  return bothForms(name, opcodes, [operand, operand], (cpu, f, second) => {
    const result = run(operand.format, operand.get(cpu, f.r1), second, masksOf(cpu));
    settle(cpu, operand, f.r1, result, setsCc);
  });
}

/** MULTIPLY with a wider product. */
const lengthened = (
  name: string, from: Operand, to: Operand, opcodes: readonly [number, number],
): Instruction[] =>
  bothForms(name, opcodes, [to, from], (cpu, f, second) => {
    const product = multiplyHfp(from.format, to.format, from.get(cpu, f.r1), second, masksOf(cpu));
    settle(cpu, to, f.r1, product, false);
  });

const compare = (operand: Operand, opcodes: readonly [number, number?]): Instruction[] =>
  bothForms(`c${operand.letter}`, opcodes, [operand, operand], (cpu, f, second) => {
    cpu.cc = compareHfp(operand.format, operand.get(cpu, f.r1), second);
  });

/** MULTIPLY AND ADD, MULTIPLY AND SUBTRACT: third × second ± first → first. */
function fused(name: string, operand: Operand, opcode: number, run: typeof multiplyAddHfp): Instruction[] {
  const act =
    (second: Second) =>
    (cpu: HelperCpu, f: RawFields): void =>
      settle(
        cpu,
        operand,
        f.r1,
        run(operand.format, operand.get(cpu, f.r3), second(cpu, f), operand.get(cpu, f.r1), masksOf(cpu)),
        false,
      );
  const options = { floating: "hfp", facility: 20 } as const;
  return [
    helper(
      `${name}r`,
      "RRD",
      0xb300 | opcode,
      act((cpu, f) => operand.get(cpu, f.r2)),
      options,
    ),
    helper(
      name,
      "RXF",
      0xed00 | opcode,
      act((cpu, f) => operand.load(cpu, f)),
      options,
    ),
  ];
}

const squareRoot = (operand: Operand, opcodes: readonly [number, number?]): Instruction[] =>
  bothForms(`sq${operand.letter}`, opcodes, [operand, operand], (cpu, f, second) =>
    settle(cpu, operand, f.r1, squareRootHfp(operand.format, second), false),
  );

const halve = (
  [
    [short, 0x34],
    [long, 0x24],
  ] as const
).map(([operand, opcode]) =>
  helper(
    operand === short ? "her" : "hdr",
    "RR",
    opcode,
    (cpu, f) =>
      settle(cpu, operand, f.r1, halveHfp(operand.format, operand.get(cpu, f.r2), masksOf(cpu)), false),
    { floating: "hfp" },
  ),
);

const multiply: Arithmetic = (format, a, b, masks) => multiplyHfp(format, format, a, b, masks);

export const hfp: readonly Instruction[] = [
  ...arithmetic("ae", short, [0x3a, 0x7a], addHfp, true),
  ...arithmetic("ad", long, [0x2a, 0x6a], addHfp, true),
  ...arithmetic("ax", extended, [0x36], addHfp, true),
  ...arithmetic("se", short, [0x3b, 0x7b], subtractHfp, true),
  ...arithmetic("sd", long, [0x2b, 0x6b], subtractHfp, true),
  ...arithmetic("sx", extended, [0x37], subtractHfp, true),
  ...arithmetic("au", short, [0x3e, 0x7e], addUnnormalizedHfp, true),
  ...arithmetic("aw", long, [0x2e, 0x6e], addUnnormalizedHfp, true),
  ...arithmetic("su", short, [0x3f, 0x7f], subtractUnnormalizedHfp, true),
  ...arithmetic("sw", long, [0x2f, 0x6f], subtractUnnormalizedHfp, true),
  ...arithmetic("mee", short, [0xb337, 0xed37], multiply, false),
  ...arithmetic("md", long, [0x2c, 0x6c], multiply, false),
  ...arithmetic("mx", extended, [0x26], multiply, false),
  ...lengthened("mde", short, long, [0x3c, 0x7c]),
  ...lengthened("mxd", long, extended, [0x27, 0x67]),
  ...arithmetic("de", short, [0x3d, 0x7d], divideHfp, false),
  ...arithmetic("dd", long, [0x2d, 0x6d], divideHfp, false),
  ...arithmetic("dx", extended, [0xb22d], divideHfp, false),
  ...fused("mae", short, 0x2e, multiplyAddHfp),
  ...fused("mad", long, 0x3e, multiplyAddHfp),
  ...fused("mse", short, 0x2f, multiplySubtractHfp),
  ...fused("msd", long, 0x3f, multiplySubtractHfp),
  ...compare(short, [0x39, 0x79]),
  ...compare(long, [0x29, 0x69]),
  ...compare(extended, [0xb369]),
  ...squareRoot(short, [0xb245, 0xed34]),
  ...squareRoot(long, [0xb244, 0xed35]),
  ...squareRoot(extended, [0xb336]),
  ...halve,
];
