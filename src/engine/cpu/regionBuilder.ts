/**
 * Writes meanings for a compiled region: fields are constants, general registers, condition code and
 * countdown are locals, everything else of the CPU stays in memory. Ways out go through one exit block that
 * writes the locals back.
 */
import { assert } from "../base/assert.ts";
import { Cc, type Address, type CcKind, type Field } from "../isa/s390/semantics.ts";
import type { FunctionBuilder, Label } from "../wasm/function.ts";
import * as E from "../wasm/value.ts";
import { I32, I64, Op, k32, k64, type Val } from "../wasm/value.ts";
import { CODE_EPOCH, Exit, Reg, TLB_BIAS, TLB_READ, TLB_WRITE } from "./layout.ts";
import type { Mode } from "./mode.ts";
import { carryByKind, selectedByKind } from "./knownCondition.ts";
import type { Runtime } from "./runtimeFunctions.ts";
import { SLOT_JUMP, SLOT_RETURN, type Terminator } from "./regionExit.ts";
import { RegionRegisters, type RegionLocals } from "./regionRegisters.ts";
import { LOAD32, LOAD64, STORE32, STORE64 } from "./storageBuilder.ts";

const ZERO = k32(0);
const UNKNOWN = -1;
export class RegionBuilder extends RegionRegisters {
  private readonly mode: Mode;
  protected override readonly tlbOffset: number;
  private readonly operationType: number;
  exit!: Label;
  /** Offset in its page of the instruction being written. */
  at = 0;
  /** Instructions of its block after it. */
  after = 0;
  operation = { handler: 0, entry: 0 };
  term: Terminator | undefined;
  /** What the condition-code locals are known to hold. */
  kind: CcKind | -1 = UNKNOWN;
  hasSlowStore = false;
  private depth = 0;
  private span: { address: number; host: number; write: boolean; length: number } | undefined;
  private endOfInstruction: Label | undefined;

  constructor(
    fn: FunctionBuilder,
    runtime: Runtime,
    mode: Mode,
    bank: number,
    l: RegionLocals,
    written: number,
    usesCc: boolean,
    operationType: number,
  ) {
    super(fn, runtime, l, written, usesCc);
    this.mode = mode;
    this.tlbOffset = bank;
    this.operationType = operationType;
  }

  // ---- condition code
  setCc(kind: CcKind, a: Val, b?: Val): void {
    this.fn.set(this.l.ccA, this.wide(kind, a));
    if (b) this.fn.set(this.l.ccB, this.wide(kind, b));
    this.fn.set(this.l.ccOp, k32(kind));
    this.kind = this.depth === 0 ? kind : UNKNOWN;
  }
  private get a(): Val {
    return this.fn.get(this.l.ccA);
  }
  private get b(): Val {
    return this.fn.get(this.l.ccB);
  }
  cc(): Val {
    if (this.kind === Cc.value) return E.wrap(this.a);
    return this.fn.let(E.callVal(this.runtime.ccCalc, I32, this.fn.get(this.l.ccOp), this.a, this.b));
  }
  override carry(): Val {
    return (
      carryByKind({ kind: this.kind, a: this.a, b: this.b, pin: (v) => this.fn.let(v) }) ?? super.carry()
    );
  }
  ccSelected(field: Field): Val {
    const mask = field as number;
    if (mask === 15) return k32(1);
    if (mask === 0) return k32(0);
    return (
      selectedByKind({ kind: this.kind, a: this.a, b: this.b, pin: (v) => this.fn.let(v) }, mask) ??
      E.and32(E.shru32(k32(mask), E.sub32(k32(3), this.cc())), k32(1))
    );
  }
  // ---- control
  /**
   * Virtual address at an offset from the page's start. The same code runs wherever its frame is mapped: it
   * is never a constant.
   */
  addressOf(offset: number): Val {
    const address = E.add64(this.fn.get(this.l.page), k64(offset));
    return offset >= 0 && offset < 4096 ? address : this.wrapAddress(address);
  }
  instructionAddress(): Val {
    return this.addressOf(this.at);
  }
  override relative(ri: Field): Val {
    return this.addressOf(this.at + (ri as number) * 2);
  }
  override nextAddress(): Val {
    return this.addressOf(this.at + this.ilc());
  }
  setLink(r: Field): void {
    const next = this.nextAddress();
    if (this.mode.addressBits === 64) this.setGpr(r, next);
    else this.setLow(r, this.mode.addressBits === 31 ? E.wrap(E.or64(next, k64(0x80000000n))) : E.wrap(next));
  }
  branch(cond: Val | undefined, target: Val): void {
    this.goes(cond, undefined, target);
  }
  branchRelative(cond: Val | undefined, ri: Field): void {
    this.goes(cond, (ri as number) * 2, undefined);
  }
  private goes(cond: Val | undefined, distance: number | undefined, target: Val | undefined): void {
    if (cond?.isConst && cond.imm === 0) return;
    const condition = cond?.isConst ? undefined : cond;
    const pinned = target && this.fn.let(target);
    if (this.depth === 0) {
      assert(!this.term, `${this.instruction.mnemonic} branches twice`);
      this.term = { cond: condition && this.fn.let(condition), distance, target: pinned };
      return;
    }
    const leave = (): void => {
      this.refund();
      this.leaveTo(pinned ?? this.addressOf(this.at + distance!), SLOT_JUMP);
    };
    if (condition) this.fn.if(condition, leave);
    else leave();
  }
  /** Gives back the countdown of the block's instructions that will not run. */
  private refund(): void {
    if (this.after > 0) this.fn.set(this.l.ic, E.add32(this.fn.get(this.l.ic), k32(this.after)));
  }
  leaveTo(pc: Val, slot: number): void {
    this.fn.set(this.l.pc, pc);
    this.fn.set(this.l.slot, k32(slot));
    this.fn.br(this.exit);
  }
  protected leaveFault(): void {
    this.leaveProgram();
  }
  protected leaveProgram(): void {
    this.refund();
    this.fn.set(this.l.result, k32(Exit.program));
    this.leaveTo(this.instructionAddress(), SLOT_RETURN);
  }
  override if(cond: Val, then: () => void, otherwise?: () => void): void {
    if (cond.isConst) {
      if (cond.imm !== 0) then();
      else otherwise?.();
      return;
    }
    const before = this.kind;
    this.depth++;
    this.fn.if(cond, then, otherwise);
    this.depth--;
    if (this.kind !== before) this.kind = UNKNOWN;
  }
  override overflow(cond: Val): void {
    if (this.mode.overflow) this.program(0x08, cond);
  }
  override ifField(f: Field, then: () => void, otherwise?: () => void): void {
    if (f !== 0) then();
    else otherwise?.();
  }
  override loop(body: (again: (cond: Val) => void) => void): void {
    this.depth++;
    super.loop(body);
    this.depth--;
  }

  // ---- storage
  protected tlbBase(): undefined {
    return undefined;
  }
  protected addressMask(): Val | undefined {
    return this.mode.addressBits === 64
      ? undefined
      : k64(this.mode.addressBits === 31 ? 0x7fffffffn : 0xffffffn);
  }
  protected spaceOf(base: Field): Val {
    return k32(base === 0 ? Reg.zero : (base as number) * 8);
  }
  protected noBase(): Field {
    return 0;
  }
  protected afterSlowStore(): void {
    this.hasSlowStore = true;
    this.fn.store32(ZERO, ZERO, Reg.fault);
    this.fn.set(this.l.changed, k32(1));
  }
  /**
   * Instructions that test a whole operand first get one check for all of it, and their operation function
   * where that fails.
   */
  begin(probes: boolean): void {
    this.term = undefined;
    this.span = undefined;
    this.hasSlowStore = false;
    this.endOfInstruction = probes ? this.fn.block() : undefined;
  }
  finish(): void {
    if (this.endOfInstruction) this.fn.end();
    this.endOfInstruction = undefined;
    this.span = undefined;
  }
  override probe(a: Address, length: Val, kind: "read" | "write"): void {
    if (!this.endOfInstruction || this.span || !length.isConst || this.depth > 0) {
      super.probe(a, length, kind);
      return;
    }
    const address = this.fn.let(a.value);
    const bytes = length.imm as number;
    const tag = kind === "write" ? TLB_WRITE : TLB_READ;
    const entry = this.entryOf(address);
    this.fn.if(E.eqz32(this.hit(address, entry, bytes, tag)), () => {
      this.callOperation();
      this.fn.br(this.endOfInstruction!);
    });
    if (address.op !== Op.localGet) return;
    const host = this.fn.temp(I32);
    this.fn.set(host, this.hostOf(address, entry));
    this.span = { address: address.imm as number, host, write: kind === "write", length: bytes };
  }
  /** Host base of an access that the span has already checked; the offset is that of the access. */
  private inSpan(a: Address, size: number, write: boolean): Val | undefined {
    const { span } = this;
    if (!span || (write && !span.write)) return undefined;
    const v = a.value;
    let offset = 0;
    let root: Val = v;
    if (v.op === 0x7c && v.b?.op === Op.const64 && v.a) {
      offset = Number(v.b.imm);
      root = v.a;
    }
    if (root.op !== Op.localGet || root.imm !== span.address || offset < 0 || offset + size > span.length)
      return undefined;
    return E.sub32(this.fn.get(span.host), k32(offset));
  }
  override load(size: 1 | 2 | 4 | 8, a: Address): Val {
    const host = this.inSpan(a, size, false);
    if (!host) return super.load(size, a);
    return this.fn.let(E.hostLoad(LOAD64[size]!, I64, host, TLB_BIAS - size));
  }
  override load32(size: 1 | 2 | 4, a: Address): Val {
    const host = this.inSpan(a, size, false);
    if (!host) return super.load32(size, a);
    return this.fn.let(E.hostLoad(LOAD32[size]!, I32, host, TLB_BIAS - size));
  }
  override store(size: 1 | 2 | 4 | 8, a: Address, v: Val): void {
    const host = this.inSpan(a, size, true);
    if (!host) {
      super.store(size, a, v);
      return;
    }
    const op = (v.ty === I32 ? STORE32 : STORE64)[size]!;
    this.fn.store(op, host, v, TLB_BIAS - size);
  }

  // ---- operation functions
  exact(): void {
    assert(this.endOfInstruction, "an instruction with a slow implementation is announced");
    this.callOperation();
    this.fn.br(this.endOfInstruction);
  }
  recheckInterruptions(): void {
    this.fn.if(E.load32(ZERO, Reg.pending), () => {
      this.refund();
      this.fn.set(this.l.result, k32(Exit.done));
      this.leaveTo(this.nextAddress(), SLOT_RETURN);
    });
  }
  /** Runs the instruction by its operation function; goes on behind it if it neither branched nor left. */
  callOperation(): void {
    this.writeBack();
    this.fn.store64(ZERO, this.instructionAddress(), Reg.pc);
    this.fn.store64(ZERO, this.instructionAddress(), Reg.exTarget);
    this.fn.store32(ZERO, E.add32(this.fn.get(this.l.ic), k32(this.after)), Reg.ic);
    const epoch = this.fn.let(E.load32(ZERO, CODE_EPOCH));
    this.fn.callIndirect(this.operationType, k32(this.operation.handler), 1, k32(this.operation.entry));
    this.fn.popTo(this.l.result);
    this.fn.if(E.les32(this.fn.get(this.l.result), k32(0)), () =>
      this.fn.return_(this.fn.get(this.l.result)),
    );
    this.fn.set(this.l.result, k32(0));
    this.fn.if(E.ne32(epoch, E.load32(ZERO, CODE_EPOCH)), () => this.fn.set(this.l.changed, k32(1)));
    this.hasSlowStore = true;
    this.reload();
    this.fn.epoch++;
    this.kind = UNKNOWN;
  }
}

