/**
 * Vector floating-point conversions (Principles of Operation, chapter 24: CONVERT FROM and TO FIXED and
 * LOGICAL, LOAD FP INTEGER, LOAD LENGTHENED, LOAD ROUNDED).
 *
 * Words to and from short came with the vector-enhancements facility 2 (148), extended with facility 1 (135).
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
} from "./arith/bfpConvert.ts";
import { bfpContext, bfpContextWith, checkModifier } from "./bfpResult.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, op, Program, type Instruction, type Options } from "./instruction.ts";
import { vector } from "./vectorElement.ts";
import { fromIntegerMeaning, toIntegerMeaning } from "./vectorFloatMeaning.ts";
import { SINGLE, forElements, vectorElement, vectorFormat } from "./vectorResult.ts";

/** M4: single element and inexact suppression; M5: rounding method. */
const SUPPRESS = 4;
const rounding = (least: number, most: number): Options =>
  vector(
    (f) => {
      const isWrong = f.m3 < least || f.m3 > most || (f.m4 & ~(SINGLE | SUPPRESS)) !== 0;
      return isWrong ? Program.specification : checkModifier(f.m5);
    },
    { syntax: "v1,v2,m3,m4,m5" },
  );

const isSingle = (f: RawFields): boolean => (f.m4 & SINGLE) !== 0;

const fromInteger =
  (isSigned: boolean) =>
  (cpu: HelperCpu, f: RawFields): void => {
    const format = vectorFormat(f.m3);
    const [value, context] = [cpu.vr(f.v2), bfpContextWith(cpu, f.m5, f.m4)];
    cpu.setVr(
      f.v1,
      forElements(cpu, format.width, isSingle(f), (i) => {
        const raw = vectorElement(value, format.width, i);
        return convertIntegerToBfp(
          format,
          isSigned ? BigInt.asIntN(Number(format.width), raw) : raw,
          context,
        );
      }),
    );
  };

const toInteger =
  (isSigned: boolean) =>
  (cpu: HelperCpu, f: RawFields): void => {
    const format = vectorFormat(f.m3);
    const range = isSigned ? (f.m3 === 2 ? fixed32 : fixed64) : f.m3 === 2 ? logical32 : logical64;
    const [value, context] = [cpu.vr(f.v2), bfpContextWith(cpu, f.m5, f.m4)];
    cpu.setVr(
      f.v1,
      forElements(cpu, format.width, isSingle(f), (i) => {
        const { integer, flags, dxc } = convertBfpToInteger(
          format,
          vectorElement(value, format.width, i),
          range,
          context,
        );
        return { bits: integer, flags, dxc };
      }),
    );
  };

function roundToInteger(cpu: HelperCpu, f: RawFields): void {
  const format = vectorFormat(f.m3);
  const [value, context] = [cpu.vr(f.v2), bfpContextWith(cpu, f.m5, f.m4)];
  cpu.setVr(
    f.v1,
    forElements(cpu, format.width, isSingle(f), (i) =>
      loadFpIntegerBfp(format, vectorElement(value, format.width, i), context),
    ),
  );
}

/** The narrower elements are the left ones of pairs. */
function lengthen(cpu: HelperCpu, f: RawFields): void {
  const [source, target] = [vectorFormat(f.m3), vectorFormat(f.m3 + 1)];
  const [value, context] = [cpu.vr(f.v2), bfpContext(cpu)];
  cpu.setVr(
    f.v1,
    forElements(cpu, target.width, isSingle(f), (i) =>
      loadLengthenedBfp(source, target, vectorElement(value, source.width, 2 * i), context),
    ),
  );
}
function round(cpu: HelperCpu, f: RawFields): void {
  const [source, target] = [vectorFormat(f.m3), vectorFormat(f.m3 - 1)];
  const [value, context] = [cpu.vr(f.v2), bfpContextWith(cpu, f.m5, f.m4)];
  cpu.setVr(
    f.v1,
    forElements(
      cpu,
      source.width,
      isSingle(f),
      (i) => loadRoundedBfp(source, target, vectorElement(value, source.width, i), context),
      (i) => [target.width, 2 * i],
    ),
  );
}

const lengthening = vector((f) => (f.m3 < 2 || f.m3 > 3 || f.m4 & ~SINGLE ? Program.specification : 0), {
  syntax: "v1,v2,m3,m4",
});

export const vectorFloatConvert: readonly Instruction[] = [
  op("vcfps", "VRR-a", 0xe7c3, fromIntegerMeaning(true), { ...rounding(2, 3), slow: fromInteger(true) }),
  op("vcfpl", "VRR-a", 0xe7c1, fromIntegerMeaning(false), { ...rounding(2, 3), slow: fromInteger(false) }),
  op("vcsfp", "VRR-a", 0xe7c2, toIntegerMeaning(true), { ...rounding(2, 3), slow: toInteger(true) }),
  op("vclfp", "VRR-a", 0xe7c0, toIntegerMeaning(false), { ...rounding(2, 3), slow: toInteger(false) }),
  helper("vfi", "VRR-a", 0xe7c7, roundToInteger, rounding(2, 4)),
  helper("vfll", "VRR-a", 0xe7c4, lengthen, lengthening),
  helper("vflr", "VRR-a", 0xe7c5, round, rounding(3, 4)),
];
