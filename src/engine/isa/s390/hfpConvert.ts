/**
 * Hexadecimal floating point: sign operations, changes of format, integers, unnormalised products (Principles
 * of Operation, chapter 18, "Hexadecimal-Floating-Point Instructions").
 */
import {
  convertHfpToInteger,
  convertIntegerToHfp,
  hfpRoundingOf,
  loadFpIntegerHfp,
  loadLengthenedHfp,
  loadRoundedHfp,
  loadSignHfp,
  type HfpSignOperation,
} from "./arith/hfpConvert.ts";
import { multiplyAddUnnormalizedHfp, multiplyUnnormalizedHfp } from "./arith/hfpUnnormalized.ts";
import { pairsOf } from "./bfpResult.ts";
import type { RawFields } from "./format.ts";
import {
  bothForms,
  extended,
  long,
  settle,
  short,
  usesPairs,
  type Operand,
  type Second,
} from "./hfpOperand.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction, type Options } from "./instruction.ts";

const signs = (
  letter: string,
  operation: HfpSignOperation,
  opcodes: readonly [number, number, number],
): Instruction[] =>
  [short, long, extended].map((operand, i) =>
    helper(
      `l${letter}${operand.letter}r`,
      operand === extended ? "RRE" : "RR",
      opcodes[i]!,
      (cpu, f) => {
        const { bits, cc } = loadSignHfp(operand.format, operation, operand.get(cpu, f.r2));
        operand.set(cpu, f.r1, bits);
        cpu.cc = cc;
      },
      usesPairs(operand, "r1", "r2"),
    ),
  );

const loadRounded = (name: string, format: string, opcode: number, from: Operand, to: Operand): Instruction =>
  helper(
    name,
    format,
    opcode,
    (cpu, f) => settle(cpu, to, f.r1, loadRoundedHfp(from.format, to.format, from.get(cpu, f.r2)), false),
    usesPairs(from, "r2"),
  );

const lengthen = (name: string, opcode: number, from: Operand, to: Operand): Instruction[] =>
  bothForms(name, [0xb300 | opcode, 0xed00 | opcode], [to, from], (cpu, f, second) =>
    to.set(cpu, f.r1, loadLengthenedHfp(from.format, to.format, second)),
  );

const toFpInteger = (
  [
    [short, 0xb377],
    [long, 0xb37f],
    [extended, 0xb367],
  ] as const
).map(([operand, opcode]) =>
  helper(
    `fi${operand.letter}r`,
    "RRE",
    opcode,
    (cpu, f) => operand.set(cpu, f.r1, loadFpIntegerHfp(operand.format, operand.get(cpu, f.r2))),
    usesPairs(operand, "r1", "r2"),
  ),
);

/** CONVERT FROM and TO FIXED: b3b4 is CEFR, b3b8 CFER, plus 16 for 64 bits. */
const conversions = (
  [
    ["f", 32, 0],
    ["g", 64, 16],
  ] as const
).flatMap(([letter, width, row]) =>
  [short, long, extended].flatMap((operand, column) => [
    helper(
      `c${operand.letter}${letter}r`,
      "RRE",
      0xb3b4 + row + column,
      (cpu, f) => {
        const raw = width === 64 ? cpu.gr(f.r2) : BigInt(cpu.grLow(f.r2));
        operand.set(cpu, f.r1, convertIntegerToHfp(operand.format, BigInt.asIntN(width, raw)));
      },
      usesPairs(operand, "r1"),
    ),
    helper(
      `c${letter}${operand.letter}r`,
      "RRF-e",
      0xb3b8 + row + column,
      (cpu, f) => {
        const { integer, cc } = convertHfpToInteger(
          operand.format,
          operand.get(cpu, f.r2),
          width,
          hfpRoundingOf(f.m3) ?? 1,
        );
        if (width === 64) cpu.setGr(f.r1, BigInt.asUintN(64, integer));
        else cpu.setGrLow(f.r1, Number(BigInt.asUintN(32, integer)));
        cpu.cc = cc;
      },
      {
        floating: "hfp",
        syntax: "r1,m3,r2",
        check: (f) =>
          (operand === extended && f.r2 & 2) || hfpRoundingOf(f.m3) === undefined ? Program.specification : 0,
      },
    ),
  ]),
);

/** Which part of an unnormalised product: the extended number, its left or its right register. */
type Part = "" | "h" | "l";
function storePart(cpu: HelperCpu, r1: number, bits: bigint, part: Part): void {
  // MAY takes either register of a pair; the result goes to both.
  if (part === "") cpu.setFprPair(r1 & 13, bits);
  else cpu.setFpr(r1, part === "h" ? bits >> 64n : bits & 0xffff_ffff_ffff_ffffn);
}
function unnormalized(part: Part, multiplyOpcode: number, addOpcode: number): Instruction[] {
  const multiply =
    (second: Second) =>
    (cpu: HelperCpu, f: RawFields): void =>
      storePart(cpu, f.r1, multiplyUnnormalizedHfp(cpu.fpr(f.r3), second(cpu, f)), part);
  const multiplyAdd =
    (second: Second) =>
    (cpu: HelperCpu, f: RawFields): void =>
      storePart(cpu, f.r1, multiplyAddUnnormalizedHfp(cpu.fpr(f.r3), second(cpu, f), cpu.fpr(f.r1)), part);
  const register: Second = (cpu, f) => cpu.fpr(f.r2);
  const options: Options = { floating: "hfp", facility: 23 };
  const pair: Options = part === "" ? { ...options, check: pairsOf("r1") } : options;
  return [
    helper(`my${part}r`, "RRD", 0xb300 | multiplyOpcode, multiply(register), pair),
    helper(`my${part}`, "RXF", 0xed00 | multiplyOpcode, multiply(long.load), pair),
    helper(`may${part}r`, "RRD", 0xb300 | addOpcode, multiplyAdd(register), options),
    helper(`may${part}`, "RXF", 0xed00 | addOpcode, multiplyAdd(long.load), options),
  ];
}

export const hfpConvert: readonly Instruction[] = [
  ...signs("t", "test", [0x32, 0x22, 0xb362]),
  ...signs("c", "complement", [0x33, 0x23, 0xb363]),
  ...signs("n", "negative", [0x31, 0x21, 0xb361]),
  ...signs("p", "positive", [0x30, 0x20, 0xb360]),
  loadRounded("ledr", "RR", 0x35, long, short),
  loadRounded("ldxr", "RR", 0x25, extended, long),
  loadRounded("lexr", "RRE", 0xb366, extended, short),
  ...lengthen("lde", 0x24, short, long),
  ...lengthen("lxd", 0x25, long, extended),
  ...lengthen("lxe", 0x26, short, extended),
  ...toFpInteger,
  ...conversions,
  ...unnormalized("", 0x3b, 0x3a),
  ...unnormalized("h", 0x3d, 0x3c),
  ...unnormalized("l", 0x39, 0x38),
];
