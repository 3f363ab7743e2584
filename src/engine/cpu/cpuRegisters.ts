/**
 * Registers and addresses of the running vCPU for helper instructions; the values are those of the engine's
 * fixed block.
 */
import { Cc } from "../isa/s390/semantics.ts";
import type { Core } from "./core.ts";
import { Reg } from "./layout.ts";

const MASK64 = 0xffff_ffff_ffff_ffffn;

export abstract class CpuRegisters {
  protected readonly core: Core;
  /**
   * Set by instructions that moved the instruction address, or want the machine to look before the next one.
   */
  branched = false;
  attention = false;
  /** The program interruption of the instruction came after its results. */
  completed = false;
  /**
   * Length in bytes of an instruction that branched and then was completed by a program interruption: its
   * own is no longer at the instruction address. 0 of all others.
   */
  leftLength = 0;
  /** What a space-switch event would tell of the instruction; program-event recording resets it. */
  spaceLeft: number | undefined;
  /** Length of the EXECUTE that a branching instruction is the target of, 0 without. */
  protected executeLength = 0;
  readonly unitsPerExecution = 65536;

  constructor(core: Core) {
    this.core = core;
  }
  protected get m() {
    return this.core.memory;
  }
  protected get vcpu() {
    return this.core.vcpu;
  }

  gr(n: number): bigint {
    return this.m.u64[n]!;
  }
  setGr(n: number, value: bigint): void {
    this.m.u64[n] = value;
  }
  grLow(n: number): number {
    return this.m.u32[n * 2]!;
  }
  setGrLow(n: number, value: number): void {
    this.m.u32[n * 2] = value;
  }
  ar(n: number): number {
    return this.m.u32[(Reg.ar >> 2) + n]!;
  }
  setAr(n: number, value: number): void {
    this.m.u32[(Reg.ar >> 2) + n] = value;
  }
  cr(n: number): bigint {
    return this.m.u64[(Reg.cr >> 3) + n]!;
  }
  setCr(n: number, value: bigint): void {
    this.m.u64[(Reg.cr >> 3) + n] = value;
    this.core.refreshMode();
    this.attention = true;
  }
  fpr(n: number): bigint {
    return this.m.u64[(Reg.vr >> 3) + n * 2 + 1]!;
  }
  setFpr(n: number, value: bigint): void {
    this.m.u64[(Reg.vr >> 3) + n * 2 + 1] = value;
  }
  fprPair(n: number): bigint {
    return (this.fpr(n) << 64n) | this.fpr(n + 2);
  }
  setFprPair(n: number, value: bigint): void {
    this.setFpr(n, value >> 64n);
    this.setFpr(n + 2, value & MASK64);
  }
  vr(n: number): bigint {
    const at = (Reg.vr >> 3) + n * 2;
    return (this.m.u64[at + 1]! << 64n) | this.m.u64[at]!;
  }
  setVr(n: number, value: bigint): void {
    const at = (Reg.vr >> 3) + n * 2;
    this.m.u64[at + 1] = value >> 64n;
    this.m.u64[at] = value;
  }
  get fpc(): number {
    return this.m.u32[Reg.fpc >> 2]!;
  }
  set fpc(value: number) {
    this.m.u32[Reg.fpc >> 2] = value;
  }
  get cc(): number {
    return this.core.conditionCode();
  }
  set cc(value: number) {
    this.m.u32[Reg.ccOp >> 2] = Cc.value;
    this.m.u64[Reg.ccA >> 3] = BigInt(value);
  }
  get programMask(): number {
    return this.m.u32[Reg.programMask >> 2]!;
  }

  // ---- addresses
  get addressBits(): 24 | 31 | 64 {
    return this.core.mode.addressBits;
  }
  wrap(address: bigint): bigint {
    return address & this.m.u64[Reg.addressMask >> 3]!;
  }
  address(b: number, d: number, x = 0): bigint {
    let sum = BigInt(d);
    if (b) sum += this.gr(b);
    if (x) sum += this.gr(x);
    return this.wrap(sum);
  }
  setAddress(n: number, address: bigint): void {
    if (this.addressBits === 64) this.setGr(n, address);
    else this.setGrLow(n, Number(address & 0x7fffffffn));
  }
}
