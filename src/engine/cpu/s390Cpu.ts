/**
 * The running vCPU as helper instructions see it (`HelperCpu`, `ControlPort`): PSW, time and what lies beyond
 * DAT. The machine behind it (SIGP, SCLP, channels, DIAGNOSE, clock) is `MachinePort`.
 */
import { assert } from "../base/assert.ts";
import type {
  AccessKind, ApInstruction, ControlPort, HelperCpu, TableEntry, Translation,
} from "../isa/s390/helperCpu.ts";
import { CpuStorage } from "./cpuStorage.ts";
import { Reg } from "./layout.ts";
import { PSW_BA, PswBit } from "./mode.ts";
import type { MachinePort } from "./machinePort.ts";
import { FETCH, READ, WRITE } from "./storageAccess.ts";

export class S390Cpu extends CpuStorage implements HelperCpu, ControlPort {
  get control(): ControlPort {
    return this;
  }
  private get machine(): MachinePort {
    assert(this.core.machine, "no machine behind the CPU");
    return this.core.machine;
  }

  // ---- PSW
  pswMask(): bigint {
    return this.core.pswMask();
  }
  pswAddress(): bigint {
    return this.core.interruption.nextAddress();
  }
  underExecute(): number {
    return this.core.interruption.underExecute();
  }
  loadPsw(mask: bigint, address: bigint): void {
    this.executeLength = this.core.interruption.underExecute();
    this.core.loadPsw(mask, address);
    this.branched = true;
    this.attention = true;
  }
  private setMaskBits(clear: number, set: number): void {
    this.vcpu.maskHigh = ((this.vcpu.maskHigh & ~clear) | set) >>> 0;
    this.core.refreshMode();
    this.attention = true;
  }
  /** Bits 0 and 2-4 must be zeros; the mask is set all the same, and the exception is that of the new PSW. */
  setSystemMask(mask: number): void {
    this.setMaskBits(0xff000000, (mask << 24) >>> 0);
    if (mask & 0xb8) this.complete(6);
  }
  setKey(key: number): void {
    this.setMaskBits(0x00f00000, key << 20);
  }
  setAddressSpace(asc: number): void {
    this.setMaskBits(0x0000c000, asc << 14);
  }
  setProgramMask(mask: number): void {
    const at = Reg.programMask >> 2;
    const isOther = this.m.u32[at] !== mask;
    this.m.u32[at] = mask;
    if (!isOther) return;
    this.core.refreshMode();
    this.attention = true;
  }
  setProblemState(isProblem: boolean): void {
    this.setMaskBits(PswBit.problem, isProblem ? PswBit.problem : 0);
  }
  setAddressingMode(bits: 24 | 31 | 64): void {
    this.vcpu.maskLow = bits === 24 ? 0 : PSW_BA;
    this.setMaskBits(PswBit.ea, bits === 64 ? PswBit.ea : 0);
  }
  get problemState(): boolean {
    return this.core.mode.problem;
  }
  get datOn(): boolean {
    return this.core.mode.dat;
  }
  get key(): number {
    return (this.vcpu.maskHigh >>> 20) & 15;
  }
  get addressSpace(): number {
    return (this.vcpu.maskHigh >>> 14) & 3;
  }

  // ---- prefix, time
  prefix(): number {
    return this.core.storage.prefix;
  }
  setPrefix(value: number): void {
    this.core.setPrefix(value);
    this.attention = true;
  }
  get cpuAddress(): number {
    return this.vcpu.id;
  }
  tod(): bigint {
    return this.machine.tod();
  }
  setTod(value: bigint): boolean {
    this.attention = true;
    return this.machine.setTod(value);
  }
  get clockComparator(): bigint {
    return this.vcpu.clockComparator;
  }
  set clockComparator(value: bigint) {
    this.vcpu.clockComparator = value;
    this.attention = true;
  }
  get cpuTimer(): bigint {
    return this.core.cpuTimer(this.vcpu);
  }
  set cpuTimer(value: bigint) {
    this.vcpu.cpuTimerBase = BigInt.asIntN(64, value);
    this.vcpu.cpuTimerAt = this.machine.now();
    this.attention = true;
  }
  get todProgrammable(): number {
    return this.vcpu.todProgrammable;
  }
  set todProgrammable(value: number) {
    this.vcpu.todProgrammable = value;
  }

  // ---- storage beyond DAT
  get storageSize(): number {
    return this.m.ramSize;
  }
  storageKey(absolute: number): number {
    return this.core.storage.keys[absolute >>> 12]!;
  }
  setStorageKey(absolute: number, key: number): void {
    const keys = this.core.storage.keys;
    const frame = absolute >>> 12;
    const old = keys[frame]!;
    if (old === key) return;
    keys[frame] = key;
    // Reference and change bits that go off must be set again by the next access; other keys may now be
    // refused.
    if (old & ~key & 6 || (old ^ key) & 0xf8) this.core.keysChanged(frame);
  }
  realToAbsolute(real: bigint, length: number, write: boolean): number {
    if (write && this.cr(0) & 0x10000000n && (real < 512n || (real >= 4096n && real < 4608n)))
      this.program(4);
    if (real >= BigInt(this.storageSize)) this.program(5);
    const absolute = this.core.storage.toAbsolute(Number(real));
    if (absolute + length > this.storageSize) this.program(5);
    return absolute;
  }
  readReal(real: bigint, size: 1 | 2 | 4 | 8): bigint {
    return this.readAbsolute(this.realToAbsolute(real, size, false), size);
  }
  writeReal(real: bigint, size: 1 | 2 | 4 | 8, value: bigint): void {
    this.writeAbsolute(this.realToAbsolute(real, size, true), size, value);
  }
  readAbsolute(absolute: number, size: 1 | 2 | 4 | 8): bigint {
    const ram = this.core.ram;
    if (size === 8) return ram.u64(absolute);
    return BigInt(size === 4 ? ram.u32(absolute) : size === 2 ? ram.u16(absolute) : ram.u8(absolute));
  }
  writeAbsolute(absolute: number, size: 1 | 2 | 4 | 8, value: bigint): void {
    const ram = this.core.ram;
    if (size === 8) ram.setU64(absolute, value, "cpu-helper");
    else if (size === 4) ram.setU32(absolute, Number(BigInt.asUintN(32, value)), "cpu-helper");
    else if (size === 2) ram.setU16(absolute, Number(BigInt.asUintN(16, value)), "cpu-helper");
    else ram.setU8(absolute, Number(BigInt.asUintN(8, value)), "cpu-helper");
  }
  fillAbsolute(absolute: number, length: number, value: number): void {
    this.core.ram.fill(absolute, length, value, "cpu-helper");
  }
  translate(virtual: bigint, b: number, kind: AccessKind): Translation {
    const access = kind === "write" ? WRITE : kind === "fetch" ? FETCH : READ;
    const high = Number(virtual >> 32n);
    const low = Number(virtual & 0xffffffffn);
    const code = this.core.storage.resolve(high, low, access, this.slotOf(b), -1, 0);
    if (code) return { exception: code, entry: this.core.storage.translator.result.entry };
    return { absolute: this.core.storage.absolute, real: BigInt(this.core.storage.real) };
  }
  translateThrough(asce: bigint, virtual: bigint): Translation {
    const storage = this.core.storage;
    const w = storage.walk(asce, virtual);
    if (w.exception) return { exception: w.exception, entry: w.entry };
    const real = (BigInt(w.pageHigh) << 32n) | BigInt(storage.realPage(w)) | (virtual & 0xfffn);
    return {
      absolute: real < BigInt(this.storageSize) ? storage.toAbsolute(Number(real)) : this.storageSize,
      real,
    };
  }
  lastTableEntry(asce: bigint, virtual: bigint): TableEntry {
    const { entry, level, exception, protectedAbove } = this.core.storage.walk(asce, virtual);
    return { address: BigInt(entry), level, exception, isProtected: protectedAbove };
  }
  /** The translation buffers are shared by all CPUs of the machine, so every purge is one of all CPUs. */
  purgeTlb(allCpus: boolean, page?: bigint): void {
    this.core.purge(page);
    if (allCpus) this.machine.purged?.();
  }

  // ---- the machine
  facilities(): Uint8Array {
    return this.machine.facilities();
  }
  systemInformation(functionCode: number, selector1: number, selector2: number): Uint8Array | undefined {
    return this.machine.systemInformation(functionCode, selector1, selector2);
  }
  cpuId(): bigint {
    return this.machine.cpuId(this.vcpu.id);
  }
  random(length: number): Uint8Array {
    return this.machine.random(length);
  }
  signalProcessor(cpuAddress: number, order: number, parameter: bigint): { cc: number; status?: number } {
    this.attention = true;
    return this.machine.signalProcessor(this.vcpu.id, cpuAddress, order, parameter);
  }
  supervisorCall(number: number): void {
    this.core.interruption.supervisorCall(number);
    this.branched = true;
    this.attention = true;
  }
  monitorCall(monitorClass: number, code: bigint): void {
    this.vcpu.monitorClass = monitorClass;
    this.vcpu.monitorCode = code;
    this.program(0x40);
  }
  serviceCall(command: number, sccb: bigint): number {
    this.attention = true;
    return this.machine.serviceCall(command, sccb);
  }
  diagnose(r1: number, r3: number, code: number): void {
    this.attention = true;
    this.machine.diagnose(r1, r3, code);
  }
  channel(name: string, address: bigint, b: number): number {
    this.attention = true;
    return this.machine.channel(name, address, b);
  }
  setInterruptionControls(mode: number, isc: number): void {
    const code = this.machine.setInterruptionControls?.(mode, isc) ?? 1;
    if (code) this.program(code);
  }
  adapterQueue(name: ApInstruction, r1: number, r2: number): void {
    const code = this.machine.adapterQueue?.(name, r1, r2) ?? 1;
    if (code) this.program(code);
    // A request has begun: the machine looks when it ends.
    this.attention = true;
  }
  nameOperands(r1: number, r2: number): void {
    this.vcpu.operandAccess = (r1 << 4) | r2;
  }
  leaveSpace(identification: number): void {
    this.spaceLeft = identification;
  }
  recheckInterruptions(): void {
    this.attention = true;
  }
}
