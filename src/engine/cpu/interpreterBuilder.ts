/**
 * Writes meanings for the predecoded interpreter: fields are read from the entry, registers live in memory.
 * The same class serves the big loop (`LoopFrame`: registers of the loop are locals, ends are jumps) and
 * operation functions (`CallFrame`: one function per instruction, ends are return values).
 */
import { assert } from "../base/assert.ts";
import type { Format, FieldName } from "../isa/s390/format.ts";
import type { CcKind, Field, Fields } from "../isa/s390/semantics.ts";
import type { FunctionBuilder, Label } from "../wasm/function.ts";
import * as E from "../wasm/value.ts";
import { I32, k32, k64, type Val } from "../wasm/value.ts";
import { ENTRY, Exit, Reg } from "./layout.ts";
import type { Runtime } from "./runtimeFunctions.ts";
import { S390Builder, isConstField } from "./s390Builder.ts";

/** Where control goes from inside the interpreter loop. */
export interface LoopFrame {
  readonly entry: number;
  readonly pageBase: number;
  readonly pageVirtual: number;
  readonly pc: number;
  readonly tlb: number;
  readonly code: number;
  /** ep already points at the target's entry, perhaps outside the page. */
  readonly taken: Label;
  /** pc holds the target. */
  readonly lookup: Label;
  /** `code` says why; pc is this instruction. */
  readonly leaveAt: Label;
}

const ZERO = k32(0);

export class InterpreterBuilder extends S390Builder {
  private readonly entry: number;
  private readonly loopFrame: LoopFrame | undefined;

  /** Without a loop frame: the body of an operation function whose parameter 0 is the entry. */
  constructor(fn: FunctionBuilder, runtime: Runtime, loopFrame?: LoopFrame) {
    super(fn, runtime);
    this.loopFrame = loopFrame;
    this.entry = loopFrame?.entry ?? 0;
  }

  /** Fields of a format as reads of the entry; `fixed` ones are constants. */
  fields(format: Format, fixed: Partial<Record<FieldName, number>>): Fields {
    const result: Record<string, Field> = {};
    for (const f of format.fields) {
      const constant = fixed[f.name];
      if (constant !== undefined) result[f.name] = constant;
      else if (f.kind === "signed" || f.kind === "unsigned")
        result[f.name] = E.load32(this.fn.get(this.entry), f.slot);
      else result[f.name] = E.load8u(this.fn.get(this.entry), f.slot);
    }
    return new Proxy(result, {
      get: (target, name: string) => {
        const found = target[name];
        assert(found !== undefined, `${this.instruction.mnemonic}: format has no field ${name}`);
        return found;
      },
    }) as unknown as Fields;
  }

  private register(v: Val): Val {
    v.epoch = this.fn.epoch;
    return v;
  }
  private wrote(): void {
    this.fn.epoch++;
  }
  gpr(r: Field): Val {
    return this.register(isConstField(r) ? E.load64(ZERO, Reg.gpr + r * 8) : E.load64(r, Reg.gpr));
  }
  setGpr(r: Field, v: Val): void {
    if (isConstField(r)) this.fn.store64(ZERO, v, Reg.gpr + r * 8);
    else this.fn.store64(r, v, Reg.gpr);
    this.wrote();
  }
  low(r: Field): Val {
    return this.register(isConstField(r) ? E.load32(ZERO, Reg.gpr + r * 8) : E.load32(r, Reg.gpr));
  }
  setLow(r: Field, v: Val): void {
    if (isConstField(r)) this.fn.store32(ZERO, v, Reg.gpr + r * 8);
    else this.fn.store32(r, v, Reg.gpr);
    this.wrote();
  }
  high(r: Field): Val {
    return this.register(isConstField(r) ? E.load32(ZERO, Reg.gpr + r * 8 + 4) : E.load32(r, Reg.gpr + 4));
  }
  setHigh(r: Field, v: Val): void {
    if (isConstField(r)) this.fn.store32(ZERO, v, Reg.gpr + r * 8 + 4);
    else this.fn.store32(r, v, Reg.gpr + 4);
    this.wrote();
  }
  base(r: Field): Val {
    if (r === 0) return k64(0);
    return this.gpr(r);
  }
  odd(r: Field): Field {
    return isConstField(r) ? r | 1 : E.or32(r, k32(8));
  }
  /** Host address and offset of an entry of another register array, `size` bytes each. */
  private slot(r: Field, base: number, size: number): [Val, number] {
    if (isConstField(r)) return [ZERO, base + r * size];
    return [size === 16 ? E.shl32(r, k32(1)) : size === 4 ? E.shru32(r, k32(1)) : r, base];
  }
  fpr(r: Field): Val {
    return this.register(E.load64(...this.slot(r, Reg.vr + 8, 16)));
  }
  setFpr(r: Field, v: Val): void {
    const [at, offset] = this.slot(r, Reg.vr + 8, 16);
    this.fn.store64(at, v, offset);
    this.wrote();
  }
  override fprShort(r: Field): Val {
    return this.register(E.load32(...this.slot(r, Reg.vr + 12, 16)));
  }
  override setFprShort(r: Field, v: Val): void {
    const [at, offset] = this.slot(r, Reg.vr + 12, 16);
    this.fn.store32(at, v, offset);
    this.wrote();
  }
  vr(r: Field): Val {
    return this.register(E.v128Load(...this.slot(r, Reg.vr, 16)));
  }
  setVr(r: Field, v: Val): void {
    const [at, offset] = this.slot(r, Reg.vr, 16);
    this.fn.store(0xfd0b, at, v, offset);
    this.wrote();
  }
  ar(r: Field): Val {
    return this.register(E.load32(...this.slot(r, Reg.ar, 4)));
  }
  setAr(r: Field, v: Val): void {
    const [at, offset] = this.slot(r, Reg.ar, 4);
    this.fn.store32(at, v, offset);
    this.wrote();
  }
  cr(r: Field): Val {
    return E.load64(...this.slot(r, Reg.cr, 8));
  }

  forRegisters(r1: Field, r3: Field, body: (r: Field, turn: Val) => void): void {
    const scaled = (r: Field): Val => (isConstField(r) ? k32(r * 8) : r);
    const r = this.fn.temp(I32);
    const turn = this.fn.temp(I32);
    const last = this.fn.let(scaled(r3));
    this.fn.set(r, scaled(r1));
    this.fn.set(turn, k32(0));
    const again = this.fn.loop();
    body(this.fn.get(r), this.fn.get(turn));
    this.fn.if(E.ne32(this.fn.get(r), last), () => {
      this.fn.set(r, E.and32(E.add32(this.fn.get(r), k32(8)), k32(0x78)));
      this.fn.set(turn, E.add32(this.fn.get(turn), k32(1)));
      this.fn.br(again);
    });
    this.fn.end();
  }

  /**
   * Bits i3..i4 with wrap-around: predecoded as a 64-bit mask is not possible in two bytes, so it is made
   * from them.
   */
  rotateMask(f: Fields): Val {
    const from = E.extu(E.and32(this.i32(f.i3), k32(63)));
    const to = E.extu(E.and32(this.i32(f.i4), k32(63)));
    const first = this.fn.let(from);
    const last = this.fn.let(to);
    const head = E.shru64(k64(-1n), first);
    const tail = E.shl64(k64(-1n), E.sub64(k64(63), last));
    return this.fn.let(E.select(E.leu64(first, last), E.and64(head, tail), E.or64(head, tail)));
  }

  setCc(kind: CcKind, a: Val, b?: Val): void {
    const first = this.wide(kind, a);
    this.fn.store64(ZERO, first, Reg.ccA);
    if (b) this.fn.store64(ZERO, this.wide(kind, b), Reg.ccB);
    this.fn.store32(ZERO, k32(kind), Reg.ccOp);
  }
  cc(): Val {
    return this.fn.let(
      E.callVal(
        this.runtime.ccCalc,
        I32,
        E.load32(ZERO, Reg.ccOp),
        E.load64(ZERO, Reg.ccA),
        E.load64(ZERO, Reg.ccB),
      ),
    );
  }
  ccSelected(mask: Field): Val {
    if (isConstField(mask)) {
      if (mask === 15) return k32(1);
      if (mask === 0) return k32(0);
    }
    return E.and32(E.shru32(this.i32(mask), E.sub32(k32(3), this.cc())), k32(1));
  }

  instructionAddress(): Val {
    const l = this.loopFrame;
    if (!l) return E.load64(ZERO, Reg.exTarget);
    const distance = E.shrs32(
      E.sub32(this.fn.get(l.entry), this.fn.get(l.pageBase)),
      k32(Math.log2(ENTRY / 2)),
    );
    return E.add64(this.fn.get(l.pageVirtual), E.exts(distance));
  }
  override nextAddress(): Val {
    if (this.loopFrame) return super.nextAddress();
    const pc = E.load64(ZERO, Reg.pc);
    const own = E.eq64(pc, E.load64(ZERO, Reg.exTarget));
    const length = E.select(own, k32(this.ilc()), E.load32(ZERO, Reg.exLength));
    return this.wrapAddress(E.add64(pc, E.extu(length)));
  }
  exact(): void {
    const { exact } = this.runtime;
    assert(
      !this.loopFrame && exact !== undefined,
      "an instruction with a slow implementation has an operation function",
    );
    this.fn.return_(E.callVal(exact, I32, this.fn.get(this.entry)));
  }
  recheckInterruptions(): void {
    assert(!this.loopFrame, "not in the loop");
    this.fn.if(E.load32(ZERO, Reg.pending), () => {
      this.fn.store64(ZERO, this.nextAddress(), Reg.pc);
      this.fn.return_(k32(Exit.done));
    });
  }
  setLink(r: Field): void {
    const next = this.fn.let(E.or64(this.nextAddress(), E.load64(ZERO, Reg.linkOr)));
    const wide = E.eq64(E.load64(ZERO, Reg.addressMask), k64(-1n));
    const old = E.and64(this.gpr(r), k64(0xffffffff00000000n));
    this.setGpr(r, E.select(wide, next, E.or64(old, E.and64(next, k64(0xffffffffn)))));
  }
  branch(cond: Val | undefined, target: Val): void {
    const l = this.loopFrame;
    const go = (): void => {
      if (l) {
        this.fn.set(l.pc, target);
        this.fn.br(l.lookup);
      } else {
        this.fn.store64(ZERO, target, Reg.pc);
        this.fn.return_(k32(Exit.branched));
      }
    };
    if (cond) this.fn.if(cond, go);
    else go();
  }
  branchRelative(cond: Val | undefined, ri: Field): void {
    const l = this.loopFrame;
    const short = this.instruction.format.fields.every((f) => !f.name.startsWith("ri") || f.width <= 16);
    if (!l || !short) {
      this.branch(cond, this.relative(ri));
      return;
    }
    const go = (): void => {
      this.fn.set(l.entry, E.add32(this.fn.get(l.entry), E.shl32(this.i32(ri), k32(Math.log2(ENTRY)))));
      this.fn.br(l.taken);
    };
    if (cond) this.fn.if(cond, go);
    else go();
  }

  protected leaveFault(): void {
    this.leaveProgram();
  }
  protected leaveProgram(): void {
    const l = this.loopFrame;
    if (l) {
      this.fn.set(l.code, k32(Exit.program));
      this.fn.br(l.leaveAt);
    } else this.fn.return_(k32(Exit.program));
  }
  protected tlbBase(): Val {
    return this.loopFrame ? this.fn.get(this.loopFrame.tlb) : E.load32(ZERO, Reg.tlb);
  }
  protected addressMask(): Val | undefined {
    return E.load64(ZERO, Reg.addressMask);
  }
  protected afterSlowStore(): void {
    this.fn.store32(ZERO, ZERO, Reg.fault);
  }
  protected spaceOf(base: Field): Val {
    return isConstField(base) ? k32(base === 0 ? Reg.zero : base * 8) : base;
  }
  protected noBase(): Field {
    return 0;
  }
}

