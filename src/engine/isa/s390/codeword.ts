/**
 * Sort and merge: codewords and the tree that keeps them (Principles of Operation, chapter 7: COMPARE AND
 * FORM CODEWORD, UPDATE TREE).
 *
 * Registers and tree nodes are words in the 24- and 31-bit modes, doublewords in the 64-bit mode. Invariant:
 * the registers tell of every finished unit of operation, so an exception or interruption loses nothing.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction } from "./instruction.ts";
import { lengthIn as wordIn, setLength as setWord } from "./longOperand.ts";

/** Bits of a word: 32, or 64 in the 64-bit mode. */
const wordBits = (cpu: HelperCpu): number => (cpu.addressBits === 64 ? 64 : 32);
const signOf = (cpu: HelperCpu): bigint => 1n << BigInt(wordBits(cpu) - 1);

const numberOf = (bytes: Uint8Array): bigint =>
  bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);

/** One unit of an operand of CFC; AR1 names the space of both. */
const comparand = (cpu: HelperCpu, base: number, index: number, bytes: number): bigint =>
  numberOf(cpu.loadBytes(cpu.wrap(cpu.gr(base) + BigInt(index)), bytes, 1));

function interchange(cpu: HelperCpu, a: number, b: number): void {
  const kept = wordIn(cpu, a);
  setWord(cpu, a, wordIn(cpu, b));
  setWord(cpu, b, kept);
}

/**
 * CFC: GR1 and GR3 are bases, GR2 bits 48-63 the index of two operands; the second-operand address is no
 * address but the index limit, with the operand control in bit 63: 0 the codeword comes from the high
 * operand, complemented, 1 from the low one. GR3 is left with the base of the operand that the codeword
 * describes.
 */
function cfc(cpu: HelperCpu, f: RawFields): void {
  if ((cpu.grLow(1) | cpu.grLow(2) | cpu.grLow(3)) & 1) cpu.program(Program.specification);
  const controls = Number(cpu.address(f.b2, f.d2) & 0x7fffn);
  const [limit, ofLow] = [controls & ~1, (controls & 1) === 1];
  const bits = wordBits(cpu);
  const unit = bits === 64 ? 6 : 2;
  for (let budget = cpu.unitsPerExecution; ; budget -= unit) {
    const index = cpu.grLow(2) & 0xffff;
    if (index > limit) {
      setWord(cpu, 2, wordIn(cpu, 3) | signOf(cpu));
      cpu.cc = 0;
      return;
    }
    if (budget <= 0) return cpu.redo();
    const first = comparand(cpu, 1, index, unit);
    const third = comparand(cpu, 3, index, unit);
    const next = index + unit;
    if (first === third) {
      cpu.setGrLow(2, ((cpu.grLow(2) & 0xffff_0000) | next) >>> 0);
      continue;
    }
    const isOfFirst = first < third === ofLow;
    const key = isOfFirst ? first : third;
    const field = BigInt(8 * unit);
    setWord(cpu, 2, (BigInt(next) << field) | (ofLow ? key : BigInt.asUintN(8 * unit, ~key)));
    if (isOfFirst) interchange(cpu, 1, 3);
    cpu.cc = isOfFirst ? 2 : 1;
    return;
  }
}

/**
 * UPT: from the node with index GR5 in the tree at GR4 towards its root, keeps the larger of the codeword in
 * GR0 and the node's, with what stands beside it (GR1), in GR0; stops at an equal one, which goes to GR2 and
 * GR3. Code 0 equal, 1 the root is done, 3 GR0 is negative. Node 1 is the root, node 0 is not there.
 */
function upt(cpu: HelperCpu): void {
  const half = wordBits(cpu) / 8;
  const size = 2 * half;
  if ((cpu.grLow(4) | cpu.grLow(5)) & (size - 1)) cpu.program(Program.specification);
  for (let budget = cpu.unitsPerExecution; ; budget -= size) {
    if (budget <= 0) return cpu.redo();
    const parent = (wordIn(cpu, 5) >> 1n) & ~BigInt(size - 1);
    const codeword = wordIn(cpu, 0);
    if (parent === 0n || codeword & signOf(cpu)) {
      setWord(cpu, 5, parent);
      cpu.cc = parent === 0n ? 1 : 3;
      return;
    }
    const at = cpu.wrap(cpu.gr(4) + parent);
    const node = cpu.loadBytes(at, size, 4);
    const [value, beside] = [numberOf(node.subarray(0, half)), numberOf(node.subarray(half))];
    if (codeword < value) {
      const pair = (codeword << BigInt(8 * half)) | wordIn(cpu, 1);
      const bytes = Uint8Array.from(node, (_, i) => Number((pair >> BigInt(8 * (size - 1 - i))) & 0xffn));
      cpu.storeBytes(at, bytes, 4);
    }
    setWord(cpu, 5, parent);
    if (codeword > value) continue;
    const pairAt = codeword === value ? 2 : 0;
    setWord(cpu, pairAt, value);
    setWord(cpu, pairAt + 1, beside);
    if (codeword === value) {
      cpu.cc = 0;
      return;
    }
  }
}

export const codeword: readonly Instruction[] = [
  helper("cfc", "S", 0xb21a, cfc),
  helper("upt", "E", 0x0102, upt),
];
