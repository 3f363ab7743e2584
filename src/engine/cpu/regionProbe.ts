/**
 * What one decoded instruction does, learned by running its meaning against a builder that only takes notes:
 * which general registers it reads and writes, whether it uses the condition code, where control may go.
 */
import { type Address, type CcKind, type Field } from "../isa/s390/semantics.ts";
import { FunctionBuilder } from "../wasm/function.ts";
import * as E from "../wasm/value.ts";
import { I32, I64, V128, k32, k64, type Val } from "../wasm/value.ts";
import type { Branch } from "./branch.ts";
import type { Runtime } from "./runtimeFunctions.ts";
import { S390Builder } from "./s390Builder.ts";

const noRuntime: Runtime = {
  ccCalc: 0,
  slowLoad: 0,
  slowStore: 0,
  slowLoad128: 0,
  slowStore128: 0,
  probe: 0,
  hostFor: 0,
  routines: { get: () => ({ index: 0, result: true }) },
};

export class RegionProbe extends S390Builder {
  used = 0;
  written = 0;
  writtenHigh = 0;
  readonly lows: number[] = [];
  readonly wholes: number[] = [];
  usesCc = false;
  links = false;
  probes = false;
  recheck = false;
  readonly branches: Branch[] = [];
  private depth = 0;

  constructor() {
    super(new FunctionBuilder([I64, I32, V128], []), noRuntime);
  }
  private read(r: Field): Val {
    this.used |= 1 << (r as number);
    return this.fn.get(0);
  }
  private write(r: Field): void {
    this.written |= 1 << (r as number);
    this.used |= 1 << (r as number);
  }
  override let(v: Val): Val {
    return v.isConst ? v : this.fn.get(v.ty === I32 ? 1 : v.ty === V128 ? 2 : 0);
  }
  gpr(r: Field): Val {
    this.wholes.push(r as number);
    return this.read(r);
  }
  setGpr(r: Field): void {
    this.wholes.push(r as number);
    this.writtenHigh |= 1 << (r as number);
    this.write(r);
  }
  low(r: Field): Val {
    this.lows.push(r as number);
    return E.wrap(this.read(r));
  }
  setLow(r: Field): void {
    // Writing half of a whole register costs more than reading it.
    this.lows.push(r as number, r as number);
    this.write(r);
  }
  high(r: Field): Val {
    return E.wrap(this.read(r));
  }
  setHigh(r: Field): void {
    this.writtenHigh |= 1 << (r as number);
    this.write(r);
  }
  fpr(): Val {
    return this.fn.get(0);
  }
  setFpr(): void {
    /* kept in memory */
  }
  vr(): Val {
    return this.fn.get(2);
  }
  setVr(): void {
    /* kept in memory */
  }
  ar(): Val {
    return this.fn.get(1);
  }
  setAr(): void {
    /* kept in memory */
  }
  cr(): Val {
    return this.fn.get(0);
  }
  base(r: Field): Val {
    return r === 0 ? k64(0) : this.gpr(r);
  }
  odd(r: Field): Field {
    return (r as number) | 1;
  }
  forRegisters(r1: Field, r3: Field, body: (r: Field, turn: Val) => void): void {
    for (let r = r1 as number, i = 0; ; r = (r + 1) & 15, i++) {
      body(r, k32(i));
      if (r === r3) break;
    }
  }
  rotateMask(): Val {
    return this.fn.get(0);
  }
  setCc(_kind: CcKind, _a: Val, _b?: Val): void {
    this.usesCc = true;
  }
  override setCcValue(): void {
    this.usesCc = true;
  }
  cc(): Val {
    this.usesCc = true;
    return this.fn.get(1);
  }
  ccSelected(mask: Field): Val {
    if (mask === 15) return k32(1);
    if (mask === 0) return k32(0);
    this.usesCc = true;
    return this.fn.get(1);
  }
  override carry(): Val {
    this.usesCc = true;
    return this.fn.get(0);
  }
  private note(cond: Val | undefined, distance: number | undefined): void {
    if (cond?.isConst && cond.imm === 0) return;
    const always = (cond === undefined || cond.isConst) && this.depth === 0;
    this.branches.push({ distance, always, nested: this.depth > 0 });
  }
  branch(cond: Val | undefined): void {
    this.note(cond, undefined);
  }
  branchRelative(cond: Val | undefined, ri: Field): void {
    this.note(cond, (ri as number) * 2);
  }
  instructionAddress(): Val {
    return k64(0);
  }
  exact(): void {
    this.probes = true;
  }
  recheckInterruptions(): void {
    this.recheck = true;
  }
  override relative(): Val {
    return this.fn.get(0);
  }
  setLink(r: Field): void {
    this.links = true;
    this.setGpr(r);
  }
  override setAddress(r: Field): void {
    this.setGpr(r);
  }
  protected leaveFault(): void {
    /* no control flow here */
  }
  protected leaveProgram(): void {
    /* no control flow here */
  }
  protected tlbBase(): Val {
    return k32(0);
  }
  protected addressMask(): Val | undefined {
    return undefined;
  }
  protected afterSlowStore(): void {
    /* no control flow here */
  }
  protected spaceOf(): Val {
    return k32(0);
  }
  protected noBase(): Field {
    return 0;
  }
  // Storage: only the address matters, and it was read when it was made.
  override load(): Val {
    return this.fn.get(0);
  }
  override loadSigned(): Val {
    return this.fn.get(0);
  }
  override load32(): Val {
    return this.fn.get(1);
  }
  override loadSigned32(): Val {
    return this.fn.get(1);
  }
  override load128(): Val {
    return this.fn.get(2);
  }
  override store(): void {
    /* nothing to note */
  }
  override store128(): void {
    /* nothing to note */
  }
  override probe(_a: Address): void {
    this.probes = true;
  }
  override compareAndSwap(): Val {
    return this.fn.get(0);
  }
  override routine(): Val {
    return this.fn.get(0);
  }
  override program(): void {
    /* leaves the region */
  }
  override overflow(): void {
    /* leaves the region */
  }
  override if(cond: Val, then: () => void, otherwise?: () => void): void {
    if (cond.isConst) {
      if (cond.imm !== 0) then();
      else otherwise?.();
      return;
    }
    this.depth++;
    then();
    otherwise?.();
    this.depth--;
  }
  override ifField(f: Field, then: () => void, otherwise?: () => void): void {
    if (f !== 0) then();
    else otherwise?.();
  }
  override loop(body: (again: (cond: Val) => void) => void): void {
    this.depth++;
    body(() => undefined);
    this.depth--;
  }
  override variable(init: Val): { get(): Val; set(v: Val): void } {
    return {
      get: () => this.let(init.isConst ? this.fn.get(init.ty === I32 ? 1 : init.ty === V128 ? 2 : 0) : init),
      set: () => undefined,
    };
  }
}
