/**
 * Message-security assist (Principles of Operation, chapters 7 and 10: KM KMC KMAC KIMD KLMD PRNO) as a
 * machine without cryptographic functions has it: every query says that only the query exists. PRNO also has
 * the true random numbers.
 *
 * Invariant: a function that its query does not name is a specification exception.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { evenR2, helper, Program, type Instruction } from "./instruction.ts";
import { LongOperand } from "./longOperand.ts";

/** PRNO function: bytes of raw entropy to the first operand, conditioned ones to the second. */
const TRUE_RANDOM = 114;

/** GR0 bits 57-63; bit 56 is the modifier, which a query has zero. */
function functionCode(cpu: HelperCpu): number {
  return cpu.grLow(0) & 0xff;
}

/** Stores the 16-byte parameter block of a query at GR1: one bit for each function there is. */
function answerQuery(cpu: HelperCpu, functions: readonly number[]): void {
  const block = new Uint8Array(16);
  for (const code of functions) block[code >> 3]! |= 0x80 >> (code & 7);
  cpu.storeBytes(cpu.wrap(cpu.gr(1)), block, 1);
  cpu.cc = 0;
}

function queryOnly(cpu: HelperCpu): void {
  if (functionCode(cpu) !== 0) cpu.program(Program.specification);
  answerQuery(cpu, [0]);
}

function prno(cpu: HelperCpu, f: RawFields): void {
  const code = functionCode(cpu);
  if (code === 0) return answerQuery(cpu, [0, TRUE_RANDOM]);
  if (code !== TRUE_RANDOM) cpu.program(Program.specification);
  let budget = cpu.unitsPerExecution;
  for (const operand of [new LongOperand(cpu, f.r1), new LongOperand(cpu, f.r2)]) {
    while (operand.length > 0n) {
      if (budget <= 0) {
        cpu.cc = 3;
        return;
      }
      const bytes = operand.piece(Math.min(budget, 4096));
      // Probed first: a page fault must not use up random numbers.
      cpu.probe(operand.address, bytes, operand.r, true);
      operand.store(cpu.control.random(bytes));
      operand.advance(bytes);
      budget -= bytes;
    }
    operand.commit();
  }
  cpu.cc = 0;
}

/** Operand registers are even and not 0. */
const secondPair = (f: RawFields): number => (f.r2 === 0 ? Program.specification : evenR2(f));
const bothPairs = (f: RawFields): number => (f.r1 === 0 || f.r1 & 1 ? Program.specification : secondPair(f));

export const cryptoQuery: readonly Instruction[] = [
  helper("km", "RRE", 0xb92e, queryOnly, { facility: 17, check: bothPairs }),
  helper("kmc", "RRE", 0xb92f, queryOnly, { facility: 17, check: bothPairs }),
  helper("kmac", "RRE", 0xb91e, queryOnly, { facility: 17, check: secondPair }),
  helper("kimd", "RRE", 0xb93e, queryOnly, { facility: 17, check: secondPair }),
  helper("klmd", "RRE", 0xb93f, queryOnly, { facility: 17, check: secondPair }),
  helper("prno", "RRE", 0xb93c, prno, { facility: 57, check: bothPairs }),
];
