/**
 * Builds the body of one WebAssembly function: statements, structured control, temporaries that are reused.
 * Binary format: WebAssembly core specification 2.0, chapter 5.
 */
import { assert } from "../base/assert.ts";
import { ByteSink } from "./byteSink.ts";
import { F32, F64, I32, I64, Op, V128, Val, k32, type Ty } from "./value.ts";

export interface Label {
  readonly depth: number;
}

/** SIMD opcodes that carry a lane number, and those that carry a memory argument. */
const hasLane = (sub: number): boolean => sub >= 0x15 && sub <= 0x22;
const isSimdMemory = (sub: number): boolean => sub <= 0x0b || sub === 0x5c || sub === 0x5d;

export class FunctionBuilder {
  readonly params: readonly Ty[];
  readonly results: readonly Ty[];
  readonly code = new ByteSink(512);
  /** Raised by every guest register write; see `Val.epoch`. */
  epoch = 0;
  private readonly locals: Ty[] = [];
  private readonly free = new Map<Ty, number[]>();
  private scopes: number[][] = [];
  private depth = 0;

  constructor(params: readonly Ty[], results: readonly Ty[]) {
    this.params = params;
    this.results = results;
  }

  // ---- locals
  local(ty: Ty): number {
    this.locals.push(ty);
    return this.params.length + this.locals.length - 1;
  }
  typeOf(index: number): Ty {
    return index < this.params.length ? this.params[index]! : this.locals[index - this.params.length]!;
  }
  get(index: number, mutableRegister = false): Val {
    const v = new Val(Op.localGet, this.typeOf(index), index);
    if (mutableRegister) v.epoch = this.epoch;
    return v;
  }
  /** Temporaries made inside go back to the pool at its end. */
  scope(body: () => void): void {
    this.scopes.push([]);
    body();
    for (const index of this.scopes.pop()!) {
      const ty = this.typeOf(index);
      const pool = this.free.get(ty);
      if (pool) pool.push(index);
      else this.free.set(ty, [index]);
    }
  }
  temp(ty: Ty): number {
    const index = this.free.get(ty)?.pop() ?? this.local(ty);
    this.scopes.at(-1)?.push(index);
    return index;
  }
  /** Evaluates now, once; the result may be used any number of times and after register writes. */
  let(v: Val): Val {
    if (v.isConst) return v;
    if (v.op === Op.localGet && v.epoch === -1) return v;
    const index = this.temp(v.ty);
    this.set(index, v);
    return this.get(index);
  }

  // ---- statements
  set(index: number, v: Val): void {
    this.push(v);
    this.code.u8(0x21);
    this.code.u32(index);
  }
  /** `op` is the wasm store opcode. */
  store(op: number, addr: Val, v: Val, offset = 0): void {
    this.push(addr);
    this.push(v);
    if (op >= 0xfd00) {
      this.code.u8(0xfd);
      this.code.u32(op & 0xff);
    } else this.code.u8(op);
    this.code.u32(0);
    this.code.u32(offset);
  }
  store32(addr: Val, v: Val, offset = 0): void {
    this.store(0x36, addr, v, offset);
  }
  store64(addr: Val, v: Val, offset = 0): void {
    this.store(0x37, addr, v, offset);
  }
  call(fn: number, ...args: Val[]): void {
    for (const a of args) this.push(a);
    this.code.u8(0x10);
    this.code.u32(fn);
  }
  callIndirect(type: number, index: Val, table: number, ...args: Val[]): void {
    for (const a of args) this.push(a);
    this.push(index);
    this.code.u8(0x11);
    this.code.u32(type);
    this.code.u32(table);
  }
  returnCallIndirect(type: number, index: Val, table: number, ...args: Val[]): void {
    for (const a of args) this.push(a);
    this.push(index);
    this.code.u8(0x13);
    this.code.u32(type);
    this.code.u32(table);
  }
  /** Takes the value on the stack (a call's result) into a local. */
  popTo(index: number): void {
    this.code.u8(0x21);
    this.code.u32(index);
  }
  drop(): void {
    this.code.u8(0x1a);
  }
  return_(v?: Val): void {
    if (v) this.push(v);
    this.code.u8(0x0f);
  }
  unreachable(): void {
    this.code.u8(0x00);
  }
  memoryCopy(to: Val, from: Val, length: Val): void {
    this.push(to);
    this.push(from);
    this.push(length);
    for (const byte of [0xfc, 10, 0, 0]) this.code.u8(byte);
  }
  memoryFill(to: Val, value: Val, length: Val): void {
    this.push(to);
    this.push(value);
    this.push(length);
    for (const byte of [0xfc, 11, 0]) this.code.u8(byte);
  }

  // ---- control
  block(): Label {
    return this.open(0x02);
  }
  loop(): Label {
    return this.open(0x03);
  }
  end(): void {
    this.depth--;
    this.code.u8(0x0b);
  }
  if(cond: Val, then: () => void, otherwise?: () => void): void {
    if (cond.op === Op.const32) {
      if (cond.imm !== 0) then();
      else otherwise?.();
      return;
    }
    this.push(cond);
    this.open(0x04);
    then();
    if (otherwise) {
      this.code.u8(0x05);
      otherwise();
    }
    this.end();
  }
  br(label: Label): void {
    this.code.u8(0x0c);
    this.code.u32(this.depth - label.depth);
  }
  brIf(label: Label, cond: Val): void {
    if (cond.op === Op.const32) {
      if (cond.imm !== 0) this.br(label);
      return;
    }
    this.push(cond);
    this.code.u8(0x0d);
    this.code.u32(this.depth - label.depth);
  }
  brTable(labels: readonly Label[], otherwise: Label, index: Val): void {
    this.push(index);
    this.code.u8(0x0e);
    this.code.u32(labels.length);
    for (const l of labels) this.code.u32(this.depth - l.depth);
    this.code.u32(this.depth - otherwise.depth);
  }
  private open(op: number): Label {
    this.code.u8(op);
    this.code.u8(0x40);
    this.depth++;
    return { depth: this.depth };
  }

  // ---- expressions
  push(v: Val): void {
    assert(
      v.epoch === -1 || v.epoch === this.epoch,
      "a register value is used after a register write; pin it with let()",
    );
    this.emit(v);
  }

  private emit(v: Val): void {
    const op = v.op;
    const code = this.code;
    switch (op) {
      case Op.localGet:
      case Op.globalGet:
      case Op.call:
        if (v.args) for (const a of v.args) this.emit(a);
        code.u8(op);
        code.u32(v.imm as number);
        return;
      case Op.const32:
        code.u8(op);
        code.s32(v.imm as number);
        return;
      case Op.const64:
        code.u8(op);
        code.s64(v.imm as bigint);
        return;
      case Op.constF64:
        code.u8(op);
        code.f64(v.imm as number);
        return;
      case Op.v128const:
        code.u8(0xfd);
        code.u32(0x0c);
        code.u128(v.imm as bigint);
        return;
    }
    if (v.a) this.emit(v.a);
    if (v.b) this.emit(v.b);
    if (v.c) this.emit(v.c);
    if (op >= 0xfd00) this.emitSimd(op & 0xff, v);
    else {
      code.u8(op);
      if (op >= 0x28 && op <= 0x35) {
        code.u32(0);
        code.u32(v.imm as number);
      }
    }
  }

  private emitSimd(sub: number, v: Val): void {
    this.code.u8(0xfd);
    this.code.u32(sub);
    if (isSimdMemory(sub)) {
      this.code.u32(0);
      this.code.u32(v.imm as number);
    } else if (hasLane(sub)) this.code.u8(v.imm as number);
    else if (sub === 0x0d) this.code.u128(v.imm as bigint);
  }

  /** The function's entry of the code section: locals and body. */
  finish(into: ByteSink): void {
    assert(this.depth === 0, "control is not closed");
    const head = new ByteSink(64);
    const runs: [number, Ty][] = [];
    for (const ty of this.locals) {
      const last = runs.at(-1);
      if (last && last[1] === ty) last[0]++;
      else runs.push([1, ty]);
    }
    head.u32(runs.length);
    for (const [count, ty] of runs) {
      head.u32(count);
      head.u8(ty);
    }
    into.u32(head.length + this.code.length + 1);
    into.append(head);
    into.append(this.code);
    into.u8(0x0b);
  }
}

export { F32, F64, I32, I64, V128, k32 };
