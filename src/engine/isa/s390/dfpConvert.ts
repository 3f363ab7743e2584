/**
 * Decimal floating point: changes of format, conversion from and to binary integers, packed and zoned decimal
 * (Principles of Operation, chapter 20, "Decimal-Floating-Point Instructions").
 */
import {
  convertDfpToInteger,
  convertIntegerToDfp,
  loadLengthenedDfp,
  loadRoundedDfp,
} from "./arith/dfpConvert.ts";
import {
  convertDfpToPacked,
  convertDfpToPackedRegister,
  convertDfpToZoned,
  convertPackedRegisterToDfp,
  convertPackedToDfp,
  convertZonedToDfp,
  type DecimalFieldError,
  type DecimalFieldOptions,
} from "./arith/dfpPacked.ts";
import { settle } from "./bfpResult.ts";
import { dfpContext, dfpOptions, extended, long, short, type DfpOperand } from "./dfpOperand.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction, type Options } from "./instruction.ts";
import { getInteger, integers, setInteger } from "./integerOperand.ts";

/** M4 bit 0 of the changes of format: signaling NaNs and the digits of infinities pass. */
const KEEP_SPECIAL = 8;
const FP_EXTENSION = 37;

const lengthen = (name: string, opcode: number, from: DfpOperand, to: DfpOperand): Instruction =>
  helper(
    name,
    "RRF-d",
    opcode,
    (cpu, f) => {
      const result = loadLengthenedDfp(
        from.format,
        to.format,
        from.get(cpu, f.r2),
        (f.m4 & KEEP_SPECIAL) !== 0,
        dfpContext(cpu),
      );
      settle(cpu, result, () => to.set(cpu, f.r1, result.bits));
    },
    dfpOptions(to, ["r1"], { syntax: "r1,r2,m4" }),
  );

/** A trapped range exception leaves a result in the source's format. */
const round = (name: string, opcode: number, from: DfpOperand, to: DfpOperand): Instruction =>
  helper(
    name,
    "RRF-e",
    opcode,
    (cpu, f) => {
      const context = dfpContext(cpu, f.m3, f.m4);
      const result = loadRoundedDfp(
        from.format,
        to.format,
        from.get(cpu, f.r2),
        (f.m4 & KEEP_SPECIAL) !== 0,
        context,
      );
      settle(cpu, result, () => (result.isInSourceFormat ? from : to).set(cpu, f.r1, result.bits));
    },
    dfpOptions(from, ["r1", "r2"], { syntax: "r1,m3,r2,m4" }),
  );

// ---- binary integers
/** Opcodes from the integer and to it, long and extended. */
const integerOpcodes = {
  f: { from: [0xb951, 0xb959], to: [0xb941, 0xb949] },
  g: { from: [0xb3f1, 0xb3f9], to: [0xb3e1, 0xb3e9] },
  lf: { from: [0xb953, 0xb95b], to: [0xb943, 0xb94b] },
  lg: { from: [0xb952, 0xb95a], to: [0xb942, 0xb94a] },
} as const;

const conversions = integers.flatMap((integer) =>
  [long, extended].flatMap((operand, i) => {
    const opcodes = integerOpcodes[integer.letters];
    const isOld = integer.letters === "g";
    const suffix = isOld ? "tra" : "tr";
    const options: Options = { syntax: "r1,m3,r2,m4", facility: isOld ? 42 : FP_EXTENSION };
    return [
      helper(
        `c${operand.letter}${integer.letters}${suffix}`,
        "RRF-e",
        opcodes.from[i]!,
        (cpu, f) => {
          const value = getInteger(cpu, f.r2, integer);
          const result = convertIntegerToDfp(operand.format, value, dfpContext(cpu, f.m3, f.m4));
          settle(cpu, result, () => operand.set(cpu, f.r1, result.bits));
        },
        dfpOptions(operand, ["r1"], options),
      ),
      helper(
        `c${integer.letters}${operand.letter}${suffix}`,
        "RRF-e",
        opcodes.to[i]!,
        (cpu, f) => {
          const result = convertDfpToInteger(
            operand.format,
            operand.get(cpu, f.r2),
            integer.range,
            dfpContext(cpu, f.m3, f.m4),
          );
          settle(cpu, result, () => {
            setInteger(cpu, f.r1, integer, result.integer);
            cpu.cc = result.cc;
          });
        },
        dfpOptions(operand, ["r2"], options),
      ),
    ];
  }),
);

// ---- packed decimal in general registers
const even =
  (field: "r1" | "r2") =>
  (f: { readonly r1: number; readonly r2: number }): number =>
    f[field] & 1 ? Program.specification : 0;
const registerPair = (cpu: HelperCpu, r: number): bigint => (cpu.gr(r) << 64n) | cpu.gr(r + 1);

function fromPacked(name: string, opcode: number, operand: DfpOperand, isSigned: boolean): Instruction {
  const options = dfpOptions(operand, ["r1"]);
  return helper(
    name,
    "RRE",
    opcode,
    (cpu, f) => {
      const packed = operand === extended ? registerPair(cpu, f.r2) : cpu.gr(f.r2);
      const bits = convertPackedRegisterToDfp(operand.format, packed, isSigned);
      if (bits === undefined) return cpu.program(Program.data, 0);
      operand.set(cpu, f.r1, bits);
    },
    operand === extended ? { ...options, check: (f) => options.check!(f) || even("r2")(f) } : options,
  );
}

function toPacked(
  name: string,
  format: string,
  opcode: number,
  operand: DfpOperand,
  isSigned: boolean,
): Instruction {
  const options = dfpOptions(operand, ["r2"], isSigned ? { syntax: "r1,r2,m4" } : {});
  return helper(
    name,
    format,
    opcode,
    (cpu, f) => {
      const packed = convertDfpToPackedRegister(
        operand.format,
        operand.get(cpu, f.r2),
        isSigned,
        f.m4 & 1 ? 0xf : 0xc,
      );
      if (operand === long) {
        cpu.setGr(f.r1, packed);
        return;
      }
      cpu.setGr(f.r1, packed >> 64n);
      cpu.setGr(f.r1 + 1, BigInt.asUintN(64, packed));
    },
    operand === extended ? { ...options, check: (f) => options.check!(f) || even("r1")(f) } : options,
  );
}

// ---- zoned and packed decimal in storage
/**
 * M3: signed 8, zones of ASCII 4, plus sign F 2, never minus zero 1; for packed sources 1 means the sign is
 * ignored.
 */
const fieldOptions = (m3: number): DecimalFieldOptions => ({
  isSigned: (m3 & 8) !== 0,
  isAscii: (m3 & 4) !== 0,
  plusIsF: (m3 & 2) !== 0,
  forcesPlusZero: (m3 & 1) !== 0,
  ignoresSign: (m3 & 1) !== 0,
});
function refuse(cpu: HelperCpu, exception: DecimalFieldError): never {
  cpu.program(exception === "data" ? Program.data : Program.specification);
}

const fromField = (
  name: string,
  opcode: number,
  operand: DfpOperand,
  convert: typeof convertZonedToDfp,
  facility: number,
): Instruction =>
  helper(
    name,
    "RSL-b",
    opcode,
    (cpu, f) => {
      const field = cpu.loadBytes(cpu.address(f.b2, f.d2), f.l2 + 1, f.b2);
      const result = convert(operand.format, field, fieldOptions(f.m3));
      if ("exception" in result) refuse(cpu, result.exception);
      operand.set(cpu, f.r1, result.bits);
    },
    dfpOptions(operand, ["r1"], { facility }),
  );

const toField = (
  name: string,
  opcode: number,
  operand: DfpOperand,
  convert: typeof convertDfpToZoned,
  facility: number,
): Instruction =>
  helper(
    name,
    "RSL-b",
    opcode,
    (cpu, f) => {
      const result = convert(operand.format, operand.get(cpu, f.r1), f.l2 + 1, fieldOptions(f.m3));
      if (result.exception !== undefined) refuse(cpu, result.exception);
      cpu.storeBytes(cpu.address(f.b2, f.d2), result.bytes, f.b2);
      cpu.cc = result.cc;
    },
    dfpOptions(operand, ["r1"], { facility }),
  );

export const dfpConvert: readonly Instruction[] = [
  lengthen("ldetr", 0xb3d4, short, long),
  lengthen("lxdtr", 0xb3dc, long, extended),
  round("ledtr", 0xb3d5, long, short),
  round("ldxtr", 0xb3dd, extended, long),
  ...conversions,
  fromPacked("cdstr", 0xb3f3, long, true),
  fromPacked("cxstr", 0xb3fb, extended, true),
  fromPacked("cdutr", 0xb3f2, long, false),
  fromPacked("cxutr", 0xb3fa, extended, false),
  toPacked("csdtr", "RRF-d", 0xb3e3, long, true),
  toPacked("csxtr", "RRF-d", 0xb3eb, extended, true),
  toPacked("cudtr", "RRE", 0xb3e2, long, false),
  toPacked("cuxtr", "RRE", 0xb3ea, extended, false),
  fromField("cdzt", 0xedaa, long, convertZonedToDfp, 48),
  fromField("cxzt", 0xedab, extended, convertZonedToDfp, 48),
  toField("czdt", 0xeda8, long, convertDfpToZoned, 48),
  toField("czxt", 0xeda9, extended, convertDfpToZoned, 48),
  fromField("cdpt", 0xedae, long, convertPackedToDfp, 80),
  fromField("cxpt", 0xedaf, extended, convertPackedToDfp, 80),
  toField("cpdt", 0xedac, long, convertDfpToPacked, 80),
  toField("cpxt", 0xedad, extended, convertDfpToPacked, 80),
];
