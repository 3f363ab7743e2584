/** One vCPU as the interrupt controller sees it (`VcpuPort`), whether it runs or is parked. */
import { errno, type Errno } from "../api/errno.ts";
import { ok, refuse, type Result } from "../base/result.ts";
import { Cc } from "../isa/s390/semantics.ts";
import type { Core } from "../cpu/core.ts";
import { Reg } from "../cpu/layout.ts";
import type { Vcpu } from "../cpu/vcpu.ts";
import type { VcpuPort } from "../devices/flic/vcpuPort.ts";
import { saveAdditionalStatus, saveStatus } from "./status.ts";

/**
 * CPU reset; initial CPU reset, which also clears PSW, prefix, control registers and timers; all of that and
 * the registers.
 */
export type CpuReset = "cpu" | "initial" | "clear";

/**
 * Of the register-save areas: a machine check's is at this real address, a store status' at this absolute one
 * (chapter 3, "Assigned Storage Locations").
 */
const SAVE_AREA = 0x1200;
/** Absolute: one after a store status, for z/Architecture. */
const ARCHITECTURE_ID = 163;

export class VcpuAdapter implements VcpuPort {
  readonly id: number;
  readonly vcpu: Vcpu;
  private readonly core: Core;
  private readonly tod: () => bigint;
  private readonly parked: DataView;

  constructor(core: Core, vcpu: Vcpu, tod: () => bigint) {
    this.core = core;
    this.vcpu = vcpu;
    this.id = vcpu.id;
    this.tod = tod;
    this.parked = new DataView(vcpu.parked.buffer);
  }
  /** Register block: the live one while this CPU is current. */
  private get registers(): DataView {
    return this.core.vcpu === this.vcpu ? this.core.memory.view : this.parked;
  }
  pswMaskHigh(): number {
    return this.vcpu.maskHigh;
  }
  crLow(n: number): number {
    return this.registers.getUint32(Reg.cr + n * 8, true);
  }
  cr(n: number): bigint {
    return this.registers.getBigUint64(Reg.cr + n * 8, true);
  }
  /** Instruction address of the PSW. */
  address(): bigint {
    return this.registers.getBigUint64(Reg.pc, true);
  }
  clockComparatorPending(): boolean {
    return this.vcpu.clockComparator < this.tod();
  }
  /** CPU timer, 64 bits; it runs while the CPU is in the operating state. */
  cpuTimer(): bigint {
    return this.core.cpuTimer(this.vcpu);
  }
  cpuTimerPending(): boolean {
    return this.cpuTimer() >> 63n === 1n;
  }
  singleStepping(): boolean {
    return false;
  }
  stopped(): boolean {
    return this.vcpu.state !== "operating";
  }
  prefix(): number {
    return this.registers.getUint32(Reg.prefix, true);
  }
  setPrefix(address: number): void {
    if (this.core.vcpu === this.vcpu) this.core.setPrefix(address);
    else this.parked.setUint32(Reg.prefix, address, true);
  }
  swapPsw(oldPsw: number, newPsw: number): Result<void, Errno> {
    this.core.switchTo(this.vcpu);
    if (!this.core.ram.contains(this.prefix(), 8192)) return refuse(errno.EFAULT);
    this.core.interruption.swapPsw(oldPsw, newPsw);
    return ok(undefined);
  }
  interceptedInstructionLength(): number {
    return 0;
  }
  rewindPsw(length: number): void {
    this.core.switchTo(this.vcpu);
    this.core.pc -= BigInt(length);
  }
  breakingEventAddress(): bigint {
    return 0n;
  }
  saveForMachineCheck(): { vectorSaved: boolean; guardedStorageSaved: boolean } {
    this.saveStatusAt(this.prefix() + SAVE_AREA);
    return { vectorSaved: false, guardedStorageSaved: false };
  }
  storeStatus(): number {
    this.core.ram.setU8(ARCHITECTURE_ID, 1, "interruption");
    this.saveStatusAt(SAVE_AREA);
    return 0;
  }
  /** Into 512 bytes at an absolute address. */
  saveStatusAt(area: number): void {
    this.during(() => saveStatus(this.core, this.prefix(), area));
  }
  /** Into 1024 bytes at an absolute address. */
  saveAdditionalStatusAt(area: number): void {
    this.during(() => saveAdditionalStatus(this.core, area));
  }
  /** Another CPU may be the one that runs, and goes on running. */
  private during(work: () => void): void {
    const { vcpu } = this.core;
    this.core.switchTo(this.vcpu);
    work();
    this.core.switchTo(vcpu);
  }
  storeLogical(address: bigint, bytes: Uint8Array): boolean {
    this.core.switchTo(this.vcpu);
    return this.core.cpu.attempt(() => this.core.cpu.storeBytes(address, bytes, 0));
  }
  /** What a reset does to the registers; the caller has stopped the CPU and cleared its interrupts. */
  reset(kind: CpuReset): void {
    if (kind === "clear") this.clearRegisters();
    if (kind !== "cpu") this.initialReset();
    if (this.core.vcpu === this.vcpu) {
      this.core.setPrefix(this.prefix());
      this.core.refreshMode();
    }
  }
  private initialReset(): void {
    const r = this.registers;
    for (let at = Reg.cr; at < Reg.cr + 128; at += 8) r.setBigUint64(at, 0n, true);
    r.setBigUint64(Reg.cr, 0xe0n, true);
    r.setBigUint64(Reg.cr + 14 * 8, 0xc2000000n, true);
    r.setUint32(Reg.fpc, 0, true);
    r.setUint32(Reg.prefix, 0, true);
    r.setBigUint64(Reg.pc, 0n, true);
    r.setUint32(Reg.ccOp, Cc.value, true);
    r.setBigUint64(Reg.ccA, 0n, true);
    r.setUint32(Reg.programMask, 0, true);
    this.vcpu.maskHigh = 0;
    this.vcpu.maskLow = 0;
    this.vcpu.clockComparator = 0n;
    this.vcpu.cpuTimerBase = 0n;
    this.vcpu.todProgrammable = 0;
  }
  /** General, access, floating-point and vector registers. */
  private clearRegisters(): void {
    const r = this.registers;
    for (let n = 0; n < 16; n++) {
      r.setBigUint64(Reg.gpr + n * 8, 0n, true);
      r.setUint32(Reg.ar + n * 4, 0, true);
    }
    for (let n = 0; n < 64; n++) r.setBigUint64(Reg.vr + n * 8, 0n, true);
  }
}
