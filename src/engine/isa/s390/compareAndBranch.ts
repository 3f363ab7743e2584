/**
 * COMPARE (LOGICAL) AND BRANCH, AND BRANCH RELATIVE, AND TRAP (Principles of Operation, chapter 7).
 *
 * The mask says which outcome acts: 8 equal, 4 first operand low, 2 first operand high. The condition code
 * stays.
 */
import { op, type Instruction, type Options } from "./instruction.ts";
import * as O from "./generalOperand.ts";
import { based, doubleword, word, type Source } from "./generalOperand.ts";
import type { Builder, Fields, Meaning } from "./semantics.ts";
import type { Val } from "../../wasm/value.ts";

interface Comparison {
  readonly signed: boolean;
  readonly first: Source;
  readonly second: Source;
}

/** i32 0/1: the mask selects the outcome. */
function outcome(s: Builder, f: Fields, c: Comparison): Val {
  const y = c.second(s, f);
  return s.compareSelected(f.m3, c.signed, c.first(s, f), y);
}
const branch = (c: Comparison): Meaning => (s, f) => {
  const cond = outcome(s, f, c);
  s.branch(cond, s.address(f.b4, f.d4).value);
};
const branchRelative = (c: Comparison): Meaning => (s, f) => s.branchRelative(outcome(s, f, c), f.ri4);
const trap = (c: Comparison): Meaning => (s, f) => O.trap(s, outcome(s, f, c));

const lows = { signed: true, first: O.low1, second: O.low2 };
const wholes = { signed: true, first: O.whole1, second: O.whole2 };
const lowImmediate = { signed: true, first: O.low1, second: O.immediate32 };
const wholeImmediate = { signed: true, first: O.whole1, second: O.immediate64 };
const logical = (c: Comparison): Comparison => ({ ...c, signed: false });
const wholeImmediateLogical = { signed: false, first: O.whole1, second: O.immediateUnsigned };

const FACILITY: Options = { facility: 34 };
const frequent: Options = { facility: 34, specialize: { m3: [8, 6, 4, 2, 12, 10] } };
const TRAP: Options = { facility: 34, syntax: "r1,r2,m3" };

export const compareAndBranch: readonly Instruction[] = [
  op("crb", "RRS", 0xecf6, branch(lows), FACILITY),
  op("cgrb", "RRS", 0xece4, branch(wholes), FACILITY),
  op("cib", "RIS", 0xecfe, branch(lowImmediate), FACILITY),
  op("cgib", "RIS", 0xecfc, branch(wholeImmediate), FACILITY),
  op("clrb", "RRS", 0xecf7, branch(logical(lows)), FACILITY),
  op("clgrb", "RRS", 0xece5, branch(logical(wholes)), FACILITY),
  op("clib", "RISu", 0xecff, branch(logical(lowImmediate)), FACILITY),
  op("clgib", "RISu", 0xecfd, branch(wholeImmediateLogical), FACILITY),

  op("crj", "RIE-b", 0xec76, branchRelative(lows), frequent),
  op("cgrj", "RIE-b", 0xec64, branchRelative(wholes), frequent),
  op("cij", "RIE-c", 0xec7e, branchRelative(lowImmediate), frequent),
  op("cgij", "RIE-c", 0xec7c, branchRelative(wholeImmediate), frequent),
  op("clrj", "RIE-b", 0xec77, branchRelative(logical(lows)), frequent),
  op("clgrj", "RIE-b", 0xec65, branchRelative(logical(wholes)), frequent),
  op("clij", "RIE-cu", 0xec7f, branchRelative(logical(lowImmediate)), frequent),
  op("clgij", "RIE-cu", 0xec7d, branchRelative(wholeImmediateLogical), frequent),

  op("crt", "RRF-c", 0xb972, trap(lows), TRAP),
  op("cgrt", "RRF-c", 0xb960, trap(wholes), TRAP),
  op("cit", "RIE-a", 0xec72, trap(lowImmediate), FACILITY),
  op("cgit", "RIE-a", 0xec70, trap(wholeImmediate), FACILITY),
  op("clrt", "RRF-c", 0xb973, trap(logical(lows)), TRAP),
  op("clgrt", "RRF-c", 0xb961, trap(logical(wholes)), TRAP),
  op("clfit", "RIE-au", 0xec73, trap(logical(lowImmediate)), FACILITY),
  op("clgit", "RIE-au", 0xec71, trap(wholeImmediateLogical), FACILITY),
  op("clt", "RSY-b", 0xeb23, trap({ signed: false, first: O.low1, second: word(based) }), { facility: 49 }),
  op("clgt", "RSY-b", 0xeb2b, trap({ signed: false, first: O.whole1, second: doubleword(based) }), {
    facility: 49,
  }),
];
