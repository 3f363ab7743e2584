/**
 * One instruction of a sequence: fields, register contents and storage contents under which it does
 * something, and often just not.
 */
import type { Prng } from "../../../src/engine/base/prng.ts";
import type { FieldName, FieldSpec, RawFields } from "../../../src/engine/isa/s390/format.ts";
import { fieldsOf } from "../../../src/engine/isa/s390/format.ts";
import type { Instruction } from "../../../src/engine/isa/s390/instruction.ts";
import { fieldRange } from "../../../src/engine/isa/s390/operands.ts";
import { edgeValue, operandAddress } from "./edgeValues.ts";
import { alignmentOf, goesRelative, goesToAddress, rolesOf, wantsDigits, type Role } from "./operandRoles.ts";
import { DATA, PREFIX, PRIMARY_ASCE, RAM_BYTES } from "./storageMap.ts";

export interface Patch {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface StepPlace {
  readonly prng: Prng;
  readonly addressBits: 24 | 31 | 64;
  /** PSW bits 0-63 of the sequence's mode, and its control registers. */
  readonly mask: bigint;
  readonly control: readonly bigint[];
  /** Address of the instruction. */
  readonly at: number;
  /** Branches only go to `targets`, never to odd addresses or themselves. */
  readonly forward: boolean;
  /** Addresses of the sequence's steps. */
  readonly targets: readonly number[];
}

export interface Step {
  readonly instruction: Instruction;
  readonly fields: Partial<RawFields>;
  /** Register contents that make sense for it. */
  readonly registers: readonly bigint[];
  /** General registers that were given a purpose. */
  readonly used: ReadonlySet<number>;
  readonly patches: readonly Patch[];
}

const noFields = fieldsOf({ name: "", length: 2, opcode: 8, fields: [], syntax: "" }, [0, 0, 0]);
const immediates = [0, 1, -1, 2, 7, 8, 15, 16, 31, 32, 63, 64, 127, -128, 128, 255, 0x7fff, -0x8000, 0xffff];
const lengths = [0n, 1n, 2n, 3n, 7n, 8n, 16n, 63n, 64n, 255n, 256n, 257n, 300n, 4095n, 4096n];

export class StepMaker {
  private readonly p: StepPlace;
  private readonly prng: Prng;
  private readonly instruction: Instruction;
  private readonly fields: { [name in FieldName]?: number } = {};
  private readonly registers: bigint[];
  private readonly used = new Set<number>();
  private readonly patches: Patch[] = [];

  constructor(place: StepPlace, instruction: Instruction) {
    this.p = place;
    this.prng = place.prng;
    this.instruction = instruction;
    this.registers = Array.from({ length: 16 }, () => edgeValue(this.prng));
  }

  make(): Step {
    const { instruction, prng, fields } = this;
    const wrongAllowed = prng.below(16) === 0;
    for (let turn = 0; turn < 12; turn++) {
      for (const spec of instruction.format.fields) fields[spec.name] = this.value(spec);
      if (wrongAllowed || !instruction.check?.(this.complete())) break;
    }
    for (const wants of rolesOf(instruction.mnemonic)) this.fillRoles(wants);
    this.relatives();
    for (const spec of instruction.format.fields)
      if (/^d\d$/.test(spec.name)) this.address(spec, `b${spec.name[1]!}` as FieldName);
    for (const spec of instruction.format.fields)
      if (spec.name.startsWith("r") && spec.kind === "reg") this.used.add(fields[spec.name]!);
    return { instruction, fields, registers: this.registers, used: this.used, patches: this.patches };
  }

  private complete(): RawFields {
    return { ...noFields, ...this.fields };
  }

  private value(spec: FieldSpec): number {
    const { prng } = this;
    const { least, most } = fieldRange(spec);
    if (spec.kind === "reg" || spec.kind === "base") return prng.below(most + 1);
    if (spec.name.startsWith("d"))
      return prng.pick([0, 0, 1, 7, 8, most, least, prng.below(most + 1), prng.below(256)]);
    if (prng.below(3) === 0) return least + prng.below(most - least + 1);
    if (/^l\d$/.test(spec.name)) return prng.pick([0, 1, 7, 15, 31, 63, 127, most, prng.below(16)]) & most;
    const v = prng.pick(immediates);
    return v < least || v > most
      ? (spec.kind === "signed" ? prng.pick([least, most]) : v & most) >>> 0 > most
        ? most
        : prng.pick([least, most])
      : v;
  }

  private set(register: number, value: bigint): void {
    if (this.used.has(register)) return;
    this.used.add(register);
    this.registers[register] = value;
  }

  /** Bits to the left of the addressing mode do not count; they are often not zero. */
  private loose(address: bigint): bigint {
    const { prng, p } = this;
    if (p.addressBits === 64 || prng.below(3) === 0) return address;
    const mask = (1n << BigInt(p.addressBits)) - 1n;
    return (address & mask) | (prng.u64() & ~mask);
  }

  private fillRoles(wants: { readonly [register: string]: Role }): void {
    for (const [name, role] of Object.entries(wants)) {
      const [field, odd] = name.split("+");
      const n = /^\d$/.test(field!) ? Number(field) : (this.fields[field as FieldName] ?? 0);
      this.set((n + (odd ? 1 : 0)) & 15, this.roleValue(role));
    }
  }
  private roleValue(role: Role): bigint {
    const { prng } = this;
    switch (role) {
      case "address":
        return this.loose(operandAddress(prng, 64, alignmentOf(this.instruction.mnemonic)));
      case "page":
        return this.loose(operandAddress(prng, 8, 1) & ~0xfffn);
      case "realAddress":
        return BigInt(prng.below(8) ? DATA + prng.below(0x5000) : prng.below(RAM_BYTES + 0x1000)) & ~7n;
      case "length":
        return prng.pick(lengths) | (prng.below(3) ? 0n : prng.u64() & 0xff000000n);
      case "key":
        return prng.pick([0n, 0x80n, 0x90n, 0x30n, 0xf0n]);
      case "function":
        return prng.pick([0n, 0n, 1n, 2n, 3n, 4n, 5n, 8n, 16n, 19n, 23n, 0x7fn, 0x80n, 0x114n]);
      case "controls":
        return prng.pick([0n, 0x100n, 0x10000n, 0x10001n, 0x810081n, 0x20000n, prng.u64() & 0xffffn]);
      case "small":
        return prng.pick([0n, 0n, 1n, 1n, 2n, 0x20n, 0x4cn, 0x10001n, 0xffn]);
      case "code":
        return this.loose(this.codeAddress());
      case "radix":
        return this.radixFunction();
      case "pair":
        return prng.u64();
    }
  }
  /** A function of PFPO: test bit, operation type, formats, controls and rounding method. */
  private radixFunction(): bigint {
    const { prng } = this;
    const formats = [0, 1, 2, 5, 6, 7, 8, 9, 10] as const;
    const [target, source] = [prng.pick(formats), prng.pick(formats)];
    const test = prng.below(8) ? 0 : 0x80;
    const controls = prng.pick([0, 0, 0x40, 0x80, 0xc0, prng.below(16) << 4]);
    const method = prng.pick([0, 1, 8 + prng.below(8), prng.below(16)]);
    return (BigInt(test | 1) << 24n) | BigInt((target << 16) | (source << 8) | controls | method);
  }
  private codeAddress(): bigint {
    const { prng, p } = this;
    const at = prng.pick(p.targets);
    if (p.forward) return BigInt(at);
    if (prng.below(24) === 0) return BigInt(at + 1);
    return BigInt(prng.below(40) === 0 ? p.at : at);
  }

  private relatives(): void {
    const { prng, p, instruction } = this;
    for (const spec of instruction.format.fields) {
      if (!spec.name.startsWith("ri")) continue;
      const { least, most } = fieldRange(spec);
      const align = alignmentOf(instruction.mnemonic);
      const target =
        goesRelative(instruction.mnemonic) || prng.below(12) === 0
          ? Number(this.codeAddress())
          : Number(operandAddress(prng, 8, Math.max(align, 2)) & 0x7ffffn);
      const distance = Math.floor((target - p.at) / 2);
      this.fields[spec.name] =
        prng.below(60) === 0 && !p.forward
          ? prng.pick([least, most])
          : Math.max(least, Math.min(most, distance));
    }
  }

  private lengthAt(name: string): number {
    const own = this.fields[`l${name[1]!}` as FieldName] ?? this.fields.l1;
    return own === undefined ? 16 : own + 1;
  }

  /** Gives base and index the values by which the operand lies where it should. */
  private address(spec: FieldSpec, base: FieldName): void {
    const { prng, fields, instruction } = this;
    const b = fields[base] ?? 0;
    const { mnemonic } = instruction;
    const x = spec.name === "d2" ? (fields.x2 ?? 0) : 0;
    const d = BigInt(fields[spec.name]!);
    if (b === 0 && x === 0) return;
    const goes = goesToAddress(mnemonic) || /^ex$/i.test(mnemonic);
    const target = goes
      ? this.codeAddress()
      : operandAddress(prng, this.lengthAt(spec.name), alignmentOf(mnemonic));
    if (b !== 0 && x !== 0 && b !== x)
      this.set(x, prng.pick([0n, 1n, 0x100n, BigInt.asUintN(64, -8n), prng.u64()]));
    const index = x !== 0 && b !== 0 && b !== x ? this.registers[x]! : 0n;
    const free = b !== 0 ? b : x;
    if (!this.used.has(free)) this.set(free, this.loose(BigInt.asUintN(64, target - d - index)));
    if (!goes) this.contents(Number(target & 0xffffffffn), spec.name);
  }

  private contents(at: number, name: string): void {
    const bytes = this.content(name);
    if (bytes && at >= DATA && at + bytes.length <= RAM_BYTES) this.patches.push({ address: at, bytes });
  }
  private content(name: string): Uint8Array | undefined {
    const { prng, p } = this;
    const { mnemonic } = this.instruction;
    const words = (...values: bigint[]): Uint8Array => {
      const bytes = new Uint8Array(8 * values.length);
      values.forEach((v, i) => new DataView(bytes.buffer).setBigUint64(8 * i, v));
      return bytes;
    };
    const pattern = /^edmk?$/.test(mnemonic) && name === "d1";
    if (pattern)
      return Uint8Array.from({ length: this.lengthAt(name) }, (_, i) =>
        i === 0 ? 0x40 : prng.pick([0x20, 0x20, 0x21, 0x22, 0x6b]),
      );
    if (wantsDigits(mnemonic) && prng.below(10))
      return packedDigits(prng, /^cvb/.test(mnemonic) ? (mnemonic === "cvbg" ? 16 : 8) : this.lengthAt(name));
    if (mnemonic === "lpswe" && prng.below(4))
      return words(p.mask ^ (BigInt(prng.below(64)) << 40n), this.codeAddress());
    if (mnemonic === "lpsw" && prng.below(4))
      return words(((p.mask | (1n << 51n)) & ~0x7fffffffn) | (this.codeAddress() & 0x7fffffffn));
    if (mnemonic === "spx") return new Uint8Array([0, 0, prng.below(2) ? PREFIX >> 8 : 0, 0]);
    if (mnemonic === "bic") return words(this.codeAddress());
    if (mnemonic === "lctlg" && prng.below(3))
      return words(...Array.from({ length: 16 }, (_, i) => p.control[(this.fields.r1! + i) & 15]!));
    if (mnemonic === "lctlg") return words(PRIMARY_ASCE, prng.u64(), prng.u64());
    if (/^ss(m)$/.test(mnemonic)) return Uint8Array.of(Number(p.mask >> 56n));
    return undefined;
  }
}

/** A packed decimal number, mostly with leading zeros so that sums and quotients fit. */
export function packedDigits(prng: Prng, length: number): Uint8Array {
  const zeros = prng.below(length + 1);
  const bytes = Uint8Array.from({ length }, (_, i) => (i < zeros ? 0 : prng.below(10) * 16 + prng.below(10)));
  bytes[length - 1] = (bytes[length - 1]! & 0xf0) | prng.pick([0xc, 0xd, 0xf, 0xa, 0xb, 0xc]);
  return bytes;
}
