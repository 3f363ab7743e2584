/**
 * Operands of the decimal-floating-point tables and what the FPC says to their operations (Principles of
 * Operation, chapters 9 and 20).
 */
import { dfpExtended, dfpLong, dfpShort, type DfpFormat } from "./arith/dfpFormat.ts";
import type { IeeeContext } from "./arith/ieee.ts";
import { dfpRoundingOf, type Rounding } from "./arith/rounding.ts";
import * as bfp from "./bfpResult.ts";
import { pairsOf } from "./bfpResult.ts";
import type { HelperCpu } from "./helperCpu.ts";
import type { Options } from "./instruction.ts";

export interface DfpOperand {
  readonly letter: "e" | "d" | "x";
  readonly format: DfpFormat;
  readonly get: (cpu: HelperCpu, register: number) => bigint;
  readonly set: (cpu: HelperCpu, register: number, bits: bigint) => void;
}
export const short: DfpOperand = { letter: "e", format: dfpShort, get: bfp.short.get, set: bfp.short.set };
export const long: DfpOperand = { letter: "d", format: dfpLong, get: bfp.long.get, set: bfp.long.set };
export const extended: DfpOperand = {
  letter: "x",
  format: dfpExtended,
  get: bfp.extended.get,
  set: bfp.extended.set,
};

const SUPPRESS_INEXACT = 4;
const SUPPRESS_QUANTUM = 8;

/**
 * The rounding modifier's leftmost bit also switches off the quantum exception; `control` holds the inexact
 * control.
 */
export function dfpContext(cpu: HelperCpu, modifier = 0, control = 0): IeeeContext {
  return {
    rounding: dfpRoundingOf(modifier, ((cpu.fpc >>> 4) & 7) as Rounding),
    masks: (cpu.fpc >>> 24) & 0xfc,
    inexactSuppressed: (control & SUPPRESS_INEXACT) !== 0,
    quantumRecognised: (modifier & SUPPRESS_QUANTUM) === 0,
  };
}

type Field = "r1" | "r2" | "r3";
/** Options with the pair check of the fields that hold extended operands. */
export const dfpOptions = (
  operand: DfpOperand,
  fields: readonly Field[],
  options: Options = {},
): Options => ({
  floating: "dfp",
  facility: 42,
  ...(operand === extended ? { check: pairsOf(...fields) } : {}),
  ...options,
});
