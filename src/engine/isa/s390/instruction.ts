/**
 * What an instruction table entry is. The tables are the only place that says what an instruction means:
 * decoder, interpreter, region compiler, assembler, disassembler and generated tests all read them.
 */
import { assert } from "../../base/assert.ts";
import { formats, type Format, type RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import type { Meaning } from "./semantics.ts";

/** Program interruption codes (Principles of Operation, figure "Program-interruption conditions"). */
export const Program = {
  operation: 0x01, privileged: 0x02, execute: 0x03, protection: 0x04, addressing: 0x05, specification: 0x06,
  data: 0x07, fixedOverflow: 0x08, fixedDivide: 0x09, decimalOverflow: 0x0a, decimalDivide: 0x0b,
  hfpExponentOverflow: 0x0c, hfpExponentUnderflow: 0x0d, hfpSignificance: 0x0e, hfpDivide: 0x0f,
  segmentTranslation: 0x10, pageTranslation: 0x11, translationSpecification: 0x12, specialOperation: 0x13,
  operand: 0x15, traceTable: 0x16, vectorProcessing: 0x1b, spaceSwitch: 0x1c, hfpSquareRoot: 0x1d,
  pcTranslation: 0x1f, afxTranslation: 0x20, asxTranslation: 0x21, lxTranslation: 0x22, exTranslation: 0x23,
  primaryAuthority: 0x24, secondaryAuthority: 0x25, aletSpecification: 0x28, alenTranslation: 0x29,
  aleSequence: 0x2a, asteValidity: 0x2b,
  asteSequence: 0x2c, extendedAuthority: 0x2d, stackFull: 0x30, stackEmpty: 0x31, stackSpecification: 0x32,
  stackType: 0x33, stackOperation: 0x34, asceType: 0x38, regionFirst: 0x39, regionSecond: 0x3a,
  regionThird: 0x3b, monitor: 0x40, per: 0x80,
} as const;

/**
 * Which register-set control must be on: CR0.45 for AFP registers, CR0.46 for vectors. "implied" is PFPO,
 * which names no register and needs the former.
 */
export type FloatingUse = "hfp" | "bfp" | "dfp" | "implied" | "vector";

export interface Instruction {
  readonly mnemonic: string;
  readonly format: Format;
  /** As the manual writes it: 0x1a, 0xb908, 0xa7b (byte and nibble), 0xe308 (first and last byte). */
  readonly opcode: number;
  /** STFLE facility bit that brings it; undefined for what every z900 has. */
  readonly facility: number | undefined;
  readonly privileged: boolean;
  readonly floating: FloatingUse | undefined;
  /** Assembler operands, where they differ from the format's. */
  readonly syntax: string;
  /** Program interruption code if the fields themselves are wrong (odd register of a pair …), else 0. */
  readonly check: ((f: RawFields) => number) | undefined;
  /** Meaning in the builder's vocabulary; compiled. */
  readonly meaning: Meaning | undefined;
  /** Meaning as a TypeScript function over the CPU, for rare or large instructions. */
  readonly helper: ((cpu: HelperCpu, f: RawFields) => void) | undefined;
  /** What `Builder.exact` runs: the whole meaning, for cases the compiled one leaves out. */
  readonly slow: ((cpu: HelperCpu, f: RawFields) => void) | undefined;
  /** Field values worth an own copy in the interpreter: the frequent ones. */
  readonly specialize: { readonly [field: string]: readonly number[] } | undefined;
}

export interface Options {
  readonly facility?: number;
  readonly privileged?: boolean;
  readonly floating?: FloatingUse;
  readonly syntax?: string;
  readonly check?: (f: RawFields) => number;
  readonly specialize?: { readonly [field: string]: readonly number[] };
  readonly slow?: (cpu: HelperCpu, f: RawFields) => void;
}

function make(
  mnemonic: string,
  formatName: string,
  opcode: number,
  o: Options,
  rest: Pick<Instruction, "meaning" | "helper">,
): Instruction {
  const format = formats.get(formatName);
  assert(format, `${mnemonic}: unknown format ${formatName}`);
  return {
    mnemonic,
    format,
    opcode,
    facility: o.facility,
    privileged: o.privileged ?? false,
    floating: o.floating,
    syntax: o.syntax ?? format.syntax,
    check: o.check,
    specialize: o.specialize,
    slow: o.slow,
    ...rest,
  };
}

/** An instruction whose meaning is compiled. */
export const op = (
  mnemonic: string,
  format: string,
  opcode: number,
  meaning: Meaning,
  o: Options = {},
): Instruction => make(mnemonic, format, opcode, o, { meaning, helper: undefined });

/** An instruction done by a TypeScript function. It throws nothing but what `HelperCpu.program` throws. */
export const helper = (
  mnemonic: string,
  format: string,
  opcode: number,
  run: (cpu: HelperCpu, f: RawFields) => void,
  o: Options = {},
): Instruction => make(mnemonic, format, opcode, o, { meaning: undefined, helper: run });

// ---- common checks
export const evenR1 = (f: RawFields): number => (f.r1 & 1 ? Program.specification : 0);
export const evenR2 = (f: RawFields): number => (f.r2 & 1 ? Program.specification : 0);
export const evenR3 = (f: RawFields): number => (f.r3 & 1 ? Program.specification : 0);
export const evenR1R2 = (f: RawFields): number => ((f.r1 | f.r2) & 1 ? Program.specification : 0);
export const evenR1R3 = (f: RawFields): number => ((f.r1 | f.r3) & 1 ? Program.specification : 0);
