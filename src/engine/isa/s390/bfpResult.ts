/**
 * From the exact cores to the CPU: what the FPC says to an IEEE operation, and what the operation's outcome
 * does to the FPC and the instruction (Principles of Operation, chapter 9, "IEEE Exceptions"; chapter 19,
 * "Interpretation of BFP Exceptions").
 *
 * Invariant: a suppressed operation changes nothing but the data-exception code; a completed one writes its
 * result and its flags first, and only then is its trap taken.
 */
import { isSuppressed, type IeeeContext } from "./arith/ieee.ts";
import { bfpExtended, bfpLong, bfpShort, type BfpFormat } from "./arith/bfpFormat.ts";
import { bfpRoundingOf, type Rounding } from "./arith/rounding.ts";
import { helper, op, Program, type Instruction, type Options } from "./instruction.ts";
import type { Meanings } from "./bfpMeaning.ts";
import type { Meaning } from "./semantics.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";

/** Mask bits of FPC byte 0 that concern BFP: invalid, zero divide, overflow, underflow, inexact. */
const BFP_MASKS = 0xf8;
/** XxC of the M4 field: inexact is not recognised. */
const SUPPRESS_INEXACT = 4;

/** The outcome of any IEEE operation: flags of FPC byte 1 to set, data-exception code or 0. */
export interface Outcome {
  readonly flags: number;
  readonly dxc: number;
}

/** What the FPC alone says to a BFP operation. */
export const bfpContext = (cpu: HelperCpu): IeeeContext => ({
  rounding: (cpu.fpc & 7) as Rounding,
  masks: (cpu.fpc >>> 24) & BFP_MASKS,
});

/** The same for instructions with a rounding modifier and an inexact control; see {@link checkModifier}. */
export function bfpContextWith(cpu: HelperCpu, modifier: number, control: number): IeeeContext {
  const fpc = bfpContext(cpu);
  const rounding = bfpRoundingOf(modifier, fpc.rounding) ?? fpc.rounding;
  return { rounding, masks: fpc.masks, inexactSuppressed: (control & SUPPRESS_INEXACT) !== 0 };
}

/** Specification exception for a rounding modifier that names no method. */
export const checkModifier = (modifier: number): number =>
  bfpRoundingOf(modifier, 0) === undefined ? Program.specification : 0;

/** Applies an outcome; `write` stores the result and the condition code. */
export function settle(cpu: HelperCpu, outcome: Outcome, write: () => void): void {
  if (isSuppressed(outcome)) cpu.program(Program.data, outcome.dxc);
  write();
  if (outcome.flags) cpu.fpc = (cpu.fpc | (outcome.flags << 16)) >>> 0;
  if (outcome.dxc) cpu.complete(Program.data, outcome.dxc);
}

/** A format with the way its operands are kept in registers and storage. */
export interface FloatingOperand {
  /** Letter in mnemonics: e short, d long, x extended. */
  readonly letter: "e" | "d" | "x";
  readonly format: BfpFormat;
  get(cpu: HelperCpu, register: number): bigint;
  set(cpu: HelperCpu, register: number, bits: bigint): void;
  load(cpu: HelperCpu, f: RawFields): bigint;
}

const loaded =
  (size: 4 | 8) =>
  (cpu: HelperCpu, f: RawFields): bigint =>
    cpu.load(cpu.address(f.b2, f.d2, f.x2), size, f.b2);

/** Register halves as the short format uses them: bits 32-63 stay on a write. */
export const getShort = (cpu: HelperCpu, register: number): bigint => cpu.fpr(register) >> 32n;
export const setShort = (cpu: HelperCpu, register: number, bits: bigint): void =>
  cpu.setFpr(register, (bits << 32n) | (cpu.fpr(register) & 0xffff_ffffn));

export const short: FloatingOperand = {
  letter: "e",
  format: bfpShort,
  get: getShort,
  set: setShort,
  load: loaded(4),
};
export const long: FloatingOperand = {
  letter: "d",
  format: bfpLong,
  load: loaded(8),
  get: (cpu, register) => cpu.fpr(register),
  set: (cpu, register, bits) => cpu.setFpr(register, bits),
};
/** Never in storage: the loaders of extended operations take a narrower operand. */
export const extended: FloatingOperand = {
  letter: "x",
  format: bfpExtended,
  load: loaded(8),
  get: (cpu, register) => cpu.fprPair(register),
  set: (cpu, register, bits) => cpu.setFprPair(register, bits),
};
export const operands: readonly FloatingOperand[] = [short, long, extended];

/**
 * Specification exception unless every named field is the first register of an extended pair (0, 1, 4, 5, 8,
 * 9, 12, 13).
 */
export const pairsOf =
  (...fields: readonly ("r1" | "r2" | "r3")[]) =>
  (f: RawFields): number =>
    fields.some((field) => (f[field] & 2) !== 0) ? Program.specification : 0;

/** Options of an entry whose named fields hold `operand`s; only extended ones need a check. */
export function checked(
  operand: FloatingOperand,
  fields: readonly ("r1" | "r2" | "r3")[],
  options: Options = {},
): Options {
  return {
    floating: "bfp",
    ...(operand === extended && fields.length ? { check: pairsOf(...fields) } : {}),
    ...options,
  };
}

/** Options of a storage form: its format has a mask that it does not use. */
export const STORAGE = { floating: "bfp", syntax: "r1,d2(x2,b2)" } as const;
type Run = (cpu: HelperCpu, f: RawFields) => void;
/** An entry done by the exact core, or compiled with the exact core behind it. */
export const entry = (
  name: string,
  format: string,
  opcode: number,
  run: Run,
  options: Options,
  meaning?: Meaning,
): Instruction =>
  meaning
    ? op(name, format, opcode, meaning, { ...options, slow: run })
    : helper(name, format, opcode, run, options);

/** What an operation does with the bits of its second operand. */
export type Act = (cpu: HelperCpu, f: RawFields, second: bigint) => void;

/**
 * Register and storage form of an operation with the same second opcode byte; extended operands are never in
 * storage.
 * @param first what R1 holds, `second` what R2 or storage does
 * @param formats of the two forms, RRD and RXF where R3 is a third operand
 */
export function bothForms(
  name: string,
  opcode: number,
  [first, second]: readonly [FloatingOperand, FloatingOperand],
  act: Act,
  meanings?: Meanings,
  [inRegisters, inStorage]: readonly [string, string] = ["RRE", "RXE"],
): Instruction[] {
  const pairs = (["r1", "r2"] as const).filter((_, i) => (i === 0 ? first : second) === extended);
  const check: Options = pairs.length ? { check: pairsOf(...pairs) } : {};
  const fromRegister = entry(
    `${name}br`,
    inRegisters,
    0xb300 | opcode,
    (cpu, f) => act(cpu, f, second.get(cpu, f.r2)),
    { floating: "bfp", ...check },
    meanings?.register,
  );
  if (second === extended) return [fromRegister];
  const fromStorage = entry(
    `${name}b`,
    inStorage,
    0xed00 | opcode,
    (cpu, f) => act(cpu, f, second.load(cpu, f)),
    { ...(inStorage === "RXE" ? STORAGE : { floating: "bfp" }), ...check },
    meanings?.storage,
  );
  return [fromRegister, fromStorage];
}

/** One entry per format, short, long, extended in this order, for as many as there are opcodes. */
export const perFormat = (
  opcodes: readonly number[],
  make: (operand: FloatingOperand, opcode: number) => Instruction,
): Instruction[] => opcodes.map((opcode, i) => make(operands[i]!, opcode));
