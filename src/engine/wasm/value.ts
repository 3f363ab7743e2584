/**
 * WebAssembly expressions as small immutable trees. A value is pure: it may read guest registers and host
 * memory but never changes them. What has an effect is a statement of `FunctionBuilder`.
 *
 * A value that reads a guest register remembers the register epoch it was made in; emitting it after a later
 * register write would read the new contents, so the builder refuses it (`let` pins it first). Numbers of
 * opcodes: WebAssembly core specification 2.0, section 5.4, and SIMD section 5.4.7.
 */
export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type Ty = number;

export const Op = {
  localGet: 0x20,
  globalGet: 0x23,
  const32: 0x41,
  const64: 0x42,
  constF32: 0x43,
  constF64: 0x44,
  select: 0x1b,
  call: 0x10,
  simd: 0xfd,
  v128const: 0xfd0c,
} as const;

/** Epoch of values that read no guest register. */
const PURE = -1;

export class Val {
  readonly op: number;
  readonly ty: Ty;
  readonly a: Val | undefined;
  readonly b: Val | undefined;
  readonly c: Val | undefined;
  /** Constant, local index, memory offset, lane or callee. */
  readonly imm: number | bigint;
  readonly args: readonly Val[] | undefined;
  epoch: number;

  constructor(
    op: number,
    ty: Ty,
    imm: number | bigint = 0,
    a?: Val,
    b?: Val,
    c?: Val,
    args?: readonly Val[],
  ) {
    this.op = op;
    this.ty = ty;
    this.imm = imm;
    this.a = a;
    this.b = b;
    this.c = c;
    this.args = args;
    let epoch = PURE;
    if (a && a.epoch !== PURE) epoch = a.epoch;
    if (b && b.epoch !== PURE) epoch = epoch === PURE ? b.epoch : Math.min(epoch, b.epoch);
    if (c && c.epoch !== PURE) epoch = epoch === PURE ? c.epoch : Math.min(epoch, c.epoch);
    if (args)
      for (const x of args) if (x.epoch !== PURE) epoch = epoch === PURE ? x.epoch : Math.min(epoch, x.epoch);
    this.epoch = epoch;
  }

  get isConst(): boolean {
    return this.op === Op.const32 || this.op === Op.const64;
  }
}

const smallConst32: Val[] = [];
for (let i = 0; i < 512; i++) smallConst32.push(new Val(Op.const32, I32, i - 64));

export function k32(n: number): Val {
  n |= 0;
  return n >= -64 && n < 448 ? smallConst32[n + 64]! : new Val(Op.const32, I32, n);
}

export function k64(n: bigint | number): Val {
  return new Val(Op.const64, I64, typeof n === "number" ? BigInt(n) : BigInt.asIntN(64, n));
}
export const kf64 = (n: number): Val => new Val(Op.constF64, F64, n);

const bin =
  (op: number, ty: Ty) =>
  (a: Val, b: Val): Val =>
    new Val(op, ty, 0, a, b);
const un =
  (op: number, ty: Ty) =>
  (a: Val): Val =>
    new Val(op, ty, 0, a);
const isK = (v: Val, n: number): boolean =>
  v.op === Op.const32 ? v.imm === n : v.op === Op.const64 && v.imm === BigInt(n);
const big = (v: Val): bigint => v.imm as bigint;
const num = (v: Val): number => v.imm as number;

// ---- 64-bit integers, with the folds that constant instruction fields make worthwhile
export function add64(a: Val, b: Val): Val {
  if (isK(a, 0)) return b;
  if (isK(b, 0)) return a;
  if (a.op === Op.const64 && b.op === Op.const64) return k64(big(a) + big(b));
  return new Val(0x7c, I64, 0, a, b);
}
export function sub64(a: Val, b: Val): Val {
  if (isK(b, 0)) return a;
  return new Val(0x7d, I64, 0, a, b);
}
export const mul64 = bin(0x7e, I64);
export const divs64 = bin(0x7f, I64);
export const divu64 = bin(0x80, I64);
export const rems64 = bin(0x81, I64);
export const remu64 = bin(0x82, I64);
export function and64(a: Val, b: Val): Val {
  if (isK(b, -1)) return a;
  if (isK(a, -1)) return b;
  if (isK(b, 0)) return b;
  if (isK(a, 0)) return a;
  if (a.op === Op.const64 && b.op === Op.const64) return k64(big(a) & big(b));
  return new Val(0x83, I64, 0, a, b);
}
export function or64(a: Val, b: Val): Val {
  if (isK(b, 0)) return a;
  if (isK(a, 0)) return b;
  return new Val(0x84, I64, 0, a, b);
}
export function xor64(a: Val, b: Val): Val {
  if (isK(b, 0)) return a;
  return new Val(0x85, I64, 0, a, b);
}
export const shl64 = (a: Val, b: Val): Val => (isK(b, 0) ? a : new Val(0x86, I64, 0, a, b));
export const shrs64 = (a: Val, b: Val): Val => (isK(b, 0) ? a : new Val(0x87, I64, 0, a, b));
export const shru64 = (a: Val, b: Val): Val => (isK(b, 0) ? a : new Val(0x88, I64, 0, a, b));
export const rotl64 = (a: Val, b: Val): Val => (isK(b, 0) ? a : new Val(0x89, I64, 0, a, b));
export const not64 = (a: Val): Val => xor64(a, k64(-1n));
export const neg64 = (a: Val): Val => new Val(0x7d, I64, 0, k64(0), a);
export const clz64 = un(0x79, I64);
export const ctz64 = un(0x7a, I64);
export const popcnt64 = un(0x7b, I64);
export const eqz64 = un(0x50, I32);
export const eq64 = bin(0x51, I32);
export const ne64 = bin(0x52, I32);
export const lts64 = bin(0x53, I32);
export const ltu64 = bin(0x54, I32);
export const gts64 = bin(0x55, I32);
export const gtu64 = bin(0x56, I32);
export const les64 = bin(0x57, I32);
export const leu64 = bin(0x58, I32);
export const ges64 = bin(0x59, I32);
export const geu64 = bin(0x5a, I32);

// ---- 32-bit integers
export function add32(a: Val, b: Val): Val {
  if (isK(a, 0)) return b;
  if (isK(b, 0)) return a;
  if (a.op === Op.const32 && b.op === Op.const32) return k32(num(a) + num(b));
  return new Val(0x6a, I32, 0, a, b);
}
export const sub32 = (a: Val, b: Val): Val => (isK(b, 0) ? a : new Val(0x6b, I32, 0, a, b));
export const mul32 = bin(0x6c, I32);
export const divs32 = bin(0x6d, I32);
export const divu32 = bin(0x6e, I32);
export const rems32 = bin(0x6f, I32);
export const remu32 = bin(0x70, I32);
export function and32(a: Val, b: Val): Val {
  if (isK(b, -1)) return a;
  if (a.op === Op.const32 && b.op === Op.const32) return k32(num(a) & num(b));
  return new Val(0x71, I32, 0, a, b);
}
export const or32 = (a: Val, b: Val): Val => (isK(b, 0) ? a : new Val(0x72, I32, 0, a, b));
export const xor32 = (a: Val, b: Val): Val => (isK(b, 0) ? a : new Val(0x73, I32, 0, a, b));
export function shl32(a: Val, b: Val): Val {
  if (isK(b, 0)) return a;
  if (a.op === Op.const32 && b.op === Op.const32) return k32(num(a) << num(b));
  return new Val(0x74, I32, 0, a, b);
}
export const shrs32 = (a: Val, b: Val): Val => (isK(b, 0) ? a : new Val(0x75, I32, 0, a, b));
export const shru32 = (a: Val, b: Val): Val => (isK(b, 0) ? a : new Val(0x76, I32, 0, a, b));
export const rotl32 = (a: Val, b: Val): Val => (isK(b, 0) ? a : new Val(0x77, I32, 0, a, b));
export const clz32 = un(0x67, I32);
export const ctz32 = un(0x68, I32);
export const popcnt32 = un(0x69, I32);
export function eqz32(a: Val): Val {
  return a.op === Op.const32 ? k32(num(a) === 0 ? 1 : 0) : new Val(0x45, I32, 0, a);
}
export const eq32 = bin(0x46, I32);
export const ne32 = bin(0x47, I32);
export const lts32 = bin(0x48, I32);
export const ltu32 = bin(0x49, I32);
export const gts32 = bin(0x4a, I32);
export const gtu32 = bin(0x4b, I32);
export const les32 = bin(0x4c, I32);
export const leu32 = bin(0x4d, I32);
export const ges32 = bin(0x4e, I32);
export const geu32 = bin(0x4f, I32);

// ---- conversions
export function wrap(a: Val): Val {
  if (a.op === Op.const64) return k32(Number(BigInt.asIntN(32, big(a))));
  // extend then wrap is the value itself
  if ((a.op === 0xac || a.op === 0xad) && a.a) return a.a;
  return new Val(0xa7, I32, 0, a);
}
export const extu = (a: Val): Val =>
  a.op === Op.const32 ? k64(BigInt(num(a) >>> 0)) : new Val(0xad, I64, 0, a);
export const exts = (a: Val): Val => (a.op === Op.const32 ? k64(num(a)) : new Val(0xac, I64, 0, a));
export const ext8s32 = un(0xc0, I32);
export const ext16s32 = un(0xc1, I32);
export const ext8s64 = un(0xc2, I64);
export const ext16s64 = un(0xc3, I64);
export const ext32s64 = un(0xc4, I64);

// ---- floating point
export const f64FromBits = un(0xbf, F64);
export const bitsFromF64 = un(0xbd, I64);
export const f32FromBits = un(0xbe, F32);
export const bitsFromF32 = un(0xbc, I32);
export const addF64 = bin(0xa0, F64);
export const subF64 = bin(0xa1, F64);
export const mulF64 = bin(0xa2, F64);
export const divF64 = bin(0xa3, F64);
export const sqrtF64 = un(0x9f, F64);
export const absF64 = un(0x99, F64);
export const addF32 = bin(0x92, F32);
export const subF32 = bin(0x93, F32);
export const mulF32 = bin(0x94, F32);
export const divF32 = bin(0x95, F32);
export const eqF64 = bin(0x61, I32);
export const neF64 = bin(0x62, I32);
export const ltF64 = bin(0x63, I32);
export const gtF64 = bin(0x64, I32);
export const promote = un(0xbb, F64);
export const demote = un(0xb6, F32);
export const f64FromS64 = un(0xb9, F64);
export const f64FromS32 = un(0xb7, F64);

/** `cond ? a : b`, both evaluated. */
export function select(cond: Val, a: Val, b: Val): Val {
  if (cond.op === Op.const32) return num(cond) !== 0 ? a : b;
  return new Val(Op.select, a.ty, 0, a, b, cond);
}

/** Memory read of the host; `op` is the wasm load opcode. Pure only while nothing is stored in between. */
export const hostLoad = (op: number, ty: Ty, addr: Val, offset = 0): Val => new Val(op, ty, offset, addr);
export const load32 = (addr: Val, offset = 0): Val => hostLoad(0x28, I32, addr, offset);
export const load64 = (addr: Val, offset = 0): Val => hostLoad(0x29, I64, addr, offset);
export const load8u = (addr: Val, offset = 0): Val => hostLoad(0x2d, I32, addr, offset);
export const load16u = (addr: Val, offset = 0): Val => hostLoad(0x2f, I32, addr, offset);

/** A call whose result is used as a value; it must have no effect on guest registers. */
export const callVal = (fn: number, ty: Ty, ...args: Val[]): Val =>
  new Val(Op.call, ty, fn, undefined, undefined, undefined, args);

// ---- 128-bit vectors; `sub` is the opcode after the 0xfd prefix
export const simd = (sub: number, ty: Ty, a?: Val, b?: Val, c?: Val, lane = 0): Val =>
  new Val(0xfd00 | sub, ty, lane, a, b, c);
export const v128Const = (bits: bigint): Val => new Val(Op.v128const, V128, BigInt.asUintN(128, bits));
export const v128Load = (addr: Val, offset = 0): Val => new Val(0xfd00, V128, offset, addr);

export { isK };
