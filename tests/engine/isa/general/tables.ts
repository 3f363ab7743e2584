/** The general-instruction tables under test. */
import type { Instruction } from "../../../../src/engine/isa/s390/instruction.ts";
import { addSubtract } from "../../../../src/engine/isa/s390/addSubtract.ts";
import { branch } from "../../../../src/engine/isa/s390/branch.ts";
import { compare } from "../../../../src/engine/isa/s390/compare.ts";
import { compareAndBranch } from "../../../../src/engine/isa/s390/compareAndBranch.ts";
import { conditional } from "../../../../src/engine/isa/s390/conditional.ts";
import { highWord } from "../../../../src/engine/isa/s390/highWord.ts";
import { immediate } from "../../../../src/engine/isa/s390/immediate.ts";
import { interlocked } from "../../../../src/engine/isa/s390/interlocked.ts";
import { load } from "../../../../src/engine/isa/s390/load.ts";
import { logical } from "../../../../src/engine/isa/s390/logical.ts";
import { miscGeneral } from "../../../../src/engine/isa/s390/miscGeneral.ts";
import { move } from "../../../../src/engine/isa/s390/move.ts";
import { multiplyDivide } from "../../../../src/engine/isa/s390/multiplyDivide.ts";
import { rotate } from "../../../../src/engine/isa/s390/rotate.ts";
import { shift } from "../../../../src/engine/isa/s390/shift.ts";
import { store } from "../../../../src/engine/isa/s390/store.ts";
import { swap } from "../../../../src/engine/isa/s390/swap.ts";

export const general: readonly Instruction[] = [
  addSubtract,
  branch,
  compare,
  compareAndBranch,
  conditional,
  highWord,
  immediate,
  interlocked,
  load,
  logical,
  miscGeneral,
  move,
  multiplyDivide,
  rotate,
  shift,
  store,
  swap,
].flat();

/**
 * Those that a user program may execute without leaving its addressing mode, less those the peer has wrong or
 * not at all: its MVCRL is one byte short, its STMH stores the low words, LMD and (in problem state) CPYA are
 * operation exceptions.
 */
const excluded = /^(sam\d\d|bsm|bassm|bprp|mvcrl|stmh|lmd|cpya)$/;
export const comparable: readonly Instruction[] = general.filter((i) => !excluded.test(i.mnemonic));
