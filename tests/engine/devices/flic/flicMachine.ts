/** A machine small enough to see through: RAM, CPUs that are only registers,
  a VMM's memory, and KVM between them. */
import { errno } from "../../../../src/engine/api/errno.ts";
import { ok, refuse, type Result } from "../../../../src/engine/base/result.ts";
import type { Decision } from "../../../../src/engine/devices/flic/decision.ts";
import type { VcpuPort } from "../../../../src/engine/devices/flic/vcpuPort.ts";
import { S390Kvm, type S390KvmOptions } from "../../../../src/engine/devices/kvm/s390Kvm.ts";
import { GuestMemory } from "../../../../src/engine/memory/guestMemory.ts";
import { enableCap } from "../../../../src/engine/uapi/capability.ts";
import { createDevice } from "../../../../src/engine/uapi/deviceAttr.ts";
import { ioctl } from "../../../../src/engine/uapi/ioctl.ts";
import { kernelProfiles, type KernelProfile } from "../../../../src/engine/uapi/kernelProfile.ts";
import type { UserMemory } from "../../../../src/engine/uapi/userMemory.ts";

export const PSW_ALL = 0x03040000;

export class TestVcpu implements VcpuPort {
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

/** Memory of the VMM: only what was placed exists. */
export class TestUserMemory implements UserMemory {
  private regions: { readonly start: bigint; readonly bytes: Uint8Array }[] = [];
  reads = 0;
  writes = 0;

  place(start: bigint, bytes: Uint8Array): bigint {
    this.regions = this.regions.filter((region) => region.start !== start);
    this.regions.push({ start, bytes });
    return start;
  }
  at(start: bigint): Uint8Array {
    return this.regions.find((region) => region.start === start)!.bytes;
  }
  read(address: bigint, length: number): Uint8Array | undefined {
    this.reads++;
    return this.slice(address, length)?.slice();
  }
  write(address: bigint, bytes: Uint8Array): boolean {
    const target = this.slice(address, bytes.length);
    if (!target) return false;
    this.writes++;
    target.set(bytes);
    return true;
  }
  private slice(address: bigint, length: number): Uint8Array | undefined {
    const end = address + BigInt(length);
    const region = this.regions.find(
      ({ start, bytes }) => address >= start && end <= start + BigInt(bytes.length),
    );
    return region?.bytes.subarray(Number(address - region.start), Number(end - region.start));
  }
}

export interface MachineShape {
  readonly profile?: KernelProfile;
  readonly facility72?: boolean;
  readonly cpus?: number;
  readonly flicCreated?: boolean;
  readonly options?: Partial<S390KvmOptions>;
}

export const RAM = 0x200000;
const SCRATCH = 0x7000_0000n;

export interface FlicMachine {
  readonly kvm: S390Kvm;
  readonly memory: GuestMemory;
  readonly user: TestUserMemory;
  readonly cpus: readonly TestVcpu[];
  readonly cpuFds: readonly number[];
  readonly flicFd: number;
  /** CPUs that were kicked, in order. */
  readonly kicks: number[];
  readonly decisions: Decision[];
}

export function flicMachine(shape: MachineShape = {}): FlicMachine {
  const memory = GuestMemory.standalone(RAM);
  const user = new TestUserMemory();
  const kvm = new S390Kvm({
    profile: shape.profile ?? kernelProfiles["linux-6.1"], memory, user, ...shape.options,
  });
  const kicks: number[] = [];
  const decisions: Decision[] = [];
  kvm.flic.kick = (id) => kicks.push(id);
  kvm.flic.onDecision = (decision) => decisions.push(decision);
  if (shape.facility72 ?? true) {
    user.place(SCRATCH, enableCap.encode({ cap: 141 }));
    kvm.ioctl(kvm.vmFd, ioctl.KVM_ENABLE_CAP, SCRATCH);
  }
  const cpus = Array.from({ length: shape.cpus ?? 1 }, (_, id) => new TestVcpu(id, memory));
  const cpuFds = cpus.map((cpu) => kvm.attachVcpu(cpu));
  let flicFd = -1;
  if (shape.flicCreated ?? true) {
    user.place(SCRATCH, createDevice.encode({ type: 6, fd: 0xffffffff }));
    kvm.ioctl(kvm.vmFd, ioctl.KVM_CREATE_DEVICE, SCRATCH);
    flicFd = createDevice.decode(user.at(SCRATCH)).fd;
  }
  return { kvm, memory, user, cpus, cpuFds, flicFd, kicks, decisions };
}

export const hex = (text: string): Uint8Array => {
  const digits = text.replaceAll(" ", "");
  return Uint8Array.from(
    { length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
};
export const toHex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** 72 bytes: a 32-bit type code (or 16 digits for a wider one), then the union's first bytes. */
export function irq(type: string, union = ""): Uint8Array {
  const bytes = new Uint8Array(72);
  bytes.set(hex(type.padStart(16, "0")), 0);
  bytes.set(hex(union), 8);
  return bytes;
}

export const join =
  (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
