/**
 * The running vCPU as helper instructions see it (`HelperCpu`, `ControlPort`). Registers are those of the engine's fixed block;
 * the machine behind it (SIGP, SCLP, channels, DIAGNOSE, time) is `MachinePort`.
 */
import { assert } from "../base/assert.ts";
import type { AccessKind, ControlPort, HelperCpu, Translation } from "../isa/s390/helperCpu.ts";
import { Cc } from "../isa/s390/semantics.ts";
import type { Core } from "./core.ts";
import { Reg } from "./layout.ts";
import { PSW_BA, PswBit } from "./mode.ts";
import { FETCH, READ, WRITE, type Access } from "./storageAccess.ts";

/** What the control instructions reach outside the CPU. */
export interface MachinePort {
  /** Virtual TOD clock, 64 bits. */
  tod(): bigint;
  setTod(value: bigint): boolean;
  /** Virtual nanoseconds. */
  now(): bigint;
  signalProcessor(from: number, target: number, order: number, parameter: bigint): { cc: number; status?: number };
  serviceCall(command: number, sccb: bigint): number;
  diagnose(r1: number, r3: number, code: number): void;
  channel(name: string, address: bigint, b: number): number;
  /** SET INTERRUPTION CONTROLS: 0 or a program interruption code. Absent: no adapter-interruption suppression. */
  setInterruptionControls?(mode: number, isc: number): number;
  facilities(): Uint8Array;
  systemInformation(functionCode: number, selector1: number, selector2: number): Uint8Array | undefined;
  cpuId(cpuAddress: number): bigint;
  random(length: number): Uint8Array;
}

/** Thrown by `program`, caught by the engine's helper call and nowhere else. */
export const programSignal = { name: "program interruption" } as const;

const MASK64 = 0xffff_ffff_ffff_ffffn;
const KEY_OF_PSW = -1;

export class S390Cpu implements HelperCpu, ControlPort {
  private readonly core: Core;
  /** Set by instructions that moved the instruction address, or want the machine to look before the next one. */
  branched = false;
  attention = false;
  readonly unitsPerExecution = 65536;

  constructor(core: Core) {
    this.core = core;
  }
  get control(): ControlPort {
    return this;
  }
  private get m() {
    return this.core.memory;
  }
  private get vcpu() {
    return this.core.vcpu;
  }
  private get machine(): MachinePort {
    assert(this.core.machine, "no machine behind the CPU");
    return this.core.machine;
  }

  // ---- registers
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

  // ---- storage
  private slotOf(b: number): number {
    return b === 0 ? Reg.zero : b * 8;
  }
  /** Absolute address of one byte; ends the instruction on an exception. */
  private resolve(address: bigint, access: Access, b: number, space = -1, key = KEY_OF_PSW): number {
    const high = Number(address >> 32n);
    const low = Number(address & 0xffffffffn);
    const storage = this.core.storage;
    const use = key === KEY_OF_PSW ? (this.vcpu.maskHigh >>> 20) & 15 : key;
    const code = storage.resolve(high, low, access, this.slotOf(b), space, use);
    if (code) this.program(code);
    return storage.absolute;
  }
  load(address: bigint, size: 1 | 2 | 4 | 8, b: number): bigint {
    if (Number(address & 0xfffn) + size > 4096) {
      let value = 0n;
      for (const byte of this.loadBytes(address, size, b)) value = (value << 8n) | BigInt(byte);
      return value;
    }
    return this.readAbsolute(this.resolve(address, READ, b), size);
  }
  store(address: bigint, size: 1 | 2 | 4 | 8, value: bigint, b: number): void {
    if (Number(address & 0xfffn) + size > 4096) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * (size - 1 - i))) & 0xffn));
      this.storeBytes(address, bytes, b);
      return;
    }
    this.writeAbsolute(this.resolve(address, WRITE, b), size, value);
  }
  /** Absolute addresses and lengths of the parts of a run of bytes, page by page. */
  private parts(address: bigint, length: number, access: Access, b: number, space = -1, key = KEY_OF_PSW): [number, number][] {
    const result: [number, number][] = [];
    let at = address;
    let left = length;
    while (left > 0) {
      const here = Math.min(left, this.toPageEnd(at));
      result.push([this.resolve(at, access, b, space, key), here]);
      left -= here;
      at = this.wrap(at + BigInt(here));
    }
    return result;
  }
  private gather(parts: [number, number][], length: number): Uint8Array {
    if (parts.length === 1) return this.core.ram.read(parts[0]![0], length);
    const result = new Uint8Array(length);
    let at = 0;
    for (const [absolute, count] of parts) {
      result.set(this.core.ram.read(absolute, count), at);
      at += count;
    }
    return result;
  }
  private scatter(parts: [number, number][], data: Uint8Array): void {
    let at = 0;
    for (const [absolute, count] of parts) {
      this.core.ram.write(absolute, data.subarray(at, at + count), "cpu-helper");
      at += count;
    }
  }
  loadBytes(address: bigint, length: number, b: number): Uint8Array {
    return this.gather(this.parts(address, length, READ, b), length);
  }
  storeBytes(address: bigint, data: Uint8Array, b: number): void {
    this.scatter(this.parts(address, data.length, WRITE, b), data);
  }
  loadBytesIn(asc: number, key: number, address: bigint, length: number, b: number): Uint8Array {
    return this.gather(this.parts(address, length, READ, b, this.datOn ? asc : -1, key), length);
  }
  storeBytesIn(asc: number, key: number, address: bigint, data: Uint8Array, b: number): void {
    this.scatter(this.parts(address, data.length, WRITE, b, this.datOn ? asc : -1, key), data);
  }
  probe(address: bigint, length: number, b: number, write: boolean): void {
    this.parts(address, length, write ? WRITE : READ, b);
  }
  toPageEnd(address: bigint): number {
    return 4096 - Number(address & 0xfffn);
  }

  // ---- ends
  program(code: number, dxc = 0): never {
    this.m.u32[Reg.pgm >> 2] = code;
    this.m.u32[Reg.dxc >> 2] = dxc;
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- a constant signal: no stack is wanted at every page fault
    throw programSignal;
  }
  /** Runs `body` outside an instruction; false if it met an access exception. */
  attempt(body: () => void): boolean {
    try {
      body();
      return true;
    } catch (signal) {
      if (signal !== programSignal) throw signal;
      return false;
    }
  }
  complete(code: number, dxc = 0): never {
    this.program(code, dxc);
  }
  redo(): void {
    this.branched = true;
  }
  branch(target: bigint): void {
    this.m.u64[Reg.pc >> 3] = target;
    this.branched = true;
  }

  // ---- PSW
  pswMask(): bigint {
    return this.core.pswMask();
  }
  pswAddress(): bigint {
    return this.core.interruption.nextAddress();
  }
  loadPsw(mask: bigint, address: bigint): void {
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
    if (mask & 0xb8) this.program(6);
  }
  setKey(key: number): void {
    this.setMaskBits(0x00f00000, key << 20);
  }
  setAddressSpace(asc: number): void {
    this.setMaskBits(0x0000c000, asc << 14);
  }
  setProgramMask(mask: number): void {
    this.m.u32[Reg.programMask >> 2] = mask;
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
    // Reference and change bits that go off must be set again by the next access; other keys may now be refused.
    if (old & ~key & 6 || (old ^ key) & 0xf8) this.core.keysChanged(frame);
  }
  realToAbsolute(real: bigint, length: number, write: boolean): number {
    if (write && this.cr(0) & 0x10000000n && (real < 512n || (real >= 4096n && real < 4608n))) this.program(4);
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
    const real = (BigInt(w.pageHigh) << 32n) | BigInt(w.page) | (virtual & 0xfffn);
    return { absolute: real < BigInt(this.storageSize) ? storage.toAbsolute(Number(real)) : this.storageSize, real };
  }
  /** The translation buffers are shared by all CPUs of the machine, so every purge is one of all CPUs. */
  purgeTlb(_allCpus: boolean, page?: bigint): void {
    this.core.purge(page);
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
  recheckInterruptions(): void {
    this.attention = true;
  }
}
