/** One binary floating-point instruction as the peer executes it and as the exact core computes it. */
import type { Prng } from '../../../../src/engine/base/prng.ts';
import {
  bfpExtended,
  bfpLong,
  bfpShort,
  bfpSignCc,
} from '../../../../src/engine/isa/s390/arith/bfpFormat.ts';
import type { BfpFormat } from '../../../../src/engine/isa/s390/arith/bfpFormat.ts';
import type { IeeeContext } from '../../../../src/engine/isa/s390/arith/ieee.ts';
import { bfpRoundingOf, type Rounding } from '../../../../src/engine/isa/s390/arith/rounding.ts';
import { bfpOperand } from './operands.ts';
import type { PeerInput, PeerOutput } from './peer/peer.ts';

/** What a case compares: a result, the flag byte and the condition code (where the instruction sets it). */
export interface Answer {
  readonly bits: bigint;
  readonly flags: number;
  readonly cc: number;
}

export interface Vector {
  readonly input: PeerInput;
  readonly ours: Answer;
  readonly text: string;
  /** Why the peer's answer is not the one of the Principles of Operation; then it is not compared. */
  readonly deviation?: string;
}

export interface BfpCase {
  readonly name: string;
  /** Bits of the result, for the golden file. */
  readonly width: number;
  readonly vector: (prng: Prng) => Vector;
  readonly readPeer: (output: PeerOutput) => Answer;
}

export const m3Values = [0, 1, 3, 4, 5, 6, 7];
export const fpcModes: readonly Rounding[] = [0, 0, 0, 1, 2, 3, 7];

export function bytes(value: number, low: number): Uint8Array {
  return new Uint8Array([(value >> 8) & 255, value & 255, (low >> 8) & 255, low & 255]);
}

export function toRegisters(format: BfpFormat, value: bigint): [bigint, bigint] {
  if (format === bfpShort) return [value << 32n, 0n];
  if (format === bfpLong) return [value, 0n];
  return [value >> 64n, value & 0xffff_ffff_ffff_ffffn];
}

export function fromRegisters(format: BfpFormat, high: bigint, low: bigint): bigint {
  if (format === bfpShort) return high >> 32n;
  return format === bfpLong ? high : (high << 64n) | low;
}

export const hexOf = (value: bigint): string => value.toString(16);

export interface Unified {
  readonly bits?: bigint;
  readonly flags: number;
  readonly cc?: number;
}

export type Compute = (operands: readonly bigint[], context: IeeeContext, m4: number) => Unified;

export interface FloatCase {
  readonly name: string;
  readonly opcode: number;
  readonly source: BfpFormat;
  readonly target: BfpFormat;
  readonly arity: 1 | 2 | 3;
  readonly setsCc: boolean;
  /** RRF-e with rounding method and inexact control. */
  readonly hasModifiers?: boolean;
  readonly isRrd?: boolean;
  readonly deviation?: (operands: readonly bigint[]) => string | undefined;
  readonly compute: Compute;
}

/** Register fields: RRE/RRF-e R1 = 0, R2 = 4; RRD R1 = 0 (addend), R3 = 1, R2 = 4. */
export function floatCase(c: FloatCase): BfpCase {
  return {
    name: c.name,
    width: Number(c.target.width),
    readPeer: (o) => ({
      bits: fromRegisters(c.target, o.fpr[0]!, o.fpr[1]!),
      flags: (o.fpc >>> 16) & 0xf8,
      cc: c.setsCc ? o.cc : 0,
    }),
    vector: (prng) => {
      const m3 = c.hasModifiers ? prng.pick(m3Values) : 0;
      const m4 = c.hasModifiers ? prng.pick([0, 4]) : 0;
      const mode = prng.pick(fpcModes);
      const operands: bigint[] = [];
      for (let i = 0; i < c.arity; i++) operands.push(bfpOperand(prng, c.source, operands[0]));
      const context = { rounding: bfpRoundingOf(m3, mode)!, masks: 0, inexactSuppressed: m4 === 4 };
      const result = c.compute(operands, context, m4);
      const first = toRegisters(c.source, c.arity === 1 ? 0n : operands[0]!);
      const second = toRegisters(c.source, operands[c.arity === 1 ? 0 : 1]!);
      const third = toRegisters(c.source, operands[2] ?? 0n);
      const low = c.isRrd ? 0x14 : 0x04 | (m3 << 12) | (m4 << 8);
      return {
        input: { instruction: bytes(c.opcode, low), fpc: mode, fpr: [...first, ...second, ...third] },
        ours: {
          bits: result.bits ?? toRegisters(c.source, operands[0]!)[0],
          flags: result.flags,
          cc: c.setsCc ? result.cc! : 0,
        },
        text: `${c.name} mode ${mode} m3 ${m3} m4 ${m4} operands ${operands.map(hexOf).join(' ')}`,
        deviation: c.deviation?.(operands),
      };
    },
  };
}

export const formats = [
  { format: bfpShort, letter: 'E' },
  { format: bfpLong, letter: 'D' },
  { format: bfpExtended, letter: 'X' },
] as const;

export const withCc = (format: BfpFormat, r: { bits: bigint; flags: number }): Unified => ({
  ...r,
  cc: bfpSignCc(format, r.bits),
});
