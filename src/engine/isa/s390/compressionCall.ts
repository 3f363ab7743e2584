/**
 * COMPRESSION CALL (Principles of Operation, chapter 7; ESA/390 Data Compression). GR0: bit 47 symbol
 * translation, 48-51 symbol size, 54 format of sibling descriptors, 55 expansion. GR1: bits 0-51 dictionary,
 * 52-60 offset of the symbol-translation table in units of 128 bytes, 61-63 the number of the compressed
 * operand's first bit within its first byte.
 *
 * Invariant: registers stand between symbols; a symbol is stored whole or not at all.
 */
import { CompressionDictionary } from "./compressionDictionary.ts";
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { evenR1R2, helper, Program, type Instruction } from "./instruction.ts";
import { LongOperand } from "./longOperand.ts";
import { OperandTable } from "./operandTable.ts";

const Control = { translate: 0x1_0000, longDescriptors: 0x200, expand: 0x100 } as const;
/** Bytes of text that one execution goes through; the rest is for the next. */
const TEXT_BYTES_MAX = 8192;

/** The operand of symbols: its address, and the number of the next bit in the byte there. */
class SymbolOperand {
  private readonly cpu: HelperCpu;
  private readonly operand: LongOperand;
  private readonly size: number;
  private bit: number;

  /** @param size bits of a symbol, 9 to 13 */
  constructor(cpu: HelperCpu, r: number, size: number) {
    this.cpu = cpu;
    this.operand = new LongOperand(cpu, r);
    this.size = size;
    this.bit = cpu.grLow(1) & 7;
  }

  /** Whether a whole symbol is or has room in what is left. */
  get hasSymbol(): boolean {
    return this.operand.length * 8n - BigInt(this.bit) >= BigInt(this.size);
  }

  /** The bytes that the next symbol lies in, and the bits behind it in the last of them. */
  private load(): { readonly bytes: Uint8Array; readonly value: number; readonly behind: number } {
    const bytes = this.operand.load((this.bit + this.size + 7) >> 3);
    const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    return { bytes, value, behind: bytes.length * 8 - this.bit - this.size };
  }

  read(): number {
    const { value, behind } = this.load();
    return (value >>> behind) & ((1 << this.size) - 1);
  }

  /** Stores a symbol; the bits around it stay. */
  write(symbol: number): void {
    const { bytes, value, behind } = this.load();
    const mask = ((1 << this.size) - 1) << behind;
    const changed = (value & ~mask) | ((symbol << behind) & mask);
    this.operand.store(bytes.map((_, i) => (changed >>> (8 * (bytes.length - 1 - i))) & 0xff));
  }

  advance(): void {
    const next = this.bit + this.size;
    this.bit = next & 7;
    this.operand.advance(next >> 3);
    this.cpu.setGrLow(1, ((this.cpu.grLow(1) & ~7) | this.bit) >>> 0);
  }
}

/** Characters of an operand by their offset from its address, fetched page by page as they are needed. */
class Text {
  private readonly operand: LongOperand;
  private data = new Uint8Array(0);
  private start = 0;

  constructor(operand: LongOperand) {
    this.operand = operand;
  }

  at(offset: number): number | undefined {
    while (this.start + offset >= this.data.length) {
      const there = this.data.length - this.start;
      const { address, length, cpu, r } = this.operand;
      if (BigInt(there) >= length) return undefined;
      const next = cpu.wrap(address + BigInt(there));
      const count = Math.min(Number(length) - there, cpu.toPageEnd(next), 4096);
      const more = cpu.loadBytes(next, count, r);
      const joined = new Uint8Array(there + count);
      joined.set(this.data.subarray(this.start));
      joined.set(more, there);
      this.data = joined;
      this.start = 0;
    }
    return this.data[this.start + offset];
  }

  advance(count: number): void {
    this.start += count;
    this.operand.advance(count);
  }
}

function compress(cpu: HelperCpu, f: RawFields, size: number): void {
  const controls = cpu.grLow(0);
  const origin = cpu.wrap(cpu.gr(1)) & ~0xfffn;
  const hasLong = (controls & Control.longDescriptors) !== 0;
  const dictionary = new CompressionDictionary(cpu, origin, f.r2, 1 << size, hasLong);
  const tableAt = cpu.wrap(origin + BigInt(((cpu.grLow(1) >>> 3) & 0x1ff) * 128));
  const isTranslated = (controls & Control.translate) !== 0;
  const translation = new OperandTable(cpu, tableAt, f.r2, 2, 1 << size);
  const symbols = new SymbolOperand(cpu, f.r1, size);
  const source = new LongOperand(cpu, f.r2);
  const text = new Text(source);
  for (let done = 0; source.length > 0n; ) {
    if (!symbols.hasSymbol) return void (cpu.cc = 1);
    if (done >= TEXT_BYTES_MAX) return void (cpu.cc = 3);
    const { index, length } = dictionary.longestMatch((offset) => text.at(offset));
    symbols.write(isTranslated ? translation.at(index) : index);
    symbols.advance();
    text.advance(length);
    done += length;
  }
  cpu.cc = 0;
}

function expand(cpu: HelperCpu, f: RawFields, size: number): void {
  const origin = cpu.wrap(cpu.gr(1)) & ~0xfffn;
  const dictionary = new CompressionDictionary(cpu, origin, f.r2, 1 << size, false);
  const symbols = new SymbolOperand(cpu, f.r2, size);
  const target = new LongOperand(cpu, f.r1);
  for (let done = 0; symbols.hasSymbol; ) {
    const text = dictionary.expand(symbols.read());
    if (target.length < BigInt(text.length)) return void (cpu.cc = 1);
    if (done >= TEXT_BYTES_MAX) return void (cpu.cc = 3);
    target.store(text);
    target.advance(text.length);
    symbols.advance();
    done += text.length;
  }
  cpu.cc = 0;
}

function cmpsc(cpu: HelperCpu, f: RawFields): void {
  const code = (cpu.grLow(0) >>> 12) & 15;
  if (code < 1 || code > 5) cpu.program(Program.specification);
  (cpu.grLow(0) & Control.expand ? expand : compress)(cpu, f, code + 8);
}

export const compressionCall: readonly Instruction[] = [
  helper("cmpsc", "RRE", 0xb263, cmpsc, { check: evenR1R2 }),
];
