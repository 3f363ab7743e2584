/**
 * Storage access as code: one TLB check inline, everything else in the runtime's slow path.
 *
 * The tag of the page of the last byte must equal that of the first byte's entry, so an unaligned access
 * inside one page stays fast and one that crosses goes to the slow path.
 */
import type { Address, Field } from "../isa/s390/semantics.ts";
import type { FunctionBuilder } from "../wasm/function.ts";
import * as E from "../wasm/value.ts";
import { I32, I64, V128, k32, k64, type Val } from "../wasm/value.ts";
import { Reg, TLB_ADDEND, TLB_BIAS, TLB_ENTRIES, TLB_ENTRY, TLB_READ, TLB_WRITE } from "./layout.ts";
import type { Runtime } from "./runtimeFunctions.ts";

export const LOAD64: Record<number, number> = { 1: 0x31, 2: 0x33, 4: 0x35, 8: 0x29 };
const LOAD64S: Record<number, number> = { 1: 0x30, 2: 0x32, 4: 0x34 };
export const LOAD32: Record<number, number> = { 1: 0x2d, 2: 0x2f, 4: 0x28 };
const LOAD32S: Record<number, number> = { 1: 0x2c, 2: 0x2e };
export const STORE64: Record<number, number> = { 1: 0x3c, 2: 0x3d, 4: 0x3e, 8: 0x37 };
export const STORE32: Record<number, number> = { 1: 0x3a, 2: 0x3b, 4: 0x36 };

export abstract class StorageBuilder {
  readonly fn: FunctionBuilder;
  protected readonly runtime: Runtime;
  /** Host offset of the TLB where that is a constant, else 0 and `tlbBase` is added. */
  protected readonly tlbOffset: number = 0;

  constructor(fn: FunctionBuilder, runtime: Runtime) {
    this.fn = fn;
    this.runtime = runtime;
  }

  protected abstract tlbBase(): Val | undefined;
  /** Ends the instruction: the slow path has set `fault` and `pgm`. */
  protected abstract leaveFault(): void;
  /** A store went through the slow path: code may have been changed under the running code. */
  protected abstract afterSlowStore(): void;
  /** Byte offset of the base register's slot, which names the space in access-register mode, as i32. */
  protected abstract spaceOf(base: Field): Val;
  abstract program(code: number, cond?: Val, dxc?: number): void;

  protected entryOf(a: Val): Val {
    const index = E.and32(
      E.wrap(E.shru64(a, k64(12 - Math.log2(TLB_ENTRY)))),
      k32((TLB_ENTRIES - 1) * TLB_ENTRY),
    );
    const base = this.tlbBase();
    return this.fn.let(base ? E.add32(index, base) : index);
  }
  protected hit(a: Val, entry: Val, size: number, tag: number): Val {
    const last = size > 1 ? E.add64(a, k64(size - 1)) : a;
    return E.eq64(E.load64(entry, this.tlbOffset + tag), E.and64(last, k64(-4096n)));
  }
  protected hostOf(a: Val, entry: Val): Val {
    return E.sub32(E.load32(entry, this.tlbOffset + TLB_ADDEND), E.wrap(a));
  }
  /** A value that is a plain temporary or constant and so may be used again. */
  protected pin(v: Val): Val {
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
    return this.loadWith(size, a, I32, LOAD32S[size]!, (v) =>
      (size === 1 ? E.ext8s32 : E.ext16s32)(E.wrap(v)),
    );
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
      () =>
        this.fn.store(
          (value.ty === I32 ? STORE32 : STORE64)[size]!,
          this.hostOf(address, entry),
          value,
          TLB_BIAS - size,
        ),
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
  protected faultCheckStore(): void {
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
      // Code that the store will hit is dropped here already: the region must be left all the same.
      if (kind === "write") this.faultCheckStore();
      else this.faultCheck();
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
        const position = E.callVal(
          this.runtime.hostFor,
          I32,
          address,
          k32(size),
          this.spaceOf(a.base),
          k32(1),
        );
        this.fn.set(host, E.sub32(position, k32(TLB_BIAS - size)));
        this.fn.set(slow, k32(1));
        this.fn.if(E.eq32(E.load32(k32(0), Reg.fault), k32(1)), () => this.leaveFault());
      },
    );
    const old = this.fn.let(E.hostLoad(LOAD64[size]!, I64, this.fn.get(host), TLB_BIAS - size));
    const equal =
      ty === I64 ? E.eq64(old, wanted) : E.eq32(E.wrap(old), wanted.ty === I64 ? E.wrap(wanted) : wanted);
    this.fn.if(equal, () => {
      const ops = next.ty === I32 ? STORE32 : STORE64;
      this.fn.store(ops[size]!, this.fn.get(host), next, TLB_BIAS - size);
    });
    this.fn.if(this.fn.get(slow), () => {
      this.fn.if(E.eq32(E.load32(k32(0), Reg.fault), k32(2)), () => this.afterSlowStore());
    });
    return old;
  }
}
