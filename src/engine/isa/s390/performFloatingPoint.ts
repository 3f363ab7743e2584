/**
 * PERFORM FLOATING-POINT OPERATION (Principles of Operation, chapter 9).
 *
 * Bits 33-63 of general register 0 name the function: operation type (33-39; 01, conversion between radices,
 * is the only one), formats of target (40-47) and source (48-55), inexact-suppression control (56),
 * alternate-exception-action control (57), two controls that depend on the target's radix (58, 59) and
 * rounding method (60-63). With bit 32, the test bit, it only asks whether the function is there. The source
 * is in FPR 4, or 4 and 6, the target is FPR 0, or 0 and 2; the return code goes into bits 32-63 of general
 * register 1.
 *
 * Derived, the manual's text not being at hand: what bits 58 and 59 do for each radix; DXC 1 without AFP
 * registers; the return code is zero but with condition code 2, where it is the data-exception code that an
 * interruption would have told; an interruption leaves condition code and return code as they were.
 */
import { bfpExtended, bfpLong, bfpShort } from "./arith/bfpFormat.ts";
import { dfpExtended, dfpLong, dfpShort } from "./arith/dfpFormat.ts";
import { readFloating, type FloatingFormat } from "./arith/floatingDatum.ts";
import { hfpExtended, hfpLong, hfpShort } from "./arith/hfpFormat.ts";
import { isSuppressed, type IeeeContext } from "./arith/ieee.ts";
import { convertRadix, type RadixControls } from "./arith/radixConversion.ts";
import type { Rounding } from "./arith/rounding.ts";
import { extended, long, settle, short } from "./bfpResult.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction } from "./instruction.ts";

const SOURCE = 4;
const TARGET = 0;
const TEST = 0x8000_0000;
const CONVERT_RADIX = 1;
const SUPPRESS_INEXACT = 0x80;
const ALTERNATE_ACTION = 0x40;
const BIT_58 = 0x20;
const BIT_59 = 0x10;

type Place = FloatingFormat & { readonly registers: typeof short };

/** Formats by code; 3 and 4 are not assigned. */
const places: ReadonlyMap<number, Place> = new Map<number, Place>([
  [0x0, { family: "hfp", format: hfpShort, registers: short }],
  [0x1, { family: "hfp", format: hfpLong, registers: long }],
  [0x2, { family: "hfp", format: hfpExtended, registers: extended }],
  [0x5, { family: "bfp", format: bfpShort, registers: short }],
  [0x6, { family: "bfp", format: bfpLong, registers: long }],
  [0x7, { family: "bfp", format: bfpExtended, registers: extended }],
  [0x8, { family: "dfp", format: dfpShort, registers: short }],
  [0x9, { family: "dfp", format: dfpLong, registers: long }],
  [0xa, { family: "dfp", format: dfpExtended, registers: extended }],
]);

/** Bits 58 and 59 that mean something for a target. */
const controlsOf = { hfp: BIT_58 | BIT_59, bfp: 0, dfp: BIT_58 } as const;

interface Conversion {
  readonly target: Place;
  readonly source: Place;
}

/** The conversion that bits 33-63 name, or undefined where they name none. */
function conversionNamed(word: number): Conversion | undefined {
  const target = places.get((word >>> 16) & 0xff);
  const source = places.get((word >>> 8) & 0xff);
  if (((word >>> 24) & 0x7f) !== CONVERT_RADIX || !target || !source) return undefined;
  const method = word & 0xf;
  const isKnown = target.family !== source.family && (method < 2 || method >= 8);
  return isKnown && !(word & (BIT_58 | BIT_59) & ~controlsOf[target.family]) ? { target, source } : undefined;
}

/** Methods 0 and 1 are those of the FPC, decimal and binary; 8-15 are its decimal encodings in order. */
function roundingOf(fpc: number, word: number): Rounding {
  const method = word & 0xf;
  if (method === 0) return ((fpc >>> 4) & 7) as Rounding;
  return method === 1 ? ((fpc & 7) as Rounding) : ((method - 8) as Rounding);
}

function setReturnCode(cpu: HelperCpu, cc: number, returnCode: number): void {
  cpu.cc = cc;
  cpu.setGrLow(1, returnCode);
}

function convert(cpu: HelperCpu, word: number, { target, source }: Conversion): void {
  const context: IeeeContext = {
    rounding: roundingOf(cpu.fpc, word),
    masks: (cpu.fpc >>> 24) & 0xf8,
    inexactSuppressed: (word & SUPPRESS_INEXACT) !== 0,
  };
  const controls: RadixControls = {
    reportsHfpOverflow: (word & BIT_58) !== 0,
    underflowIsInexact: (word & BIT_59) !== 0,
    prefersQuantumOne: (word & BIT_58) !== 0,
  };
  const datum = readFloating(source, source.registers.get(cpu, SOURCE));
  const result = convertRadix(datum, target, controls, context);
  if (result.dxc && word & ALTERNATE_ACTION) {
    if (!isSuppressed(result)) target.registers.set(cpu, TARGET, result.bits);
    if (result.flags) cpu.fpc = (cpu.fpc | (result.flags << 16)) >>> 0;
    return setReturnCode(cpu, 2, result.dxc);
  }
  settle(cpu, result, () => {
    target.registers.set(cpu, TARGET, result.bits);
    if (!result.dxc) setReturnCode(cpu, result.flags ? 1 : 0, 0);
  });
}

function pfpo(cpu: HelperCpu): void {
  const word = cpu.grLow(0);
  const conversion = conversionNamed(word);
  if (word & TEST) return setReturnCode(cpu, conversion ? 0 : 3, 0);
  if (!conversion) cpu.program(Program.specification);
  convert(cpu, word, conversion);
}

export const performFloatingPoint: readonly Instruction[] = [
  helper("pfpo", "E", 0x010a, pfpo, { facility: 44, floating: "implied" }),
];
