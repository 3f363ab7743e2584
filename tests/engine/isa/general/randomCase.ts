/**
 * One random instruction in a random state: registers, condition code and a window of storage its operands
 * lie in. Values are chosen where instructions have their edges; addresses so that operands overlap and cross
 * page boundaries.
 */
import type { Prng } from "../../../../src/engine/base/prng.ts";
import type { FieldName, RawFields } from "../../../../src/engine/isa/s390/format.ts";
import type { Instruction } from "../../../../src/engine/isa/s390/instruction.ts";
import {
  encode,
  fieldRange,
  fieldSpec,
  fieldsIn,
  operandsOf,
  type Operand,
} from "../../../../src/engine/isa/s390/operands.ts";

export const WINDOW = 1024;
/** Operands begin in the middle part, so that 256 bytes on either side belong to the window. */
const FIRST = 256;
const LAST = WINDOW - 264;

export interface RandomCase {
  readonly instruction: Instruction;
  readonly fields: Partial<RawFields>;
  readonly registers: bigint[];
  readonly access: number[];
  readonly cc: number;
  readonly window: Uint8Array;
  readonly windowAddress: bigint;
  /** Where the instruction lies, and where a branch of it goes. */
  readonly at: bigint;
  readonly target: bigint;
}

const M64 = (1n << 64n) - 1n;
const edges = [
  0n, 1n, 2n, M64, M64 - 1n, 1n << 63n, (1n << 63n) - 1n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n,
  0xffffffff80000000n, 0xffffffff7fffffffn, 0x8000000080000000n, 0x7fffffff7fffffffn, 0xffffffff00000000n,
  0xffn, 0xff00n, 0x8000n,
];

export function edgeValue(prng: Prng): bigint {
  switch (prng.below(4)) {
    case 0: return prng.u64();
    case 1: return BigInt.asUintN(64, BigInt.asIntN(8, BigInt(prng.below(256))));
    case 2: return prng.u64() >> BigInt(prng.below(64));
    default: return prng.pick(edges);
  }
}

/** Alignment an operand needs, by mnemonic; others need none. */
const alignments: { readonly [mnemonic: string]: number } = {
  cs: 4,
  csy: 4,
  csg: 8,
  cds: 8,
  cdsy: 8,
  cdsg: 16,
  lpq: 16,
  stpq: 16,
  lam: 4,
  lamy: 4,
  stam: 4,
  stamy: 4,
  laa: 4,
  laal: 4,
  lan: 4,
  lao: 4,
  lax: 4,
  laag: 8,
  laalg: 8,
  lang: 8,
  laog: 8,
  laxg: 8,
  lpd: 4,
  lpdg: 8,
  lrl: 4,
  lgrl: 8,
  lgfrl: 4,
  llgfrl: 4,
  crl: 4,
  cgrl: 8,
  cgfrl: 4,
  clrl: 4,
  clgrl: 8,
  clgfrl: 4,
  strl: 4,
  stgrl: 8,
};
const branchesToAddress =
  /^(bc|bct|bctg|bas|bal|bxh|bxle|bxhg|bxleg|crb|cgrb|cib|cgib|clrb|clgrb|clib|clgib)$/;
const branchesToRegister = /^(bcr|basr|balr|bctr|bctgr)$/;
const branchesRelative = /^(brc|brcl|brct|brctg|brcth|brxh|brxle|brxhg|brxlg|bras|brasl|c(l?)(g?)[ri]j)$/;
/** The second-operand address is only a number. */
const addressIsValue = /^(la|lay|lae|laey|s[lr][al][kg]?|s[lr]d[al]|rll|rllg|pfd|lcbb)$/;

class CaseMaker {
  readonly registers: bigint[];
  readonly window: Uint8Array;
  readonly fields: Record<string, number> = {};
  private readonly pinned = new Set<number>();
  private readonly prng: Prng;
  private readonly instruction: Instruction;
  private readonly at: bigint;
  private readonly windowAddress: bigint;
  private readonly target: bigint;
  /** Where storage operands lie in the window. */
  private readonly places: number[] = [];

  constructor(prng: Prng, instruction: Instruction, at: bigint, windowAddress: bigint, target: bigint) {
    this.prng = prng;
    this.instruction = instruction;
    this.at = at;
    this.windowAddress = windowAddress;
    this.target = target;
    this.registers = Array.from({ length: 16 }, () => edgeValue(prng));
    this.window = new Uint8Array(WINDOW);
    this.fillWindow();
  }

  private fillWindow(): void {
    for (let i = 0; i < WINDOW; i += 64) {
      const kind = this.prng.below(4);
      for (let j = 0; j < 64; j++)
        this.window[i + j] = kind === 0 ? 0 : kind === 1 ? 0xff : this.prng.below(256);
    }
  }
  private put(offset: number, value: bigint, size: number): void {
    for (let i = 0; i < size; i++)
      this.window[offset + i] = Number((value >> BigInt(8 * (size - 1 - i))) & 0xffn);
  }

  /** Offset in the window of the next operand; a second one often overlaps the first. */
  private place(): number {
    const { prng } = this;
    let offset = FIRST + prng.below(LAST - FIRST);
    const before = this.places.at(-1);
    if (before !== undefined && prng.below(2) === 0) offset = before + prng.below(41) - 20;
    offset = Math.min(LAST, Math.max(FIRST, offset));
    const alignment = alignments[this.instruction.mnemonic] ?? 1;
    // Always where the peer does not check it: relative operands and CDSG.
    const mustAlign = /rl$|^cdsg$/.test(this.instruction.mnemonic);
    if (mustAlign || prng.below(10) > 0)
      offset -= Number((this.windowAddress + BigInt(offset)) % BigInt(alignment));
    this.places.push(offset);
    if (prng.below(3) > 0) {
      const size = prng.pick([1, 2, 4, 8]);
      this.put(offset, edgeValue(prng), size);
    }
    return offset;
  }

  private random(field: FieldName): void {
    const { least, most } = fieldRange(fieldSpec(this.instruction, field)!);
    const { prng } = this;
    const choice = prng.below(3);
    let value = least + prng.below(most - least + 1);
    if (choice === 0 && most > 15)
      value = Math.max(least, Math.min(most, prng.pick([0, 1, 2, -1, -2, least, most, 128, 127])));
    // Length codes of what may be done by plain loads and stores.
    if (/^l\d$/.test(field) && choice === 1) value = prng.pick([0, 1, 3, 7, 15]);
    if (/^r\d$/.test(field) && this.instruction.check && prng.below(10) > 0) value &= ~1;
    this.fields[field] = value;
  }

  private address(operand: Operand & { kind: "address" }, wanted: bigint): void {
    const { prng, instruction, registers } = this;
    const { least, most } = fieldRange(fieldSpec(instruction, operand.displacement)!);
    const long = fieldSpec(instruction, operand.displacement)!.long20;
    const reuse = [...this.pinned].filter((r) => {
      const distance = wanted - registers[r]!;
      return distance >= BigInt(long ? least : 0) && distance <= BigInt(long ? most : 4095);
    });
    let rest = wanted;
    if (operand.inner?.kind === "index") {
      const x = prng.below(3) === 0 ? 1 + prng.below(15) : 0;
      this.fields[operand.inner.field] = x;
      if (x && !this.pinned.has(x)) {
        registers[x] = BigInt(prng.below(64));
        this.pinned.add(x);
      }
      if (x) rest -= registers[x]!;
    } else if (operand.inner) this.random(operand.inner.field);
    const distance = (r: number): bigint => BigInt.asIntN(64, rest - registers[r]!);
    const fits = (r: number): boolean =>
      distance(r) >= BigInt(long ? least : 0) && distance(r) <= BigInt(long ? most : 4095);
    const again = reuse.filter(fits);
    let b = again.length > 0 && prng.below(3) === 0 ? prng.pick(again) : 0;
    if (b) this.fields[operand.displacement] = Number(distance(b));
    else {
      do b = 1 + prng.below(15); while (this.pinned.has(b));
      const d = long ? least + prng.below(most - least + 1) : prng.below(4096);
      this.fields[operand.displacement] = d;
      registers[b] = BigInt.asUintN(64, rest - BigInt(d));
      this.pinned.add(b);
    }
    this.fields[operand.base] = b;
  }

  private operand(operand: Operand): void {
    const { prng, instruction, fields } = this;
    const name = instruction.mnemonic;
    if (operand.kind === "address" && !addressIsValue.test(name)) {
      if (branchesToAddress.test(name)) this.address(operand, this.target);
      else {
        const offset = this.place();
        if (name === "bic") this.put(offset, this.target, 8);
        this.address(operand, this.windowAddress + BigInt(offset));
      }
    } else if (operand.kind === "address") {
      for (const field of fieldsIn(operand)) this.random(field);
      if (prng.below(2)) fields[operand.base] = 0;
    } else if (operand.kind === "relative") {
      if (branchesRelative.test(name)) fields[operand.field] = Number(this.target - this.at) / 2;
      else if (name === "larl") fields[operand.field] = prng.below(1 << 30) - (1 << 29);
      else fields[operand.field] = Number(this.windowAddress + BigInt(this.place() & ~1) - this.at) / 2;
    } else this.random(operand.field);
  }

  private low(r: number, value: bigint): void {
    this.registers[r] = (this.registers[r]! & ~0xffffffffn) | BigInt.asUintN(32, value);
  }
  /** Dividends whose quotient fits, mostly. */
  private divisible(): void {
    const { prng, fields, registers } = this;
    const r = fields["r1"]!;
    if (r & 1 || prng.below(5) === 0) return;
    const name = this.instruction.mnemonic;
    if (/^dr?$/.test(name)) this.low(r, registers[r + 1]! & 0x80000000n ? -1n : 0n);
    if (/^dlr?$/.test(name)) this.low(r, BigInt(prng.below(4)));
    if (/^dlgr?$/.test(name)) {
      registers[r] = prng.u64() >> BigInt(1 + prng.below(63));
      const divisor = registers[r]! + 1n + (prng.u64() >> BigInt(prng.below(64))) / 2n;
      if (name === "dlg") this.put(this.places[0]!, divisor & M64, 8);
      else if (fields["r2"] !== r) registers[fields["r2"]!] = divisor & M64;
    }
  }

  make(): RandomCase {
    const { prng, instruction, fields, registers } = this;
    const name = instruction.mnemonic;
    const operands = operandsOf(instruction);
    // Addresses first: other operands may name the same registers.
    for (const o of operands) if (o.kind === "address") this.operand(o);
    for (const o of operands) if (o.kind !== "address") this.operand(o);
    if (branchesToRegister.test(name) && fields["r2"]) registers[fields["r2"]] = this.target;
    if (/^d(l|lg|g)?r?$/.test(name)) this.divisible();
    // The peer leaves the code of the test-only form undefined, and does not check CDSG.
    if (/^r[nox]sbg$/.test(name)) fields["i3"]! &= 0x7f;
    if (name === "cdsg") for (const r of ["r1", "r3"]) fields[r]! &= ~1;
    if (name === "spm") registers[fields["r1"]!]! &= ~0x0f000000n;
    if (/^clc$/.test(name) && prng.below(2))
      this.window.copyWithin(this.places[0]!, this.places[1]!, this.places[1]! + 40);
    return {
      instruction,
      fields,
      registers,
      window: this.window,
      windowAddress: this.windowAddress,
      at: this.at,
      target: this.target,
      access: Array.from({ length: 16 }, () => prng.u32()),
      cc: prng.below(4),
    };
  }
}

/** `at`: address the instruction will have; `target`: address behind the marker that follows it. */
export function randomCase(
  prng: Prng,
  instruction: Instruction,
  at: bigint,
  windowAddress: bigint,
): RandomCase {
  const target = at + BigInt(instruction.format.length) + 4n;
  for (;;) {
    const c = new CaseMaker(prng, instruction, at, windowAddress, target).make();
    try {
      encode(instruction, c.fields);
      return c;
    } catch {
      // A relative operand out of its field's range: another try.
    }
  }
}
