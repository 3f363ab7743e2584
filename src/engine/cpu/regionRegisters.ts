/**
 * Registers inside a compiled region: general registers are locals, whole or as two words; all others stay in
 * memory. Fields are constants here.
 */
import type { Field, Fields } from "../isa/s390/semantics.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import * as E from "../wasm/value.ts";
import { k32, k64, type Val } from "../wasm/value.ts";
import { Reg } from "./layout.ts";
import type { Runtime } from "./runtimeFunctions.ts";
import { S390Builder } from "./s390Builder.ts";

const ZERO = k32(0);

export interface RegionLocals {
  /** i64 local of each general register, or -1: not used, or kept as two words. */
  readonly gprs: Int32Array;
  /**
   * i32 locals of registers kept as two words, or -1. Those are the ones that 32-bit instructions use most.
   */
  readonly lows: Int32Array;
  readonly highs: Int32Array;
  /** Bit n: bits 0-31 of register n may change in the region. */
  readonly writtenHigh: number;
  readonly ccOp: number;
  readonly ccA: number;
  readonly ccB: number;
  readonly ic: number;
  readonly pc: number;
  /** Virtual address of the region's page, as it was entered. */
  readonly page: number;
  readonly slot: number;
  readonly result: number;
  /** Set when a store changed code: leave after the instruction. */
  readonly changed: number;
}

export abstract class RegionRegisters extends S390Builder {
  protected readonly l: RegionLocals;
  /** Bit n: general register n is changed somewhere in the region. */
  private readonly written: number;
  protected readonly usesCc: boolean;

  constructor(fn: FunctionBuilder, runtime: Runtime, l: RegionLocals, written: number, usesCc: boolean) {
    super(fn, runtime);
    this.l = l;
    this.written = written;
    this.usesCc = usesCc;
  }

  private register(v: Val): Val {
    v.epoch = this.fn.epoch;
    return v;
  }
  gpr(r: Field): Val {
    const low = this.l.lows[r as number]!;
    if (low < 0) return this.fn.get(this.l.gprs[r as number]!, true);
    const high = this.fn.get(this.l.highs[r as number]!, true);
    return E.or64(E.shl64(E.extu(high), k64(32)), E.extu(this.fn.get(low, true)));
  }
  setGpr(r: Field, v: Val): void {
    const low = this.l.lows[r as number]!;
    if (low < 0) this.fn.set(this.l.gprs[r as number]!, v);
    else {
      const value = this.fn.let(v);
      this.fn.set(low, E.wrap(value));
      this.fn.set(this.l.highs[r as number]!, E.wrap(E.shru64(value, k64(32))));
    }
    this.fn.epoch++;
  }
  low(r: Field): Val {
    const low = this.l.lows[r as number]!;
    return low < 0 ? E.wrap(this.gpr(r)) : this.fn.get(low, true);
  }
  setLow(r: Field, v: Val): void {
    const low = this.l.lows[r as number]!;
    if (low >= 0) {
      this.fn.set(low, v);
      this.fn.epoch++;
      return;
    }
    this.setGpr(r, E.or64(E.and64(this.gpr(r), k64(0xffffffff00000000n)), E.extu(v)));
  }
  high(r: Field): Val {
    const high = this.l.highs[r as number]!;
    if (high >= 0) return this.fn.get(high, true);
    return E.wrap(E.shru64(this.gpr(r), k64(32)));
  }
  setHigh(r: Field, v: Val): void {
    const high = this.l.highs[r as number]!;
    if (high >= 0) {
      this.fn.set(high, v);
      this.fn.epoch++;
      return;
    }
    this.setGpr(r, E.or64(E.and64(this.gpr(r), k64(0xffffffffn)), E.shl64(E.extu(v), k64(32))));
  }
  base(r: Field): Val {
    return r === 0 ? k64(0) : this.gpr(r);
  }
  odd(r: Field): Field {
    return (r as number) | 1;
  }
  fpr(r: Field): Val {
    return this.register(E.load64(ZERO, Reg.vr + 8 + (r as number) * 16));
  }
  setFpr(r: Field, v: Val): void {
    this.fn.store64(ZERO, v, Reg.vr + 8 + (r as number) * 16);
    this.fn.epoch++;
  }
  override fprShort(r: Field): Val {
    return this.register(E.load32(ZERO, Reg.vr + 12 + (r as number) * 16));
  }
  override setFprShort(r: Field, v: Val): void {
    this.fn.store32(ZERO, v, Reg.vr + 12 + (r as number) * 16);
    this.fn.epoch++;
  }
  vr(r: Field): Val {
    return this.register(E.v128Load(ZERO, Reg.vr + (r as number) * 16));
  }
  setVr(r: Field, v: Val): void {
    this.fn.store(0xfd0b, ZERO, v, Reg.vr + (r as number) * 16);
    this.fn.epoch++;
  }
  ar(r: Field): Val {
    return this.register(E.load32(ZERO, Reg.ar + (r as number) * 4));
  }
  setAr(r: Field, v: Val): void {
    this.fn.store32(ZERO, v, Reg.ar + (r as number) * 4);
    this.fn.epoch++;
  }
  cr(r: Field): Val {
    return E.load64(ZERO, Reg.cr + (r as number) * 8);
  }
  forRegisters(r1: Field, r3: Field, body: (r: Field, turn: Val) => void): void {
    for (let r = r1 as number, i = 0; ; r = (r + 1) & 15, i++) {
      body(r, k32(i));
      if (r === r3) break;
    }
  }
  rotateMask(f: Fields): Val {
    const from = BigInt((f.i3 as number) & 63);
    const to = BigInt((f.i4 as number) & 63);
    const ones = (1n << 64n) - 1n;
    const head = ones >> from;
    const tail = (ones << (63n - to)) & ones;
    return k64(from <= to ? head & tail : head | tail);
  }

  // ---- to and from memory
  writeBack(): void {
    const { gprs, lows, highs, writtenHigh } = this.l;
    for (let r = 0; r < 16; r++) {
      if (!(this.written & (1 << r))) continue;
      if (lows[r]! < 0) this.fn.store64(ZERO, this.fn.get(gprs[r]!), Reg.gpr + r * 8);
      else {
        this.fn.store32(ZERO, this.fn.get(lows[r]!), Reg.gpr + r * 8);
        if (writtenHigh & (1 << r)) this.fn.store32(ZERO, this.fn.get(highs[r]!), Reg.gpr + r * 8 + 4);
      }
    }
    if (!this.usesCc) return;
    this.fn.store32(ZERO, this.fn.get(this.l.ccOp), Reg.ccOp);
    this.fn.store64(ZERO, this.fn.get(this.l.ccA), Reg.ccA);
    this.fn.store64(ZERO, this.fn.get(this.l.ccB), Reg.ccB);
  }
  reload(): void {
    const { gprs, lows, highs } = this.l;
    for (let r = 0; r < 16; r++) {
      if (gprs[r]! >= 0) this.fn.set(gprs[r]!, E.load64(ZERO, Reg.gpr + r * 8));
      if (lows[r]! < 0) continue;
      this.fn.set(lows[r]!, E.load32(ZERO, Reg.gpr + r * 8));
      this.fn.set(highs[r]!, E.load32(ZERO, Reg.gpr + r * 8 + 4));
    }
    if (!this.usesCc) return;
    this.fn.set(this.l.ccOp, E.load32(ZERO, Reg.ccOp));
    this.fn.set(this.l.ccA, E.load64(ZERO, Reg.ccA));
    this.fn.set(this.l.ccB, E.load64(ZERO, Reg.ccB));
  }
}
