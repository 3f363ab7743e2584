/**
 * Every instruction table of the ISA in one list (Principles of Operation, appendix B, "Lists of
 * instructions").
 *
 * Invariant: one entry per mnemonic and one per opcode; decoder, interpreter, region compiler, assembler and
 * disassembler read this list and no table by itself.
 */
import type { Instruction } from "./instruction.ts";
import { adapterQueue } from "./adapterQueue.ts";
import { addSubtract } from "./addSubtract.ts";
import { addressSpace } from "./addressSpace.ts";
import { bfp } from "./bfp.ts";
import { bfpCompare } from "./bfpCompare.ts";
import { bfpConvert } from "./bfpConvert.ts";
import { branch } from "./branch.ts";
import { codeword } from "./codeword.ts";
import { compare } from "./compare.ts";
import { compareAndBranch } from "./compareAndBranch.ts";
import { compressionCall } from "./compressionCall.ts";
import { conditional } from "./conditional.ts";
import { control } from "./control.ts";
import { convertUnicode } from "./convertUnicode.ts";
import { cryptoQuery } from "./cryptoQuery.ts";
import { decimal } from "./decimal.ts";
import { dfp } from "./dfp.ts";
import { dfpConvert } from "./dfpConvert.ts";
import { executeInstructions } from "./execute.ts";
import { floatingControl } from "./floatingControl.ts";
import { floatingLoad } from "./floatingLoad.ts";
import { hfp } from "./hfp.ts";
import { hfpConvert } from "./hfpConvert.ts";
import { highWord } from "./highWord.ts";
import { immediate } from "./immediate.ts";
import { interlocked } from "./interlocked.ts";
import { interruptible } from "./interruptible.ts";
import { io } from "./io.ts";
import { linkage } from "./linkage.ts";
import { load } from "./load.ts";
import { lockedOperation } from "./lockedOperation.ts";
import { logical } from "./logical.ts";
import { miscGeneral } from "./miscGeneral.ts";
import { move } from "./move.ts";
import { multiplyDivide } from "./multiplyDivide.ts";
import { performFloatingPoint } from "./performFloatingPoint.ts";
import { psw } from "./psw.ts";
import { rotate } from "./rotate.ts";
import { shift } from "./shift.ts";
import { sigpDiagnose } from "./sigpDiagnose.ts";
import { storageKeys } from "./storageKeys.ts";
import { store } from "./store.ts";
import { string } from "./string.ts";
import { swap } from "./swap.ts";
import { timing } from "./timing.ts";
import { translate } from "./translate.ts";
import { vectorFloat } from "./vectorFloat.ts";
import { vectorFloatConvert } from "./vectorFloatConvert.ts";
import { vectorInteger } from "./vectorInteger.ts";
import { vectorLoad } from "./vectorLoad.ts";
import { vectorMove } from "./vectorMove.ts";
import { vectorMultiply } from "./vectorMultiply.ts";
import { vectorReversed } from "./vectorReversed.ts";
import { vectorShift } from "./vectorShift.ts";
import { vectorString } from "./vectorString.ts";

const tables: readonly (readonly Instruction[])[] = [
  adapterQueue, addSubtract, addressSpace, bfp, bfpCompare, bfpConvert, branch, codeword, compare,
  compareAndBranch, compressionCall, conditional, control, convertUnicode, cryptoQuery, decimal, dfp,
  dfpConvert, executeInstructions, floatingControl, floatingLoad, hfp, hfpConvert, highWord, immediate,
  interlocked, interruptible, io, linkage, load, lockedOperation, logical, miscGeneral, move,
  multiplyDivide, performFloatingPoint, psw, rotate, shift, sigpDiagnose, storageKeys, store, string, swap,
  timing, translate,
  vectorFloat, vectorFloatConvert, vectorInteger, vectorLoad, vectorMove, vectorMultiply, vectorReversed,
  vectorShift, vectorString,
];

/** Every entry as the tables have it. The table tests refuse what `instructions` has to leave out. */
export const tableEntries: readonly Instruction[] = tables.flat();

/**
 * The first byte's two leftmost bits say the length; an entry whose format says another can never be decoded.
 */
export function lengthAgrees({ opcode, format }: Instruction): boolean {
  const first = format.opcode === 8 ? opcode : format.opcode === 12 ? opcode >> 4 : opcode >> 8;
  const length = first >> 6 === 0 ? 2 : first >> 6 === 3 ? 6 : 4;
  return first < 256 && format.length === length;
}

const byMnemonic = new Map<string, Instruction>();
for (const entry of tableEntries)
  if (!byMnemonic.has(entry.mnemonic) && lengthAgrees(entry)) byMnemonic.set(entry.mnemonic, entry);

export const instructions: readonly Instruction[] = [...byMnemonic.values()];

/** The entry of a base mnemonic in lower case ("lgr"); extended mnemonics are in mnemonics.ts. */
export const instructionNamed = (mnemonic: string): Instruction | undefined => byMnemonic.get(mnemonic);
