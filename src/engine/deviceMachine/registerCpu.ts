/**
 * An s390 CPU that is only its registers: whoever drives the device-only machine sets PSW and control
 * registers by hand, and the interrupt controller finds in them what it asks of a CPU.
 */
import { errno } from "../api/errno.ts";
import { ok, refuse, type Result } from "../base/result.ts";
import type { VcpuPort } from "../devices/flic/vcpuPort.ts";
import type { GuestMemory } from "../memory/guestMemory.ts";

/** PSW bits 0-31 open to I/O, external and machine-check interruptions. */
export const PSW_ALL = 0x03040000;

export class RegisterCpu implements VcpuPort {
  readonly id: number;
  readonly memory: GuestMemory;
  psw: { mask: bigint; address: bigint };
  readonly controls: bigint[] = new Array<bigint>(16).fill(0n);
  isStopped = false;
  clockDue = false;
  timerDue = false;
  prefixAddress: number;
  stepping = false;
  vectorSaved = false;
  statusStored = 0;

  constructor(id: number, memory: GuestMemory) {
    this.id = id;
    this.memory = memory;
    this.prefixAddress = 0x4000 + id * 0x2000;
    this.psw = { mask: 0n, address: 0x1000n };
  }

  pswMaskHigh(): number {
    return Number(this.psw.mask >> 32n);
  }
  crLow(n: number): number {
    return Number(this.controls[n]! & 0xffffffffn);
  }
  cr(n: number): bigint {
    return this.controls[n]!;
  }
  clockComparatorPending(): boolean {
    return this.clockDue;
  }
  cpuTimerPending(): boolean {
    return this.timerDue;
  }
  singleStepping(): boolean {
    return this.stepping;
  }
  stopped(): boolean {
    return this.isStopped;
  }
  prefix(): number {
    return this.prefixAddress;
  }
  setPrefix(address: number): void {
    this.prefixAddress = address;
  }
  swapPsw(oldPsw: number, newPsw: number): Result<void, -14> {
    if (!this.memory.contains(this.prefixAddress, 8192)) return refuse(errno.EFAULT);
    this.memory.setU64(this.prefixAddress + oldPsw, this.psw.mask, "interruption");
    this.memory.setU64(this.prefixAddress + oldPsw + 8, this.psw.address, "interruption");
    this.psw = this.pswAt(newPsw);
    return ok(undefined);
  }
  pswAt(offset: number): { mask: bigint; address: bigint } {
    const at = this.prefixAddress + offset;
    return { mask: this.memory.u64(at), address: this.memory.u64(at + 8) };
  }
  interceptedInstructionLength(): number {
    return 4;
  }
  rewindPsw(length: number): void {
    this.psw = { ...this.psw, address: this.psw.address - BigInt(length) };
  }
  breakingEventAddress(): bigint {
    return 0xbe00n;
  }
  saveForMachineCheck(): { vectorSaved: boolean; guardedStorageSaved: boolean } {
    return { vectorSaved: this.vectorSaved, guardedStorageSaved: false };
  }
  storeStatus(): number {
    this.statusStored++;
    return 0;
  }
  storeLogical(address: bigint, bytes: Uint8Array): boolean {
    if (!this.memory.contains(Number(address), bytes.length)) return false;
    this.memory.write(Number(address), bytes, "cpu-helper");
    return true;
  }

  /** Open to every class, every subclass and every ISC; new PSWs at 0x10000 + offset with mask `newMask`. */
  open(newMask = 0): void {
    this.psw = { mask: BigInt(PSW_ALL) << 32n, address: 0x1000n };
    this.controls[0] = 0x6e00n;
    this.controls[6] = 0xff000000n;
    this.controls[14] = 0x10000000n;
    for (const offset of [0x1a0, 0x1b0, 0x1d0, 0x1e0, 0x1f0]) {
      this.memory.setU64(this.prefixAddress + offset, BigInt(newMask) << 32n, "loader");
      this.memory.setU64(this.prefixAddress + offset + 8, BigInt(0x10000 + offset), "loader");
    }
  }
}

