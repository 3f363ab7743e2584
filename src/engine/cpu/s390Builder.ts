/**
 * What the interpreter's and the region compiler's builders have in common besides storage access: fields,
 * addresses, condition codes, program interruptions. A subclass says where registers, fields and control go.
 */
import {
  Cc,
  type Address,
  type Builder,
  type CcKind,
  type Field,
  type Fields,
} from "../isa/s390/semantics.ts";
import type { Instruction } from "../isa/s390/instruction.ts";
import { assert } from "../base/assert.ts";
import * as E from "../wasm/value.ts";
import { I64, k32, k64, type Val } from "../wasm/value.ts";
import { compareConstant } from "./compareConstant.ts";
import { Reg } from "./layout.ts";
import { StorageBuilder } from "./storageBuilder.ts";

const DATA_EXCEPTION = 7;
/** Data-exception code of the only compiled instructions that raise one. */
const COMPARE_AND_TRAP = 0xff;

export const isConstField = (f: Field): f is number => typeof f === "number";

export abstract class S390Builder extends StorageBuilder implements Builder {
  /** The instruction whose meaning is being written. */
  instruction!: Instruction;

  // ---- what subclasses decide
  abstract gpr(r: Field): Val;
  abstract setGpr(r: Field, v: Val): void;
  abstract low(r: Field): Val;
  abstract setLow(r: Field, v: Val): void;
  abstract high(r: Field): Val;
  abstract setHigh(r: Field, v: Val): void;
  abstract fpr(r: Field): Val;
  abstract setFpr(r: Field, v: Val): void;
  abstract vr(r: Field): Val;
  abstract setVr(r: Field, v: Val): void;
  abstract base(r: Field): Val;
  abstract odd(r: Field): Field;
  abstract forRegisters(r1: Field, r3: Field, body: (r: Field, turn: Val) => void): void;
  abstract rotateMask(f: Fields): Val;
  abstract setCc(kind: CcKind, a: Val, b?: Val): void;
  abstract cc(): Val;
  abstract ccSelected(mask: Field): Val;
  abstract branch(cond: Val | undefined, target: Val): void;
  abstract branchRelative(cond: Val | undefined, ri: Field): void;
  abstract instructionAddress(): Val;
  abstract exact(): void;
  abstract recheckInterruptions(): void;
  /** Ends the instruction with program interruption `pgm` (already stored). */
  protected abstract leaveProgram(): void;
  /** undefined: 64-bit mode, nothing to mask. */
  protected abstract addressMask(): Val | undefined;

  // ---- fields
  i32(f: Field): Val {
    return isConstField(f) ? k32(f) : f;
  }
  s64(f: Field): Val {
    return isConstField(f) ? k64(f) : E.exts(f);
  }
  u64(f: Field): Val {
    return isConstField(f) ? k64(f >>> 0) : E.extu(f);
  }
  registerCount(r1: Field, r3: Field): Val {
    if (isConstField(r1) && isConstField(r3)) return k32(((r3 - r1) & 15) + 1);
    const scale = isConstField(r1) ? 1 : 3;
    return E.add32(
      E.and32(E.shru32(E.sub32(this.i32(r3), this.i32(r1)), k32(scale === 3 ? 3 : 0)), k32(15)),
      k32(1),
    );
  }

  // ---- registers other than general ones
  abstract ar(r: Field): Val;
  abstract setAr(r: Field, v: Val): void;
  abstract cr(r: Field): Val;
  fprShort(r: Field): Val {
    return E.wrap(E.shru64(this.fpr(r), k64(32)));
  }
  setFprShort(r: Field, v: Val): void {
    this.setFpr(r, E.or64(E.and64(this.fpr(r), k64(0xffffffffn)), E.shl64(E.extu(v), k64(32))));
  }

  // ---- addresses
  wrapAddress(v: Val): Val {
    const mask = this.addressMask();
    return mask ? E.and64(v, mask) : v;
  }
  address(b: Field, d: Field, x?: Field): Address {
    let v = this.base(b);
    if (x !== undefined) v = E.add64(v, this.base(x));
    return { value: this.wrapAddress(E.add64(v, this.s64(d))), base: b };
  }
  addressIn(r: Field): Address {
    return { value: this.wrapAddress(this.gpr(r)), base: r };
  }
  plus(a: Address, offset: Val): Address {
    return { value: this.wrapAddress(E.add64(a.value, offset)), base: a.base };
  }
  relative(ri: Field): Val {
    return this.wrapAddress(E.add64(this.instructionAddress(), E.shl64(this.s64(ri), k64(1))));
  }
  nextAddress(): Val {
    return this.wrapAddress(E.add64(this.instructionAddress(), k64(this.ilc())));
  }
  /** Length of the instruction that is being executed (of the EXECUTE when under one). */
  protected ilc(): number {
    return this.instruction.format.length;
  }
  relativeAddress(ri: Field): Address {
    return { value: this.relative(ri), base: this.noBase() };
  }
  protected abstract noBase(): Field;
  setAddress(r: Field, v: Val): void {
    const mask = this.addressMask();
    if (!mask) {
      this.setGpr(r, v);
      return;
    }
    const value = this.let(v);
    const wide = this.fn.let(E.eq64(mask, k64(-1n)));
    this.setGpr(
      r,
      E.select(
        wide,
        value,
        E.or64(E.and64(this.gpr(r), k64(0xffffffff00000000n)), E.and64(value, k64(0xffffffffn))),
      ),
    );
  }
  abstract setLink(r: Field): void;

  // ---- condition code
  protected wide(kind: CcKind, v: Val): Val {
    if (v.ty === I64) return v;
    return kind === Cc.signed || kind === Cc.sign64 ? E.exts(v) : E.extu(v);
  }
  setCcValue(cc: Val): void {
    this.setCc(Cc.value, E.extu(cc));
  }
  carry(): Val {
    return E.extu(E.shru32(this.cc(), k32(1)));
  }
  compareSelected(mask: Field, signed: boolean, a: Val, b: Val): Val {
    const is64 = a.ty === I64;
    if (!isConstField(mask)) {
      const x = this.pin(a);
      const y = this.pin(b);
      const low = is64 ? (signed ? E.lts64 : E.ltu64)(x, y) : (signed ? E.lts32 : E.ltu32)(x, y);
      const same = is64 ? E.eq64(x, y) : E.eq32(x, y);
      return E.ne32(E.and32(E.select(same, k32(8), E.select(low, k32(4), k32(2))), mask), k32(0));
    }
    return compareConstant(mask, signed, a, b);
  }

  // ---- control
  if(cond: Val, then: () => void, otherwise?: () => void): void {
    this.fn.if(cond, then, otherwise);
  }
  ifField(f: Field, then: () => void, otherwise?: () => void): void {
    this.fn.if(this.i32(f), then, otherwise);
  }
  loop(body: (again: (cond: Val) => void) => void): void {
    const label = this.fn.loop();
    body((cond) => this.fn.brIf(label, cond));
    this.fn.end();
  }
  variable(init: Val): { get(): Val; set(v: Val): void } {
    const index = this.fn.temp(init.ty);
    this.fn.set(index, init);
    return { get: () => this.fn.get(index), set: (v) => this.fn.set(index, v) };
  }
  program(code: number, cond?: Val): void {
    const raise = (): void => {
      this.fn.store32(k32(0), k32(code), Reg.pgm);
      if (code === DATA_EXCEPTION) this.fn.store32(k32(0), k32(COMPARE_AND_TRAP), Reg.dxc);
      this.leaveProgram();
    };
    if (cond) this.fn.if(cond, raise);
    else raise();
  }
  overflow(cond: Val): void {
    const isEnabled = E.and32(E.load32(k32(0), Reg.programMask), k32(8));
    this.fn.if(isEnabled, () => this.program(0x08, cond));
  }
  programMask(): Val {
    return E.load32(k32(0), Reg.programMask);
  }
  state(name: "fpc" | "prefix" | "cpuAddress" | "pswMaskHigh"): Val {
    return E.load32(k32(0), name === "pswMaskHigh" ? Reg.pswHigh : Reg[name]);
  }
  setState(name: "fpc" | "pswMaskHigh", v: Val): void {
    this.fn.store32(k32(0), v, name === "pswMaskHigh" ? Reg.pswHigh : Reg[name]);
  }
  routine(name: string, ...args: Val[]): Val {
    const target = this.runtime.routines.get(name);
    assert(target, `no routine ${name}`);
    const pinned = args.map((a) => this.pin(a));
    this.fn.call(target.index, ...pinned);
    const result = this.fn.temp(I64);
    if (target.result) this.fn.popTo(result);
    else this.fn.set(result, k64(0));
    this.faultCheckStore();
    return this.fn.get(result);
  }
  serialize(): void {
    // One thread runs all vCPUs in turn: every store is already seen.
  }
}
