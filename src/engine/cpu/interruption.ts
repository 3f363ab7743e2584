/**
 * Interruptions of the running vCPU by PSW swap (Principles of Operation, chapter 6): program and
 * supervisor-call ones with their codes and instruction lengths; the others only swap through here.
 *
 * A nullifying exception leaves the address of the instruction in the old PSW, every other one that of the
 * next. Events of program-event recording go along with any other condition, or interrupt alone.
 */
import { lengthOf } from "../isa/s390/format.ts";
import type { Core } from "./core.ts";
import { Reg } from "./layout.ts";
import { PSW_BA } from "./mode.ts";
import { PER_EVENT } from "./programEvents.ts";
import { FETCH } from "./storageAccess.ts";

const isBetween = (code: number, first: number, last: number): boolean => code >= first && code <= last;
/** Exceptions of access-register translation, which tell the register. */
export const isOfAlet = (code: number): boolean => isBetween(code, 0x28, 0x2d);
/** Exceptions of dynamic address translation, which tell the page and the space. */
const isOfPage = (code: number): boolean => isBetween(code, 0x10, 0x11) || isBetween(code, 0x38, 0x3b);
/** Exceptions of a translation by number, and space-switch events: they tell a number. */
const isOfNumber = (code: number): boolean => isBetween(code, 0x20, 0x25) || code === 0x1c;
/** ALET-specification exceptions suppress, and trace-table and stack exceptions nullify. */
const isNullifying = (code: number): boolean =>
  isOfPage(code) || code === 0x16 || isBetween(code, 0x20, 0x25) || isBetween(code, 0x29, 0x34);

export class Interruption {
  private readonly core: Core;
  private earlyDepth = 0;

  constructor(core: Core) {
    this.core = core;
  }

  /** Stores the old PSW at one real address of the prefix area, loads the new one from another. */
  swapPsw(old: number, fresh: number): void {
    const prefix = this.core.storage.prefix;
    this.core.ram.setU64(prefix + old, this.core.pswMask(), "interruption");
    this.core.ram.setU64(prefix + old + 8, this.core.pc, "interruption");
    if (!this.core.setPsw(this.core.ram.u64(prefix + fresh), this.core.ram.u64(prefix + fresh + 8)))
      this.earlySpecification();
  }
  private earlySpecification(): void {
    // A program new PSW that is itself invalid would loop: the CPU check-stops.
    if (this.earlyDepth > 0) {
      this.core.vcpu.state = "check-stop";
      // Bits that no PSW has are told in an old PSW alone, which there is none of here.
      this.core.vcpu.maskLow = (this.core.vcpu.maskLow & PSW_BA) >>> 0;
      return;
    }
    this.earlyDepth++;
    this.program(6, 0, true);
    this.earlyDepth--;
  }

  /** Length in bytes of the instruction at pc, from storage; 0 if it cannot be reached. */
  lengthAtPc(): number {
    const pc = this.core.pc;
    const code = this.core.storage.resolve(
      Number(pc >> 32n),
      Number(pc & 0xffffffffn),
      FETCH,
      Reg.zero,
      -1,
      0,
    );
    return code ? 0 : lengthOf(this.core.memory.halfword(this.core.storage.absolute & ~1));
  }
  /** Virtual address after the current instruction (under EXECUTE: after the EXECUTE). */
  nextAddress(): bigint {
    const length = this.lengthAtPc() || 2;
    return (this.core.pc + BigInt(length)) & this.core.memory.u64[Reg.addressMask >> 3]!;
  }

  /** Takes the program interruption that the instruction of `length` bytes at pc, or just left, has met. */
  ofInstruction(length: number): void {
    const { cpu, memory } = this.core;
    const left = cpu.leftLength;
    cpu.leftLength = 0;
    this.program(memory.u32[Reg.pgm >> 2]!, left || length, left !== 0);
  }

  /**
   * Takes a program interruption for the instruction at pc. `early`: pc is already right and the length is 0.
   */
  program(code: number, ilc: number, early = false): void {
    const lowcore = this.core.storage.prefix;
    const v = this.core.vcpu;
    const { pc } = this.core;
    const { teid, exceptionAccess } = v;
    if (!isNullifying(code) && !early)
      this.core.pc = (this.core.pc + BigInt(ilc)) & this.core.memory.u64[Reg.addressMask >> 3]!;
    const ram = this.core.ram;
    const told = this.core.events.takeTo(ram, lowcore) ? code | PER_EVENT : code;
    this.core.onProgram?.(told, pc);
    ram.setU16(lowcore + 0x8c, ilc, "interruption");
    ram.setU16(lowcore + 0x8e, told, "interruption");
    if (code === 7 || code === 0x1b) {
      const dxc = this.core.memory.u32[Reg.dxc >> 2]!;
      ram.setU32(lowcore + 0x90, dxc, "interruption");
      if (this.core.mode.afp) this.core.cpu.fpc = (this.core.cpu.fpc & ~0xff00) | (dxc << 8);
    }
    const isOfAccess = isOfPage(code) || code === 4;
    if (isOfAccess) ram.setU64(lowcore + 0xa8, teid, "interruption");
    if (isOfAccess || isOfAlet(code)) ram.setU8(lowcore + 0xa0, exceptionAccess, "interruption");
    if (isOfNumber(code)) ram.setU32(lowcore + 0xac, this.core.memory.u32[Reg.dxc >> 2]!, "interruption");
    if (code === 0x11 && v.operandAccess) ram.setU8(lowcore + 0xa2, v.operandAccess, "interruption");
    v.operandAccess = 0;
    if (code === 0x40) {
      ram.setU16(lowcore + 0x94, v.monitorClass, "interruption");
      ram.setU64(lowcore + 0xb0, v.monitorCode, "interruption");
    }
    this.swapPsw(0x150, 0x1d0);
  }
  supervisorCall(number: number): void {
    const lowcore = this.core.storage.prefix;
    const exLength = this.underExecute();
    this.core.ram.setU16(lowcore + 0x88, exLength || 2, "interruption");
    this.core.ram.setU16(lowcore + 0x8a, number, "interruption");
    this.core.pc = (this.core.pc + BigInt(exLength || 2)) & this.core.memory.u64[Reg.addressMask >> 3]!;
    this.swapPsw(0x140, 0x1c0);
  }
  /** Length of the EXECUTE in progress, or 0. */
  underExecute(): number {
    const m = this.core.memory;
    return m.u64[Reg.exTarget >> 3] === m.u64[Reg.pc >> 3] ? 0 : m.u32[Reg.exLength >> 2]!;
  }
}
