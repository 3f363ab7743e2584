/**
 * What the interpreter's and the region compiler's builders have in common: storage access through the TLB, condition codes,
 * addresses. A subclass says where registers, fields and control go.
 *
 * TLB check: tag of the page of the last byte equals the tag of the first byte's entry, so an unaligned access inside one page
 * stays fast and one that crosses goes to the slow path.
 */
import {
  Cc, type Address, type Builder, type CcKind, type Field, type Fields,
} from "../isa/s390/semantics.ts";
import type { Instruction } from "../isa/s390/instruction.ts";
import { assert } from "../base/assert.ts";
import { FunctionBuilder } from "../wasm/function.ts";
import * as E from "../wasm/value.ts";
import { I32, I64, V128, Val, k32, k64 } from "../wasm/value.ts";
import { Reg, TLB_ADDEND, TLB_BIAS, TLB_ENTRIES, TLB_ENTRY, TLB_READ, TLB_WRITE } from "./layout.ts";

/** Functions of the runtime module that code may call, by index in the module being built. */
export interface Runtime {
  readonly ccCalc: number;
  readonly slowLoad: number;
  readonly slowStore: number;
  readonly slowLoad128: number;
  readonly slowStore128: number;
  /** probe(address, length, base, write): sets `fault`. */
  readonly probe: number;
  /** host(address, length, base, write) → host offset of the first byte's value position, for aligned data; sets `fault`. */
  readonly hostFor: number;
  /** Only in the runtime module itself: (entry) → exit, by the instruction's slow implementation. */
  readonly exact?: number;
  readonly routines: { get(name: string): { readonly index: number; readonly result: boolean } | undefined };
}

const LOAD64: Record<number, number> = { 1: 0x31, 2: 0x33, 4: 0x35, 8: 0x29 };
const LOAD64S: Record<number, number> = { 1: 0x30, 2: 0x32, 4: 0x34 };
const LOAD32: Record<number, number> = { 1: 0x2d, 2: 0x2f, 4: 0x28 };
const LOAD32S: Record<number, number> = { 1: 0x2c, 2: 0x2e };
const STORE64: Record<number, number> = { 1: 0x3c, 2: 0x3d, 4: 0x3e, 8: 0x37 };
const STORE32: Record<number, number> = { 1: 0x3a, 2: 0x3b, 4: 0x36 };

const DATA_EXCEPTION = 7;
/** Data-exception code of the only compiled instructions that raise one. */
const COMPARE_AND_TRAP = 0xff;

export const isConstField = (f: Field): f is number => typeof f === "number";

export abstract class S390Builder implements Builder {
  readonly fn: FunctionBuilder;
  protected readonly runtime: Runtime;
  /** The instruction whose meaning is being written. */
  instruction!: Instruction;

  constructor(fn: FunctionBuilder, runtime: Runtime) {
    this.fn = fn;
    this.runtime = runtime;
  }

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
  /** Ends the instruction: the slow path has set `fault` and `pgm`. */
  protected abstract leaveFault(): void;
  /** Ends the instruction with program interruption `pgm` (already stored). */
  protected abstract leaveProgram(): void;
  protected abstract tlbBase(): Val;
  /** undefined: 64-bit mode, nothing to mask. */
  protected abstract addressMask(): Val | undefined;
  /** A store went through the slow path: code may have been changed under the running code. */
  protected abstract afterSlowStore(): void;
  /** Byte offset of the register's entry in the array of ARs for the slow path, as i32. */
  protected abstract spaceOf(base: Field): Val;

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
    return E.add32(E.and32(E.shru32(E.sub32(this.i32(r3), this.i32(r1)), k32(scale === 3 ? 3 : 0)), k32(15)), k32(1));
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
    this.setGpr(r, E.select(wide, value, E.or64(E.and64(this.gpr(r), k64(0xffffffff00000000n)), E.and64(value, k64(0xffffffffn)))));
  }
  abstract setLink(r: Field): void;

  // ---- storage
  protected entryOf(a: Val): Val {
    const index = E.and32(E.wrap(E.shru64(a, k64(12 - Math.log2(TLB_ENTRY)))), k32((TLB_ENTRIES - 1) * TLB_ENTRY));
    return this.fn.let(E.add32(index, this.tlbBase()));
  }
  protected hit(a: Val, entry: Val, size: number, tag: number): Val {
    const last = size > 1 ? E.add64(a, k64(size - 1)) : a;
    return E.eq64(E.load64(entry, tag), E.and64(last, k64(-4096n)));
  }
  protected hostOf(a: Val, entry: Val): Val {
    return E.sub32(E.load32(entry, TLB_ADDEND), E.wrap(a));
  }
  /** A value that is a plain temporary or constant and so may be used again. */
  private pin(v: Val): Val {
    return this.fn.let(v);
  }
  let(v: Val): Val {
    return this.fn.let(v);
  }
  protected faultCheck(): void {
    this.fn.if(E.load32(k32(0), Reg.fault), () => this.leaveFault());
  }

  private loadWith(size: number, a: Address, ty: number, wasmOp: number, extend: (v: Val) => Val): Val {
    const address = this.pin(a.value);
    const entry = this.entryOf(address);
    const result = this.fn.temp(ty);
    this.fn.if(
      this.hit(address, entry, size, TLB_READ),
      () => this.fn.set(result, E.hostLoad(wasmOp, ty, this.hostOf(address, entry), TLB_BIAS - size)),
      () => {
        const slow = E.callVal(this.runtime.slowLoad, I64, address, k32(size), this.spaceOf(a.base));
        this.fn.set(result, extend(slow));
        this.faultCheck();
      },
    );
    return this.fn.get(result);
  }
  load(size: 1 | 2 | 4 | 8, a: Address): Val {
    return this.loadWith(size, a, I64, LOAD64[size]!, (v) => v);
  }
  loadSigned(size: 1 | 2 | 4, a: Address): Val {
    const extend = size === 1 ? E.ext8s64 : size === 2 ? E.ext16s64 : E.ext32s64;
    return this.loadWith(size, a, I64, LOAD64S[size]!, extend);
  }
  load32(size: 1 | 2 | 4, a: Address): Val {
    return this.loadWith(size, a, I32, LOAD32[size]!, (v) => E.wrap(v));
  }
  loadSigned32(size: 1 | 2, a: Address): Val {
    return this.loadWith(size, a, I32, LOAD32S[size]!, (v) => (size === 1 ? E.ext8s32 : E.ext16s32)(E.wrap(v)));
  }
  load128(a: Address): Val {
    const address = this.pin(a.value);
    const entry = this.entryOf(address);
    const result = this.fn.temp(V128);
    this.fn.if(
      this.hit(address, entry, 16, TLB_READ),
      () => this.fn.set(result, E.v128Load(this.hostOf(address, entry), TLB_BIAS - 16)),
      () => {
        this.fn.set(result, E.callVal(this.runtime.slowLoad128, V128, address, this.spaceOf(a.base)));
        this.faultCheck();
      },
    );
    return this.fn.get(result);
  }
  store(size: 1 | 2 | 4 | 8, a: Address, v: Val): void {
    const address = this.pin(a.value);
    const value = this.pin(v);
    const entry = this.entryOf(address);
    this.fn.if(
      this.hit(address, entry, size, TLB_WRITE),
      () => this.fn.store((value.ty === I32 ? STORE32 : STORE64)[size]!, this.hostOf(address, entry), value, TLB_BIAS - size),
      () => {
        const wide = value.ty === I32 ? E.extu(value) : value;
        this.fn.call(this.runtime.slowStore, address, k32(size), this.spaceOf(a.base), wide);
        this.faultCheckStore();
      },
    );
  }
  store128(a: Address, v: Val): void {
    const address = this.pin(a.value);
    const value = this.pin(v);
    const entry = this.entryOf(address);
    this.fn.if(
      this.hit(address, entry, 16, TLB_WRITE),
      () => this.fn.store(0xfd0b, this.hostOf(address, entry), value, TLB_BIAS - 16),
      () => {
        this.fn.call(this.runtime.slowStore128, address, this.spaceOf(a.base), value);
        this.faultCheckStore();
      },
    );
  }
  private faultCheckStore(): void {
    const fault = this.fn.let(E.load32(k32(0), Reg.fault));
    this.fn.if(fault, () => {
      this.fn.if(E.eq32(fault, k32(1)), () => this.leaveFault());
      this.afterSlowStore();
    });
  }
  requireAligned(a: Address, size: 2 | 4 | 8 | 16): void {
    this.program(0x06, E.and32(E.wrap(a.value), k32(size - 1)));
  }
  probe(a: Address, length: Val, kind: "read" | "write"): void {
    const address = this.pin(a.value);
    const count = this.pin(length);
    const lastOffset = E.add32(E.and32(E.wrap(address), k32(4095)), count);
    this.fn.if(E.gtu32(lastOffset, k32(4096)), () => {
      this.fn.call(this.runtime.probe, address, count, this.spaceOf(a.base), k32(kind === "write" ? 1 : 0));
      this.faultCheck();
    });
  }
  compareAndSwap(size: 4 | 8, a: Address, expected: Val, replacement: Val): Val {
    const address = this.pin(a.value);
    const wanted = this.pin(expected);
    const next = this.pin(replacement);
    const entry = this.entryOf(address);
    const host = this.fn.temp(I32);
    const slow = this.fn.temp(I32);
    const ty = size === 8 ? I64 : I32;
    this.fn.set(slow, k32(0));
    this.fn.if(
      this.hit(address, entry, size, TLB_WRITE),
      () => this.fn.set(host, this.hostOf(address, entry)),
      () => {
        // hostFor answers the position of the value; TLB_BIAS - size is added below for both ways
        const position = E.callVal(this.runtime.hostFor, I32, address, k32(size), this.spaceOf(a.base), k32(1));
        this.fn.set(host, E.sub32(position, k32(TLB_BIAS - size)));
        this.fn.set(slow, k32(1));
        this.fn.if(E.eq32(E.load32(k32(0), Reg.fault), k32(1)), () => this.leaveFault());
      },
    );
    const old = this.fn.let(E.hostLoad(LOAD64[size]!, I64, this.fn.get(host), TLB_BIAS - size));
    const equal = ty === I64 ? E.eq64(old, wanted) : E.eq32(E.wrap(old), wanted.ty === I64 ? E.wrap(wanted) : wanted);
    this.fn.if(equal, () => {
      const ops = next.ty === I32 ? STORE32 : STORE64;
      this.fn.store(ops[size]!, this.fn.get(host), next, TLB_BIAS - size);
    });
    this.fn.if(this.fn.get(slow), () => {
      this.fn.if(E.eq32(E.load32(k32(0), Reg.fault), k32(2)), () => this.afterSlowStore());
    });
    return old;
  }

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
    this.program(0x08, E.and32(cond, E.shru32(E.load32(k32(0), Reg.programMask), k32(3))));
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

/** Comparison for a constant COMPARE AND BRANCH mask. */
export function compareConstant(mask: number, signed: boolean, a: Val, b: Val): Val {
  const is64 = a.ty === I64;
  const pick = (op64s: (x: Val, y: Val) => Val, op64u: (x: Val, y: Val) => Val, op32s: (x: Val, y: Val) => Val, op32u: (x: Val, y: Val) => Val): Val =>
    is64 ? (signed ? op64s : op64u)(a, b) : (signed ? op32s : op32u)(a, b);
  switch (mask & 14) {
    case 8: return is64 ? E.eq64(a, b) : E.eq32(a, b);
    case 6: return is64 ? E.ne64(a, b) : E.ne32(a, b);
    case 4: return pick(E.lts64, E.ltu64, E.lts32, E.ltu32);
    case 2: return pick(E.gts64, E.gtu64, E.gts32, E.gtu32);
    case 12: return pick(E.les64, E.leu64, E.les32, E.leu32);
    case 10: return pick(E.ges64, E.geu64, E.ges32, E.geu32);
    case 14: return k32(1);
    default: return k32(0);
  }
}
