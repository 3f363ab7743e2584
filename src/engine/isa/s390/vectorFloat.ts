/**
 * Vector floating-point arithmetic, comparison and classes (Principles of Operation, chapter 24, "Vector
 * Floating-Point Instructions"). Conversions are in vectorFloatConvert.ts.
 *
 * Short and extended formats came with the vector-enhancements facility 1 (135), which is taken as installed.
 */
import { multiplySubtractBfp } from "./arith/bfpArithmetic.ts";
import { compareAndSignalBfp, compareBfp } from "./arith/bfpCompare.ts";
import {
  addBfp,
  divideBfp,
  multiplyAddBfp,
  multiplyBfp,
  squareRootBfp,
  subtractBfp,
} from "./arith/bfpDispatch.ts";
import { isBfpNan, testBfpDataClass, type BfpFormat } from "./arith/bfpFormat.ts";
import { exact, type IeeeContext, type IeeeResult } from "./arith/ieee.ts";
import { bfpContext } from "./bfpResult.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, op, Program, type Instruction, type Options } from "./instruction.ts";
import type { Meaning } from "./semantics.ts";
import { vector } from "./vectorElement.ts";
import { extremum } from "./vectorExtremum.ts";
import {
  compareMeaning,
  fusedMeaning,
  longMeaning,
  longMeanings,
  signMeaning,
} from "./vectorFloatMeaning.ts";
import { SINGLE, acceptElement, forElements, vectorElement, vectorFormat } from "./vectorResult.ts";

type Binary = (format: BfpFormat, a: bigint, b: bigint, context: IeeeContext) => IeeeResult;
type Ternary = (format: BfpFormat, a: bigint, b: bigint, c: bigint, context: IeeeContext) => IeeeResult;
type Mask = "m3" | "m4" | "m5" | "m6";

/** Specification exception unless the format exists and the control field has only these bits. */
const checkFormat =
  (format: Mask, control: Mask, bits: number) =>
  (f: RawFields): number =>
    f[format] < 2 || f[format] > 4 || f[control] & ~bits ? Program.specification : 0;

/** An entry with a compiled meaning for the long format, and the exact core behind it. */
const compiled = (
  name: string,
  format: string,
  opcode: number,
  meaning: Meaning,
  run: (cpu: HelperCpu, f: RawFields) => void,
  options: Options,
): Instruction => op(name, format, opcode, meaning, { ...options, slow: run });

function binary(name: string, opcode: number, run: Binary): Instruction {
  return compiled(
    name,
    "VRR-c",
    opcode,
    longMeaning("m4", "m5", longMeanings[name]!),
    (cpu, f) => {
      const format = vectorFormat(f.m4);
      const [a, b, context] = [cpu.vr(f.v2), cpu.vr(f.v3), bfpContext(cpu)];
      cpu.setVr(
        f.v1,
        forElements(cpu, format.width, (f.m5 & SINGLE) !== 0, (i) =>
          run(format, vectorElement(a, format.width, i), vectorElement(b, format.width, i), context),
        ),
      );
    },
    vector(checkFormat("m4", "m5", SINGLE), { syntax: "v1,v2,v3,m4,m5" }),
  );
}

function fused(name: string, opcode: number, run: Ternary, facility = 129): Instruction {
  const act = (cpu: HelperCpu, f: RawFields): void => {
    const format = vectorFormat(f.m6);
    const [a, b, c, context] = [cpu.vr(f.v2), cpu.vr(f.v3), cpu.vr(f.v4), bfpContext(cpu)];
    const at = (v: bigint, i: number): bigint => vectorElement(v, format.width, i);
    cpu.setVr(
      f.v1,
      forElements(cpu, format.width, (f.m5 & SINGLE) !== 0, (i) =>
        run(format, at(a, i), at(b, i), at(c, i), context),
      ),
    );
  };
  const options = vector(checkFormat("m6", "m5", SINGLE), { facility, syntax: "v1,v2,v3,v4,m5,m6" });
  if (facility !== 129) return helper(name, "VRR-e", opcode, act, options);
  return compiled(name, "VRR-e", opcode, fusedMeaning(name === "vfms"), act, options);
}
/** The result with its sign inverted, unless it is a NaN. */
const negative =
  (run: Ternary): Ternary =>
  (format, a, b, c, context) => {
    const result = run(format, a, b, c, context);
    return isBfpNan(format, result.bits) ? result : { ...result, bits: result.bits ^ format.signBit };
  };

/**
 * Bits of M5: single element; signaling comparison. Condition codes that make an element true: equal 0, low
 * 1, high 2.
 */
const SIGNALING = 4;
function comparison(name: string, opcode: number, accepted: readonly number[]): Instruction {
  return helper(
    name,
    "VRR-c",
    opcode,
    (cpu, f) => {
      const format = vectorFormat(f.m4);
      const [a, b, context] = [cpu.vr(f.v2), cpu.vr(f.v3), bfpContext(cpu)];
      const compare = f.m5 & SIGNALING ? compareAndSignalBfp : compareBfp;
      const isSingle = (f.m5 & SINGLE) !== 0;
      const count = isSingle ? 1 : Number(128n / format.width);
      let hits = 0;
      const result = forElements(cpu, format.width, isSingle, (i) => {
        const { cc, flags, dxc } = compare(
          format,
          vectorElement(a, format.width, i),
          vectorElement(b, format.width, i),
          context,
        );
        const isHit = accepted.includes(cc);
        if (isHit) hits++;
        return { bits: isHit ? -1n : 0n, flags, dxc };
      });
      cpu.setVr(f.v1, result);
      if (f.m6 & 1) cpu.cc = hits === count ? 0 : hits ? 1 : 3;
    },
    vector((f) => checkFormat("m4", "m5", SINGLE | SIGNALING)(f) || (f.m6 > 1 ? Program.specification : 0), {
      syntax: "v1,v2,v3,m4,m5,m6",
    }),
  );
}

/** COMPARE SCALAR: the leftmost elements, into the condition code. */
function scalarComparison(name: string, opcode: number, compare: typeof compareBfp): Instruction {
  return compiled(
    name,
    "VRR-a",
    opcode,
    compareMeaning,
    (cpu, f) => {
      const format = vectorFormat(f.m3);
      const [a, b] = [
        vectorElement(cpu.vr(f.v1), format.width, 0),
        vectorElement(cpu.vr(f.v2), format.width, 0),
      ];
      const outcome = compare(format, a, b, bfpContext(cpu));
      const flags = acceptElement(cpu, 0, outcome);
      if (flags) cpu.fpc = (cpu.fpc | (flags << 16)) >>> 0;
      cpu.cc = outcome.cc;
    },
    vector(checkFormat("m3", "m4", 0), { syntax: "v1,v2,m3,m4" }),
  );
}

/** PERFORM SIGN OPERATION: 0 complement, 1 negative, 2 positive. */
function signOperation(cpu: HelperCpu, f: RawFields): void {
  const format = vectorFormat(f.m3);
  const value = cpu.vr(f.v2);
  cpu.setVr(
    f.v1,
    forElements(cpu, format.width, (f.m4 & SINGLE) !== 0, (i) => {
      const bits = vectorElement(value, format.width, i);
      if (f.m5 === 0) return exact(bits ^ format.signBit);
      return exact(f.m5 === 1 ? bits | format.signBit : bits & ~format.signBit);
    }),
  );
}

function squareRoot(cpu: HelperCpu, f: RawFields): void {
  const format = vectorFormat(f.m3);
  const [value, context] = [cpu.vr(f.v2), bfpContext(cpu)];
  cpu.setVr(
    f.v1,
    forElements(cpu, format.width, (f.m4 & SINGLE) !== 0, (i) =>
      squareRootBfp(format, vectorElement(value, format.width, i), context),
    ),
  );
}

/** TEST DATA CLASS IMMEDIATE: condition code 0 all elements selected, 1 some, 3 none. */
function testDataClass(cpu: HelperCpu, f: RawFields): void {
  const format = vectorFormat(f.m4);
  const value = cpu.vr(f.v2);
  const isSingle = (f.m5 & SINGLE) !== 0;
  const count = isSingle ? 1 : Number(128n / format.width);
  let hits = 0;
  const result = forElements(cpu, format.width, isSingle, (i) => {
    const isHit = testBfpDataClass(format, vectorElement(value, format.width, i), f.i3) === 1;
    if (isHit) hits++;
    return exact(isHit ? -1n : 0n);
  });
  cpu.setVr(f.v1, result);
  cpu.cc = hits === count ? 0 : hits ? 1 : 3;
}

function extreme(name: string, opcode: number, isMinimum: boolean): Instruction {
  return helper(
    name,
    "VRR-c",
    opcode,
    (cpu, f) => {
      const format = vectorFormat(f.m4);
      const [a, b, context] = [cpu.vr(f.v2), cpu.vr(f.v3), bfpContext(cpu)];
      cpu.setVr(
        f.v1,
        forElements(cpu, format.width, (f.m5 & SINGLE) !== 0, (i) =>
          extremum(
            format,
            vectorElement(a, format.width, i),
            vectorElement(b, format.width, i),
            f.m6,
            isMinimum,
            context,
          ),
        ),
      );
    },
    vector((f) => checkFormat("m4", "m5", SINGLE)(f) || ((f.m6 & 7) > 4 ? Program.specification : 0), {
      facility: 135,
      syntax: "v1,v2,v3,m4,m5,m6",
    }),
  );
}

export const vectorFloat: readonly Instruction[] = [
  binary("vfa", 0xe7e3, addBfp),
  binary("vfs", 0xe7e2, subtractBfp),
  binary("vfm", 0xe7e7, multiplyBfp),
  binary("vfd", 0xe7e5, divideBfp),
  fused("vfma", 0xe78f, multiplyAddBfp),
  fused("vfms", 0xe78e, multiplySubtractBfp),
  fused("vfnma", 0xe79f, negative(multiplyAddBfp), 135),
  fused("vfnms", 0xe79e, negative(multiplySubtractBfp), 135),
  comparison("vfce", 0xe7e8, [0]),
  comparison("vfch", 0xe7eb, [2]),
  comparison("vfche", 0xe7ea, [0, 2]),
  scalarComparison("wfc", 0xe7cb, compareBfp),
  scalarComparison("wfk", 0xe7ca, compareAndSignalBfp),
  compiled(
    "vfpso",
    "VRR-a",
    0xe7cc,
    signMeaning,
    signOperation,
    vector((f) => checkFormat("m3", "m4", SINGLE)(f) || (f.m5 > 2 ? Program.specification : 0), {
      syntax: "v1,v2,m3,m4,m5",
    }),
  ),
  compiled(
    "vfsq",
    "VRR-a",
    0xe7ce,
    longMeaning("m3", "m4", longMeanings["vfsq"]!),
    squareRoot,
    vector(checkFormat("m3", "m4", SINGLE), { syntax: "v1,v2,m3,m4" }),
  ),
  helper(
    "vftci",
    "VRI-e",
    0xe74a,
    testDataClass,
    vector(checkFormat("m4", "m5", SINGLE), { syntax: "v1,v2,i3,m4,m5" }),
  ),
  extreme("vfmin", 0xe7ee, true),
  extreme("vfmax", 0xe7ef, false),
];
